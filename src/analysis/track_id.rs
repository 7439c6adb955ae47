//! Which face is meant.

use std::fmt;

/// The id of a track: stable while a face stays, never given twice in a run; counts from 1.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TrackId(u32);

impl TrackId {
    /// The id that the metadata writes as `number`.
    pub const fn new(number: u32) -> Self {
        Self(number)
    }

    /// The number by which metadata and messages call it.
    pub const fn number(self) -> u32 {
        self.0
    }

    /// The id of the next track; the last one again after four thousand million.
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl From<u32> for TrackId {
    fn from(number: u32) -> Self {
        Self(number)
    }
}

impl fmt::Display for TrackId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
