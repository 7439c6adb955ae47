//! What is measured of a frame before anything is decided.

use serde::{Deserialize, Serialize};

use super::history::Sample;
use super::observability::Observability;

/// What was measured of a face on a frame, and is not yet classified.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExpressionMeasurement {
    /// Time of the frame in ns.
    pub(super) time: u64,
    /// Time in ns since the face was last seen.
    pub(super) elapsed: u64,
    pub(super) observability: Observability,
    /// Until when in ns what was before tells nothing: frames are missing, or the face cannot be observed.
    pub(super) cut: Option<u64>,
    /// `None` where nothing could be measured.
    pub(super) sample: Option<Sample>,
}

impl ExpressionMeasurement {
    /// Time of the frame in ns.
    pub fn time(&self) -> u64 {
        self.time
    }
}
