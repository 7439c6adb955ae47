//! What may be changed from frame to frame.

use std::sync::LazyLock;

use super::tuning::ExpressionTuning;

static DEFAULT: LazyLock<ExpressionTuning> = LazyLock::new(ExpressionTuning::default);

/// How expressions are found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ExpressionSettings {
    /// The numbers that decide; those of a face are taken when it is first seen.
    pub tuning: &'static ExpressionTuning,
    /// Whether an analysis hands out what was measured, for a replay.
    pub keep_measurements: bool,
}

impl Default for ExpressionSettings {
    fn default() -> Self {
        Self {
            tuning: &DEFAULT,
            keep_measurements: false,
        }
    }
}
