//! Which files are to be read.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Endings of files that are taken from a folder; a file that is named is taken whatever its ending.
const ENDINGS: [&str; 24] = [
    "3gp", "avi", "bmp", "flv", "gif", "jpeg", "jpg", "m2ts", "m4v", "mkv", "mov", "mp4", "mpeg",
    "mpg", "mts", "mxf", "ogv", "png", "tif", "tiff", "ts", "webm", "webp", "wmv",
];

/// What the user named, folders taken apart.
#[derive(Debug, Default)]
pub struct Inputs {
    /// Files to read, in the order in which they were named, those of a folder by name.
    pub files: Vec<PathBuf>,
    /// What cannot be read, and why.
    pub refused: Vec<(PathBuf, String)>,
}

impl Inputs {
    /// Looks at each of `paths`.
    pub fn find(paths: &[PathBuf]) -> Self {
        let mut inputs = Self::default();
        for path in paths {
            if let Err(reason) = inputs.add(path) {
                inputs.refused.push((path.clone(), reason));
            }
        }
        inputs
    }

    fn add(&mut self, path: &Path) -> Result<(), String> {
        let about = fs::metadata(path).map_err(|err| reason(&err))?;
        if about.is_dir() {
            let found = in_folder(path).map_err(|err| reason(&err))?;
            if found.is_empty() {
                return Err("there is no video or picture in this folder".to_owned());
            }
            self.files.extend(found);
            return Ok(());
        }
        if about.is_file() && about.len() == 0 {
            return Err("the file is empty".to_owned());
        }
        self.files.push(path.to_owned());
        Ok(())
    }
}

fn reason(err: &io::Error) -> String {
    match err.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        io::ErrorKind::PermissionDenied => "you may not read it".to_owned(),
        _ => err.to_string(),
    }
}

fn in_folder(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let ending = path.extension().map(|ending| ending.to_ascii_lowercase());
        let known = ending.is_some_and(|ending| ENDINGS.iter().any(|known| *known == ending));
        if known && path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
