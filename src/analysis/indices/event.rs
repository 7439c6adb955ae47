//! What indices tell of at once.

use std::time::Duration;

use crate::analysis::event_name::EventName;
use crate::analysis::time::BufferTime;

/// Something that an index tells of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct IndexEvent {
    /// What the index tells of.
    pub name: EventName,
    /// When it began.
    pub time: BufferTime,
    /// How long it has lasted.
    pub duration: Duration,
}

impl IndexEvent {
    /// What happens at `time`.
    pub fn now(name: EventName, time: BufferTime) -> Self {
        Self::since(name, time, time)
    }

    /// What began at `from` and has lasted until `now`.
    pub fn since(name: EventName, from: BufferTime, now: BufferTime) -> Self {
        Self {
            name,
            time: from,
            duration: now.since(from),
        }
    }
}
