//! The arithmetic of a convolutional network, for the widest vectors the processor has.
//!
//! Pixels lie side by side: a band is a number of channels, each a plane of so many pixels (a row of the
//! image, or all of a small one). So a vector holds pixels of one channel, and a weight is one number for all
//! of them. `pulp` picks the instructions (AVX-512, AVX2 with FMA, NEON, or none) when the program runs.

mod depthwise;
mod halve;
mod product;

use once_cell::sync::Lazy;
use pulp::{Arch, Simd, WithSimd};

pub use depthwise::{Depthwise, Framed};
pub use halve::{Place, halve, separate};
pub use product::Product;

/// The most pixels a vector holds: planes are as long as a multiple of it.
pub const STEP: usize = 16;

fn dispatch<Work: WithSimd>(work: Work) -> Work::Output {
    static ARCH: Lazy<Arch> = Lazy::new(Arch::new);
    ARCH.dispatch(work)
}

/// As many vectors as there are at the start of `pixels`.
#[inline(always)]
fn load<S: Simd, const VECTORS: usize>(pixels: &[f32]) -> [S::f32s; VECTORS] {
    let (vectors, _) = S::as_simd_f32s(pixels);
    std::array::from_fn(|index| vectors[index])
}
