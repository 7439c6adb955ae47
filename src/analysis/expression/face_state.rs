//! One face over time: what is remembered of it, and what its next frame adds.

use std::time::Duration;

use crate::analysis::emotion::Emotion;
use crate::analysis::observation::FaceObservation;
use crate::analysis::time::{BufferTime, FrameTime, nanos};
use crate::analysis::track_id::TrackId;
use crate::geometry::Sides;
use crate::geometry::landmarks::NOSE_BRIDGE;
use crate::picture::Picture;

use super::context::Context;
use super::decision::Decision;
use super::event::ExpressionEvent;
use super::history::{History, Sample};
use super::macro_expression::MacroDetector;
use super::measurement::ExpressionMeasurement;
use super::micro::{Classifier, Spotter};
use super::motion::{FlowFinder, FlowQuality, MeshCues, MotionError, MotionEstimator};
use super::observability::{FrameRateMonitor, Obstacle};
use super::rejection::{Rejection, RejectionReason};
use super::tuning::ExpressionTuning;

/// What is remembered of one face.
pub struct FaceState {
    tuning: ExpressionTuning,
    pub frame_rate: FrameRateMonitor,
    motion: MotionEstimator,
    history: History,
    spotter: Spotter,
    macro_detector: MacroDetector,
    classifier: Classifier,
    /// Learned openness of the eyes, in eye widths.
    usual_openness: Option<f64>,
    /// The brief expression reported last.
    reported: Option<ExpressionEvent>,
    /// Time of the last frame.
    last: Option<BufferTime>,
    /// When eyes and mouth were last seen to be covered.
    covered: Option<BufferTime>,
}

/// How long after a cover before the face nothing is looked for: what leaves moves as a brow does. Held
/// by the hand before the face in `WolfgangLanger_Pexels.mp4`.
const AFTER_COVER: Duration = Duration::from_secs(1);

impl FaceState {
    /// A face that has not been seen yet.
    pub fn new(tuning: &ExpressionTuning) -> Self {
        Self {
            tuning: *tuning,
            frame_rate: FrameRateMonitor::new(&tuning.observability),
            motion: MotionEstimator::default(),
            history: History::default(),
            spotter: Spotter::new(tuning),
            macro_detector: MacroDetector::new(tuning),
            classifier: Classifier::default(),
            usual_openness: None,
            reported: None,
            last: None,
            covered: None,
        }
    }

    /// The expression that was over but not yet decided on.
    pub fn finish(&mut self, id: TrackId) -> Option<ExpressionEvent> {
        let context = Context {
            history: &self.history,
            rest: self.macro_detector.rest(),
            reported: self.reported.as_ref().map(ExpressionEvent::times),
            interval_ns: self.frame_rate.interval_ns(),
            tuning: &self.tuning,
        };
        let (candidate, phases) = self.spotter.finish(context)?;
        let classified = (self.classifier).classify(id, &candidate, phases, context);
        classified.ok()
    }

    /// What is decided by `measurement` of face `id`, whose emotion is known by now.
    pub fn decide(
        &mut self,
        id: TrackId,
        emotion: Option<&Emotion>,
        measurement: ExpressionMeasurement,
    ) -> Decision {
        let observability = measurement.observability;
        let mut decision = Decision::nothing(observability);
        if let Some(time) = measurement.cut {
            decision.rejected.extend(self.forget_history(id, time));
        }
        self.history.set_eyes_are_read(measurement.eyes_are_read);
        if let Some(blink) = measurement.blink {
            self.history.push_blink(blink);
        }
        let Some(mut sample) = measurement.sample else {
            return decision;
        };
        if let Some(emotion) = emotion {
            sample.probabilities.clone_from(&emotion.raw);
            self.history.set_labels(&emotion.labels);
        }
        let learning = observability.obstacle.is_some();
        let elapsed = measurement.elapsed;
        self.observe(id, sample, elapsed, learning, &mut decision);
        decision
    }

    /// The same of a measurement that another state of the face made.
    pub fn replay(&mut self, id: TrackId, mut measurement: ExpressionMeasurement) -> Decision {
        let time = FrameTime::from(measurement.time);
        self.frame_rate.observe(time);
        let obstacle = &mut measurement.observability.obstacle;
        if matches!(obstacle, None | Some(Obstacle::Learning)) {
            let learning = self.frame_rate.is_learning(measurement.time);
            *obstacle = learning.then_some(Obstacle::Learning);
        }
        self.decide(id, None, measurement)
    }

    /// Measures the face on the frame at `time`.
    ///
    /// # Errors
    /// The crop or the flow failed.
    pub fn measure(
        &mut self,
        picture: &Picture<'_>,
        face: &FaceObservation,
        time: FrameTime,
        flow: (&mut FlowFinder, FlowQuality),
    ) -> Result<ExpressionMeasurement, MotionError> {
        let mesh = &face.tracked.mesh;
        let gap = self.frame_rate.observe(time);
        let now = time.pts;
        let mut observability = self
            .frame_rate
            .observability(now, &face.quality, &face.pose);
        if face.quality.visible.is_covered() {
            self.covered = Some(now);
        }
        let leaves = |covered| now.since(covered) < AFTER_COVER;
        if self.covered.is_some_and(leaves) {
            observability.obstacle.get_or_insert(Obstacle::Unclear);
        }
        let last = self.last.replace(now);
        let blind = !matches!(
            observability.obstacle,
            None | Some(Obstacle::Learning | Obstacle::FramesSkipped)
        );
        let mut measurement = ExpressionMeasurement {
            time: now,
            elapsed: now.since(last.unwrap_or(now)),
            observability,
            cut: if gap { last } else { blind.then_some(now) },
            sample: None,
            blink: None,
            eyes_are_read: false,
        };
        if measurement.cut.is_some() {
            self.motion.reset();
        }
        if blind {
            return Ok(measurement);
        }
        let Some(cues) = MeshCues::from_mesh(&mesh.points, &face.fit) else {
            return Ok(measurement);
        };
        let steady = self.is_steady(cues.eye_openness, measurement.elapsed);
        let (motion, (finder, quality)) = (&mut self.motion, flow);
        let flow = (finder, quality, &self.tuning.motion);
        let measured = motion.measure(picture, mesh, &face.pose, now, steady, flow)?;
        measurement.sample = measured.map(|measured| Sample {
            time: now,
            displacements: measured.displacements,
            photometric_residual: measured.photometric_residual,
            head: head(face),
            upper_lip: measured.upper_lip,
            brightness: measured.brightness,
            cues,
            probabilities: None,
        });
        Ok(measurement)
    }

    /// Takes in a sample, `elapsed` after the one before, and adds what is decided to `decision`; nothing
    /// brief is looked for while `learning`.
    pub fn observe(
        &mut self,
        id: TrackId,
        sample: Sample,
        elapsed: Duration,
        learning: bool,
        decision: &mut Decision,
    ) {
        let now = sample.time;
        self.history.push(sample.clone());
        let mut context = Context {
            history: &self.history,
            rest: None,
            reported: self.reported.as_ref().map(ExpressionEvent::times),
            interval_ns: self.frame_rate.interval_ns(),
            tuning: &self.tuning,
        };
        let lasting = self.macro_detector.observe(id, context, &sample, elapsed);
        context.rest = self.macro_detector.rest();
        let over = self.spotter.spot(context, now, elapsed, learning);
        if let Some(completed) = over {
            let classifier = &mut self.classifier;
            match classifier.classify(id, &completed.candidate, completed.phases, context) {
                Ok(expression) => {
                    self.spotter.mark_reported(&completed, expression.offset);
                    // What was strongest in one half may have been told by what moved in the other.
                    let reported = self.reported.as_ref();
                    if !reported.is_some_and(|reported| reported.is_same_movement(&expression)) {
                        decision.decided.push(expression.clone());
                    }
                    self.reported = Some(expression);
                }
                Err(rejected) => decision.rejected.push(rejected),
            }
        }
        // A movement that was brief does not last because the face comes to rest beside where it was.
        let brief = |apex| {
            let times = self.reported.as_ref().map(ExpressionEvent::times);
            times.is_some_and(|[from, to]| (from..=to).contains(&apex))
        };
        let lasting = lasting.filter(|expression| !brief(expression.apex));
        decision.decided.extend(lasting);
    }

    /// Forgets what was measured until `time`: it cannot be compared with what comes.
    fn forget_history(&mut self, face: TrackId, time: BufferTime) -> Option<Rejection> {
        self.macro_detector = MacroDetector::new(&self.tuning);
        self.history.clear();
        let candidate = self.spotter.drop_candidate()?;
        Some(Rejection {
            face,
            apex: time,
            peak: candidate.evidence,
            reason: RejectionReason::Unobservable,
        })
    }

    /// Whether the eyes are open and nothing moves.
    fn is_steady(&mut self, open: Sides<f64>, elapsed: Duration) -> bool {
        let open = open.mean();
        let usual = self.usual_openness.get_or_insert(open);
        let wide = open >= self.tuning.motion.open * *usual;
        // Shut eyes pull a quarter as much: a blink is not what is usual.
        let pull = if wide { 1.0 } else { 0.25 };
        let (elapsed, time) = (nanos(elapsed), nanos(self.tuning.motion.openness_time));
        *usual += (pull * elapsed as f64 / time as f64).min(1.0) * (open - *usual);
        wide && !self.spotter.is_busy()
    }
}

/// Angles in degrees and the place of the head in hundredths of the outer-eye distance.
fn head(face: &FaceObservation) -> [f64; 5] {
    let pose = &face.pose;
    let bridge = face
        .tracked
        .mesh
        .points
        .get(NOSE_BRIDGE)
        .copied()
        .unwrap_or_default();
    let unit = face.quality.size_px.max(1.0) / 100.0;
    [
        pose.pitch,
        pose.yaw,
        pose.roll,
        bridge[0] / unit,
        bridge[1] / unit,
    ]
}
