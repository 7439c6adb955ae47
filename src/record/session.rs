//! Indices of a session: values over windows of time.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::analysis;

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

/// The indices of a face: those of the analysis, in the stream's time.
pub type Session = analysis::Session<StreamTime, Index>;
/// Signs of fatigue.
pub type Fatigue = analysis::Fatigue<Index>;
/// Where a person looks.
pub type Attention = analysis::Attention<Index>;
/// Signs that go with tension in some tasks.
pub type TensionSigns = analysis::TensionSigns<Index>;

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
