//! The shape of a face as numbers, for its left and its right half.

use crate::models::{BLENDSHAPES, SHAPE_NUMBERS, mirrored_blendshapes};

use crate::analysis::head_pose::Fit;
use crate::geometry::Point;

/// Added to blendshapes, 0..1, before their logarithm: what the net gives for none. The weights
/// were learned with it.
const LOG_FLOOR: f64 = 1e-3;
/// Distance from the canonical face's middle plane within which a point belongs to both halves,
/// in its centimetres.
const MIDDLE: f64 = 1e-4;

/// One half of a face, completed by its own mirror image: what the whole face would look like if
/// the other half did the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Half {
    /// The person's left: the right one in a picture that is not mirrored.
    Left,
    /// The person's right.
    Right,
}

/// Knows which points and blendshapes are each other's mirror images.
pub struct Halves {
    canonical: Vec<[f64; 3]>,
    twins: Vec<usize>,
    mirrored_blendshapes: [usize; BLENDSHAPES],
}

impl Halves {
    /// The halves of a symmetrical `canonical` face.
    pub fn new(canonical: &[[f64; 3]]) -> Self {
        let distance = |&[x, y, z]: &[f64; 3], &[u, v, w]: &[f64; 3]| {
            (x + u).powi(2) + (y - v).powi(2) + (z - w).powi(2)
        };
        let twin = |point: &[f64; 3]| {
            let others = canonical.iter().enumerate();
            let nearest =
                others.min_by(|(_, a), (_, b)| distance(point, a).total_cmp(&distance(point, b)));
            nearest.map_or(0, |(index, _)| index)
        };
        Self {
            canonical: canonical.to_vec(),
            twins: canonical.iter().map(twin).collect(),
            mirrored_blendshapes: mirrored_blendshapes(),
        }
    }

    /// The numbers of the left and of the right half of the face of `mesh`; their mean is that of
    /// the whole face.
    pub fn numbers(
        &self,
        mesh: &[Point],
        fit: &Fit,
        blendshapes: &[f64; BLENDSHAPES],
    ) -> [Vec<f32>; 2] {
        let points: Vec<[f64; 3]> = mesh.iter().map(|point| fit.canonical(point)).collect();
        [Half::Left, Half::Right].map(|half| {
            let mut numbers = Vec::with_capacity(SHAPE_NUMBERS);
            for index in 0..self.canonical.len() {
                numbers.extend(self.point(&points, index, half).map(|part| part as f32));
            }
            numbers.extend(self.blendshapes(blendshapes, half));
            let logarithms = blendshapes.map(|value| (value + LOG_FLOOR).ln());
            numbers.extend(self.blendshapes(&logarithms, half));
            numbers
        })
    }

    fn point(&self, points: &[[f64; 3]], index: usize, half: Half) -> [f64; 3] {
        let at = |index: usize| points.get(index).copied().unwrap_or_default();
        let own = at(index);
        let [x, y, z] = at(self.twins[index]);
        let mirrored = [-x, y, z];
        let place = match half {
            Half::Left => self.canonical[index][0],
            Half::Right => -self.canonical[index][0],
        };
        match place {
            place if place > MIDDLE => own,
            place if place < -MIDDLE => mirrored,
            _ => [0, 1, 2].map(|axis| (own[axis] + mirrored[axis]) / 2.0),
        }
    }

    /// The blendshapes of one half; those of a direction are averaged.
    fn blendshapes<'a>(
        &'a self,
        values: &'a [f64; BLENDSHAPES],
        half: Half,
    ) -> impl Iterator<Item = f32> + 'a {
        values.iter().enumerate().map(move |(index, &own)| {
            let twin = self.mirrored_blendshapes[index];
            let value = match (half, twin.abs_diff(index)) {
                (Half::Left, 1) => values[index.min(twin)],
                (Half::Right, 1) => values[index.max(twin)],
                _ => (own + values[twin]) / 2.0,
            };
            value as f32
        })
    }
}
