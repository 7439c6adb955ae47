//! What is to be done with a file, and what came of it.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use anyhow::Result;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Bytes that are hashed between two signs of life.
const CHUNK: usize = 16 << 20;

/// Properties of the element that a job may not set: they name files of the worker's machine.
const OF_THE_MACHINE: [&str; 5] = ["path", "model", "labels", "baseline", "device"];

/// How a file is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobOptions {
    /// `none`, `2d` or `3d`.
    pub landmarks: String,
    /// Whether tables have rows for events.
    pub events: bool,
    /// Properties of the element, as `name=value`.
    pub set: Vec<String>,
}

impl JobOptions {
    /// The words of `aliyarface analyse` that say the same.
    pub fn arguments(&self) -> Vec<String> {
        let mut words = vec!["--landmarks".to_owned(), self.landmarks.clone()];
        if self.events {
            words.push("--events".to_owned());
        }
        for property in &self.set {
            words.extend(["--set".to_owned(), property.clone()]);
        }
        words
    }

    /// The first property that would name a file or device of the worker's machine.
    pub fn forbidden(&self) -> Option<&str> {
        let names = self.set.iter().map(String::as_str);
        names.into_iter().find(|property| {
            let name = property.split('=').next().unwrap_or_default();
            OF_THE_MACHINE.iter().any(|part| name.contains(part))
        })
    }
}

/// One file to be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// SHA-256 of the file's bytes, the options, the models' hashes and the version.
    pub id: String,
    /// Where the file lies: a path, or an address of http, https or s3.
    pub file: PathBuf,
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// How it is read.
    pub options: JobOptions,
    /// The version of the program that submitted it.
    pub version: String,
}

impl Job {
    /// A job for a file whose bytes have this SHA-256.
    ///
    /// # Errors
    /// None, for plain data is packed without one.
    pub fn new(file: PathBuf, sha256: String, options: JobOptions) -> Result<Self> {
        let version = env!("CARGO_PKG_VERSION").to_owned();
        let models = include_str!("../../../../models/manifest.toml");
        let all = serde_json::to_string(&(&sha256, &options, models, &version))?;
        Ok(Self {
            id: hex(&Sha256::digest(all)),
            file,
            sha256,
            options,
            version,
        })
    }

    /// Where its output lies in a folder of outputs.
    pub fn output(&self, folder: &Path) -> PathBuf {
        let first = self.id.get(..2).unwrap_or_default();
        folder.join(first).join(format!("{}.parquet", self.id))
    }
}

/// A job that is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompletedJob {
    /// The file that was read.
    pub file: PathBuf,
    /// Where its output lies.
    pub output: PathBuf,
    /// SHA-256 of the output's bytes.
    pub sha256: String,
    /// Who did it.
    pub worker: String,
}

/// A job that was given up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadLetter {
    /// What was to be done.
    pub job: Job,
    /// Why it could not be, in a line.
    pub reason: String,
    /// The end of what the reader wrote on stderr.
    pub log: String,
    /// Who gave it up.
    pub worker: String,
    /// How often it was tried.
    pub tries: i64,
}

/// The SHA-256 of a file's bytes, hexadecimal; `alive` is called now and then.
///
/// # Errors
/// The file cannot be read.
pub fn hash(file: &Path, mut alive: impl FnMut()) -> io::Result<String> {
    let mut file = File::open(file)?;
    let mut hash = Sha256::new();
    let mut chunk = vec![0; CHUNK];
    loop {
        let read = file.read(&mut chunk)?;
        if read == 0 {
            return Ok(hex(&hash.finalize()));
        }
        hash.update(&chunk[..read]);
        alive();
    }
}

/// Bytes, hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(set: &[&str]) -> JobOptions {
        JobOptions {
            landmarks: "none".to_owned(),
            events: false,
            set: set.iter().map(|property| (*property).to_owned()).collect(),
        }
    }

    #[test]
    fn a_job_is_the_same_for_the_same_bytes_and_options_whatever_the_name() {
        let folder = std::env::temp_dir().join(format!("aliyarface-job-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let write = |name: &str, text: &str| {
            let file = folder.join(name);
            std::fs::write(&file, text).unwrap();
            file
        };
        let id = |file: PathBuf, set: &[&str]| {
            let bytes = hash(&file, || {}).unwrap();
            Job::new(file, bytes, options(set)).unwrap().id
        };
        let first = id(write("a.mp4", "film"), &[]);
        assert_eq!(first, id(write("b.mp4", "film"), &[]));
        assert_ne!(first, id(write("c.mp4", "another"), &[]));
        assert_ne!(first, id(folder.join("a.mp4"), &["emotions=false"]));
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_job_may_not_name_files_of_the_machine_that_does_it() {
        assert_eq!(options(&["emotions=false"]).forbidden(), None);
        for property in [
            "emotion-model=/x",
            "model-path=/x",
            "emotion-labels=/x",
            "baseline=/x",
        ] {
            assert_eq!(options(&[property]).forbidden(), Some(property));
        }
    }
}
