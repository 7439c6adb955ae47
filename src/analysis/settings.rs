//! What may be changed from frame to frame.

use super::emotion::EmotionSettings;
use super::expression::ExpressionSettings;
use super::indices::IndexSettings;
use super::track::TrackSettings;

/// What may be changed from frame to frame.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct AnalysisSettings {
    /// How faces are found and followed.
    pub track: TrackSettings,
    /// How emotions are read.
    pub emotion: EmotionSettings,
    /// How indices are measured.
    pub indices: IndexSettings,
    /// Whether micro-expressions are looked for.
    pub micro_expressions: bool,
    /// How they are looked for.
    pub expression: ExpressionSettings,
}
