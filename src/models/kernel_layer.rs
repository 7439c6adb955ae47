//! What a linear map of the shape cannot say of an Action Unit: a Gaussian kernel over the estimates of all units
//! of one part of the face (radial basis functions; Broomhead & Lowe 1988). Brows that are raised and drawn at once
//! look like neither; where a face is unlike all centres the kernel falls to nothing and the linear map is left.

use super::linear_map::{LinearMap, SCORES, product};
use super::tensors::{TensorFileError, Tensors};

/// Centres of a layer.
pub const KERNEL_CENTRES: usize = 128;

/// Where a layer's numbers lie in the file of weights.
pub struct KernelLayout {
    /// Units that are estimated, the coordinates of the centres.
    pub coordinates: usize,
    /// Tensor of the estimates' weights, `coordinates` x shape numbers.
    pub estimate_weight: &'static str,
    /// Tensor of their biases.
    pub estimate_bias: &'static str,
    /// Tensor of the centres, [`KERNEL_CENTRES`] x `coordinates`.
    pub centres: &'static str,
    /// Tensor of what each centre adds to each score, [`SCORES`] x [`KERNEL_CENTRES`].
    pub weight: &'static str,
}

/// The layers of the file: of the units of brows and eyes, and of those of the mouth.
pub const KERNEL_LAYOUTS: [KernelLayout; 2] = [
    KernelLayout {
        coordinates: 6,
        estimate_weight: "upper.estimate.weight",
        estimate_bias: "upper.estimate.bias",
        centres: "upper.centres",
        weight: "upper.weight",
    },
    KernelLayout {
        coordinates: 14,
        estimate_weight: "lower.estimate.weight",
        estimate_bias: "lower.estimate.bias",
        centres: "lower.centres",
        weight: "lower.weight",
    },
];

/// A Gaussian kernel over estimates.
#[derive(Debug, Clone, PartialEq)]
pub struct KernelLayer {
    /// From the shape descriptor to the estimates, in units of the kernel's width.
    pub estimates: LinearMap,
    /// Where the centres lie among the estimates.
    pub centres: Vec<Vec<f32>>,
    /// What the centres add to each score.
    pub weights: Vec<Vec<f32>>,
}

impl KernelLayer {
    /// Reads the layer of `layout`, whose estimates are made of `shape_numbers` numbers.
    pub(super) fn load(
        tensors: &Tensors<'_>,
        layout: &KernelLayout,
        shape_numbers: usize,
    ) -> Result<Self, TensorFileError> {
        let coordinates = layout.coordinates;
        Ok(Self {
            estimates: LinearMap {
                rows: tensors.rows(layout.estimate_weight, [coordinates, shape_numbers])?,
                bias: tensors.get(layout.estimate_bias, &[coordinates])?,
            },
            centres: tensors.rows(layout.centres, [KERNEL_CENTRES, coordinates])?,
            weights: tensors.rows(layout.weight, [SCORES, KERNEL_CENTRES])?,
        })
    }

    /// Adds to the `scores` of a half whose shape descriptor is `numbers` what the centres near it say.
    pub fn add_to(&self, scores: &mut [f64; SCORES], numbers: &[f32]) {
        let estimates = self.estimates.outputs(numbers);
        let estimates: Vec<f32> = estimates.map(|estimate| estimate as f32).collect();
        let near: Vec<f32> = self
            .centres
            .iter()
            .map(|centre| nearness(centre, &estimates))
            .collect();
        for (score, weights) in scores.iter_mut().zip(&self.weights) {
            *score += f64::from(product(weights, &near));
        }
    }
}

/// `exp(-d^2)` of the distance `d` of two points.
fn nearness(one: &[f32], other: &[f32]) -> f32 {
    let apart = one.iter().zip(other).map(|(a, b)| (a - b).powi(2));
    (-apart.sum::<f32>()).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A layer of one coordinate, the first number, whose only centre lies at 2 and adds 3 to the first score.
    fn layer() -> KernelLayer {
        let mut weights = vec![vec![0.0]; SCORES];
        weights[0] = vec![3.0];
        KernelLayer {
            estimates: LinearMap {
                rows: vec![vec![1.0, 0.0]],
                bias: vec![0.5],
            },
            centres: vec![vec![2.0]],
            weights,
        }
    }

    #[test]
    fn a_centre_adds_all_to_what_lies_at_it_and_nothing_to_what_is_unlike_it() {
        let added = |number: f32| {
            let mut scores = [1.0; SCORES];
            layer().add_to(&mut scores, &[number, 7.0]);
            assert_eq!(scores[1..], [1.0; SCORES - 1]);
            scores[0] - 1.0
        };
        assert!((added(1.5) - 3.0).abs() < 1e-6);
        assert!((added(2.5) - 3.0 * (-1.0f64).exp()).abs() < 1e-6);
        assert!(added(9.0).abs() < 1e-6);
    }
}
