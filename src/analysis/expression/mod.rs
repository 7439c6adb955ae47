//! Expressions: movements of a face that come and go, found while the video runs.
//!
//! [`motion`] measures how far each region of the face is from its place; [`micro`] finds what comes back
//! within half a second and says what it is; [`macro_expression`] watches what lasts longer. Nothing needs a
//! frame later than a third of a second after the movement's end. That a face moved so proves nothing about
//! what a person thinks, feels or means.

mod au_decoder;
mod au_templates;
mod context;
mod decision;
mod emotion_label;
mod event;
mod evidence;
mod face_state;
mod history;
mod macro_expression;
mod measurement;
mod micro;
mod motion;
mod noise_floor;
mod observability;
mod regions;
mod rejection;
mod replay;
mod reversals;
mod settings;
mod speech_cues;
mod tuning;

#[cfg(test)]
mod tests;

use std::collections::HashMap;

use crate::picture::Picture;
use crate::runtime::threads::{ScratchPool, Threads};

use super::emotion::Emotion;
use super::eyes::Blink;
use super::observation::FaceObservation;
use super::stage::{FaceStage, Frame};
use super::time::{BufferTime, FrameTime};
use super::track_id::TrackId;

use self::face_state::FaceState;
use self::motion::{FlowFinder, FlowQuality};

pub use self::motion::MotionError;

pub use self::decision::Decision;
pub use self::event::{AuActivation, ExpressionEvent, ExpressionKind, Side};
pub use self::measurement::ExpressionMeasurement;
pub use self::observability::{Observability, Obstacle};
pub use self::rejection::{Rejection, RejectionReason};
pub use self::replay::ExpressionReplay;
pub use self::settings::ExpressionSettings;
pub use self::tuning::{
    CueTuning, ExpressionTuning, MacroTuning, MicroTuning, MotionTuning, NoiseTuning,
    ObservabilityTuning, PhaseTuning,
};

/// What the stages before tell of a face.
#[derive(Clone, Copy)]
pub struct ExpressionNeeds<'face> {
    /// `None` where none is read.
    pub emotion: Option<&'face Emotion>,
    /// Whether the eyes' stage runs.
    pub eyes_are_read: bool,
    /// The blink or wink that is over on this frame.
    pub blink: Option<Blink>,
}

/// The expression stage: motion, micro-expressions and those that last, of every face.
pub struct ExpressionStage {
    threads: Threads,
    flow_finders: ScratchPool<FlowFinder>,
    states: HashMap<TrackId, FaceState>,
    names_emotions: bool,
    keep_measurements: bool,
}

impl ExpressionStage {
    /// A stage that has seen no face yet and shares its work among `threads`; it `names_emotions` where
    /// emotions are read.
    pub fn new(threads: Threads, names_emotions: bool) -> Self {
        Self {
            threads,
            flow_finders: ScratchPool::default(),
            states: HashMap::new(),
            names_emotions,
            keep_measurements: false,
        }
    }

    /// Measures how the faces have moved on the frame at `time`, several at once where there are threads.
    ///
    /// # Errors
    /// A crop or the flow failed.
    fn measure_each(
        &mut self,
        picture: &Picture<'_>,
        faces: &[FaceObservation],
        time: FrameTime,
        tuning: &ExpressionTuning,
    ) -> Result<Vec<ExpressionMeasurement>, MotionError> {
        for face in faces {
            let state = self.states.entry(face.tracked.id);
            state.or_insert_with(|| FaceState::new(tuning));
        }
        let states = self.states.iter_mut();
        let mut states: HashMap<TrackId, &mut FaceState> =
            states.map(|(&id, state)| (id, state)).collect();
        let pairs = faces.iter();
        let pairs = pairs.filter_map(|face| Some((face, states.remove(&face.tracked.id)?)));
        let flow_finders = &self.flow_finders;
        let many = faces.len() > tuning.motion.refined_faces;
        let flow_quality = if many {
            FlowQuality::Coarse
        } else {
            FlowQuality::Refined
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
}

impl FaceStage for ExpressionStage {
    type Settings = ExpressionSettings;
    type Measurement = ExpressionMeasurement;
    type Needs<'face> = ExpressionNeeds<'face>;
    type Reading = Decision;
    type Last = ExpressionEvent;
    type Error = MotionError;

    fn measure(
        &mut self,
        frame: &Frame<'_>,
        faces: &[FaceObservation],
        settings: &ExpressionSettings,
    ) -> Result<Vec<ExpressionMeasurement>, MotionError> {
        self.keep_measurements = settings.keep_measurements;
        self.measure_each(frame.picture, faces, frame.time, settings.tuning)
    }

    fn conclude(
        &mut self,
        track: TrackId,
        _: BufferTime,
        mut measurement: ExpressionMeasurement,
        needs: ExpressionNeeds<'_>,
    ) -> Decision {
        let ExpressionNeeds { emotion, .. } = needs;
        measurement.eyes_are_read = needs.eyes_are_read;
        let blink = needs.blink.filter(Blink::is_of_both);
        measurement.blink = blink.map(|blink| [blink.onset, blink.offset]);
        let Some(state) = self.states.get_mut(&track) else {
            return Decision::nothing(measurement.observability);
        };
        let kept = self.keep_measurements.then(|| measurement.clone());
        let mut decision = state.decide(track, emotion, measurement);
        decision.measurement = kept;
        let decided = decision.decided.into_iter();
        decision.decided = decided
            .map(|expression| expression.with_emotion(self.names_emotions))
            .collect();
        decision
    }

    fn forget(&mut self, track: TrackId) -> Option<ExpressionEvent> {
        let last = self.states.remove(&track)?.finish(track)?;
        Some(last.with_emotion(self.names_emotions))
    }

    fn clear(&mut self) {
        self.states.clear();
    }
}
