//! When a frame was taken, in the clock of the buffers.

use std::ops::Add;
use std::time::Duration;

/// A time in the clock of the buffers (their PTS), which need not be what a player shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BufferTime(u64);

impl BufferTime {
    /// The time of a buffer whose PTS is `ns` nanoseconds.
    pub const fn from_nanos(ns: u64) -> Self {
        Self(ns)
    }

    /// The PTS in nanoseconds.
    pub const fn nanos(self) -> u64 {
        self.0
    }

    /// The time since `earlier`; zero where that is no earlier.
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for BufferTime {
    type Output = Self;

    fn add(self, later: Duration) -> Self {
        Self(self.0.saturating_add(nanos(later)))
    }
}

/// `duration` in whole nanoseconds; 584 years where it is longer.
pub fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// `duration` in seconds.
pub fn seconds(duration: Duration) -> f64 {
    nanos(duration) as f64 / 1e9
}

/// When a frame was taken, and what was not seen before it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FrameTime {
    /// Its time.
    pub pts: BufferTime,
    /// Frames of the stream between the one analysed before and this one.
    pub skipped: u32,
}

impl From<BufferTime> for FrameTime {
    /// A frame that follows the last one.
    fn from(pts: BufferTime) -> Self {
        Self { pts, skipped: 0 }
    }
}

impl From<u64> for FrameTime {
    /// A frame at `pts` ns that follows the last one.
    fn from(pts: u64) -> Self {
        BufferTime::from_nanos(pts).into()
    }
}
