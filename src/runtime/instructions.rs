//! Instructions for the widest vectors of the processor at hand: `pulp` picks AVX-512, AVX2 with FMA, NEON, or none at run
//! time.

use once_cell::sync::Lazy;
use pulp::{Arch, WithSimd};

/// Leaves the work fewer instructions than the processor has, to measure what another one would take: "avx2", or
/// "none" for such as every processor of its kind has.
const FEWER_INSTRUCTIONS: &str = "ALIYARFACE_VECTORS";

/// Does `work` with the widest vectors the processor has.
pub fn dispatch<Work: WithSimd>(work: Work) -> Work::Output {
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
