//! Weighted ridge regression of one Action Unit on rendered heads and on FER+'s faces together.

use tch::{Kind, Tensor};

use crate::Failure;

/// What the canonical frame's centimetres and the histograms are multiplied by, so that one penalty
/// suits all numbers.
pub const POINT_SCALE: f64 = 3.0;
/// See [`POINT_SCALE`].
pub const HOG_SCALE: f64 = 5.0;

/// One set of faces, prepared: two rows each of scaled shape and scaled look, one target, and weights
/// that sum to 1.
pub struct Part {
    /// 2 N x shape numbers.
    pub shape: Tensor,
    /// 2 N x look numbers.
    pub look: Tensor,
    /// Targets.
    pub target: Vec<f64>,
    /// Weights; 0 leaves a face out.
    pub weight: Vec<f64>,
}

/// The sums of products of a part, from which any penalty can be solved.
pub struct Sums {
    gram: Tensor,
    moment: Tensor,
}

/// Weights of the scaled numbers.
pub struct Solution {
    /// Of the shape.
    pub shape: Tensor,
    /// Of the look.
    pub look: Tensor,
}

impl Part {
    /// The sums of the part, each part having an intercept of its own: `place` of 2.
    pub fn sums(&self, place: usize) -> Result<Sums, Failure> {
        let used: Vec<i64> = (0..2 * self.weight.len())
            .filter(|&row| self.weight[row / 2] > 0.0)
            .map(|row| row as i64)
            .collect();
        let pick = |values: &[f64]| -> Vec<f32> {
            used.iter()
                .map(|&row| values[row as usize / 2] as f32)
                .collect()
        };
        let used_rows = Tensor::from_slice(&used);
        let count = used.len() as i64;
        let intercepts = Tensor::zeros([count, 2], (Kind::Float, tch::Device::Cpu));
        let _ = intercepts.narrow(1, place as i64, 1).fill_(1.0);
        let rows = Tensor::f_cat(
            &[
                self.shape.f_index_select(0, &used_rows)?,
                self.look.f_index_select(0, &used_rows)?,
                intercepts,
            ],
            1,
        )?;
        let weight = Tensor::from_slice(&pick(&self.weight)).view([count, 1]);
        let target = Tensor::from_slice(&pick(&self.target)).view([count, 1]);
        let weighted = (&rows * weight).f_tr()?;
        Ok(Sums {
            gram: weighted.f_matmul(&rows)?.to_kind(Kind::Double),
            moment: weighted.f_matmul(&target)?.to_kind(Kind::Double),
        })
    }
}

/// The weights that minimise the error on `renders` and, `share` times as dear, on `faces`, with a
/// penalty on the shape's and on the look's weights, and one on what `turning`, the squares of the shape's
/// changes, does to the scores.
pub fn solve(
    renders: &Sums,
    faces: &Sums,
    share: f64,
    shapes: usize,
    [shape_penalty, look_penalty]: [f64; 2],
    turning: Option<&Tensor>,
) -> Result<Solution, Failure> {
    let gram = &renders.gram + &faces.gram * share;
    let moment = &renders.moment + &faces.moment * share;
    let size = gram.size()[0] as usize;
    let penalty: Vec<f64> = (0..size)
        .map(|index| match index {
            index if index < shapes => shape_penalty,
            index if index < size - 2 => look_penalty,
            _ => 1e-6,
        })
        .collect();
    let gram = gram + Tensor::from_slice(&penalty).diag(0);
    if let Some(turning) = turning {
        let _ = gram
            .narrow(0, 0, shapes as i64)
            .narrow(1, 0, shapes as i64)
            .f_add_(turning)?;
    }
    let factor = gram.f_linalg_cholesky(false)?;
    let weights = moment.f_cholesky_solve(&factor, false)?.view([-1]);
    let looks = (size - 2 - shapes) as i64;
    Ok(Solution {
        shape: weights.narrow(0, 0, shapes as i64).to_kind(Kind::Float),
        look: weights.narrow(0, shapes as i64, looks).to_kind(Kind::Float),
    })
}
