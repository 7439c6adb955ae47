//! Linear maps of a half face's numbers.

/// Scores the weights give.
pub const SCORES: usize = 22;

/// A linear map.
#[derive(Debug, Clone, PartialEq)]
pub struct LinearMap {
    /// Weights of the inputs, one row an output.
    pub rows: Vec<Vec<f32>>,
    /// Bias of each output.
    pub bias: Vec<f32>,
}

impl LinearMap {
    /// `bias[o] + sum over i of rows[o][i] * input[i]`.
    pub fn outputs(&self, input: &[f32]) -> impl Iterator<Item = f64> {
        let rows = self.rows.iter().zip(&self.bias);
        rows.map(|(row, &bias)| f64::from(bias) + f64::from(product(row, input)))
    }

    /// The [`outputs`](Self::outputs) as scores.
    pub fn forward(&self, input: &[f32]) -> [f64; SCORES] {
        let mut scores = [0.0; SCORES];
        for (score, output) in scores.iter_mut().zip(self.outputs(input)) {
            *score = output;
        }
        scores
    }
}

/// `sum over i of weights[i] * values[i]`, in eight partial sums: a single one would be a chain of
/// dependent additions.
pub(super) fn product(weights: &[f32], values: &[f32]) -> f32 {
    let mut sums = [0.0; 8];
    let (weights, last_weights) = weights.as_chunks::<8>();
    let (values, last_values) = values.as_chunks::<8>();
    for (weights, values) in weights.iter().zip(values) {
        for ((sum, weight), value) in sums.iter_mut().zip(weights).zip(values) {
            *sum += weight * value;
        }
    }
    let last = last_weights.iter().zip(last_values);
    sums.iter().sum::<f32>() + last.map(|(weight, value)| weight * value).sum::<f32>()
}
