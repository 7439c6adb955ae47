//! Where records go: each file appears under its name only once it is whole and on the disk.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::{self, File, TryLockError};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::ValueEnum;

/// Formats of records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// One JSON object a frame.
    Jsonl,
    /// One row a face and frame, as text.
    Csv,
    /// One row a face and frame, in columns of numbers.
    Parquet,
}

impl Format {
    /// The format that the ending of `path` names.
    fn of_path(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()? {
            "jsonl" | "ndjson" => Some(Self::Jsonl),
            "csv" => Some(Self::Csv),
            "parquet" => Some(Self::Parquet),
            _ => None,
        }
    }

    fn ending(self) -> &'static str {
        match self {
            Self::Jsonl => "jsonl",
            Self::Csv => "csv",
            Self::Parquet => "parquet",
        }
    }
}

/// A file of records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// Its path once it is whole.
    pub path: PathBuf,
    /// What is in it.
    pub format: Format,
}

/// Which output each of `files` has: `output` itself or, where it is a folder, a file in it; without
/// one a file beside it.
///
/// # Errors
/// The ending of `output` names no format, a folder cannot be made, or two files would have the same
/// output.
pub fn plan(
    files: &[PathBuf],
    output: Option<&Path>,
    format: Option<Format>,
) -> Result<Vec<(PathBuf, Output)>> {
    if let Some(path) = output.filter(|path| Format::of_path(path).is_some() && !path.is_dir()) {
        let output = Output::new(path.to_owned())?;
        if format.is_some_and(|format| format != output.format) {
            bail!("{}: its ending names another format", path.display());
        }
        return match files {
            [] => Ok(Vec::new()),
            [file] => Ok(vec![(file.clone(), output)]),
            _ => {
                bail!("one output cannot hold several files: name a folder, or leave --output out")
            }
        };
    }
    if let Some(folder) = output {
        let known = folder.is_dir() || format.is_some() || folder.extension().is_none();
        if !known {
            bail!("{}: say .jsonl, .csv or .parquet", folder.display());
        }
        fs::create_dir_all(folder)
            .with_context(|| format!("{} cannot be made", folder.display()))?;
    }
    let format = format.unwrap_or(Format::Jsonl);
    let mut taken = BTreeSet::new();
    let jobs = files.iter().map(|file| {
        let mut path = file.with_extension(format.ending());
        if let Some(folder) = output {
            path = folder.join(path.file_name().unwrap_or_default());
        }
        if !taken.insert(path.clone()) || path == *file {
            // a.mp4 and a.mov.
            let ending = file.extension().unwrap_or_default().to_string_lossy();
            path.set_extension(format!("{ending}.{}", format.ending()));
            if !taken.insert(path.clone()) {
                bail!("{} would be written twice", path.display());
            }
        }
        Ok((file.clone(), Output { path, format }))
    });
    jobs.collect()
}

impl Output {
    /// The output at `path`, whose ending names the format.
    ///
    /// # Errors
    /// It names none.
    pub fn new(path: PathBuf) -> Result<Self> {
        let format = Format::of_path(&path)
            .with_context(|| format!("{}: say .jsonl, .csv or .parquet", path.display()))?;
        Ok(Self { path, format })
    }

    /// Whether it holds all that can be read of `file`: it is there, and no older.
    pub fn is_whole(&self, file: &Path) -> bool {
        let changed = |path: &Path| fs::metadata(path)?.modified();
        match (changed(&self.path), changed(file)) {
            (Ok(written), Ok(filmed)) => written >= filmed,
            _ => false,
        }
    }

    /// Begins to write, beside its path; `None` while another process does.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn begin(&self) -> Result<Option<Part>> {
        let mut name = self
            .path
            .file_name()
            .map(OsStr::to_owned)
            .unwrap_or_default();
        name.push(".part");
        let path = self.path.with_file_name(name);
        let file =
            locked(&path).with_context(|| format!("{} cannot be written", self.path.display()))?;
        Ok(file.map(|file| Part { path, file }))
    }
}

/// The emptied file at `path`, held by a lock that ends with it; `None` where another process holds it.
fn locked(path: &Path) -> io::Result<Option<File>> {
    loop {
        // What another process is writing must not be emptied: that comes after the lock.
        let file = File::options()
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(err)) => return Err(err),
        }
        // Between opening and locking another may have given the file its name.
        let same = fs::metadata(path).is_ok_and(|now| {
            file.metadata()
                .is_ok_and(|held| (held.dev(), held.ino()) == (now.dev(), now.ino()))
        });
        if same {
            file.set_len(0)?;
            return Ok(Some(file));
        }
    }
}

/// A file that is being written.
#[derive(Debug)]
pub struct Part {
    path: PathBuf,
    /// What is written to.
    pub file: File,
}

impl Part {
    /// Brings it to the disk and gives it its name.
    ///
    /// # Errors
    /// The disk is full or gone.
    pub fn commit(self, output: &Output) -> Result<()> {
        let moved = self
            .file
            .sync_all()
            .and_then(|()| fs::rename(&self.path, &output.path));
        moved.with_context(|| format!("{} cannot be written", output.path.display()))
    }

    /// Brings it to the disk under the name it has.
    ///
    /// # Errors
    /// The disk is full or gone.
    pub fn keep(self) -> Result<PathBuf> {
        self.file.sync_all().context("what was read is lost")?;
        Ok(self.path)
    }

    /// Removes it.
    pub fn discard(self) {
        // It holds nothing that could be missed.
        let _ = fs::remove_file(self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn planned(files: &[&str], output: Option<&str>, format: Option<Format>) -> Vec<String> {
        let files: Vec<_> = files.iter().map(PathBuf::from).collect();
        let jobs = plan(&files, output.map(Path::new), format).unwrap();
        let paths = jobs.iter().map(|(_, output)| output.path.display());
        paths.map(|path| path.to_string()).collect()
    }

    #[test]
    fn records_stand_beside_each_file_and_no_two_in_one() {
        assert_eq!(
            planned(&["a/b.mp4", "a/b.mov", "c"], None, None),
            ["a/b.jsonl", "a/b.mov.jsonl", "c.jsonl"]
        );
        let parquet = Some(Format::Parquet);
        assert_eq!(planned(&["a/b.mp4"], None, parquet), ["a/b.parquet"]);
    }

    #[test]
    fn two_that_write_the_same_output_do_not_meet() {
        let folder = std::env::temp_dir().join(format!("aliyarface-output-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let output = Output::new(folder.join("faces.csv")).unwrap();
        let first = output.begin().unwrap().unwrap();
        assert!(output.begin().unwrap().is_none());
        fs::write(&first.path, "rows").unwrap();
        assert!(output.begin().unwrap().is_none());
        first.commit(&output).unwrap();
        assert_eq!(fs::read_to_string(&output.path).unwrap(), "rows");
        output.begin().unwrap().unwrap().discard();
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn an_output_of_an_unknown_ending_or_for_several_files_is_refused() {
        let files = [PathBuf::from("a.mp4"), PathBuf::from("b.mp4")];
        assert!(plan(&files, Some(Path::new("all.csv")), None).is_err());
        assert!(plan(&files[..1], Some(Path::new("one.xlsx")), None).is_err());
        let csv = Path::new("one.csv");
        assert!(plan(&files[..1], Some(csv), Some(Format::Parquet)).is_err());
        assert!(plan(&files[..1], Some(csv), Some(Format::Csv)).is_ok());
    }
}
