//! Clean video and records that were asked to be kept, in a folder of the operator's, until they expire.

use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use schemars::JsonSchema;
use serde::Serialize;

use super::problem::Problem;

/// The records of a recording, and one of its films.
const RECORDS: &str = "records.jsonl";
/// The most that one recording takes, in bytes: 15 minutes at 2.5 Mbit/s and more.
const MOST: u64 = 2 << 30;
/// How a film is called: a session whose pictures begin anew has several.
fn film(part: u32) -> String {
    format!("film-{part}.mkv")
}

/// A recording as others see it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct RecordingInfo {
    /// The session's name.
    pub id: String,
    /// When it began, in seconds since 1970.
    pub began: u64,
    /// When it is deleted.
    pub expires: u64,
    /// Bytes of all its files.
    pub bytes: u64,
    /// Its films, from 1.
    pub films: u32,
}

/// See the module.
pub struct Recordings {
    folder: Option<PathBuf>,
    kept: Duration,
}

/// One that is being written.
pub struct Recording {
    folder: PathBuf,
    state: Mutex<Writing>,
}

struct Writing {
    records: File,
    film: Option<File>,
    films: u32,
    bytes: u64,
}

impl Recordings {
    /// Recordings in `folder`, each kept for `hours`; none where no folder is named.
    ///
    /// # Errors
    /// The folder cannot be made.
    pub fn new(folder: Option<&Path>, hours: u32) -> Result<Self> {
        if let Some(folder) = folder {
            let made = fs::DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(folder);
            made.with_context(|| format!("--recordings {}", folder.display()))?;
        }
        let recordings = Self {
            folder: folder.map(Path::to_owned),
            kept: Duration::from_secs(3600 * u64::from(hours)),
        };
        recordings.forget_old();
        Ok(recordings)
    }

    /// For how many hours a recording is kept; `None` where there are none.
    pub fn hours(&self) -> Option<u64> {
        self.folder.as_ref().map(|_| self.kept.as_secs() / 3600)
    }

    /// Begins one.
    ///
    /// # Errors
    /// It cannot be written, or the operator wants none.
    pub fn begin(&self, id: &str) -> Result<Arc<Recording>> {
        let folder = self.folder.as_ref();
        let folder = folder
            .context("this server keeps no recordings ('aliyarface serve --recordings FOLDER')")?;
        let folder = folder.join(id);
        fs::DirBuilder::new().mode(0o700).create(&folder)?;
        let records = private(&folder.join(RECORDS))?;
        let state = Mutex::new(Writing {
            records,
            film: None,
            films: 0,
            bytes: 0,
        });
        Ok(Arc::new(Recording { folder, state }))
    }

    /// All of them, the oldest first.
    pub fn all(&self) -> Vec<RecordingInfo> {
        let entries = self
            .folder
            .as_ref()
            .and_then(|folder| fs::read_dir(folder).ok());
        let entries = entries.into_iter().flatten().flatten();
        let mut all: Vec<_> = entries
            .filter_map(|entry| self.info(&entry.path()))
            .collect();
        all.sort_by_key(|info| info.began);
        all
    }

    fn info(&self, folder: &Path) -> Option<RecordingInfo> {
        let id = folder.file_name()?.to_str().filter(|id| is_id(id))?;
        let data = fs::metadata(folder.join(RECORDS)).ok()?;
        let began = data.created().or_else(|_| data.modified());
        let began = seconds(began.ok()?);
        let files = fs::read_dir(folder).ok()?.flatten();
        let sizes: Vec<_> = files
            .filter_map(|file| file.metadata().ok())
            .map(|data| data.len())
            .collect();
        Some(RecordingInfo {
            id: id.to_owned(),
            began,
            expires: began + self.kept.as_secs(),
            bytes: sizes.iter().sum(),
            films: u32::try_from(sizes.len().saturating_sub(1)).unwrap_or(u32::MAX),
        })
    }

    /// Where a film of a recording lies.
    ///
    /// # Errors
    /// There is none.
    pub fn film(&self, id: &str, part: u32) -> Result<PathBuf, Problem> {
        self.file(id, &film(part))
    }

    /// Where its records lie.
    ///
    /// # Errors
    /// There is none.
    pub fn records(&self, id: &str) -> Result<PathBuf, Problem> {
        self.file(id, RECORDS)
    }

    fn file(&self, id: &str, name: &str) -> Result<PathBuf, Problem> {
        let folder = self.folder.as_ref().filter(|_| is_id(id));
        let file = folder.map(|folder| folder.join(id).join(name));
        let file = file.filter(|file| file.is_file());
        file.ok_or_else(|| Problem::not_found("recording"))
    }

    /// Deletes one.
    ///
    /// # Errors
    /// There is none.
    pub fn remove(&self, id: &str) -> Result<(), Problem> {
        let records = self.records(id)?;
        let folder = records.parent().map(fs::remove_dir_all);
        folder
            .and_then(Result::ok)
            .ok_or_else(|| Problem::not_found("recording"))
    }

    /// Deletes those that expired.
    pub fn forget_old(&self) {
        let now = seconds(SystemTime::now());
        for info in self.all().iter().filter(|info| info.expires <= now) {
            let _ = self.remove(&info.id);
        }
    }
}

impl Recording {
    /// Writes a line of the records.
    pub fn line(&self, text: &str) {
        self.write(|state| {
            writeln!(state.records, "{text}")?;
            Ok(text.len() as u64 + 1)
        });
    }

    /// A new film begins.
    pub fn film_begins(&self) {
        self.write(|state| {
            state.films += 1;
            state.film = Some(private(&self.folder.join(film(state.films)))?);
            Ok(0)
        });
    }

    /// Writes a part of the film.
    pub fn film(&self, bytes: &[u8]) {
        self.write(|state| {
            if let Some(film) = &mut state.film {
                film.write_all(bytes)?;
            }
            Ok(bytes.len() as u64)
        });
    }

    /// What cannot be written is left out: the session itself goes on.
    fn write(&self, act: impl FnOnce(&mut Writing) -> Result<u64>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.bytes < MOST {
            match act(&mut state) {
                Ok(bytes) => state.bytes += bytes,
                Err(err) => {
                    eprintln!("aliyarface: a recording ends: {err:#}");
                    state.bytes = MOST;
                }
            }
        }
    }
}

fn private(path: &Path) -> Result<File> {
    let mut options = fs::OpenOptions::new();
    let options = options.write(true).create_new(true).mode(0o600);
    options
        .open(path)
        .with_context(|| path.display().to_string())
}

/// Whether this is a name of a session: nothing else leads into the folder.
fn is_id(id: &str) -> bool {
    id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recording_is_written_found_and_gone_when_it_expires() {
        let folder =
            std::env::temp_dir().join(format!("aliyarface-recordings-{}", std::process::id()));
        let recordings = Recordings::new(Some(&folder), 1).unwrap();
        let id = "0123456789abcdef0123456789abcdef";
        let recording = recordings.begin(id).unwrap();
        recording.line("{}");
        recording.film_begins();
        recording.film(b"film");
        let info = recordings.all().remove(0);
        assert_eq!(
            (info.films, info.bytes, info.expires - info.began),
            (1, 7, 3600)
        );
        assert_eq!(fs::read(recordings.film(id, 1).unwrap()).unwrap(), b"film");
        for strange in ["..", "0123456789abcdef0123456789abcde/"] {
            assert!(recordings.records(strange).is_err());
        }
        let again = Recordings::new(Some(&folder), 0).unwrap();
        assert!(again.all().is_empty(), "all of them expired");
        assert!(Recordings::new(None, 1).unwrap().begin(id).is_err());
        fs::remove_dir_all(folder).unwrap();
    }
}
