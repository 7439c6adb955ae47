//! What comes of a frame.

use super::event::ExpressionEvent;
use super::measurement::ExpressionMeasurement;
use super::observability::Observability;
use super::rejection::Rejection;

/// What was decided of one face on one frame.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// What could be seen.
    pub observability: Observability,
    /// The expressions decided on this frame.
    pub decided: Vec<ExpressionEvent>,
    /// Movements that are no expressions.
    pub rejected: Vec<Rejection>,
    /// What it was decided on, where that is kept.
    pub measurement: Option<ExpressionMeasurement>,
}

impl Decision {
    /// Nothing, where this could be seen.
    pub fn nothing(observability: Observability) -> Self {
        Self {
            observability,
            decided: Vec::new(),
            rejected: Vec::new(),
            measurement: None,
        }
    }
}
