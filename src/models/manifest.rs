//! The model files this version was built with, and the folders they may lie in.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::nn::litert::ModelData;

use super::ModelError;

/// The part of `models/manifest.toml` that is read at run time.
#[derive(Debug, Deserialize)]
struct Manifest {
    model: Vec<ModelFile>,
}

/// One model file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ModelFile {
    /// Its file name.
    pub file: String,
    /// The stage that uses it.
    pub stage: String,
    /// The SHA-256 of its contents, hexadecimal.
    pub sha256: String,
}

impl ModelFile {
    /// A user's own file for `stage`.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn at(path: &Path, stage: &str) -> io::Result<Self> {
        let name = path.file_name().unwrap_or_default();
        Ok(Self {
            file: name.to_string_lossy().into_owned(),
            stage: stage.to_owned(),
            sha256: sha256(path)?,
        })
    }
}

/// The folders that may hold models, in the order in which they are tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folders(pub Vec<PathBuf>);

/// A bundled model whose contents have the expected hash.
pub(super) struct CheckedFile {
    /// Where it was found.
    pub(super) path: PathBuf,
    /// Its contents.
    pub(super) data: ModelData,
}

impl Folders {
    /// The model called `file`, read whole: the checked bytes are the used ones, whatever happens
    /// to the file.
    ///
    /// # Errors
    /// No folder holds it, or the first that does holds something else.
    pub(super) fn read(&self, file: &'static str) -> Result<CheckedFile, ModelError> {
        let entry = entry(file)?;
        let path = self.find(file, &entry.stage)?;
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(source) => return Err(ModelError::Unreadable { path, source }),
        };
        let sha256 = hex(Sha256::digest(&bytes));
        if sha256 == entry.sha256 {
            Ok(CheckedFile {
                path,
                data: ModelData { sha256, bytes },
            })
        } else {
            Err(ModelError::Corrupt { path })
        }
    }

    /// The path of the model called `file`, once its contents are known to be the ones expected.
    ///
    /// # Errors
    /// No folder holds it, or the first that does holds something else.
    pub fn model(&self, file: &'static str) -> Result<PathBuf, ModelError> {
        let entry = entry(file)?;
        let path = self.find(file, &entry.stage)?;
        match sha256(&path) {
            Ok(found) if found == entry.sha256 => Ok(path),
            Ok(_) => Err(ModelError::Corrupt { path }),
            Err(source) => Err(ModelError::Unreadable { path, source }),
        }
    }

    fn find(&self, file: &'static str, stage: &str) -> Result<PathBuf, ModelError> {
        let candidates = self.0.iter().map(|folder| folder.join(file));
        candidates
            .into_iter()
            .find(|path| path.is_file())
            .ok_or_else(|| ModelError::Missing {
                stage: stage.to_owned(),
                file,
                folders: self.to_string(),
            })
    }
}

impl std::fmt::Display for Folders {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<_> = self.0.iter().map(|folder| folder.display()).collect();
        for (index, name) in names.iter().enumerate() {
            write!(f, "{}{name}", if index > 0 { ", " } else { "" })?;
        }
        Ok(())
    }
}

/// Every file of the manifest.
///
/// # Errors
/// It cannot be parsed.
pub fn files() -> Result<Vec<ModelFile>, ModelError> {
    let manifest: Manifest = toml::from_str(include_str!("../../models/manifest.toml"))?;
    Ok(manifest.model)
}

fn entry(file: &str) -> Result<ModelFile, ModelError> {
    let mut entries = files()?.into_iter();
    entries
        .find(|entry| entry.file == file)
        .ok_or_else(|| ModelError::NotListed(file.to_owned()))
}

/// The hash of a file's contents, read piece by piece: whole, each element would leave the largest
/// model's size behind in the allocator.
fn sha256(path: &Path) -> io::Result<String> {
    let mut hash = Sha256::new();
    io::copy(&mut File::open(path)?, &mut hash)?;
    Ok(hex(hash.finalize()))
}

fn hex(digest: impl AsRef<[u8]>) -> String {
    let bytes = digest.as_ref().iter();
    bytes.map(|byte| format!("{byte:02x}")).collect()
}
