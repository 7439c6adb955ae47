//! Convolutions and rearrangements of f32 planes, for the widest vectors the processor has.
//!
//! Data lies channel by channel: a *band* is `channels` planes of `pixels` numbers each, where a
//! plane is one row of the image, or all of a small image. So a vector holds pixels of one
//! channel, and a weight is one number for all of them.

mod depthwise;
mod pointwise;
mod rearrange;

use pulp::Simd;

pub use depthwise::{DepthwiseConv3x3, PaddedPlanes};
pub use pointwise::PointwiseConv;
pub use rearrange::{PlaneLayout, deinterleave_rgb_even_odd, space_to_depth_and_max_pool_2x2};

/// f32 lanes of the widest vector (AVX-512): the length of a plane is a multiple of it.
pub const MAX_LANES: usize = 16;

/// The first `VECTORS` vectors of `pixels`.
#[inline(always)]
fn load<S: Simd, const VECTORS: usize>(pixels: &[f32]) -> [S::f32s; VECTORS] {
    let (vectors, _) = S::as_simd_f32s(pixels);
    std::array::from_fn(|index| vectors[index])
}
