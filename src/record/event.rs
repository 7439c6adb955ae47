//! Something that happened to a face.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::analysis::{EventName, ExpressionKind, Side};

use super::{MovedActionUnit, StreamTime};

/// Something that happened to a face: the element message `aliyarface`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename = "event", rename_all = "kebab-case")]
pub struct Event {
    /// What happened.
    pub event: EventName,
    /// Track id of the face.
    pub face_id: u32,
    /// When, in ns of the buffers' time.
    pub timestamp: Option<u64>,
    /// When, in the stream's time.
    pub stream_time: Option<StreamTime>,
    /// When, in ns since the pipeline runs.
    pub running_time: Option<u64>,
    /// How long what ended had lasted, in ns.
    pub duration: Option<u64>,
    /// Of a face that appeared: whether it is somebody who had left and was remembered; absent where not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub returned: Option<bool>,
    /// The label before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The label now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Of a movement or a blink: when it began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub onset: Option<StreamTime>,
    /// Of a movement: when it was strongest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub apex: Option<StreamTime>,
    /// Of a movement or a blink: when it was over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<StreamTime>,
    /// Of a blink or a wink: when the lids were lowest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lowest: Option<StreamTime>,
    /// Which eyes closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub eyes: Option<Side>,
    /// How far the lids came down, in parts of the person's recent opening.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub amplitude: Option<f64>,
    /// Parts of the recent opening a second, on the way down.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closing_speed: Option<f64>,
    /// The same on the way up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reopening_speed: Option<f64>,
    /// Of a movement, as all below: what it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<ExpressionKind>,
    /// What moved, the most certain first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action_units: Option<Vec<MovedActionUnit>>,
    /// Standard deviations of the person's own unrest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peak: Option<f64>,
    /// Of a movement, or of the label now.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub confidence: Option<f64>,
    /// A compatible label, or `unknown`; absent where no emotions are read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub emotion: Option<String>,
}
