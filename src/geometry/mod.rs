//! Points, boxes, turned rectangles and the landmarks of the mesh: what every room measures with.

mod bbox;
pub mod contours;
pub mod landmarks;
mod rotated_rect;
mod sides;
mod similarity;

pub use bbox::{BBox, Rect};
pub use rotated_rect::RotatedRect;
pub use sides::Sides;
pub use similarity::similarity;

/// x, y and z in pixels of the picture; z grows away from the camera.
pub type Point = [f64; 3];

/// The mean of x and of y; `None` without any point.
pub fn mean<'a>(points: impl Iterator<Item = &'a Point>) -> Option<[f64; 2]> {
    let (mut sum, mut count) = ([0.0; 2], 0.0);
    for [x, y, _] in points {
        sum = [sum[0] + x, sum[1] + y];
        count += 1.0;
    }
    (count > 0.0).then(|| sum.map(|total| total / count))
}

/// The Euclidean distance of two points in their own unit.
pub fn distance(a: [f64; 3], b: [f64; 3]) -> f64 {
    let squares = a.into_iter().zip(b).map(|(a, b)| (a - b).powi(2));
    squares.sum::<f64>().sqrt()
}
