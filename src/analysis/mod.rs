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

use self::action_units::ActionUnitStage;
use self::events::Watcher;
use self::eyes::EyeStage;
use self::geometry::Point;
use self::head_pose::Fit;
use self::micro_expression::MicroExpressionStage;
use self::quality::QualityStage;
use self::track::{Tracked, Tracker};

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

/// Owns the stages and runs them in order.
pub struct Analyser {
    tracker: Tracker,
    emotion: Option<EmotionStage>,
    action_units: Option<ActionUnitStage>,
    eyes: EyeStage,
    micro_expressions: MicroExpressionStage,
    quality: QualityStage,
    watcher: Watcher,
}

impl Analyser {
    /// An analyser around loaded networks.
    pub fn new(models: Models) -> Self {
        Self::with_baselines(models, Baselines::default())
    }

    /// An analyser around loaded networks that keeps each person's neutral in `baselines`.
    pub fn with_baselines(models: Models, baselines: Baselines) -> Self {
        Self {
            tracker: Tracker::new(models.near, models.far, models.mesh),
            emotion: models.emotion.map(EmotionStage::new),
            action_units: models
                .action_units
                .map(|(blendshapes, model)| ActionUnitStage::new(blendshapes, model, baselines)),
            eyes: EyeStage::default(),
            micro_expressions: MicroExpressionStage::new(),
            quality: QualityStage::default(),
            watcher: Watcher::default(),
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
        let frame_time = time.into();
        let FrameTime { pts: time, .. } = frame_time;
        let mut followed = self.tracker.follow(picture, time, &settings.track)?;
        let mut events = self.end(&followed.lost);
        followed.faces.sort_by_key(|face| face.id);
        let mut timing = followed.timing;
        let aligned = followed.faces.iter().map(|face| {
            let points = &face.mesh.points;
            let aligned = timing.of(Stage::Alignment, || Aligned::of(picture, points));
            Ok((face.id, aligned?))
        });
        let aligned = aligned.collect::<Result<Vec<_>, AnalysisError>>()?;
        let emotions = match &mut self.emotion {
            Some(stage) => timing.of(Stage::Emotion, || {
                stage.read(&aligned, time, &settings.emotion)
            })?,
            None => aligned.iter().map(|_| None).collect(),
        };
        let mut faces = Vec::with_capacity(aligned.len());
        let mut rejected = Vec::new();
        if !settings.micro_expressions {
            self.micro_expressions.clear();
        }
        for ((tracked, (_, aligned)), emotion) in followed.faces.iter().zip(&aligned).zip(emotions)
        {
            let aligned = aligned.as_ref();
            let (mut face, fit) = timing.of(Stage::Pose, || {
                self.describe(picture, tracked, aligned, emotion)
            })?;
            if let Some(stage) = &mut self.action_units {
                let (eyes, pose) = (&mut self.eyes, &face.head_pose);
                let read = timing.of(Stage::ActionUnits, || {
                    eyes.read(tracked, &fit, pose, time, &settings.eyes)
                });
                if let Some((eyes, blink)) = read {
                    face.eyes = Some(eyes);
                    events.extend(blink.map(|blink| Event::blink(face.id, blink)));
                }
                let openness = face.eyes.map(|eyes| eyes.openness);
                let read = timing.of(Stage::ActionUnits, || {
                    stage.read(tracked, aligned, &fit, &face.head_pose, openness, time)
                });
                face.action_units = Some(read.map_err(AnalysisError::ActionUnits)?);
            }
            if settings.micro_expressions {
                let stage = &mut self.micro_expressions;
                let spotted = timing.of(Stage::MicroExpressions, || {
                    stage.watch(picture, &tracked.mesh, (&face, &fit), frame_time)
                })?;
                let decided = spotted.decided.into_iter();
                let emotions = self.emotion.is_some();
                face.micro_expressions = decided
                    .map(|expression| expression.with_emotion(emotions))
                    .collect();
                face.micro_expression_limits = Some(spotted.observability);
                rejected.extend(spotted.rejected);
                events.extend(face.micro_expressions.iter().filter_map(Event::passed));
            }
            faces.push(face);
        }
        events.extend(self.watcher.watch(&faces, time));
        Ok(Analysis {
            faces,
            events,
            rejected,
            timing,
        })
    }

    /// Forgets every face, as after a cut, a seek or the end: the events of those that ended.
    pub fn reset(&mut self) -> Vec<Event> {
        let lost = self.tracker.reset();
        self.end(&lost)
    }

    fn end(&mut self, lost: &[(u32, u64)]) -> Vec<Event> {
        let mut events = Vec::new();
        for &(id, _) in lost {
            let last = self.micro_expressions.forget(id);
            let last = last.map(|last| last.with_emotion(self.emotion.is_some()));
            events.extend(last.as_ref().and_then(Event::passed));
            self.quality.forget(id);
            self.eyes.forget(id);
            if let Some(stage) = &mut self.action_units {
                stage.forget(id);
            }
            if let Some(stage) = &mut self.emotion {
                stage.forget(id);
            }
        }
        events.extend(self.watcher.lost(lost));
        events
    }

    fn describe(
        &mut self,
        picture: &Picture<'_>,
        tracked: &Tracked,
        aligned: Option<&Aligned>,
        emotion: Option<Emotion>,
    ) -> Result<(Face, Fit), AnalysisError> {
        let size = [picture.width() as f64, picture.height() as f64];
        let mesh = &tracked.mesh;
        let fit = Fit::of(&mesh.points).map_err(AnalysisError::Pose)?;
        let head_pose = fit.pose(size);
        let quality = self.quality.read(tracked, aligned, &head_pose);
        let in_fractions =
            |&[x, y, z]: &Point| [x / size[0], y / size[1], z / size[0]].map(|value| value as f32);
        let face = Face {
            id: tracked.id,
            rect: mesh.bounds.fractions(size),
            score: mesh.presence,
            quality: quality.map_err(AnalysisError::Quality)?,
            landmarks: mesh.points.iter().map(in_fractions).collect(),
            head_pose,
            emotion,
            action_units: None,
            eyes: None,
            micro_expression_limits: None,
            micro_expressions: Vec::new(),
        };
        Ok((face, fit))
    }
}
