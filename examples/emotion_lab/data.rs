//! FER+ from its npz file: faces, votes, and the faces as the element would align them.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use gstaliyarface::analysis::{CANVAS_SIDE, StillMesh};
use gstaliyarface::models::Folders;
use sha2::{Digest, Sha256};
use tch::{IndexOp, Kind, Tensor};

/// The votes' emotions in their order in the file, which is the net's; `unknown` and `not a face`
/// follow them.
pub const LABELS: [&str; CLASSES] = [
    "neutral",
    "happiness",
    "surprise",
    "sadness",
    "anger",
    "disgust",
    "fear",
    "contempt",
];
pub const CLASSES: usize = 8;
/// Side in pixels of a FER2013 picture.
pub const PICTURE_SIDE: usize = 48;

/// What the voters said of one face, by the protocol of Barsoum et al. 2016 (arXiv 1608.01041):
/// single votes are slips; a face whose winner is no emotion is left out.
pub struct Votes {
    /// Share of each emotion among the votes for emotions.
    pub shares: [f64; CLASSES],
    /// The emotion with the most votes.
    pub winner: usize,
    /// Whether the winner has more than half of all votes.
    pub majority: bool,
}

impl Votes {
    fn of(counts: &[u8]) -> Option<Self> {
        let counts: Vec<u32> = counts
            .iter()
            .map(|&count| if count > 1 { u32::from(count) } else { 0 })
            .collect();
        let most = *counts.iter().max()?;
        let winner = counts.iter().position(|&count| count == most)?;
        if most == 0 || winner >= CLASSES {
            return None;
        }
        let emotions: u32 = counts[..CLASSES].iter().sum();
        let mut shares = [0.0; CLASSES];
        for (share, &count) in shares.iter_mut().zip(&counts) {
            *share = f64::from(count) / f64::from(emotions);
        }
        let total: u32 = counts.iter().sum();
        Some(Self {
            shares,
            winner,
            majority: 2 * most > total,
        })
    }
}

/// The faces of one file that have a winner.
pub struct Faces {
    /// N x 48 x 48 bytes of brightness, as in the file.
    pub pictures: Tensor,
    /// What was said of each.
    pub votes: Vec<Votes>,
}

impl Faces {
    /// Reads `x` (N x 48 x 48 bytes) and `v` (N x 10 votes) of an npz file.
    pub fn read(path: &Path) -> Result<Self> {
        let arrays: HashMap<String, Tensor> = Tensor::read_npz(path)
            .with_context(|| format!("{} cannot be read as npz", path.display()))?
            .into_iter()
            .collect();
        let array = |name: &str| {
            let array = arrays.get(name);
            array.with_context(|| format!("{} has no array {name}", path.display()))
        };
        let (pictures, votes) = (array("x")?, array("v")?);
        let (sizes, side) = (pictures.size(), PICTURE_SIDE as i64);
        ensure!(
            sizes.len() == 3 && sizes[1..] == [side, side] && votes.size() == [sizes[0], 10],
            "{}: x must be N x {side} x {side} and v N x 10",
            path.display()
        );
        let counts: Vec<u8> = votes.contiguous().view([-1]).try_into()?;
        let said: Vec<_> = counts.chunks(10).map(Votes::of).collect();
        let kept = said.iter().enumerate().filter(|(_, votes)| votes.is_some());
        let kept: Vec<i64> = kept.map(|(index, _)| index as i64).collect();
        Ok(Self {
            pictures: pictures.index_select(0, &Tensor::from_slice(&kept)),
            votes: said.into_iter().flatten().collect(),
        })
    }

    /// N x classes shares of the votes.
    pub fn targets(&self) -> Tensor {
        let shares: Vec<f32> = self
            .votes
            .iter()
            .flat_map(|votes| votes.shares)
            .map(|share| share as f32)
            .collect();
        Tensor::from_slice(&shares).view([-1, CLASSES as i64])
    }
}

/// Faces on the alignment's canvas.
pub struct Canvases {
    /// N x 1 x canvas x canvas bytes of brightness.
    pub faces: Tensor,
    /// Share of them, 0..1, in which the mesh was found; the others are the plain picture.
    pub found: f64,
}

impl Canvases {
    /// Aligns each picture with the element's own mesh and warp, or takes the result of an earlier
    /// run on the same pictures out of `cache`.
    pub fn of(pictures: &Tensor, folders: &Folders, cache: &Path) -> Result<Self> {
        let bytes: Vec<u8> = pictures.contiguous().view([-1]).try_into()?;
        let path = cached(cache, &bytes, folders)?;
        if let Ok(arrays) = Tensor::read_safetensors(&path) {
            let mut arrays: HashMap<String, Tensor> = arrays.into_iter().collect();
            if let (Some(faces), Some(found)) = (arrays.remove("faces"), arrays.remove("found")) {
                return Ok(Self {
                    faces,
                    found: found.double_value(&[]),
                });
            }
        }
        let (faces, found) = align(&bytes, folders)?;
        let count = (bytes.len() / (PICTURE_SIDE * PICTURE_SIDE)) as i64;
        let side = CANVAS_SIDE as i64;
        let this = Self {
            faces: Tensor::from_slice(&faces).view([count, 1, side, side]),
            found,
        };
        std::fs::create_dir_all(cache)?;
        let found = Tensor::from(found);
        Tensor::write_safetensors(&[("faces", &this.faces), ("found", &found)], &path)?;
        Ok(this)
    }

    /// The centre that the net sees, N x 1 x 64 x 64.
    pub fn seen(&self, side: usize) -> Tensor {
        let margin = (CANVAS_SIDE - side) as i64 / 2;
        let side = side as i64;
        self.faces
            .i((.., .., margin..margin + side, margin..margin + side))
    }
}

/// A name for the result that changes with the pictures and the mesh net.
fn cached(cache: &Path, pictures: &[u8], folders: &Folders) -> Result<PathBuf> {
    let mesh = std::fs::read(folders.model("face_landmarks_detector.tflite")?)?;
    let mut hash = Sha256::new();
    hash.update(pictures);
    hash.update(mesh);
    let name: String = hash
        .finalize()
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    Ok(cache.join(format!("aligned-{name}.safetensors")))
}

fn align(pictures: &[u8], folders: &Folders) -> Result<(Vec<u8>, f64)> {
    let mut reader = StillMesh::load(folders)?;
    let area = PICTURE_SIDE * PICTURE_SIDE;
    let count = pictures.len() / area;
    let mut faces = Vec::with_capacity(count * CANVAS_SIDE * CANVAS_SIDE);
    let mut found = 0;
    for (index, picture) in pictures.chunks_exact(area).enumerate() {
        match reader.canvas(picture, PICTURE_SIDE)? {
            Some(canvas) => {
                found += 1;
                faces.extend(canvas);
            }
            None => faces.extend(plain(picture)?),
        }
        if (index + 1) % 2000 == 0 {
            eprintln!("aligned {} of {count}", index + 1);
        }
    }
    Ok((faces, f64::from(found) / count.max(1) as f64))
}

/// A picture without a mesh, enlarged to the canvas.
fn plain(picture: &[u8]) -> Result<Vec<u8>> {
    let side = PICTURE_SIDE as i64;
    let picture = Tensor::from_slice(picture)
        .view([1, 1, side, side])
        .to_kind(Kind::Float);
    let canvas = [CANVAS_SIDE as i64; 2];
    let enlarged = picture.upsample_bilinear2d(canvas, false, None, None);
    Ok(enlarged
        .round()
        .to_kind(Kind::Uint8)
        .view([-1])
        .try_into()?)
}
