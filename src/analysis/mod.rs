//! From a picture to the faces in it: the stages and the order in which they run.
//!
//! Nothing here knows GStreamer: a [`Picture`] and a time go in, [`Face`]s and [`Event`]s come out.

mod action_units;
mod alignment;
mod baseline;
mod detection;
mod emotion;
mod events;
mod eyes;
mod face;
mod geometry;
mod head_pose;
mod mesh;
mod micro_expression;
mod quality;
mod seen;
mod stages;
mod still;
mod timing;
mod track;

pub use action_units::{
    ACTION_UNIT_COUNT, ACTION_UNITS, ActionUnit, ActionUnits, Intensities, Movement, StillReader,
    Tier,
};
pub use alignment::{Aligned, CANVAS_SIDE};
pub use baseline::{BaselineState, Baselines, Neutral};
pub use emotion::{EmotionSettings, EmotionStage, Mixture, MixtureKind, Transition};
pub use events::{Event, EventKind};
pub use eyes::{EyeSettings, Eyes, Gaze, LONGEST_WINDOW as LONGEST_PERCLOS_WINDOW};
pub use face::{Emotion, Face, HeadPose, MESH_POINTS, Quality, Rect};
pub use micro_expression::{
    ExpressionKind, MicroExpression, MovedUnit, Observability, Obstacle, Reason, Rejected, Side,
};
pub use still::StillMesh;
pub use timing::{FrameTime, Stage, Timing};
pub use track::TrackSettings;

use crate::models::{EmotionNetError, LiteRtError, Models};
use crate::picture::{Picture, PictureError};

use self::stages::Stages;
use crate::runtime::threads::Threads;

/// Why a frame could not be analysed.
#[derive(Debug, thiserror::Error)]
pub enum AnalysisError {
    /// The detector or the mesh failed.
    #[error("a face network failed")]
    Net(#[source] LiteRtError),
    /// The emotion net failed.
    #[error("the emotion network failed")]
    Emotion(#[from] EmotionNetError),
    /// A region could not be cut out.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// The head pose could not be computed.
    #[error("the head pose could not be computed")]
    Pose(#[source] opencv::Error),
    /// The Action Units could not be read.
    #[error("the blendshape network failed")]
    ActionUnits(#[source] LiteRtError),
    /// The quality of a face could not be measured.
    #[error("the quality of a face could not be measured")]
    Quality(#[source] opencv::Error),
    /// The movement of a face could not be measured.
    #[error("the movement of a face could not be measured")]
    Motion(#[source] opencv::Error),
}

/// What may be changed from frame to frame.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct AnalysisSettings {
    /// How faces are found and followed.
    pub track: TrackSettings,
    /// How emotions are read.
    pub emotion: EmotionSettings,
    /// How eyes are read.
    pub eyes: EyeSettings,
    /// Whether micro-expressions are looked for.
    pub micro_expressions: bool,
}

/// What a frame showed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Analysis {
    /// The faces, oldest id first.
    pub faces: Vec<Face>,
    /// What changed.
    pub events: Vec<Event>,
    /// Passing movements that were not taken for expressions.
    pub rejected: Vec<Rejected>,
    /// How long the stages took.
    pub timing: Timing,
}

/// Reads the faces of one video, frame by frame.
pub struct Analyser {
    stages: Stages,
    threads: Threads,
}

impl Analyser {
    /// An analyser around loaded networks.
    pub fn new(models: Models) -> Self {
        Self::with_baselines(models, Baselines::default())
    }

    /// An analyser around loaded networks that keeps each person's neutral in `baselines`.
    pub fn with_baselines(models: Models, baselines: Baselines) -> Self {
        let threads = Threads::new(models.threads);
        Self {
            stages: Stages::new(models, baselines, threads.clone()),
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
        let (stages, time) = (&mut self.stages, time.into());
        self.threads
            .install(|| stages.read(picture, time, settings))
    }

    /// Forgets every face, as after a cut, a seek or the end: the events of those that ended.
    pub fn reset(&mut self) -> Vec<Event> {
        self.stages.reset()
    }
}
