//! The meshes and aligned crops of square grey pictures that a face fills, as the element would read them:
//! what `python/face_covers.py` draws on and learns from.

use std::fs;
use std::path::PathBuf;

use anyhow::{Result, ensure};
use clap::Parser;
use gstaliyarface::analysis::{ImageMesher, MESH_POINTS};
use gstaliyarface::models::EMOTION_SIDE;

use aliyarface_labs::places::models;

/// Writes the mesh and the aligned crop of each picture in a file of bytes.
#[derive(Parser)]
#[command(name = "face_crops")]
struct Options {
    /// Pixels a side of every picture.
    side: usize,
    /// The pictures: bytes of brightness, row by row, one picture after the other.
    pictures: PathBuf,
    /// Where to write 478 x 3 little-endian f32 a picture, x and y in its pixels; NaN where no mesh is found.
    meshes: PathBuf,
    /// Where to write 64 x 64 bytes a picture; 0 where no mesh is found.
    crops: PathBuf,
}

fn main() -> Result<()> {
    let options = Options::parse();
    let side = options.side;
    ensure!(side > 0, "the pictures have no size");
    let bytes = fs::read(&options.pictures)?;
    ensure!(
        bytes.len() % (side * side) == 0,
        "{} does not hold pictures of {side} x {side} bytes",
        options.pictures.display()
    );
    let mut mesher = ImageMesher::load(&models())?;
    let (mut meshes, mut crops): (Vec<u8>, Vec<u8>) = (Vec::new(), Vec::new());
    for picture in bytes.chunks_exact(side * side) {
        let mesh = mesher.mesh(picture, side)?;
        let crop = match &mesh {
            Some(mesh) => mesher.aligned(picture, side, mesh)?,
            None => None,
        };
        crops.extend(crop.unwrap_or_else(|| vec![0; EMOTION_SIDE * EMOTION_SIDE]));
        match mesh {
            Some(mesh) => {
                let values = mesh.as_flattened().iter();
                meshes.extend(values.flat_map(|&value| (value as f32).to_le_bytes()));
            }
            None => meshes.extend([f32::NAN.to_le_bytes(); MESH_POINTS * 3].as_flattened()),
        }
    }
    fs::write(&options.meshes, meshes)?;
    fs::write(&options.crops, crops)?;
    Ok(())
}
