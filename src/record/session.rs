//! Indices of a session: values over windows of time.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::analysis::{ClosureState, Distraction, Reference};

use super::StreamTime;

/// An index over a window of time.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename = "index")]
pub struct Index {
    /// Its value; absent where it is unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// The time it speaks of, in ns.
    pub window: u64,
    /// Share of the window that was observable.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub valid: f64,
    /// Whether too little was observed, less than half of the window, or nothing to tell.
    pub unknown: bool,
}

/// The indices of a face, computed once a second; the last hold in between. Of the groups that are not
/// measured nothing is told. `docs/indices.md` gives the formulas.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename = "session", rename_all = "kebab-case")]
pub struct Session {
    /// When they were computed.
    pub time: StreamTime,
    /// Signs of fatigue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fatigue: Option<Fatigue>,
    /// Where the person looks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attention: Option<Attention>,
    /// Mean of the three strongest good or fair Action Units over 5, 0..1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expressiveness: Option<Index>,
    /// Each in standard deviations of the person's own first two minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tension: Option<TensionSigns>,
}

/// Signs of fatigue.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename = "fatigue", rename_all = "kebab-case")]
pub struct Fatigue {
    /// Share of time with the lids four fifths closed (P80).
    pub perclos: Index,
    /// Whether it has come to the alarm's level.
    pub perclos_alarm: bool,
    /// How long the eyes are closed now.
    pub closure: ClosureState,
    /// Blinks a minute.
    pub blink_rate: Index,
    /// Mean length of a blink in seconds.
    pub blink_duration: Index,
    /// Mean speed of closing in openings a second.
    pub closing_speed: Index,
    /// Blink rate in parts of the person's own first two minutes.
    pub own_blink_rate: Index,
    /// Blink duration in parts of the same.
    pub own_blink_duration: Index,
    /// Closing speed in parts of the same.
    pub own_closing_speed: Index,
    /// Yawns a minute.
    pub yawn_rate: Index,
}

/// Where a person looks.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename = "attention", rename_all = "kebab-case")]
pub struct Attention {
    /// Mean visual focus, 0..1: head and gaze near the person's own direction, eyes open.
    pub visual_focus: Index,
    /// What that direction is taken from.
    pub reference: Reference,
    /// Glances away a minute.
    pub glances_away: Index,
    /// Seconds for which the eyes have been away now.
    pub away: f64,
    /// The AttenD buffer in seconds; 0 is empty.
    #[schemars(range(min = 0.0, max = 2.0))]
    pub attention_buffer: f64,
    /// What holds of distraction.
    pub distraction: Distraction,
}

/// Signs that go with tension in some tasks; which way depends on the task.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename = "tension", rename_all = "kebab-case")]
pub struct TensionSigns {
    /// Of blinks.
    pub blink_rate: Index,
    /// Of the head's turning.
    pub head_movement: Index,
    /// Of AU04.
    pub brow_lowerer: Index,
    /// Of the stronger of AU23 and AU24.
    pub lip_tightener: Index,
}

/// Five faces or more together, none told apart.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename = "group", rename_all = "kebab-case")]
pub struct Group {
    /// Faces whose visual focus is known.
    #[schemars(range(min = 5))]
    pub faces: u32,
    /// Mean of their visual focus.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub visual_focus: f64,
}
