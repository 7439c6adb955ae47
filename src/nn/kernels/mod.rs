//! Convolutions and rearrangements of f32 planes, for the widest vectors the processor has.
//!
//! Data lies channel by channel: a *band* is `channels` planes of `pixels` numbers each, where a
//! plane is one row of the image, or all of a small image. So a vector holds pixels of one
//! channel, and a weight is one number for all of them. `pulp` picks the instructions (AVX-512,
//! AVX2 with FMA, NEON, or none) at run time.

mod depthwise;
mod pointwise;
mod rearrange;

use once_cell::sync::Lazy;
use pulp::{Arch, Simd, WithSimd};

pub use depthwise::{DepthwiseConv3x3, PaddedPlanes};
pub use pointwise::PointwiseConv;
pub use rearrange::{PlaneLayout, deinterleave_rgb_even_odd, space_to_depth_and_max_pool_2x2};

/// f32 lanes of the widest vector (AVX-512): the length of a plane is a multiple of it.
pub const MAX_LANES: usize = 16;

/// Leaves the kernels fewer instructions than the processor has, to measure what another one would take: "avx2", or
/// "none" for such as every processor of its kind has.
const FEWER_INSTRUCTIONS: &str = "ALIYARFACE_VECTORS";

fn dispatch<Work: WithSimd>(work: Work) -> Work::Output {
    static ARCH: Lazy<Arch> = Lazy::new(|| {
        let wanted = std::env::var(FEWER_INSTRUCTIONS).unwrap_or_default();
        instructions(&wanted)
    });
    ARCH.dispatch(work)
}

/// Those that are `wanted`, or the widest that the processor has.
fn instructions(wanted: &str) -> Arch {
    match wanted {
        "none" => Arch::Scalar,
        #[cfg(target_arch = "x86_64")]
        "avx2" => pulp::x86::V3::try_new().map_or(Arch::Scalar, Arch::V3),
        _ => Arch::new(),
    }
}

/// The first `VECTORS` vectors of `pixels`.
#[inline(always)]
fn load<S: Simd, const VECTORS: usize>(pixels: &[f32]) -> [S::f32s; VECTORS] {
    let (vectors, _) = S::as_simd_f32s(pixels);
    std::array::from_fn(|index| vectors[index])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fewer_instructions_are_taken_where_they_are_asked_for() {
        let taken = |wanted| format!("{:?}", instructions(wanted));
        assert!(taken("none").starts_with("Scalar"));
        assert_eq!(taken(""), format!("{:?}", Arch::new()));
        #[cfg(target_arch = "x86_64")]
        if pulp::x86::V3::try_new().is_some() {
            assert!(taken("avx2").starts_with("V3"));
        }
    }
}
