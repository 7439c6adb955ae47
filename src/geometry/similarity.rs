//! The similarity between two sets of points.

use crate::picture::Affine;

/// Scale below which a similarity shrinks everything to a point and cannot be inverted.
const SMALLEST_SCALE: f64 = 1e-3;

/// The similarity (turn, scale, shift) that takes `from` to `to` with the least sum of squared
/// distances; `None` where the points of either set lie on one spot.
pub fn similarity<const COUNT: usize>(
    from: &[[f64; 2]; COUNT],
    to: &[[f64; 2]; COUNT],
) -> Option<Affine> {
    let centre = |points: &[[f64; 2]; COUNT]| {
        [0, 1].map(|axis| points.iter().map(|point| point[axis]).sum::<f64>() / COUNT as f64)
    };
    let (from_centre, to_centre) = (centre(from), centre(to));
    let (mut along, mut across, mut spread) = (0.0, 0.0, 0.0);
    for (from, to) in from.iter().zip(to) {
        let [x, y] = [from[0] - from_centre[0], from[1] - from_centre[1]];
        let [u, v] = [to[0] - to_centre[0], to[1] - to_centre[1]];
        along += x * u + y * v;
        across += x * v - y * u;
        spread += x * x + y * y;
    }
    let (a, b) = (along / spread, across / spread);
    ((a * a + b * b).sqrt() > SMALLEST_SCALE).then(|| {
        let [x, y] = from_centre;
        Affine([
            [a, -b, to_centre[0] - a * x + b * y],
            [b, a, to_centre[1] - b * x - a * y],
        ])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turned_scaled_and_shifted_triangle_is_found_again() {
        let triangle = [[0.0, 0.0], [4.0, 0.0], [1.0, 3.0]];
        let there = Affine([[1.2, -0.5, 7.0], [0.5, 1.2, -3.0]]);
        let found = similarity(&triangle, &triangle.map(|point| there.apply(point))).unwrap();
        for point in [[2.0, 2.0], [-5.0, 9.0]] {
            let ([x, y], [u, v]) = (found.apply(point), there.apply(point));
            assert!((x - u).hypot(y - v) < 1e-9);
        }
    }

    #[test]
    fn points_on_one_spot_have_no_similarity() {
        assert_eq!(similarity(&[[5.0; 2]; 3], &[[0.0, 1.0]; 3]), None);
        assert_eq!(
            similarity(&[[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]], &[[2.0; 2]; 3]),
            None
        );
    }
}
