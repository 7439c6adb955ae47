//! FER+'s faces that have a winner, and the same as the element would align them.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::Result;
use gstaliyarface::analysis::{CANVAS_SIDE, ImageMesher, anchors};
use gstaliyarface::models::Folders;
use sha2::{Digest, Sha256};
use tch::{IndexOp, Kind, Tensor};

use aliyarface_labs::ferplus::{CLASSES, Ferplus, SIDE, Votes};

/// The faces of one file that have a winner.
pub struct Faces {
    /// N x 48 x 48 bytes of brightness, as in the file.
    pub pictures: Tensor,
    /// What was said of each.
    pub votes: Vec<Votes>,
}

impl Faces {
    /// Reads a file of FER+.
    pub fn read(path: &Path) -> Result<Self> {
        let Ferplus { pictures, votes } = Ferplus::read(path)?;
        let kept = votes
            .iter()
            .enumerate()
            .filter(|(_, votes)| votes.is_some());
        let kept: Vec<i64> = kept.map(|(index, _)| index as i64).collect();
        Ok(Self {
            pictures: pictures.index_select(0, &Tensor::from_slice(&kept)),
            votes: votes.into_iter().flatten().collect(),
        })
    }

    /// N x classes shares of the votes.
    pub fn targets(&self) -> Tensor {
        let shares = self.votes.iter().flat_map(|votes| votes.shares);
        let shares: Vec<f32> = shares.map(|share| share as f32).collect();
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
        let aligned = align(&bytes, folders)?;
        let count = (bytes.len() / (SIDE * SIDE)) as i64;
        let side = CANVAS_SIDE as i64;
        let this = Self {
            faces: Tensor::from_slice(&aligned.canvases).view([count, 1, side, side]),
            found: aligned.found,
        };
        std::fs::create_dir_all(cache)?;
        let anchors = Tensor::from_slice(&aligned.anchors).view([count, 3, 2]);
        let arrays = [
            ("faces", this.faces.shallow_clone()),
            ("found", Tensor::from(this.found)),
            ("anchors", anchors),
        ];
        Tensor::write_safetensors(&arrays, &path)?;
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

/// What [`align`] makes of pictures.
struct AlignedFaces {
    /// A canvas a picture.
    canvases: Vec<u8>,
    /// x and y, in pixels of the picture, of the eye at its left, the other, the mouth; NaN where no
    /// mesh was found.
    anchors: Vec<f32>,
    /// Share of pictures in which the mesh was found, 0..1.
    found: f64,
}

fn align(pictures: &[u8], folders: &Folders) -> Result<AlignedFaces> {
    let mut mesher = ImageMesher::load(folders)?;
    let area = SIDE * SIDE;
    let count = pictures.len() / area;
    let mut canvases = Vec::with_capacity(count * CANVAS_SIDE * CANVAS_SIDE);
    let mut places = Vec::with_capacity(count * 6);
    let mut found = 0;
    for (index, picture) in pictures.chunks_exact(area).enumerate() {
        let aligned = match mesher.mesh(picture, SIDE)? {
            Some(mesh) => mesher.canvas(picture, SIDE, &mesh)?.zip(anchors(&mesh)),
            None => None,
        };
        match aligned {
            Some((canvas, place)) => {
                found += 1;
                canvases.extend(canvas);
                places.extend(place.as_flattened().iter().map(|&value| value as f32));
            }
            None => {
                canvases.extend(plain(picture)?);
                places.extend([f32::NAN; 6]);
            }
        }
        if (index + 1) % 2000 == 0 {
            eprintln!("aligned {} of {count}", index + 1);
        }
    }
    Ok(AlignedFaces {
        canvases,
        anchors: places,
        found: f64::from(found) / count.max(1) as f64,
    })
}

/// A picture without a mesh, enlarged to the canvas.
fn plain(picture: &[u8]) -> Result<Vec<u8>> {
    let side = SIDE as i64;
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

/// Faces and what was said of them.
pub struct Set {
    pub faces: Faces,
    pub canvases: Canvases,
}
