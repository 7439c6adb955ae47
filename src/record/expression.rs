//! Movements of a face that came and went; they prove nothing about what a person means.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::analysis::{ExpressionKind, Obstacle, Side};

use super::StreamTime;

/// An Action Unit that took part in a movement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename = "action-unit")]
pub struct MovedActionUnit {
    /// `AU` and two digits.
    pub code: String,
    /// Which half of the face, as the person names it.
    pub side: Side,
}

/// A movement of a face that came and went, on the face of the frame on which it was decided.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename = "micro-expression", rename_all = "kebab-case")]
pub struct Expression {
    /// Track id.
    pub face_id: u32,
    /// When it began.
    pub onset: StreamTime,
    /// When it was strongest.
    pub apex: StreamTime,
    /// When it was over.
    pub offset: StreamTime,
    /// Its length in ns.
    pub duration: u64,
    /// What it is, by how long it lasts and what moves.
    pub kind: ExpressionKind,
    /// What moved, the most certain first; empty where no unit fits.
    pub action_units: Vec<MovedActionUnit>,
    /// Standard deviations of the person's own unrest.
    pub peak: f64,
    /// Grows with the peak; not a calibrated probability.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub confidence: f64,
    /// A compatible label, or `unknown`; absent where no emotions are read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub emotion: Option<String>,
}

/// What could be seen of such movements on a face.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename = "micro-expression-limits", rename_all = "kebab-case")]
pub struct ExpressionLimits {
    /// The shortest that the frame rate shows, in ns.
    pub shortest: u64,
    /// The smallest that the face's size shows, in eye distances.
    pub smallest: f64,
    /// Whether anything could be seen on this frame.
    pub observable: bool,
    /// Why nothing could be seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_observable: Option<Obstacle>,
}
