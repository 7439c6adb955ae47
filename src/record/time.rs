//! Times in the clock of a reader.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A time in ns of the stream: what a player of it shows.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(transparent)]
pub struct StreamTime(pub u64);

impl StreamTime {
    /// The time in seconds.
    pub fn seconds(self) -> f64 {
        seconds(self.0)
    }
}

/// A time or duration of `ns` nanoseconds in seconds.
pub fn seconds(ns: u64) -> f64 {
    ns as f64 * 1e-9
}
