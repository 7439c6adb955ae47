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

/// What `turning` (changes of scaled shape, two rows a face and turn) changes in the scores of `solution`, in
/// [`MOST`] of the faces at the most.
pub fn change(turning: &Tensor, solution: &Solution) -> Result<f64, Failure> {
    let halves = turning.f_mv(&solution.shape)?.f_view([-1, 2])?;
    let changes = halves.mean_dim(1, false, Kind::Double).f_abs()?;
    let most = changes.f_quantile_scalar(MOST, 0, false, "linear")?;
    Ok(f64::try_from(&most)?)
}
