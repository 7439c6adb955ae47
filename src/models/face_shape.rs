//! The part of a mesh's shape that is a person's own rather than an expression's or a pose's.

use super::tensors::{TensorFileError, Tensors};

/// Points of the mesh that are looked at: every third of the canonical face's.
pub const SHAPE_STEP: usize = 3;
const POINTS: usize = 468 / SHAPE_STEP;
/// Numbers that a shape is told in.
pub const SHAPE_DIRECTIONS: usize = 30;

const WEIGHTS: &[u8] = include_bytes!("../../models/face_shape.safetensors");

/// Directions in which people's shapes differ more than one person's do, as
/// `crates/aliyarface-labs/python/face_shape.py` learned them. Compiled in.
pub struct FaceShapeModel {
    mean: Vec<f32>,
    directions: Vec<Vec<f32>>,
}

impl FaceShapeModel {
    /// The bundled directions.
    ///
    /// # Errors
    /// The weights that were compiled in are not those of this version.
    pub fn bundled() -> Result<Self, TensorFileError> {
        let tensors = Tensors::new(WEIGHTS)?;
        let numbers = POINTS * 3;
        let directions = tensors.get("directions", &[SHAPE_DIRECTIONS, numbers])?;
        Ok(Self {
            mean: tensors.get("mean", &[numbers])?,
            directions: directions.chunks(numbers).map(<[f32]>::to_vec).collect(),
        })
    }

    /// `directions * (points - mean)` of every [`SHAPE_STEP`]th mesh point in the canonical face's frame.
    pub fn project(&self, points: &[[f64; 3]]) -> [f32; SHAPE_DIRECTIONS] {
        let points = points.as_flattened().iter().zip(&self.mean);
        let centred: Vec<f32> = points.map(|(value, mean)| *value as f32 - mean).collect();
        std::array::from_fn(|direction| {
            let weights = self.directions.get(direction).into_iter().flatten();
            weights.zip(&centred).map(|(a, b)| a * b).sum()
        })
    }
}
