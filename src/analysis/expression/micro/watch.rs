//! One part of a face while movements of it are looked for.

use crate::analysis::time::BufferTime;

use super::super::context::Context;
use super::super::tuning::MicroTuning;
use super::candidate::MovementCandidate;
use super::phases::{Phases, Progress};

/// What is watched of a face or of a part of it.
#[derive(Default)]
pub struct Watch {
    /// What stands out most and is not over yet.
    pub candidate: Option<MovementCandidate>,
    /// Until when everything has been decided.
    pub decided_until: BufferTime,
    /// Until when a movement of it has been reported, by itself or as the strongest part of the whole face's.
    pub reported_until: BufferTime,
}

impl Watch {
    /// Takes in what stands out now.
    pub fn take(&mut self, found: MovementCandidate, tuning: &MicroTuning) {
        let stronger =
            (self.candidate.as_ref()).is_none_or(|candidate| candidate.evidence < found.evidence);
        if stronger && found.stands_out(tuning) && found.centre > self.decided_until {
            self.candidate = Some(found);
        }
    }

    /// What was until `offset` is not looked at again.
    pub fn mark_decided(&mut self, offset: BufferTime) {
        self.decided_until = self.decided_until.max(offset);
        self.candidate
            .take_if(|candidate| candidate.centre <= offset);
    }

    /// The movement that is over.
    pub fn over(
        &mut self,
        context: Context<'_>,
        now: BufferTime,
    ) -> Option<(MovementCandidate, Phases)> {
        let tuning = &context.tuning.micro;
        let candidate = self.candidate.as_ref()?;
        match candidate.progress(context) {
            // Longer scales see it again, from a middle after its end.
            Progress::Over(phases) if phases.apex <= self.decided_until => {
                self.candidate = None;
                None
            }
            Progress::Over(phases) if now >= phases.apex + tuning.shortest_wait => {
                self.decided_until = self.decided_until.max(phases.offset);
                Some((self.candidate.take()?, phases))
            }
            Progress::Over(_) => None,
            Progress::Running(apex) if now < apex + tuning.longest_fall => None,
            Progress::Running(apex) => {
                self.decided_until = apex;
                self.candidate = None;
                None
            }
            Progress::Nothing => {
                self.candidate = None;
                None
            }
        }
    }
}
