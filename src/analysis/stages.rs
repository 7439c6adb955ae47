//! The stages, and the order in which they run.

use crate::models::Models;
use crate::picture::Picture;

use super::action_units::{ActionUnitStage, ActionUnits};
use super::baseline::Baselines;
use super::emotion::EmotionStage;
use super::error::AnalysisError;
use super::events::{Event, Watcher};
use super::expression::{ExpressionStage, Measurement, Rejection};
use super::eyes::{EyeSettings, EyeStage, Eyes};
use super::face::Face;
use super::observation::FaceObservation;
use super::quality::QualityStage;
use super::timing::{FrameTime, Stage, timed};
use super::track::{Followed, Tracker};
use super::{Analysis, AnalysisSettings};
use crate::runtime::threads::Threads;

/// Every stage, with what it remembers.
pub struct Stages {
    tracker: Tracker,
    emotion: Option<EmotionStage>,
    action_units: Option<ActionUnitStage>,
    eyes: EyeStage,
    micro_expressions: ExpressionStage,
    quality: QualityStage,
    watcher: Watcher,
    threads: Threads,
}

impl Stages {
    /// Stages around loaded networks that keep each person's neutral in `baselines` and share
    /// their work among `threads`.
    pub fn new(models: Models, baselines: Baselines, threads: Threads) -> Self {
        Self {
            tracker: Tracker::new(models.near, models.far, models.mesh, threads.clone()),
            emotion: models.emotion.map(EmotionStage::new),
            action_units: models
                .action_units
                .map(|(blendshapes, model)| ActionUnitStage::new(blendshapes, model, baselines)),
            eyes: EyeStage::default(),
            micro_expressions: ExpressionStage::new(threads.clone()),
            quality: QualityStage::default(),
            watcher: Watcher::default(),
            threads,
        }
    }

    /// Reads every face in `picture`: one after the other faces are followed and described; then emotion
    /// net, flow and Action Units, which need nothing of each other, share the threads.
    ///
    /// # Errors
    /// A stage failed.
    pub fn read(
        &mut self,
        picture: &Picture<'_>,
        frame_time: FrameTime,
        settings: &AnalysisSettings,
    ) -> Result<Analysis, AnalysisError> {
        let FrameTime { pts: time, .. } = frame_time;
        let tracks = &settings.track;
        let Followed {
            mut faces,
            lost,
            mut timing,
        } = self.tracker.follow(picture, time, tracks)?;
        let mut events = self.end(&lost);
        faces.sort_by_key(|face| face.id);
        let (threads, qualities) = (&self.threads, &mut self.quality);
        let seen = FaceObservation::each(picture, faces, qualities, threads, &mut timing)?;

        let mut crops = Vec::with_capacity(seen.len());
        crops.extend(
            seen.iter()
                .map(|seen| (seen.tracked.id, seen.aligned.as_ref())),
        );
        let (emotion, micro) = (&mut self.emotion, &mut self.micro_expressions);
        let (units, eyes) = (&mut self.action_units, &mut self.eyes);
        let read_emotions = || match emotion {
            Some(stage) => stage.read(&crops, time, &settings.emotion),
            None => Ok(seen.iter().map(|_| None).collect()),
        };
        let measure = || match settings.micro_expressions {
            true => micro.measure(picture, &seen, frame_time).map(Some),
            false => Ok(None),
        };
        let read_units = || expressions(units.as_mut(), eyes, &seen, time, &settings.eyes);
        let ((emotions, emotions_took), ((measurements, measuring_took), (units, units_took))) =
            threads.join(
                || timed(read_emotions),
                || threads.join(|| timed(measure), || timed(read_units)),
            );
        if self.emotion.is_some() {
            timing.add(Stage::Emotion, emotions_took);
        }
        if self.action_units.is_some() {
            timing.add(Stage::ActionUnits, units_took);
        }

        let size = [picture.width() as f64, picture.height() as f64];
        let mut faces: Vec<Face> = seen
            .iter()
            .map(|seen| Face::from_observation(seen, size))
            .collect();
        for (face, emotion) in faces.iter_mut().zip(emotions?) {
            face.emotion = emotion;
        }
        for (face, read) in faces.iter_mut().zip(units?) {
            face.action_units = Some(read.action_units);
            face.eyes = read.eyes;
            events.extend(read.blink.map(|blink| Event::blink(face.id, blink)));
        }
        let measurements = measurements?;
        let (rejected, deciding_took) =
            timed(|| self.decide(&mut faces, measurements, &mut events));
        if settings.micro_expressions {
            timing.add(Stage::MicroExpressions, measuring_took + deciding_took);
        }
        events.extend(self.watcher.watch(&faces, time));
        Ok(Analysis {
            faces,
            events,
            rejected,
            timing,
        })
    }

    /// What comes of the movements measured of `faces`; `None` where they are not looked for.
    fn decide(
        &mut self,
        faces: &mut [Face],
        measurements: Option<Vec<Measurement>>,
        events: &mut Vec<Event>,
    ) -> Vec<Rejection> {
        let mut rejected = Vec::new();
        let Some(measurements) = measurements else {
            self.micro_expressions.clear();
            return rejected;
        };
        for (face, measurement) in faces.iter_mut().zip(measurements) {
            let decision = self.micro_expressions.decide(face, measurement);
            let decided = decision.decided.into_iter();
            let emotions = self.emotion.is_some();
            face.micro_expressions = decided
                .map(|expression| expression.with_emotion(emotions))
                .collect();
            face.micro_expression_limits = Some(decision.observability);
            rejected.extend(decision.rejected);
            events.extend(face.micro_expressions.iter().filter_map(Event::passed));
        }
        rejected
    }

    /// Forgets every face: the events of those that ended.
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
}

/// Eyes and Action Units of a face.
struct Expression {
    action_units: ActionUnits,
    eyes: Option<Eyes>,
    /// Onset and end in ns of a blink that is over now.
    blink: Option<[u64; 2]>,
}

/// Eyes and Action Units of the faces `seen`; of none where there is no stage for them.
fn expressions(
    units: Option<&mut ActionUnitStage>,
    eyes: &mut EyeStage,
    seen: &[FaceObservation],
    time: u64,
    settings: &EyeSettings,
) -> Result<Vec<Expression>, AnalysisError> {
    let Some(units) = units else {
        return Ok(Vec::new());
    };
    let read = seen.iter().map(|seen| {
        let FaceObservation {
            tracked, fit, pose, ..
        } = seen;
        let (eyes, blink) = match eyes.read(tracked, fit, pose, time, settings) {
            Some((eyes, blink)) => (Some(eyes), blink),
            None => (None, None),
        };
        let openness = eyes.map(|eyes| eyes.openness);
        let aligned = seen.aligned.as_ref();
        let action_units = units.read(tracked, aligned, fit, pose, openness, time);
        Ok(Expression {
            action_units: action_units?,
            eyes,
            blink,
        })
    });
    read.collect()
}
