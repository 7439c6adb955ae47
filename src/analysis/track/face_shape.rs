//! A face's own shape, as far as it is known: coarse, learned over time, forgotten with its person.

use std::time::Duration;

use crate::analysis::head_pose::{Fit, HeadPoseError};
use crate::analysis::mesh::Mesh;
use crate::analysis::time::BufferTime;
use crate::models::{FaceShapeModel, SHAPE_DIRECTIONS, SHAPE_STEP};

/// Degrees between the face's direction and the camera's axis beyond which its shape is a guess.
const WIDEST: f64 = 35.0;
/// Outer-eye distance in pixels below which it is.
const SMALLEST: f64 = 24.0;
/// Points of the canonical face; the irises follow.
const CANONICAL: usize = 468;
/// Looks at a face that are averaged, and the time between two.
const MOST_LOOKS: u32 = 25;
pub const PAUSE: Duration = Duration::from_millis(200);

/// The shape of one face, averaged over several looks.
#[derive(Debug, Clone, PartialEq)]
pub struct FaceShape {
    direction: [f32; SHAPE_DIRECTIONS],
    looks: u32,
    /// When it was last looked at.
    pub seen: BufferTime,
}

impl FaceShape {
    /// Numbers of [`FaceShape::features`].
    pub const FEATURES: usize = SHAPE_DIRECTIONS + 1;

    /// As numbers: the direction, then how many looks it is averaged over.
    pub fn features(&self) -> Vec<f32> {
        let looks = [self.looks as f32];
        self.direction.iter().chain(&looks).copied().collect()
    }

    /// What [`FaceShape::features`] gave of a face last seen at `seen`; `None` for others.
    pub fn from_features(features: &[f32], seen: BufferTime) -> Option<Self> {
        if features.len() != Self::FEATURES {
            return None;
        }
        let (direction, looks) = features.split_first_chunk::<SHAPE_DIRECTIONS>()?;
        let looks = *looks.first()?;
        let length = direction.iter().map(|value| value * value).sum::<f32>();
        (length > f32::EPSILON).then(|| Self {
            direction: unit(*direction),
            looks: (looks.max(1.0) as u32).min(MOST_LOOKS),
            seen,
        })
    }

    /// The shape of `mesh`, seen at `time`; `None` where the face is too small or turned too far.
    ///
    /// # Errors
    /// OpenCV could not fit the canonical face.
    pub fn from_mesh(
        model: &FaceShapeModel,
        mesh: &Mesh,
        time: BufferTime,
    ) -> Result<Option<Self>, HeadPoseError> {
        let fit = Fit::from_mesh(&mesh.points)?;
        if mesh.eye_distance() < SMALLEST || fit.pose([1.0; 2]).angle() > WIDEST {
            return Ok(None);
        }
        let points = mesh.points.iter().take(CANONICAL).step_by(SHAPE_STEP);
        let points: Vec<[f64; 3]> = points.map(|point| fit.canonical(point)).collect();
        Ok(Some(Self {
            direction: unit(model.project(&points)),
            looks: 1,
            seen: time,
        }))
    }

    /// How unlike two shapes are: 0 the same, 1 nothing in common, 2 opposite.
    pub fn distance(&self, other: &Self) -> f32 {
        let pairs = self.direction.iter().zip(&other.direction);
        1.0 - pairs.map(|(a, b)| a * b).sum::<f32>()
    }

    /// Takes in another look at the same face.
    pub fn learn(&mut self, seen: &Self) {
        let known = self.looks as f32;
        self.direction = unit(std::array::from_fn(|index| {
            self.direction[index] * known + seen.direction[index]
        }));
        self.looks = (self.looks + 1).min(MOST_LOOKS);
        self.seen = seen.seen;
    }
}

fn unit(values: [f32; SHAPE_DIRECTIONS]) -> [f32; SHAPE_DIRECTIONS] {
    let length = values.iter().map(|value| value * value).sum::<f32>().sqrt();
    values.map(|value| value / length.max(f32::MIN_POSITIVE))
}
