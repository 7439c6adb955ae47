//! Why a frame could not be analysed: one error, with a cause for each stage.

use crate::models::EmotionNetError;
use crate::picture::PictureError;

use super::action_units::ActionUnitError;
use super::detection::DetectionError;
use super::head_pose::HeadPoseError;
use super::quality::QualityError;
use super::track::TrackError;

/// Why a frame could not be analysed.
#[derive(Debug, thiserror::Error)]
pub enum AnalysisError {
    /// Faces could not be found or followed.
    #[error(transparent)]
    Track(#[from] TrackError),
    /// A region could not be cut out.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// The head pose could not be computed.
    #[error(transparent)]
    HeadPose(#[from] HeadPoseError),
    /// The quality of a face could not be measured.
    #[error(transparent)]
    Quality(#[from] QualityError),
    /// The emotion net failed.
    #[error("the emotion network failed")]
    Emotion(#[from] EmotionNetError),
    /// The Action Units could not be read.
    #[error(transparent)]
    ActionUnits(#[from] ActionUnitError),
    /// The movement of a face could not be measured.
    #[error("the movement of a face could not be measured")]
    Motion(#[source] opencv::Error),
}

impl From<DetectionError> for AnalysisError {
    fn from(err: DetectionError) -> Self {
        Self::Track(TrackError::Detection(err))
    }
}
