//! What an analysis keeps of people.

use super::baseline::Baselines;
use super::track::Gallery;

/// What an analysis keeps of people; clones share it.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    /// Each person's neutral.
    pub baselines: Baselines,
    /// What each person is known again by.
    pub gallery: Gallery,
}
