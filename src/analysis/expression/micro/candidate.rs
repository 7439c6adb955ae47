//! A movement that stands out of a face's noise, before it is known what it is.

use crate::analysis::time::BufferTime;

use super::super::context::Context;
use super::super::evidence::{project_onto, strongest_two};
use super::super::regions::{Displacements, REGION_COUNT, REGIONS};
use super::super::rejection::RejectionReason;
use super::super::tuning::MicroTuning;
use super::phases::{Phases, Progress, trace};

/// Why each region's part in a movement is explained by something else; `None` where it is not.
pub type RegionConfounds = [Option<RejectionReason>; REGION_COUNT];

/// The part of the face in which a movement is the strongest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Zone {
    /// All of it.
    Whole,
    /// Brows and lids: what passes there beside a mouth that speaks is by far not the strongest.
    Upper,
    /// What lies below them.
    Lower,
}

/// A movement that stands out.
#[derive(Debug, Clone)]
pub struct MovementCandidate {
    /// Time of its middle.
    pub centre: BufferTime,
    /// Index of its scale among [`MicroTuning::scales`].
    pub scale: usize,
    /// How far it stands out, in standard deviations, over its two strongest regions.
    pub evidence: f64,
    /// How far each region left its place.
    pub deflection: Displacements,
    /// The standard deviation of that at rest.
    pub deviations: Displacements,
    /// How far each region alone stands out.
    pub region_evidence: [f64; REGION_COUNT],
}

impl MovementCandidate {
    /// The region that stands out most.
    pub fn strongest(&self) -> usize {
        let region_evidence = self.region_evidence.iter().enumerate();
        region_evidence
            .max_by(|a, b| a.1.total_cmp(b.1))
            .map_or(0, |(index, _)| index)
    }

    /// How far a region moved, in hundredths of the outer-eye distance.
    pub fn distance(&self, region: usize) -> f64 {
        self.deflection
            .get(region)
            .map_or(0.0, |[x, y]| x.hypot(*y))
    }

    /// Whether it is worth a look.
    pub fn stands_out(&self, tuning: &MicroTuning) -> bool {
        self.evidence >= tuning.threshold && self.distance(self.strongest()) >= tuning.smallest
    }

    /// The same movement without the regions that `confounds` explains.
    pub fn without(&self, confounds: &RegionConfounds) -> Self {
        self.masked(confounds.map(|why| why.is_none()))
    }

    /// What of it is above the cheeks, and the rest.
    pub fn halves(&self) -> [Self; 2] {
        [false, true].map(|below| {
            self.masked(std::array::from_fn(|region| {
                REGIONS
                    .get(region)
                    .is_some_and(|region| region.part.is_below_the_eyes() == below)
            }))
        })
    }

    /// The half of the face in which it stands out most.
    pub fn zone(&self) -> Zone {
        let strongest = REGIONS.get(self.strongest());
        match strongest.map(|region| region.part.is_below_the_eyes()) {
            Some(true) => Zone::Lower,
            _ => Zone::Upper,
        }
    }

    /// What of it is in the regions `kept`.
    fn masked(&self, kept: [bool; REGION_COUNT]) -> Self {
        let mut left = self.clone();
        let parts = left.deflection.iter_mut().zip(&mut left.region_evidence);
        for ((deflection, evidence), _) in parts.zip(kept).filter(|(_, kept)| !kept) {
            (*deflection, *evidence) = ([0.0; 2], 0.0);
        }
        left.evidence = strongest_two(left.region_evidence);
        left
    }

    /// How far `displacements` are along this movement; 1 is as far as it went.
    pub fn projection_of(&self, displacements: &Displacements) -> f64 {
        project_onto(displacements, &self.deflection, &self.deviations)
    }

    /// What can be said of its times by now; of what was over long ago nothing any more.
    pub fn progress(&self, context: Context<'_>) -> Progress {
        let tuning = &context.tuning.micro;
        let scale = tuning.scales.get(self.scale).copied().unwrap_or_default();
        let newest = context.history.newest();
        let late = |phases: Phases| newest > Some(phases.offset + tuning.latest);
        let course = |displacements: &_| self.projection_of(displacements);
        match trace(context, course, self.centre, scale) {
            Progress::Over(phases) if late(phases) => Progress::Nothing,
            progress => progress,
        }
    }
}
