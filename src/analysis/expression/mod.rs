//! Expressions: movements of a face that come and go, found while the video runs.
//!
//! [`motion`] measures how far each region of the face is from its place; [`micro`] finds what comes back
//! within half a second and says what it is; [`macro_expression`] watches what lasts longer. Nothing needs a
//! frame later than a third of a second after the movement's end. That a face moved so proves nothing about
//! what a person thinks, feels or means.

mod au_decoder;
mod au_templates;
mod emotion_label;
mod event;
mod evidence;
mod face_state;
mod history;
mod macro_expression;
mod micro;
mod motion;
mod noise_floor;
mod observability;
mod regions;
mod rejection;
mod reversals;
mod speech_cues;

#[cfg(test)]
mod tests;

use std::collections::HashMap;

use crate::picture::Picture;
use crate::runtime::threads::{ScratchPool, Threads};

use super::error::AnalysisError;
use super::face::Face;
use super::observation::FaceObservation;
use super::timing::FrameTime;

use self::face_state::FaceState;
use self::motion::{FlowFinder, FlowQuality};

pub use self::event::{AuActivation, ExpressionEvent, ExpressionKind, Side};
pub use self::face_state::{Decision, Measurement};
pub use self::observability::{Observability, Obstacle};
pub use self::rejection::{Rejection, RejectionReason};

/// Faces in a picture up to which each one's flow is refined: with more, half of the time is worth more than
/// the few movements that are lost (docs/micro-expressions.md, "More than two faces").
const REFINED_FACES: usize = 2;

/// The expression stage: motion, micro-expressions and those that last, of every face.
pub struct ExpressionStage {
    threads: Threads,
    flow_finders: ScratchPool<FlowFinder>,
    states: HashMap<u32, FaceState>,
}

impl ExpressionStage {
    /// A stage that has seen no face yet and shares its work among `threads`.
    pub fn new(threads: Threads) -> Self {
        Self {
            threads,
            flow_finders: ScratchPool::default(),
            states: HashMap::new(),
        }
    }

    /// Forgets face `id`; the expression that was over but not yet decided on.
    pub fn forget(&mut self, id: u32) -> Option<ExpressionEvent> {
        let mut state = self.states.remove(&id)?;
        state.finish(id)
    }

    /// Forgets every face.
    pub fn clear(&mut self) {
        self.states.clear();
    }

    /// Measures how the faces have moved on the frame at `time`, several at once where there are threads.
    ///
    /// # Errors
    /// A crop or the flow failed.
    pub fn measure(
        &mut self,
        picture: &Picture<'_>,
        faces: &[FaceObservation],
        time: FrameTime,
    ) -> Result<Vec<Measurement>, AnalysisError> {
        for face in faces {
            self.states.entry(face.tracked.id).or_default();
        }
        let states = self.states.iter_mut();
        let mut states: HashMap<u32, &mut FaceState> =
            states.map(|(&id, state)| (id, state)).collect();
        let pairs = faces.iter();
        let pairs = pairs.filter_map(|face| Some((face, states.remove(&face.tracked.id)?)));
        let flow_finders = &self.flow_finders;
        let flow_quality = match faces.len() {
            0..=REFINED_FACES => FlowQuality::Refined,
            _ => FlowQuality::Coarse,
        };
        let measurements = self.threads.map(
            pairs.collect(),
            |(face, state): (&FaceObservation, &mut FaceState)| {
                flow_finders.with(FlowFinder::new, |flow| {
                    state.measure(picture, face, time, (flow, flow_quality))
                })
            },
        );
        measurements.into_iter().collect()
    }

    /// The expressions that are decided by a measurement of `face`, whose emotion is known by now.
    pub fn decide(&mut self, face: &Face, measurement: Measurement) -> Decision {
        match self.states.get_mut(&face.id) {
            Some(state) => state.decide(face, measurement),
            None => measurement.without_sample(),
        }
    }
}
