//! One face over time: what is remembered of it, and what its next frame adds.

use crate::analysis::emotion::Emotion;
use crate::analysis::error::AnalysisError;
use crate::analysis::observation::FaceObservation;
use crate::analysis::time::{BufferTime, FrameTime};
use crate::analysis::track_id::TrackId;
use crate::geometry::landmarks::NOSE_BRIDGE;
use crate::picture::Picture;

use super::event::ExpressionEvent;
use super::history::{History, Sample};
use super::macro_expression::MacroDetector;
use super::micro::{Classifier, Spotter};
use super::motion::{FlowFinder, FlowQuality, MeshCues, MotionEstimator};
use super::observability::{FrameRateMonitor, Observability, Obstacle};
use super::rejection::{Rejection, RejectionReason};

/// Part of the usual openness from which eyes are open. Chosen on the photos for tuning.
const OPEN: f64 = 0.8;
/// Time in ns over which the usual openness is learned. Chosen on the photos for tuning.
const OPENNESS_TIME: f64 = 2_000_000_000.0;

/// What was decided of one face on one frame.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// What could be seen.
    pub observability: Observability,
    /// The expressions decided on this frame.
    pub decided: Vec<ExpressionEvent>,
    /// Movements that are no expressions.
    pub rejected: Vec<Rejection>,
}

/// What was measured of a face on a frame, and is not yet classified.
pub struct Measurement {
    decision: Decision,
    /// `None` where nothing could be measured.
    sample: Option<Sample>,
    /// Time in ns since the face was last seen.
    elapsed: u64,
    learning: bool,
}

impl Measurement {
    /// What is decided where the face is forgotten meanwhile.
    pub fn without_sample(self) -> Decision {
        self.decision
    }
}

/// What is remembered of one face.
#[derive(Default)]
pub struct FaceState {
    pub frame_rate: FrameRateMonitor,
    motion: MotionEstimator,
    history: History,
    spotter: Spotter,
    macro_detector: MacroDetector,
    classifier: Classifier,
    /// Learned openness of the eyes, in eye widths.
    usual_openness: Option<f64>,
    /// Onset and offset of the brief expression reported last.
    reported: Option<[BufferTime; 2]>,
    /// Time in ns of the last frame.
    last: Option<u64>,
}

impl FaceState {
    /// The expression that was over but not yet decided on.
    pub fn finish(&mut self, id: TrackId) -> Option<ExpressionEvent> {
        let (candidate, phases) = self.spotter.finish(&self.history)?;
        let interval = self.frame_rate.interval();
        let seen = (&self.history, self.macro_detector.rest());
        let classified = (self.classifier).classify(id, &candidate, phases, seen, interval);
        classified.ok()
    }

    /// The expressions that are decided by `measurement` of face `id`, whose emotion is known by now.
    pub fn decide(
        &mut self,
        id: TrackId,
        emotion: Option<&Emotion>,
        measurement: Measurement,
    ) -> Decision {
        let mut decision = measurement.decision;
        let Some(mut sample) = measurement.sample else {
            return decision;
        };
        if let Some(emotion) = emotion {
            sample.probabilities.clone_from(&emotion.raw);
            self.history.set_labels(&emotion.labels);
        }
        let elapsed = measurement.elapsed as f64;
        self.observe(id, sample, elapsed, measurement.learning, &mut decision);
        decision
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
    ) -> Result<Measurement, AnalysisError> {
        let (id, mesh) = (face.tracked.id, &face.tracked.mesh);
        let gap = self.frame_rate.observe(time);
        let now = time.pts.nanos();
        let observability = self
            .frame_rate
            .observability(now, &face.quality, &face.pose);
        let mut measurement = Measurement {
            decision: Decision {
                observability,
                decided: Vec::new(),
                rejected: Vec::new(),
            },
            sample: None,
            elapsed: now.saturating_sub(self.last.unwrap_or(now)),
            learning: false,
        };
        if gap {
            measurement.decision.rejected.extend(self.lose_sight(id));
        }
        self.last = Some(now);
        measurement.learning = match observability.obstacle {
            None => false,
            Some(Obstacle::Learning | Obstacle::FramesSkipped) => true,
            Some(_) => {
                measurement.decision.rejected.extend(self.lose_sight(id));
                return Ok(measurement);
            }
        };
        let Some(cues) = MeshCues::from_mesh(&mesh.points, &face.fit) else {
            return Ok(measurement);
        };
        let steady = self.is_steady(cues.eye_openness, measurement.elapsed as f64);
        let motion = &mut self.motion;
        let measured = motion.measure(picture, mesh, &face.pose, now, steady, flow)?;
        measurement.sample = measured.map(|measured| Sample {
            time: now,
            displacements: measured.displacements,
            photometric_residual: measured.photometric_residual,
            head: head(face),
            brightness: measured.brightness,
            cues,
            probabilities: None,
        });
        Ok(measurement)
    }

    /// Takes in a sample, `elapsed` ns after the one before, and adds what is decided to `decision`; nothing
    /// brief is looked for while `learning`.
    pub fn observe(
        &mut self,
        id: TrackId,
        sample: Sample,
        elapsed: f64,
        learning: bool,
        decision: &mut Decision,
    ) {
        let now = sample.time;
        self.history.push(sample.clone());
        let lasting = self
            .macro_detector
            .observe(id, &self.history, &sample, elapsed);
        let over = self.spotter.spot(&self.history, now, elapsed, learning);
        if let Some((candidate, phases)) = over {
            let interval = self.frame_rate.interval();
            let seen = (&self.history, self.macro_detector.rest());
            match self
                .classifier
                .classify(id, &candidate, phases, seen, interval)
            {
                Ok(expression) => {
                    self.spotter.mark_reported(expression.offset.nanos());
                    self.reported = Some([expression.onset, expression.offset]);
                    decision.decided.push(expression);
                }
                Err(rejected) => decision.rejected.push(rejected),
            }
        }
        // A movement that was brief does not last because the face comes to rest beside where it was.
        let brief = |apex| {
            self.reported
                .is_some_and(|[from, to]| (from..=to).contains(&apex))
        };
        let lasting = lasting.filter(|expression| !brief(expression.apex));
        decision.decided.extend(lasting);
    }

    /// Forgets what was measured: it cannot be compared with what comes.
    fn lose_sight(&mut self, face: TrackId) -> Option<Rejection> {
        self.motion.reset();
        self.macro_detector.reset();
        let apex = self.last.unwrap_or_default();
        self.history.clear();
        self.spotter.drop_candidate().map(|candidate| Rejection {
            face,
            apex: BufferTime::from_nanos(apex),
            peak: candidate.evidence,
            reason: RejectionReason::Unobservable,
        })
    }

    /// Whether the eyes are open and nothing moves.
    fn is_steady(&mut self, open: [f64; 2], elapsed: f64) -> bool {
        let open = (open[0] + open[1]) / 2.0;
        let usual = self.usual_openness.get_or_insert(open);
        let wide = open >= OPEN * *usual;
        // Shut eyes pull a quarter as much: a blink is not what is usual.
        let pull = if wide { 1.0 } else { 0.25 };
        *usual += (pull * elapsed / OPENNESS_TIME).min(1.0) * (open - *usual);
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
