//! Deciding again on what was measured.

use crate::analysis::track_id::TrackId;

use super::decision::Decision;
use super::face_state::FaceState;
use super::measurement::ExpressionMeasurement;
use super::tuning::ExpressionTuning;

/// Decides on the measurements of one face with any numbers: those that were kept while it was watched
/// ([`ExpressionSettings::keep_measurements`](super::ExpressionSettings::keep_measurements)).
pub struct ExpressionReplay {
    state: FaceState,
}

impl ExpressionReplay {
    /// A replay of a face that has not been seen yet.
    pub fn new(tuning: &ExpressionTuning) -> Self {
        Self {
            state: FaceState::new(tuning),
        }
    }

    /// What is decided on the next measurement.
    pub fn decide(&mut self, measurement: ExpressionMeasurement) -> Decision {
        self.state.replay(TrackId::new(1), measurement)
    }
}
