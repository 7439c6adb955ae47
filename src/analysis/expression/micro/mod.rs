//! Micro-expressions: what leaves its place and comes back within half a second.
//!
//! [`Spotter`] finds a [`MovementCandidate`](candidate::MovementCandidate) and its [`Phases`](phases::Phases), [`Classifier`] says
//! what it is.

mod candidate;
mod classifier;
mod confounds;
mod evidence_threshold;
mod phases;
mod pressed_lips;
mod spotter;
mod watch;

pub use self::classifier::Classifier;
pub use self::spotter::Spotter;
