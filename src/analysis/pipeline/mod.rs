//! The way of a frame through the stages.

mod reader;
mod readers;
mod table;

#[cfg(test)]
mod tests;

use crate::models::Models;
use crate::picture::Picture;
use crate::runtime::threads::Threads;

use super::error::AnalysisError;
use super::events::{Event, FaceEventDetector};
use super::expression::{ExpressionMeasurement, Rejection};
use super::face::Face;
use super::memory::Memory;
use super::observation::Observer;
use super::settings::AnalysisSettings;
use super::stage::Frame;
use super::time::FrameTime;
use super::timing::Timing;
use super::track::{TrackUpdate, Tracker};
use super::track_id::TrackId;

use self::reader::Report;
use self::readers::Readers;
use self::table::StageParts;

pub use self::table::{STAGES, StageLine};

/// What a frame showed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Analysis {
    /// The faces, oldest id first.
    pub faces: Vec<Face>,
    /// What changed.
    pub events: Vec<Event>,
    /// Passing movements that were not taken for expressions.
    pub rejected: Vec<Rejection>,
    /// What was measured of the faces' movement, where
    /// [`ExpressionSettings::keep_measurements`](super::ExpressionSettings::keep_measurements) asks for it.
    pub measurements: Vec<(TrackId, ExpressionMeasurement)>,
    /// How long the stages took.
    pub timing: Timing,
}

/// Every stage, with what it remembers.
pub struct Pipeline {
    tracker: Tracker,
    observer: Observer,
    readers: Readers,
    watcher: FaceEventDetector,
    threads: Threads,
}

impl Pipeline {
    /// The stages of the table around loaded networks, which keep in `memory` what they know of people and share
    /// their work among `threads`.
    pub fn new(models: Models, memory: Memory, threads: Threads) -> Self {
        let parts = StageParts {
            emotion: models.emotion,
            action_units: models.action_units,
            baselines: memory.baselines,
            threads: threads.clone(),
        };
        Self {
            readers: Readers::new(&STAGES, parts),
            tracker: Tracker::new(
                models.near,
                models.far,
                models.mesh,
                models.face_shape,
                memory.gallery,
                threads.clone(),
            ),
            observer: Observer::new(models.face_parts),
            watcher: FaceEventDetector::default(),
            threads,
        }
    }

    /// Reads every face in `picture`: they are followed, then observed; then the stages that read
    /// faces measure side by side and conclude one after the other.
    ///
    /// # Errors
    /// A stage failed.
    pub fn read(
        &mut self,
        picture: &Picture<'_>,
        time: FrameTime,
        settings: &AnalysisSettings,
    ) -> Result<Analysis, AnalysisError> {
        let followed = self.tracker.follow(picture, time.pts, &settings.track)?;
        let mut report = self.part_with(&followed);
        let (mut faces, mut timing) = (followed.faces, followed.timing);
        faces.sort_by_key(|face| face.id);
        let (observer, threads) = (&mut self.observer, &self.threads);
        let observed = observer.observe(picture, faces, threads, &mut timing)?;

        let frame = Frame { picture, time };
        let measured = self.readers.measure(&frame, &observed, settings, threads);
        let size = [picture.width() as f64, picture.height() as f64];
        let faces = observed
            .iter()
            .map(|face| Face::from_observation(face, size));
        let mut faces: Vec<Face> = faces.collect();
        self.readers
            .conclude(measured, &mut faces, time.pts, &mut report, &mut timing)?;
        report.events.extend(self.watcher.watch(&faces, time.pts));
        Ok(Analysis {
            faces,
            events: report.events,
            rejected: report.rejected,
            measurements: report.measurements,
            timing,
        })
    }

    /// Forgets every face: the events of those that ended.
    pub fn reset(&mut self) -> Vec<Event> {
        let followed = self.tracker.reset();
        self.part_with(&followed).events
    }

    /// Forgets the tracks that are lost, and of those that left and may return tells that they did.
    fn part_with(&mut self, followed: &TrackUpdate) -> Report {
        let mut report = Report::default();
        let lost = followed.lost.iter().map(|(track, _)| track);
        for &track in lost.chain(&followed.forgotten) {
            self.observer.forget(track);
            self.readers.forget(track, &mut report);
        }
        report.events.extend(self.watcher.lost(&followed.lost));
        report.events.extend(self.watcher.left(&followed.left));
        self.watcher.forget(&followed.forgotten);
        report
    }
}
