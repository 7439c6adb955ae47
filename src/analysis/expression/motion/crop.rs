//! The square grey crop in which a face's movement is measured, and the light in it.

use crate::analysis::mesh::Mesh;
use crate::geometry::landmarks::OUTER_EYE_CORNERS;
use crate::geometry::{Point, mean};
use crate::picture::Affine;

use super::super::regions::STABLE;

/// Side of the square crop in pixels: twice the distance of the eyes in it.
pub const SIDE: usize = 176;
/// Distance of the outer eye corners in it, in pixels: a half of the side leaves the
/// chin inside.
pub const EYE_DISTANCE: f64 = 88.0;
/// Height of the eyes in it, in pixels from the top: room for raised brows above, for an open jaw
/// below.
const EYE_LINE: f64 = 54.0;

/// A point on the face, in outer-eye distances from the crop's middle, z away from the camera.
pub type FacePoint = [f64; 3];

/// The point of the face at a point in pixels of the crop.
pub fn face_point(&[x, y, z]: &Point) -> FacePoint {
    let half = SIDE as f64 / 2.0;
    [
        (x - half) / EYE_DISTANCE,
        (y - half) / EYE_DISTANCE,
        z / EYE_DISTANCE,
    ]
}

/// The crop in which the eyes are level and as far apart as they would be seen from the front.
pub fn upright(mesh: &Mesh) -> Option<Affine> {
    let eyes = OUTER_EYE_CORNERS.map(|index| mesh.points.get(index).copied());
    let [Some(left), Some(right)] = eyes else {
        return None;
    };
    let [x, y] = mean([left, right].iter())?;
    let scale = mesh.eye_distance() / EYE_DISTANCE;
    let (sin, cos) = (right[1] - left[1]).atan2(right[0] - left[0]).sin_cos();
    let (a, b) = (cos * scale, sin * scale);
    let (u, v) = (SIDE as f64 / 2.0, EYE_LINE);
    let sound = scale.is_finite() && scale > 1e-3;
    sound.then_some(Affine([
        [a, -b, x - a * u + b * v],
        [b, a, y - b * u - a * v],
    ]))
}

/// The crop that shows the stable points where they lay in the reference.
pub fn stabilised(anchors: &[[f64; 2]], mesh: &[Point]) -> Option<Affine> {
    let now = STABLE.iter().filter_map(|&index| mesh.get(index));
    let pairs: Vec<_> = anchors.iter().zip(now).collect();
    let total = pairs.len() as f64;
    if pairs.len() < 3 {
        return None;
    }
    let (mut from, mut to) = ([0.0; 2], [0.0; 2]);
    for (anchor, point) in &pairs {
        for axis in 0..2 {
            from[axis] += anchor[axis] / total;
            to[axis] += point[axis] / total;
        }
    }
    let (mut along, mut across, mut spread) = (0.0, 0.0, 0.0);
    for (anchor, point) in &pairs {
        let [x, y] = [anchor[0] - from[0], anchor[1] - from[1]];
        let [u, v] = [point[0] - to[0], point[1] - to[1]];
        along += x * u + y * v;
        across += x * v - y * u;
        spread += x * x + y * y;
    }
    let (a, b) = (along / spread, across / spread);
    let sound = a.hypot(b).is_finite() && a.hypot(b) > 1e-3;
    sound.then_some(Affine([
        [a, -b, to[0] - a * from[0] + b * from[1]],
        [b, a, to[1] - b * from[0] - a * from[1]],
    ]))
}

/// The mesh in pixels of the crop.
pub fn in_crop(crop: &Affine, mesh: &[Point]) -> Option<Vec<Point>> {
    let [[a, _, x], [b, _, y]] = crop.0;
    let square = a * a + b * b;
    let scale = square.sqrt();
    let inside = |point: &Point| {
        let [u, v] = [point[0] - x, point[1] - y];
        [
            (a * u + b * v) / square,
            (a * v - b * u) / square,
            point[2] / scale,
        ]
    };
    (square > 0.0).then(|| mesh.iter().map(inside).collect())
}

/// Gives a crop, whose mean and deviation are known, those that are wanted.
pub fn match_brightness(
    grey: &mut [u8],
    [mean, spread]: [f64; 2],
    [wanted, wanted_spread]: [f64; 2],
) {
    let gain = (wanted_spread / spread.max(1.0)).clamp(0.5, 2.0);
    let table: [u8; 256] = std::array::from_fn(|value| {
        let value = (value as f64 - mean) * gain + wanted;
        value.round().clamp(0.0, 255.0) as u8
    });
    for value in grey {
        *value = table[usize::from(*value)];
    }
}
