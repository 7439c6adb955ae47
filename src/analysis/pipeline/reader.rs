//! A stage with what the table says of it, so that the pipeline can run stages of any type.

use crate::analysis::error::AnalysisError;
use crate::analysis::events::Event;
use crate::analysis::expression::{ExpressionMeasurement, Rejection};
use crate::analysis::face::Face;
use crate::analysis::observation::FaceObservation;
use crate::analysis::settings::AnalysisSettings;
use crate::analysis::stage::{FaceStage, Frame};
use crate::analysis::time::BufferTime;
use crate::analysis::track_id::TrackId;

/// What the stages tell of a frame besides its faces.
#[derive(Debug, Default, PartialEq)]
pub struct Report {
    /// What changed.
    pub events: Vec<Event>,
    /// Passing movements that were not taken for expressions.
    pub rejected: Vec<Rejection>,
    /// What was measured of the faces' movement, where that is kept.
    pub measurements: Vec<(TrackId, ExpressionMeasurement)>,
}

/// How a stage is joined to the others.
pub struct Joint<S: FaceStage> {
    /// What it is told; `None` where it is switched off.
    pub settings: fn(&AnalysisSettings) -> Option<S::Settings>,
    /// What it needs of what the stages before it wrote.
    pub needs: for<'face> fn(&'face Face) -> S::Needs<'face>,
    /// Where its result goes.
    pub write: fn(&mut Face, S::Reading, &mut Report),
    /// Where goes what was still to be told of a face that is given up.
    pub write_last: fn(S::Last, &mut Report),
}

/// A stage as the pipeline runs it.
pub trait Reader: Send {
    /// Measures `faces`; whether the stage is switched on.
    ///
    /// # Errors
    /// The stage failed.
    fn measure(
        &mut self,
        frame: &Frame<'_>,
        faces: &[FaceObservation],
        settings: &AnalysisSettings,
    ) -> Result<bool, AnalysisError>;

    /// Writes what comes of the last measurement into `faces`, which are in the same order.
    fn conclude(&mut self, faces: &mut [Face], time: BufferTime, report: &mut Report);

    /// Forgets `track`.
    fn forget(&mut self, track: TrackId, report: &mut Report);
}

/// A stage, its joint, and what it measured last.
struct Joined<S: FaceStage> {
    stage: S,
    joint: Joint<S>,
    measured: Vec<S::Measurement>,
}

/// The `stage`, joined to the others.
pub fn join<S>(stage: S, joint: Joint<S>) -> Box<dyn Reader>
where
    S: FaceStage + 'static,
    AnalysisError: From<S::Error>,
{
    Box::new(Joined {
        stage,
        joint,
        measured: Vec::new(),
    })
}

impl<S: FaceStage> Reader for Joined<S>
where
    AnalysisError: From<S::Error>,
{
    fn measure(
        &mut self,
        frame: &Frame<'_>,
        faces: &[FaceObservation],
        settings: &AnalysisSettings,
    ) -> Result<bool, AnalysisError> {
        self.measured.clear();
        match (self.joint.settings)(settings) {
            Some(settings) => {
                self.measured = self.stage.measure(frame, faces, &settings)?;
                Ok(true)
            }
            None => {
                self.stage.clear();
                Ok(false)
            }
        }
    }

    fn conclude(&mut self, faces: &mut [Face], time: BufferTime, report: &mut Report) {
        for (face, measured) in faces.iter_mut().zip(self.measured.drain(..)) {
            let needs = (self.joint.needs)(face);
            let reading = self.stage.conclude(face.id, time, measured, needs);
            (self.joint.write)(face, reading, report);
        }
    }

    fn forget(&mut self, track: TrackId, report: &mut Report) {
        if let Some(last) = self.stage.forget(track) {
            (self.joint.write_last)(last, report);
        }
    }
}
