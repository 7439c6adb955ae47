//! Brings a face into the place and size in which the emotion net was trained to see it.

mod smear;

use crate::models::EMOTION_SIDE;
use crate::picture::{Affine, BorderMode, Picture, PictureError};

use crate::geometry::landmarks::{EYES, LOWER_LIP, MOUTH_CORNERS, UPPER_LIP};
use crate::geometry::{Point, mean, similarity};

/// The aligned face: [`EMOTION_SIDE`] x [`EMOTION_SIDE`] bytes of brightness.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aligned(pub Vec<u8>);

impl Aligned {
    /// The face of `mesh`, cut out of the picture; `None` for a mesh so small or flat that it
    /// cannot be aligned.
    ///
    /// # Errors
    /// The crop failed.
    pub fn cut(picture: &Picture<'_>, mesh: &[Point]) -> Result<Option<Self>, PictureError> {
        let crop = aligned_crop(mesh, EMOTION_SIDE);
        Ok(cut(picture, crop, EMOTION_SIDE)?.map(Self))
    }

    /// How far its detail is smeared one way by motion while the shutter was open, 0..1.
    pub fn smear(&self) -> f64 {
        smear::smear(&self.0)
    }
}

/// Side in pixels of the canvas on which faces lie for training, at the scale of [`Aligned`]: the
/// net sees its centre, and training has room to shift it.
pub const CANVAS_SIDE: usize = 72;

/// The face of `mesh` on a canvas of [`CANVAS_SIDE`] x [`CANVAS_SIDE`] bytes of brightness, whose
/// centre is what [`Aligned::cut`] gives; `None` where that gives none.
///
/// # Errors
/// The crop failed.
pub fn canvas(picture: &Picture<'_>, mesh: &[Point]) -> Result<Option<Vec<u8>>, PictureError> {
    cut(picture, crop(mesh, 1.0, CANVAS_SIDE), CANVAS_SIDE)
}

fn cut(
    picture: &Picture<'_>,
    crop: Option<Affine>,
    side: usize,
) -> Result<Option<Vec<u8>>, PictureError> {
    let Some(crop) = crop else {
        return Ok(None);
    };
    let grey = picture.grey(&crop, (side, side), BorderMode::Edge)?;
    Ok(Some(grey.bytes().to_vec()))
}

/// A part of the aligned face at twice the resolution of [`Aligned`], in pixels of that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Its first column.
    pub left: usize,
    /// Its first row.
    pub top: usize,
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
}

/// The brightness of a part of the face of `mesh`, row by row; `None` as for [`Aligned::cut`].
///
/// # Errors
/// The crop failed.
pub fn cut_window(
    picture: &Picture<'_>,
    mesh: &[Point],
    window: Window,
) -> Result<Option<Vec<u8>>, PictureError> {
    let Some(Affine(rows)) = aligned_crop(mesh, 2 * EMOTION_SIDE) else {
        return Ok(None);
    };
    let [left, top] = [window.left, window.top].map(|pixels| pixels as f64);
    let crop = Affine(rows.map(|[a, b, c]| [a, b, c + a * left + b * top]));
    let size = (window.width, window.height);
    let grey = picture.grey(&crop, size, BorderMode::Edge)?;
    Ok(Some(grey.bytes().to_vec()))
}

/// Pixels of the picture that a pixel of the aligned face of `mesh` spans; `None` as for
/// [`Aligned::cut`].
pub fn aligned_scale(mesh: &[Point]) -> Option<f64> {
    let Affine([[along, ..], [across, ..]]) = aligned_crop(mesh, EMOTION_SIDE)?;
    Some(along.hypot(across))
}

/// Mesh points whose means are aligned: the eye at the picture's left, the other, the mouth.
const ANCHORS: [[usize; 4]; 3] = [
    [
        EYES.right.outer_corner,
        EYES.right.inner_corner,
        EYES.right.upper_lid[1],
        EYES.right.lower_lid[1],
    ],
    [
        EYES.left.inner_corner,
        EYES.left.outer_corner,
        EYES.left.upper_lid[1],
        EYES.left.lower_lid[1],
    ],
    [
        MOUTH_CORNERS.right,
        MOUTH_CORNERS.left,
        UPPER_LIP,
        LOWER_LIP,
    ],
];

/// Where those means lie on a square canvas, in fractions of its side: their mean places in
/// FER2013's crops.
const PLACES: [[f64; 2]; 3] = [[0.321, 0.389], [0.674, 0.387], [0.5025, 0.773]];

/// Part of the canvas that the net sees around its centre.
const SEEN: f64 = EMOTION_SIDE as f64 / CANVAS_SIDE as f64;

/// The crop of `size` x `size` pixels that holds what the net sees.
fn aligned_crop(mesh: &[Point], size: usize) -> Option<Affine> {
    crop(mesh, SEEN, size)
}

/// The crop of `size` x `size` pixels that holds the central `part` (of each side) of the canvas,
/// in which the face of `mesh` (x and y in pixels of the picture) is upright, with eyes and mouth
/// at fixed places: the similarity with the least squared error on the three anchors.
///
/// `None` for a mesh so small or flat that no such crop exists.
fn crop(mesh: &[Point], part: f64, size: usize) -> Option<Affine> {
    let anchors = anchors(mesh)?;
    let place =
        |[x, y]: [f64; 2]| [x, y].map(|fraction| ((fraction - 0.5) / part + 0.5) * size as f64);
    similarity(&PLACES.map(place), &anchors)
}

/// What is aligned: the eye at the picture's left, the other, the mouth, in pixels of the picture;
/// `None` for a mesh that lacks their points.
#[must_use]
pub fn anchors(mesh: &[Point]) -> Option<[[f64; 2]; 3]> {
    let mut anchors = [[0.0; 2]; 3];
    for (anchor, points) in anchors.iter_mut().zip(ANCHORS) {
        *anchor = mean(points.iter().filter_map(|&index| mesh.get(index)))?;
    }
    Some(anchors)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turned_and_scaled_face_lands_on_the_same_places() {
        let mut mesh = vec![[0.0; 3]; 478];
        let (sin, cos) = (0.4f64.sin() * 50.0, 0.4f64.cos() * 50.0);
        for (points, [x, y]) in ANCHORS.iter().zip(PLACES) {
            for &index in points {
                mesh[index] = [cos * x - sin * y + 200.0, sin * x + cos * y + 90.0, 0.0];
            }
        }
        let crop = aligned_crop(&mesh, 72).unwrap();
        for (points, [x, y]) in ANCHORS.iter().zip(PLACES) {
            let place = [x, y].map(|fraction| ((fraction - 0.5) * 9.0 / 8.0 + 0.5) * 72.0);
            let [u, v] = crop.apply(place);
            let [wanted_u, wanted_v, _] = mesh[points[0]];
            assert!((u - wanted_u).hypot(v - wanted_v) < 1e-9);
        }
    }

    #[test]
    fn a_face_shrunk_to_a_point_has_no_crop() {
        assert_eq!(aligned_crop(&vec![[5.0; 3]; 478], 64), None);
    }
}
