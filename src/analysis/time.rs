//! When a frame was taken, in the clock of the buffers.

use std::ops::{Add, Sub};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A time in the clock of the buffers (their PTS), which need not be what a player shows.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct BufferTime(u64);

impl BufferTime {
    /// Later than any other.
    pub const MAX: Self = Self(u64::MAX);

    /// The time of a buffer whose PTS is `ns` nanoseconds.
    pub const fn from_nanos(ns: u64) -> Self {
        Self(ns)
    }

    /// The PTS in nanoseconds.
    pub const fn nanos(self) -> u64 {
        self.0
    }

    /// The time of a buffer whose PTS is `ms` milliseconds.
    pub const fn from_millis(ms: u64) -> Self {
        Self(ms * 1_000_000)
    }

    /// How far the two are apart.
    pub const fn abs_diff(self, other: Self) -> Duration {
        Duration::from_nanos(self.0.abs_diff(other.0))
    }

    /// The time `earlier` before this one; `None` where the clock had not begun.
    pub fn checked_sub(self, earlier: Duration) -> Option<Self> {
        self.0.checked_sub(nanos(earlier)).map(Self)
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

impl Sub<Duration> for BufferTime {
    type Output = Self;

    /// No earlier than the clock's begin.
    fn sub(self, earlier: Duration) -> Self {
        Self(self.0.saturating_sub(nanos(earlier)))
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

/// Durations in files: whole nanoseconds.
pub mod serde_nanos {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    /// Writes nanoseconds.
    ///
    /// # Errors
    /// The serializer's.
    pub fn serialize<S: Serializer>(duration: &Duration, to: S) -> Result<S::Ok, S::Error> {
        super::nanos(*duration).serialize(to)
    }

    /// Reads nanoseconds.
    ///
    /// # Errors
    /// No whole number stands there.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        u64::deserialize(from).map(Duration::from_nanos)
    }

    /// The same of three durations.
    pub mod three {
        use std::time::Duration;

        use serde::{Deserialize, Deserializer, Serialize, Serializer};

        /// Writes nanoseconds.
        ///
        /// # Errors
        /// The serializer's.
        pub fn serialize<S: Serializer>(of: &[Duration; 3], to: S) -> Result<S::Ok, S::Error> {
            of.map(crate::analysis::time::nanos).serialize(to)
        }

        /// Reads nanoseconds.
        ///
        /// # Errors
        /// No three whole numbers stand there.
        pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<[Duration; 3], D::Error> {
            <[u64; 3]>::deserialize(from).map(|of| of.map(Duration::from_nanos))
        }
    }
}
