//! From a picture to the faces in it: the stages and the order in which they run.
//!
//! Nothing here knows GStreamer: a [`Picture`] and a time go in, [`Face`]s and [`Event`]s come out.

mod action_units;
mod alignment;
mod baseline;
mod detection;
mod emotion;
mod error;
mod event_name;
mod events;
mod expression;
mod eyes;
mod face;
mod head_pose;
mod indices;
mod memory;
mod mesh;
mod observation;
mod pipeline;
mod quality;
mod settings;
mod single_image;
mod stage;
mod time;
mod timing;
mod track;
mod track_id;

pub use crate::geometry::Rect;
pub use crate::geometry::landmarks::MESH_POINTS;
pub use action_units::{
    ACTION_UNIT_COUNT, ACTION_UNITS, ActionUnit, ActionUnits, Au, AuIntensities, ImageActionUnits,
    Intensities, Tier,
};
pub use alignment::{Aligned, CANVAS_SIDE, anchors};
pub use baseline::{BaselineState, Baselines, NEUTRAL_UNITS, Neutral};
pub(crate) use detection::{
    DetectionError, Window, fine_windows, is_poor, search_above, search_denoised,
};
pub use emotion::{
    BasicEmotion, Emotion, EmotionSettings, EmotionStage, Mixture, MixtureKind, Transition,
};
pub use error::AnalysisError;
pub use event_name::EventName;
pub use events::{Event, EventKind};
pub use expression::{
    AuActivation, CueTuning, ExpressionEvent, ExpressionKind, ExpressionMeasurement,
    ExpressionReplay, ExpressionSettings, ExpressionTuning, MacroTuning, MicroTuning, MotionTuning,
    NoiseTuning, Observability, ObservabilityTuning, Obstacle, PhaseTuning, Rejection,
    RejectionReason, Side,
};
pub use eyes::{Blink, EyeObstacle, Eyes, Gaze};
pub use face::Face;
pub use head_pose::HeadPose;
pub use indices::{
    Attention, ClosureState, Distraction, FEWEST_IN_GROUP, Fatigue, Group, Index, IndexEvent,
    IndexKinds, IndexSettings, LONGEST_PERCLOS_WINDOW, Reference, Session, TensionSigns,
};
pub use memory::Memory;
pub use pipeline::{Analysis, STAGES, StageLine};
pub use quality::{FacePart, Quality, VisibleParts};
pub use settings::AnalysisSettings;
pub use single_image::ImageMesher;
pub use time::{BufferTime, FrameTime, nanos, seconds};
pub use timing::{Stage, Timing};
pub use track::{Gallery, KnownPerson, TrackSettings};
pub use track_id::TrackId;

use crate::models::Models;
use crate::picture::Picture;

use self::pipeline::Pipeline;
use crate::runtime::threads::Threads;

/// Reads the faces of one video, frame by frame.
pub struct Analyser {
    pipeline: Pipeline,
    threads: Threads,
}

impl Analyser {
    /// An analyser around loaded networks.
    pub fn new(models: Models) -> Self {
        Self::with_memory(models, Memory::default())
    }

    /// An analyser around loaded networks that keeps in `memory` what it knows of people.
    pub fn with_memory(models: Models, memory: Memory) -> Self {
        let threads = Threads::new(models.threads);
        Self {
            pipeline: Pipeline::new(models, memory, threads.clone()),
            threads,
        }
    }

    /// Reads every face in `picture`, the frame taken at `time`. Times never run backwards between
    /// two calls without [`Analyser::reset`].
    ///
    /// # Errors
    /// A stage failed; what is known of the faces stays, and the next frame may be tried.
    pub fn analyse(
        &mut self,
        picture: &Picture<'_>,
        time: impl Into<FrameTime>,
        settings: &AnalysisSettings,
    ) -> Result<Analysis, AnalysisError> {
        let (pipeline, time) = (&mut self.pipeline, time.into());
        self.threads
            .install(|| pipeline.read(picture, time, settings))
    }

    /// Forgets every face, as after a cut, a seek or the end: the events of those that ended.
    pub fn reset(&mut self) -> Vec<Event> {
        self.pipeline.reset()
    }
}
