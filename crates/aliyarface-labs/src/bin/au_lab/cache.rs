//! What takes long, once a data set: the mesh of each of FER+'s faces and its aligned crop.

use std::path::{Path, PathBuf};

use gstaliyarface::analysis::{ImageMesher, MESH_POINTS};
use gstaliyarface::models::EMOTION_SIDE;
use tch::{Kind, Tensor};

use crate::Failure;
use crate::data::Faces;
use aliyarface_labs::ferplus::SIDE;
use aliyarface_labs::places;

/// The cache's folder; its number rises when other faces are kept or the mesh is found otherwise.
const FOLDER: &str = "au-2";
/// Faces in one file of the cache.
const PART: usize = 2000;

/// A face as the element's own stages see it.
pub struct MeshedFace {
    /// Its place in the data set.
    pub index: usize,
    /// Its mesh in pixels of the picture.
    pub mesh: Vec<[f64; 3]>,
    /// Its aligned crop.
    pub crop: Vec<u8>,
}

/// The faces of `faces` in which a mesh is found.
pub fn look(faces: &Faces) -> Result<Vec<MeshedFace>, Failure> {
    look_at_part(faces, 0, faces.pictures.len(), |_| true)
}

/// As [`look`], of those faces that [`Faces::teaches`], kept in the cache under `name`, part by part.
pub fn look_once(name: &str, faces: &Faces) -> Result<Vec<MeshedFace>, Failure> {
    let mut seen = Vec::new();
    for (part, first) in (0..faces.pictures.len()).step_by(PART).enumerate() {
        let kept = folder()?.join(format!("{name}-{part:02}.safetensors"));
        if !kept.exists() {
            let last = (first + PART).min(faces.pictures.len());
            save(
                &look_at_part(faces, first, last, |index| faces.teaches(index))?,
                &kept,
            )?;
            eprintln!("{} is made", kept.display());
        }
        seen.extend(load(&kept)?);
    }
    Ok(seen)
}

fn look_at_part(
    faces: &Faces,
    first: usize,
    last: usize,
    wanted: impl Fn(usize) -> bool,
) -> Result<Vec<MeshedFace>, Failure> {
    let mut reader = ImageMesher::load(&places::models())?;
    let mut seen = Vec::new();
    let pictures = faces.pictures.iter().enumerate().take(last).skip(first);
    for (index, picture) in pictures.filter(|(index, _)| wanted(*index)) {
        if let Some((mesh, crop)) = look_at(&mut reader, picture)? {
            seen.push(MeshedFace { index, mesh, crop });
        }
    }
    Ok(seen)
}

type Look = (Vec<[f64; 3]>, Vec<u8>);

fn look_at(reader: &mut ImageMesher, picture: &[u8]) -> Result<Option<Look>, Failure> {
    let Some(mesh) = reader.mesh(picture, SIDE)? else {
        return Ok(None);
    };
    let crop = reader.aligned(picture, SIDE, &mesh)?;
    Ok(crop.map(|crop| (mesh.to_vec(), crop)))
}

fn folder() -> Result<PathBuf, Failure> {
    let folder = places::cache()?.join(FOLDER);
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}

fn save(seen: &[MeshedFace], file: &Path) -> Result<(), Failure> {
    let count = seen.len() as i64;
    let indices: Vec<i64> = seen.iter().map(|face| face.index as i64).collect();
    let points = seen.iter().flat_map(|face| face.mesh.as_flattened());
    let points: Vec<f32> = points.map(|&value| value as f32).collect();
    let crops: Vec<u8> = seen.iter().flat_map(|face| face.crop.clone()).collect();
    let side = EMOTION_SIDE as i64;
    let tensors = [
        ("index", Tensor::from_slice(&indices)),
        (
            "mesh",
            Tensor::from_slice(&points).reshape([count, MESH_POINTS as i64, 3]),
        ),
        (
            "crop",
            Tensor::from_slice(&crops).reshape([count, side, side]),
        ),
    ];
    let part = file.with_extension("part");
    Tensor::write_safetensors(&tensors, &part)?;
    std::fs::rename(part, file)?;
    Ok(())
}

fn load(file: &Path) -> Result<Vec<MeshedFace>, Failure> {
    let tensors = Tensor::read_safetensors(file)?;
    let get = |name: &str| {
        let found = tensors.iter().find(|(other, _)| other == name);
        found.map(|(_, tensor)| tensor).ok_or("a damaged cache")
    };
    let indices = Vec::<i64>::try_from(get("index")?)?;
    let count = indices.len() as i64;
    let meshes = get("mesh")?.to_kind(Kind::Double).reshape([count, -1]);
    let meshes = Vec::<Vec<f64>>::try_from(&meshes)?;
    let crops = Vec::<Vec<u8>>::try_from(&get("crop")?.reshape([count, -1]))?;
    let faces = indices.into_iter().zip(meshes).zip(crops);
    Ok(faces
        .map(|((index, mesh), crop)| MeshedFace {
            index: index as usize,
            mesh: mesh.as_chunks::<3>().0.to_vec(),
            crop,
        })
        .collect())
}
