//! What is measured of the eyes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::analysis::Side;

use super::StreamTime;

/// A blink, or a wink of one eye.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename = "blink", rename_all = "kebab-case")]
pub struct Blink {
    /// Which eyes closed: both, or of a wink the one.
    pub eyes: Side,
    /// When the lids had come a fifth of their way down.
    pub onset: StreamTime,
    /// When they were lowest.
    pub lowest: StreamTime,
    /// When a fifth of their way up was left.
    pub offset: StreamTime,
    /// From onset to offset, in ns.
    pub duration: u64,
    /// How far they came down, in parts of the person's recent opening.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub amplitude: f64,
    /// Parts of the recent opening a second, on the way down.
    pub closing_speed: f64,
    /// The same on the way up.
    pub reopening_speed: f64,
}

/// The eyes of a face; absent where they cannot be measured.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename = "eyes", rename_all = "kebab-case")]
pub struct Eyes {
    /// Of the person's left eye: 0 closed, 1 as open as it mostly is.
    pub openness_left: f64,
    /// The same of the right eye.
    pub openness_right: f64,
    /// Blinks a minute, over the last minute.
    pub blinks_per_minute: f64,
    /// Degrees; looking down is positive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gaze_pitch: Option<f64>,
    /// Degrees; looking to the picture's right is positive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gaze_yaw: Option<f64>,
    /// The blink or wink that was over last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_blink: Option<Blink>,
}
