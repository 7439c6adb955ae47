//! What is measured of the eyes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The eyes of a face; absent where they cannot be measured.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename = "eyes", rename_all = "kebab-case")]
pub struct Eyes {
    /// Height over width of the person's left eye.
    pub openness_left: f64,
    /// Height over width of the person's right eye.
    pub openness_right: f64,
    /// Blinks a minute, over the last minute.
    pub blinks_per_minute: f64,
    /// Share of time in which the eyes were mostly closed.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub perclos: f64,
    /// Degrees; looking down is positive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gaze_pitch: Option<f64>,
    /// Degrees; looking to the picture's right is positive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gaze_yaw: Option<f64>,
}
