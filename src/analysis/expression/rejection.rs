//! Why a movement that stood out is reported as no expression.

use crate::analysis::time::BufferTime;
use crate::analysis::track_id::TrackId;
/// Why a movement is no expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RejectionReason {
    /// The mouth moves again and again, or opens and closes.
    Speech,
    /// The head moves.
    HeadMotion,
    /// The light changes.
    Light,
    /// The eyes blink or look elsewhere.
    Eyes,
    /// It is a wobble of an expression that lasts.
    Lasting,
    /// The same regions move before or after it.
    Restless,
    /// No muscles move a face so.
    Pattern,
    /// A region no longer looks like itself.
    Unclear,
    /// Shorter than the frames can show.
    FrameRate,
    /// Something cannot be seen any more.
    Unobservable,
}

impl RejectionReason {
    /// Its name in the log.
    pub fn name(self) -> &'static str {
        match self {
            Self::Speech => "speech",
            Self::HeadMotion => "head motion",
            Self::Light => "light",
            Self::Eyes => "eyes",
            Self::Lasting => "part of a lasting expression",
            Self::Restless => "restless",
            Self::Pattern => "no muscle's pattern",
            Self::Unclear => "unclear",
            Self::FrameRate => "frame rate",
            Self::Unobservable => "not observable",
        }
    }
}

/// A movement that was taken for no expression.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rejection {
    /// Track id.
    pub face: TrackId,
    /// When it was strongest, in ns.
    pub apex: BufferTime,
    /// How far it stood out, in standard deviations.
    pub peak: f64,
    /// Why it was taken for none.
    pub reason: RejectionReason,
}
