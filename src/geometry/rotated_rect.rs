//! The turned rectangle of a picture that a network looks at.

use crate::picture::Affine;

/// A rectangle that may be turned, in pixels of the picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RotatedRect {
    /// Centre in pixels.
    pub centre: [f64; 2],
    /// Width and height in pixels, along the turned axes.
    pub size: [f64; 2],
    /// Radians, clockwise as seen.
    pub angle: f64,
}

impl RotatedRect {
    /// An upright square around `centre`.
    pub fn square(centre: [f64; 2], side: f64) -> Self {
        Self {
            centre,
            size: [side, side],
            angle: 0.0,
        }
    }

    /// This rectangle moved down its own turned axis by `part` of its height.
    pub fn moved_down(self, part: f64) -> Self {
        let (sin, cos) = self.angle.sin_cos();
        let far = part * self.size[1];
        let [x, y] = self.centre;
        Self {
            centre: [x - sin * far, y + cos * far],
            ..self
        }
    }

    /// The map from a square crop of `side` pixels showing this rectangle to the picture.
    pub fn crop(&self, side: usize) -> Affine {
        let [across, down] = self.size.map(|size| size / side as f64);
        let (sin, cos) = self.angle.sin_cos();
        let half = side as f64 / 2.0;
        let row = |a: f64, b: f64, centre: f64| [a, b, centre - (a + b) * half];
        Affine([
            row(cos * across, -sin * down, self.centre[0]),
            row(sin * across, cos * down, self.centre[1]),
        ])
    }
}
