//! The data sets: FER+ faces and rendered heads, as they lie in `.npz` files.

use std::error::Error;
use std::fs::File;
use std::path::{Path, PathBuf};

use tch::{Kind, Tensor};
use zip::ZipArchive;

use crate::Failure;

/// Side of FER2013's pictures in pixels.
pub const SIDE: usize = 48;
/// FER+'s emotions in the order of its votes; two columns, unknown and not-a-face, follow.
pub const EMOTIONS: [&str; 8] = [
    "neutral",
    "happiness",
    "surprise",
    "sadness",
    "anger",
    "disgust",
    "fear",
    "contempt",
];
/// Columns of votes.
const VOTES: usize = 10;

/// FER2013's faces with FER+'s votes.
pub struct Faces {
    /// Grey pictures of [`SIDE`] x [`SIDE`] bytes.
    pub pictures: Vec<Vec<u8>>,
    /// The emotion that more than half of the votes are for, single votes left out; `None` where
    /// there is none or the picture is no face.
    pub majority: Vec<Option<usize>>,
}

/// Rendered heads: what the mesh net sees of them, and the truth.
pub struct Renders {
    /// 478 points in pixels of the render.
    pub meshes: Vec<Vec<[f64; 3]>>,
    /// Intensities 0..1 in the order of [`RENDERED`].
    pub intensities: Vec<Vec<f64>>,
    /// Whose head.
    pub identities: Vec<i64>,
    /// True pitch, yaw, roll in degrees.
    pub poses: Vec<Vec<f64>>,
}

/// The Action Units of the renders, in the order of their intensities.
pub const RENDERED: [&str; 20] = [
    "AU01", "AU02", "AU04", "AU05", "AU06", "AU07", "AU09", "AU10", "AU12", "AU14", "AU15", "AU16",
    "AU17", "AU18", "AU20", "AU22", "AU24", "AU26", "AU28", "AU43",
];

/// The arrays of a file, read one by one: tch refuses a whole file for one array of text in it.
struct Arrays {
    file: PathBuf,
    archive: ZipArchive<File>,
}

impl Arrays {
    fn open(file: &Path) -> Result<Self, Failure> {
        let unreadable = |error: &dyn Error| format!("{} cannot be read: {error}", file.display());
        let opened = File::open(file).map_err(|error| unreadable(&error))?;
        Ok(Self {
            file: file.to_owned(),
            archive: ZipArchive::new(opened).map_err(|error| unreadable(&error))?,
        })
    }

    fn get(&mut self, name: &str) -> Result<Tensor, Failure> {
        let entry = self.archive.by_name(&format!("{name}.npy"));
        let mut entry =
            entry.map_err(|error| format!("{} has no {name}: {error}", self.file.display()))?;
        let own = format!("au_lab-{}-{name}.npy", std::process::id());
        let part = std::env::temp_dir().join(own);
        std::io::copy(&mut entry, &mut File::create(&part)?)?;
        let array = Tensor::read_npy(&part);
        std::fs::remove_file(&part)?;
        Ok(array?)
    }

    /// An array's numbers, row by row, whatever its kind.
    fn rows(&mut self, name: &str) -> Result<Vec<Vec<f64>>, Failure> {
        let tensor = self.get(name)?;
        let count = tensor.size().first().copied().unwrap_or_default();
        let flat = tensor.f_to_kind(Kind::Double)?.f_reshape([count, -1])?;
        Ok(Vec::<Vec<f64>>::try_from(&flat)?)
    }
}

impl Faces {
    /// Reads the arrays `x` (N, 48, 48) and `v` (N, 10).
    pub fn read(file: &Path) -> Result<Self, Failure> {
        let mut arrays = Arrays::open(file)?;
        let pictures = arrays.get("x")?.f_to_kind(Kind::Uint8)?;
        let count = pictures.size().first().copied().unwrap_or_default();
        let pictures = pictures.f_reshape([count, (SIDE * SIDE) as i64])?;
        let votes = arrays.rows("v")?;
        Ok(Self {
            pictures: Vec::<Vec<u8>>::try_from(&pictures)?,
            majority: votes.iter().map(|votes| majority(votes)).collect(),
        })
    }
}

impl Faces {
    /// Whether something is learned from face `index`: it shows one emotion, and not the one that
    /// most others show; of neutral faces every second is enough, of happy ones every third.
    pub fn teaches(&self, index: usize) -> bool {
        match self.majority.get(index).copied().flatten() {
            None => false,
            Some(0) => index.is_multiple_of(2),
            Some(1) => index.is_multiple_of(3),
            Some(_) => true,
        }
    }
}

/// The protocol of FER+'s paper (arXiv 1608.01041): single votes are outliers.
fn majority(votes: &[f64]) -> Option<usize> {
    let counted: Vec<f64> = votes
        .iter()
        .take(VOTES)
        .map(|&votes| if votes > 1.0 { votes } else { 0.0 })
        .collect();
    let total: f64 = counted.iter().sum();
    let winner = counted.iter().position(|&votes| votes > total / 2.0)?;
    (winner < EMOTIONS.len()).then_some(winner)
}

impl Renders {
    /// Reads the arrays `landmarks` (N, 478, 3), `intensity` (N, 20), `identity` and `pose_degrees`.
    pub fn read(file: &Path) -> Result<Self, Failure> {
        let mut arrays = Arrays::open(file)?;
        let landmarks = arrays.rows("landmarks")?;
        let mesh = |row: &Vec<f64>| row.as_chunks::<3>().0.to_vec();
        let identities = arrays.rows("identity")?;
        Ok(Self {
            meshes: landmarks.iter().map(mesh).collect(),
            intensities: arrays.rows("intensity")?,
            identities: identities.iter().flatten().map(|&id| id as i64).collect(),
            poses: arrays.rows("pose_degrees")?,
        })
    }
}
