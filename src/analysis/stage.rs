//! What the pipeline asks of a stage that reads observed faces.

use crate::picture::Picture;

use super::observation::FaceObservation;
use super::time::{BufferTime, FrameTime};
use super::track_id::TrackId;

/// A frame, as every stage gets it.
#[derive(Clone, Copy)]
pub struct Frame<'a> {
    /// What it shows.
    pub picture: &'a Picture<'a>,
    /// When it was taken.
    pub time: FrameTime,
}

/// A stage that reads faces after they were found, fitted and rated.
///
/// It measures without knowing what others find, so that all stages of a frame may measure side by
/// side; then each concludes, in the order of the table, knowing what those before it found.
pub trait FaceStage: Send {
    /// How it reads.
    type Settings;
    /// What it measures of one face.
    type Measurement: Send;
    /// What it needs of the stages before it to conclude on one face.
    type Needs<'face>;
    /// What it concludes of one face.
    type Reading;
    /// What may still be to be told of a face that is given up.
    type Last;
    /// Why it could not measure.
    type Error;

    /// Measures each of `faces`, in their order.
    ///
    /// # Errors
    /// A net, a crop or a filter failed.
    fn measure(
        &mut self,
        frame: &Frame<'_>,
        faces: &[FaceObservation],
        settings: &Self::Settings,
    ) -> Result<Vec<Self::Measurement>, Self::Error>;

    /// What comes of the measurement of face `track` at `time`.
    fn conclude(
        &mut self,
        track: TrackId,
        time: BufferTime,
        measurement: Self::Measurement,
        needs: Self::Needs<'_>,
    ) -> Self::Reading;

    /// Forgets `track`, which is given up; what was still to be told of it.
    fn forget(&mut self, track: TrackId) -> Option<Self::Last>;

    /// Forgets every track while the stage is switched off.
    fn clear(&mut self) {}
}
