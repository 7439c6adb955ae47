//! What indices tell of at once.

use std::time::Duration;

use crate::analysis::time::BufferTime;

/// Kinds of what indices tell of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IndexEventKind {
    /// The eyes have been closed for half a second.
    LongClosure,
    /// For a second.
    Microsleep,
    /// For three seconds.
    Sleep,
    /// They are open again after one of these.
    EyesReopened,
    /// PERCLOS has come to the alarm's level.
    PerclosAlarm,
    /// The person has yawned.
    Yawn,
    /// A glance away from the person's own direction is over.
    GlanceAway,
    /// A glance away has lasted three seconds.
    LongDistraction,
    /// Glances away add up to ten seconds within thirty.
    RepeatedDistraction,
    /// The AttenD buffer is empty.
    AttentionBufferEmpty,
    /// The eyes have not been forward for six seconds.
    Unresponsive,
    /// The head nodded.
    Nod,
    /// The head shook.
    Shake,
    /// The head tilted.
    Tilt,
}

/// Something that an index tells of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct IndexEvent {
    /// What the index tells of.
    pub kind: IndexEventKind,
    /// When it began.
    pub time: BufferTime,
    /// How long it has lasted.
    pub duration: Duration,
}

impl IndexEvent {
    /// What happens at `time`.
    pub fn now(kind: IndexEventKind, time: BufferTime) -> Self {
        Self::since(kind, time, time)
    }

    /// What began at `from` and has lasted until `now`.
    pub fn since(kind: IndexEventKind, from: BufferTime, now: BufferTime) -> Self {
        Self {
            kind,
            time: from,
            duration: now.since(from),
        }
    }
}
