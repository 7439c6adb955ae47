//! The detector networks, which the elements of a process share.

use once_cell::sync::Lazy;

use super::blazeface::{BlazeFace, DetectorCandidate, Range};
use super::manifest::CheckedFile;
use super::net_pool::{Member, Pools};
use crate::nn::litert::LiteRtError;

/// One element's handle on the shared detectors of a range; its clones count as the same element.
#[derive(Clone)]
pub struct DetectorNet {
    nets: Member<BlazeFace>,
    range: Range,
    /// A build that analyses on a server alone holds none, nor what needs one: the analysis.
    #[cfg(not(feature = "local"))]
    absent: std::convert::Infallible,
}

/// By range and threads of an instance.
static POOLS: Lazy<Pools<(Range, u32), BlazeFace>> = Lazy::new(Pools::default);

impl DetectorNet {
    /// Joins the detectors of `range` that run on `threads` threads, and loads another where there
    /// are too few.
    ///
    /// # Errors
    /// The file is not this network.
    #[cfg(feature = "local")]
    pub(super) fn load(file: CheckedFile, range: Range, threads: u32) -> Result<Self, LiteRtError> {
        let load = || BlazeFace::load(file, range, threads);
        let nets = Member::join(&POOLS, (range, threads), load)?;
        Ok(Self { nets, range })
    }

    /// The range of the network.
    pub fn range(&self) -> Range {
        self.range
    }

    /// The candidates of at least `floor` (0..1) in an RGB crop of [`Range::side`] x
    /// [`Range::side`] pixels; waits for an idle instance.
    ///
    /// # Errors
    /// The network failed.
    pub fn candidates(
        &self,
        rgb: &[u8],
        floor: f64,
    ) -> Result<Vec<DetectorCandidate>, LiteRtError> {
        self.nets.with(|net| net.candidates(rgb, floor))
    }
}
