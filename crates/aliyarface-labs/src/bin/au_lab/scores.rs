//! Scores of faces and heads by weights that are being learned.

use tch::{Kind, Tensor};

use crate::Failure;
use crate::prototypes::Prototype;
use crate::ridge::Solution;
use crate::sets::{Data, Split};

/// The scores of faces from those of their halves.
pub fn of_whole(halves: &Tensor) -> Result<Vec<f64>, Failure> {
    let whole = halves.f_view([-1, 2])?.mean_dim(1, false, Kind::Double);
    Ok(Vec::<f64>::try_from(&whole)?)
}

/// The scores of faces from their shape and look.
pub fn scores(shape: &Tensor, look: &Tensor, solution: &Solution) -> Result<Vec<f64>, Failure> {
    of_whole(&(shape.f_mv(&solution.shape)? + look.f_mv(&solution.look)?))
}

/// Scores of the heads from their shape; those that do not show the Action Unit score 0 on average.
pub fn centred_heads(
    data: &Data,
    prototype: &Prototype,
    shape: &Tensor,
    solution: &Solution,
) -> Result<Vec<f64>, Failure> {
    let scores = of_whole(&shape.f_mv(&solution.shape)?)?;
    let truth = data.truth(prototype.code).unwrap_or_default();
    let known = scores.iter().zip(&truth).zip(&data.heads.splits);
    let absent = known.filter(|((_, truth), split)| **truth <= 0.0 && **split == Split::Fit);
    let bias = mean(absent.map(|((score, _), _)| *score));
    Ok(scores.iter().map(|score| score - bias).collect())
}

/// The mean of `values`; 0 of none.
pub fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0);
    for value in values {
        sum += value;
        count += 1.0;
    }
    sum / f64::max(count, 1.0)
}
