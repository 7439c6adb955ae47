//! How much a unit's score changes while a resting head turns: the gain of its weights is limited by it.

use tch::{Kind, Tensor};

use crate::Failure;
use crate::ridge::Solution;

/// The most that turning the mesh by 20 degrees to either side may change the scores of [`MOST`] resting
/// faces, in intensities. AU14 at .94 changed the raw intensity of the mesh in `tests/analysis/turning.rs` by .7,
/// of which .5 are allowed.
pub const ALLOWED: f64 = 0.6;
/// Part of the resting faces that keep to what is allowed.
const MOST: f64 = 0.9;

/// The squares of the changes `turning` (as of [`change`]) for [`crate::ridge::solve`], weighing `penalty` times as
/// much as all heads (tangent propagation, Simard et al. 1992).
pub fn squares(turning: &Tensor, penalty: f64) -> Result<Tensor, Failure> {
    let rows = turning.size()[0].max(1) as f64;
    let squares = turning.f_tr()?.f_matmul(turning)?.to_kind(Kind::Double);
    // Weights of heads sum to 1, and each has two rows.
    Ok(squares * (2.0 * penalty / rows))
}

/// What `turning` (changes of scaled shape, two rows a face and turn) changes in the scores of `solution`, in
/// [`MOST`] of the faces at the most.
pub fn change(turning: &Tensor, solution: &Solution) -> Result<f64, Failure> {
    let halves = turning.f_mv(&solution.shape)?.f_view([-1, 2])?;
    let changes = halves.mean_dim(1, false, Kind::Double).f_abs()?;
    let most = changes.f_quantile_scalar(MOST, 0, false, "linear")?;
    Ok(f64::try_from(&most)?)
}
