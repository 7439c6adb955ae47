//! Why a frame could not be analysed: one error, with a cause for each stage.

use std::convert::Infallible;

use crate::models::EmotionNetError;
use crate::picture::PictureError;

use super::action_units::ActionUnitError;
use super::detection::DetectionError;
use super::expression::MotionError;
use super::observation::ObservationError;
use super::track::TrackError;

/// Why a frame could not be analysed.
#[derive(Debug, thiserror::Error)]
pub enum AnalysisError {
    /// Faces could not be found or followed.
    #[error(transparent)]
    Track(#[from] TrackError),
    /// A face could not be observed.
    #[error(transparent)]
    Observation(#[from] ObservationError),
    /// A region could not be cut out.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// The emotion net failed.
    #[error("the emotion network failed")]
    Emotion(#[from] EmotionNetError),
    /// The Action Units could not be read.
    #[error(transparent)]
    ActionUnits(#[from] ActionUnitError),
    /// The movement of a face could not be measured.
    #[error(transparent)]
    Motion(#[from] MotionError),
}

impl From<DetectionError> for AnalysisError {
    fn from(err: DetectionError) -> Self {
        Self::Track(TrackError::Detection(err))
    }
}

impl From<Infallible> for AnalysisError {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}
