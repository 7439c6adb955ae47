//! The rigid part of a movement: what the head did between two frames, seen as a flow.

use super::crop::FacePoint;
use super::linear::solve;

/// Unknowns: scale, turn, shift across and down, and the parallax of turning about two axes.
const UNKNOWNS: usize = 6;
/// Rounds of reweighting, set by hand and held by the test below.
const ROUNDS: usize = 4;
/// Residual, in pixels of the crop, beyond which a point is taken to move by itself. Set by hand,
/// held by the test below.
const STRAY: f64 = 0.6;
/// Weight of the prior, against a point's 1, that keeps the parallax at nothing where the points
/// tell nothing of it.
const RIDGE: f64 = 1e-3;

/// The movement of a rigid head.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct RigidFlow([f64; UNKNOWNS]);

impl RigidFlow {
    /// The movement that fits `pairs` of places and flows in pixels best, deaf to those that move
    /// by themselves.
    pub fn fit(pairs: &[(FacePoint, [f64; 2])]) -> Self {
        let mut fitted = Self::default();
        let mut spread = f64::INFINITY;
        for _ in 0..ROUNDS {
            let weight = |(place, flow): &(FacePoint, [f64; 2])| {
                let [x, y] = fitted.flow_at(place);
                let residual = (flow[0] - x).hypot(flow[1] - y);
                1.0 / (1.0 + (residual / spread).powi(2)).powi(2)
            };
            let weights: Vec<f64> = pairs.iter().map(weight).collect();
            match fitted_to(pairs, &weights) {
                Some(next) => fitted = next,
                None => return Self::default(),
            }
            spread = STRAY;
        }
        fitted
    }

    /// The flow at a place, in pixels.
    pub fn flow_at(&self, [x, y, z]: &FacePoint) -> [f64; 2] {
        let [grow, turn, across, down, yaw, pitch] = self.0;
        [
            grow * x - turn * y + across + yaw * z,
            turn * x + grow * y + down + pitch * z,
        ]
    }
}

/// Weighted least squares.
fn fitted_to(pairs: &[(FacePoint, [f64; 2])], weights: &[f64]) -> Option<RigidFlow> {
    let (mut matrix, mut right) = ([[0.0; UNKNOWNS]; UNKNOWNS], [0.0; UNKNOWNS]);
    for (([x, y, z], flow), weight) in pairs.iter().zip(weights) {
        let rows = [
            ([*x, -y, 1.0, 0.0, *z, 0.0], flow[0]),
            ([*y, *x, 0.0, 1.0, 0.0, *z], flow[1]),
        ];
        for (row, value) in rows {
            for ((equation, right), own) in matrix.iter_mut().zip(&mut right).zip(row) {
                for (term, other) in equation.iter_mut().zip(row) {
                    *term += weight * own * other;
                }
                *right += weight * own * value;
            }
        }
    }
    for (index, equation) in matrix.iter_mut().enumerate() {
        equation[index] += RIDGE;
    }
    solve(matrix, right).map(RigidFlow)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places() -> Vec<FacePoint> {
        let grid = (0..25).map(|index| {
            let (x, y) = (
                f64::from(index % 5) / 4.0 - 0.5,
                f64::from(index / 5) / 4.0 - 0.5,
            );
            [x, y, x * x + y * y * 0.5]
        });
        grid.collect()
    }

    #[test]
    fn a_turn_of_the_head_is_found_beside_muscles_that_move() {
        let head = RigidFlow([0.4, -0.8, 0.3, 0.1, 1.5, -0.7]);
        let mut pairs: Vec<_> = places()
            .iter()
            .map(|place| (*place, head.flow_at(place)))
            .collect();
        for (_, flow) in pairs.iter_mut().take(4) {
            flow[1] -= 3.0;
        }
        let found = RigidFlow::fit(&pairs);
        for place in &places()[4..] {
            let ([x, y], [u, v]) = (head.flow_at(place), found.flow_at(place));
            assert!((x - u).hypot(y - v) < 0.15, "{:?} {:?}", head, found);
        }
    }

    #[test]
    fn no_points_mean_no_movement() {
        assert_eq!(RigidFlow::fit(&[]).flow_at(&[0.3, 0.2, 0.1]), [0.0, 0.0]);
    }
}
