//! Dense optical flow between two crops of a face: dense inverse search (Kroeger et al. 2016, "Fast optical flow using
//! dense inverse search", arXiv 1603.03590).
//!
//! Two levels of a pyramid, a half and a quarter of the crop a side: on each `patches` are found, each pixel's flow is
//! averaged of them (`dense`) and refined (`refinement`). All is f32 without fused multiplication, and sums are
//! taken in one order, so that the flow is the same whatever vectors the processor has.

mod dense;
mod patches;
mod plane;
mod pyramid;
mod refinement;
mod relaxation;
#[cfg(test)]
mod tests;

use pulp::{Simd, WithSimd};

use crate::runtime::instructions::dispatch;

use self::dense::DenseFlow;
use self::patches::{Patches, agree, patches, search};
use self::plane::{COARSE, FINE};
use self::pyramid::{Level, fill};
use self::refinement::Refinement;
use super::crop::SIDE;

/// Rounds of refinement on the coarse and on the finest level. More found no region of a face better.
const ROUNDS: [usize; 2] = [2, 3];

/// How much work goes into the flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlowQuality {
    /// Each pixel is made to agree with its neighbours.
    Refined,
    /// Patches are made to agree, not pixels, in half of the time: regions are averages of them.
    Coarse,
}

/// Where each pixel went: x and y in pixels, row by row.
pub type FlowField = Vec<[f32; 2]>;

/// Finds where each pixel went.
#[derive(Default)]
pub struct FlowFinder {
    /// Made when it is first needed.
    planes: Option<Box<Planes>>,
}

/// What a search needs to remember on its way.
struct Planes {
    fine: Level,
    fine_flow: DenseFlow,
    coarse: Level,
    coarse_flow: DenseFlow,
    patches: Patches,
    refinement: Refinement,
}

impl FlowFinder {
    /// A finder without memory yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Finds the flow from one crop to another, `SIDE` pixels a side, into `field`, from what that holds on: where the
    /// pixels of the same face went on the frame before.
    pub fn find<'a>(
        &mut self,
        from: &[u8],
        to: &[u8],
        flow_quality: FlowQuality,
        field: &'a mut FlowField,
    ) -> &'a [[f32; 2]] {
        field.resize(SIDE * SIDE, [0.0; 2]);
        dispatch(Search {
            planes: self.planes.get_or_insert_with(|| Box::new(Planes::new())),
            crops: [from, to],
            flow_quality,
            field,
        });
        field
    }
}

impl Planes {
    fn new() -> Self {
        Self {
            fine: Level::new(),
            fine_flow: DenseFlow::new(),
            coarse: Level::new(),
            coarse_flow: DenseFlow::new(),
            patches: patches(),
            refinement: Refinement::new(),
        }
    }
}

/// One search, for the vectors of any processor.
struct Search<'a> {
    planes: &'a mut Planes,
    crops: [&'a [u8]; 2],
    flow_quality: FlowQuality,
    field: &'a mut [[f32; 2]],
}

impl WithSimd for Search<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Planes {
            fine,
            fine_flow,
            coarse,
            coarse_flow,
            patches,
            refinement,
        } = self.planes;
        let [from, to] = self.crops;
        let rounds = match self.flow_quality {
            FlowQuality::Refined => Some(ROUNDS),
            FlowQuality::Coarse => None,
        };
        fill(from, to, fine, coarse);
        coarse_flow.shrink(self.field);
        let coarse_rounds = rounds.map(|[coarse, _]| coarse);
        find_on::<COARSE>(coarse, coarse_flow, patches, refinement, coarse_rounds);
        fine_flow.enlarge(coarse_flow);
        let fine_rounds = rounds.map(|[_, fine]| fine);
        find_on::<FINE>(fine, fine_flow, patches, refinement, fine_rounds);
        fine_flow.spread(self.field);
    }
}

/// Finds the flow on one level, from what `flow` holds on.
#[inline(always)]
fn find_on<const SIDE: usize>(
    level: &Level,
    flow: &mut DenseFlow,
    patches: &mut Patches,
    refinement: &mut Refinement,
    rounds: Option<usize>,
) {
    search::<SIDE>(level, [&flow.x, &flow.y], patches);
    if rounds.is_none() {
        agree::<SIDE>(patches);
    }
    flow.average::<SIDE>(level, patches);
    if let Some(rounds) = rounds {
        refinement.refine::<SIDE>(level, flow, rounds);
    }
}
