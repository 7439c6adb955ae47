//! What is measured of a frame before anything is decided.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::analysis::time::{BufferTime, serde_nanos};

use super::history::Sample;
use super::observability::Observability;

/// What was measured of a face on a frame, and is not yet classified.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExpressionMeasurement {
    /// Time of the frame.
    pub(super) time: BufferTime,
    /// Time since the face was last seen.
    #[serde(with = "serde_nanos")]
    pub(super) elapsed: Duration,
    pub(super) observability: Observability,
    /// Until when what was before tells nothing: frames are missing, or the face cannot be observed.
    pub(super) cut: Option<BufferTime>,
    /// `None` where nothing could be measured.
    pub(super) sample: Option<Sample>,
    /// Onset and offset of a blink of both eyes that was decided on this frame.
    #[serde(default)]
    pub(super) blink: Option<[BufferTime; 2]>,
    /// Whether the eyes' stage runs, which tells of every blink.
    #[serde(default)]
    pub(super) eyes_are_read: bool,
}

impl ExpressionMeasurement {
    /// Time of the frame.
    pub fn time(&self) -> BufferTime {
        self.time
    }
}
