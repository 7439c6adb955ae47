//! NumPy's archives, array by array: tch refuses a whole file for one array of text in it.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use tch::{Kind, Tensor};
use zip::ZipArchive;

/// The arrays of a `.npz` file.
pub struct Arrays {
    file: PathBuf,
    archive: ZipArchive<File>,
}

impl Arrays {
    /// Opens a file.
    pub fn open(file: &Path) -> Result<Self> {
        let unreadable = || format!("{} cannot be read as npz", file.display());
        let opened = File::open(file).with_context(unreadable)?;
        Ok(Self {
            file: file.to_owned(),
            archive: ZipArchive::new(opened).with_context(unreadable)?,
        })
    }

    /// The bytes of an array's `.npy` file.
    pub fn bytes(&mut self, name: &str) -> Result<Vec<u8>> {
        let entry = self.archive.by_name(&format!("{name}.npy"));
        let mut entry =
            entry.with_context(|| format!("{} has no array {name}", self.file.display()))?;
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// An array of numbers.
    pub fn get(&mut self, name: &str) -> Result<Tensor> {
        let own = format!("aliyarface-{}-{name}.npy", std::process::id());
        let part = std::env::temp_dir().join(own);
        std::fs::write(&part, self.bytes(name)?)?;
        let array = Tensor::read_npy(&part);
        std::fs::remove_file(&part)?;
        array.with_context(|| format!("the array {name} of {}", self.file.display()))
    }

    /// An array's numbers, row by row, whatever its kind.
    pub fn rows(&mut self, name: &str) -> Result<Vec<Vec<f64>>> {
        let tensor = self.get(name)?;
        let count = tensor.size().first().copied().unwrap_or_default();
        let flat = tensor.f_to_kind(Kind::Double)?.f_reshape([count, -1])?;
        Ok(Vec::<Vec<f64>>::try_from(&flat)?)
    }
}
