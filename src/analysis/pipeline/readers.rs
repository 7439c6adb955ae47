//! The stages that read faces: side by side as far as they measure, in order where they conclude.

use std::time::Duration;

use crate::analysis::error::AnalysisError;
use crate::analysis::face::Face;
use crate::analysis::observation::FaceObservation;
use crate::analysis::settings::AnalysisSettings;
use crate::analysis::stage::Frame;
use crate::analysis::time::BufferTime;
use crate::analysis::timing::{Stage, Timing, timed};
use crate::analysis::track_id::TrackId;
use crate::runtime::threads::Threads;

use super::reader::{Reader, Report};
use super::table::{StageLine, StageParts, StageRun};

/// Whether each stage is switched on, and how long it measured.
pub type Measured = Vec<(Result<bool, AnalysisError>, Duration)>;

/// The stages of a table that read faces.
pub struct Readers(Vec<(Stage, Box<dyn Reader>)>);

impl Readers {
    /// The stages of `table` for which there are `parts`.
    pub fn new(table: &[StageLine], mut parts: StageParts) -> Self {
        let readers = table.iter().filter_map(|line| match line.run {
            StageRun::Reading(build) => Some((line.stage, build(&mut parts)?)),
            StageRun::Tracking | StageRun::Observation => None,
        });
        Self(readers.collect())
    }

    /// Lets every stage measure `faces`, several at once where there are `threads`.
    pub fn measure(
        &mut self,
        frame: &Frame<'_>,
        faces: &[FaceObservation],
        settings: &AnalysisSettings,
        threads: &Threads,
    ) -> Measured {
        let measure = |(_, reader): &mut (Stage, Box<dyn Reader>)| {
            timed(|| reader.measure(frame, faces, settings))
        };
        threads.map(self.0.iter_mut().collect(), measure)
    }

    /// Writes what comes of what was `measured` of `faces`, stage after stage.
    ///
    /// # Errors
    /// A stage could not measure.
    pub fn conclude(
        &mut self,
        measured: Measured,
        faces: &mut [Face],
        time: BufferTime,
        report: &mut Report,
        timing: &mut Timing,
    ) -> Result<(), AnalysisError> {
        for ((stage, reader), (measured, measuring)) in self.0.iter_mut().zip(measured) {
            if measured? {
                let ((), concluding) = timed(|| reader.conclude(faces, time, report));
                timing.add(*stage, measuring + concluding);
            }
        }
        Ok(())
    }

    /// Lets every stage forget `track`.
    pub fn forget(&mut self, track: TrackId, report: &mut Report) {
        for (_, reader) in &mut self.0 {
            reader.forget(track, report);
        }
    }
}
