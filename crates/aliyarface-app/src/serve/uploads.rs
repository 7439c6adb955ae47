//! Files that were sent, in a folder that goes with the server.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use axum::body::Body;
use axum::http::StatusCode;
use futures_util::StreamExt;
use schemars::JsonSchema;
use serde::Serialize;
use tokio::io::AsyncWriteExt;

use super::auth::random_text;
use super::problem::Problem;
use super::session::probe;

/// The upload that is there from the start.
pub const SAMPLE: &str = "sample";
/// How long a file stays after its last use.
const KEPT: Duration = Duration::from_secs(3600);
/// Letters of a name that are kept.
const NAME: usize = 120;

/// What is known of an upload.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Upload {
    /// Its name in addresses.
    pub id: String,
    /// What its sender calls it.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// Its length in seconds.
    pub seconds: f64,
}

struct Entry {
    upload: Upload,
    /// The idempotency key of the request that brought it.
    key: Option<String>,
    file: PathBuf,
    used: Instant,
}

/// See the module.
pub struct Uploads {
    folder: PathBuf,
    limit: u64,
    entries: Mutex<BTreeMap<String, Entry>>,
}

impl Uploads {
    /// A folder of its own, with the sample.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn new(limit: u64, sample: Option<PathBuf>) -> Result<Self> {
        let folder = std::env::temp_dir().join(format!("aliyarface-{}", random_text()));
        let mut builder = fs::DirBuilder::new();
        builder
            .mode(0o700)
            .create(&folder)
            .with_context(|| format!("{} cannot be made", folder.display()))?;
        let uploads = Self {
            folder,
            limit,
            entries: Mutex::default(),
        };
        if let Some(file) = sample {
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            let upload = look_into(&file, SAMPLE, &name)?;
            uploads.add(upload, file, None);
        }
        Ok(uploads)
    }

    /// Writes a file as it comes; `false` beside an upload that came before by a request with the same `key`, whose
    /// body is read and let go.
    ///
    /// # Errors
    /// It is too large, cut off, or holds no video.
    pub async fn receive(
        &self,
        name: &str,
        key: Option<String>,
        body: Body,
    ) -> Result<(Upload, bool), Problem> {
        if let Some(upload) = self.by_key(key.as_deref()) {
            self.let_go(body).await;
            return Ok((upload, false));
        }
        let id = random_text();
        // The kind of a file is told by its name when it is given back.
        let kind = Path::new(name).extension().and_then(|kind| kind.to_str());
        let kind = kind
            .filter(|kind| kind.len() < 6 && kind.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        let file = self.folder.join(format!("{id}.{}", kind.unwrap_or("bin")));
        let received = self.write(&file, body).await;
        let name: String = name
            .chars()
            .filter(|letter| !letter.is_control())
            .take(NAME)
            .collect();
        let seen = match received {
            Ok(()) => {
                let (path, id) = (file.clone(), id.clone());
                let look = move || look_into(&path, &id, &name);
                let seen = tokio::task::spawn_blocking(look).await;
                match seen {
                    Ok(Ok(upload)) => Ok(upload),
                    Ok(Err(err)) => Err(Problem::new(
                        StatusCode::UNSUPPORTED_MEDIA_TYPE,
                        format!("{err:#}"),
                    )),
                    Err(_) => Err(Problem::bad_request("the file cannot be info into")),
                }
            }
            Err(problem) => Err(problem),
        };
        match seen {
            Ok(upload) => match self.by_key(key.as_deref()) {
                // The request was repeated before its file was whole.
                Some(first) => {
                    let _ = fs::remove_file(&file);
                    Ok((first, false))
                }
                None => {
                    self.add(upload.clone(), file, key);
                    Ok((upload, true))
                }
            },
            Err(problem) => {
                let _ = fs::remove_file(&file);
                Err(problem)
            }
        }
    }

    /// Reads a body, so that its sender reads the answer, but not without end.
    async fn let_go(&self, body: Body) {
        let (mut stream, mut left) = (body.into_data_stream(), 2 * self.limit);
        while let Some(Ok(part)) = stream.next().await {
            left = left.saturating_sub(part.len() as u64);
            if left == 0 {
                break;
            }
        }
    }

    async fn write(&self, path: &Path, body: Body) -> Result<(), Problem> {
        let failed = |err: std::io::Error| {
            Problem::new(
                StatusCode::INSUFFICIENT_STORAGE,
                format!("the file cannot be kept: {err}"),
            )
        };
        let mut file = tokio::fs::File::create(path).await.map_err(failed)?;
        let mut stream = body.into_data_stream();
        let mut bytes = 0u64;
        while let Some(part) = stream.next().await {
            let part = part.map_err(|_| Problem::bad_request("the file was cut off"))?;
            bytes += part.len() as u64;
            // A little more is read and let go, so that the sender reads the answer.
            if bytes > 2 * self.limit {
                break;
            }
            if bytes <= self.limit {
                file.write_all(&part).await.map_err(failed)?;
            }
        }
        if bytes > self.limit {
            let detail = format!("a file may have {} MB", self.limit >> 20);
            return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, detail));
        }
        file.flush().await.map_err(failed)
    }

    fn add(&self, upload: Upload, file: PathBuf, key: Option<String>) {
        let id = upload.id.clone();
        let entry = Entry {
            upload,
            key,
            file,
            used: Instant::now(),
        };
        self.entries().insert(id, entry);
    }

    /// The upload of the request with this idempotency key.
    fn by_key(&self, key: Option<&str>) -> Option<Upload> {
        let key = key?;
        let entries = self.entries();
        let mut same = entries
            .values()
            .filter(|entry| entry.key.as_deref() == Some(key));
        same.next().map(|entry| entry.upload.clone())
    }

    /// All uploads.
    pub fn all(&self) -> Vec<Upload> {
        let entries = self.entries();
        entries.values().map(|entry| entry.upload.clone()).collect()
    }

    /// Where an upload lies.
    ///
    /// # Errors
    /// There is none.
    pub fn path(&self, id: &str) -> Result<PathBuf, Problem> {
        let mut entries = self.entries();
        let entry = entries
            .get_mut(id)
            .ok_or_else(|| Problem::not_found("upload"))?;
        entry.used = Instant::now();
        Ok(entry.file.clone())
    }

    /// Deletes an upload; the sample stays.
    ///
    /// # Errors
    /// There is none.
    pub fn remove(&self, id: &str) -> Result<(), Problem> {
        if id == SAMPLE {
            return Err(Problem::new(StatusCode::FORBIDDEN, "the sample stays"));
        }
        let entry = self.entries().remove(id);
        let entry = entry.ok_or_else(|| Problem::not_found("upload"))?;
        let _ = fs::remove_file(entry.file);
        Ok(())
    }

    /// Deletes what nobody used for an hour.
    pub fn forget_old(&self) {
        let mut entries = self.entries();
        entries.retain(|id, entry| {
            let kept = id == SAMPLE || entry.used.elapsed() < KEPT;
            if !kept {
                let _ = fs::remove_file(&entry.file);
            }
            kept
        });
    }

    fn entries(&self) -> MutexGuard<'_, BTreeMap<String, Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Uploads {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn look_into(file: &Path, id: &str, name: &str) -> Result<Upload> {
    let info = probe(file)?;
    Ok(Upload {
        id: id.to_owned(),
        name: name.to_owned(),
        bytes: fs::metadata(file)?.len(),
        width: info.width,
        height: info.height,
        seconds: info.seconds,
    })
}
