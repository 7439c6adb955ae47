//! Which indices a user asks for.

use gst::glib;

use crate::analysis::IndexKinds;

/// The groups of indices.
#[glib::flags(name = "GstAliyarFaceIndices")]
pub enum Indices {
    /// PERCLOS, closures, blinks and yawns.
    #[flags_value(name = "PERCLOS, closures, blinks and yawns", nick = "fatigue")]
    FATIGUE = 0b0001,
    /// Visual focus, glances away, AttenD buffer.
    #[flags_value(name = "Visual focus, glances away, AttenD buffer", nick = "attention")]
    ATTENTION = 0b0010,
    /// Expressiveness.
    #[flags_value(name = "Expressiveness", nick = "expressivity")]
    EXPRESSIVITY = 0b0100,
    /// Tension signs.
    #[flags_value(
        name = "Signs against the person's own first minutes",
        nick = "tension"
    )]
    TENSION = 0b1000,
    /// Nods, shakes, tilts.
    #[flags_value(name = "Nods, shakes, tilts of the head", nick = "gestures")]
    GESTURES = 0b1_0000,
}

impl From<Indices> for IndexKinds {
    fn from(wanted: Indices) -> Self {
        Self {
            fatigue: wanted.contains(Indices::FATIGUE),
            attention: wanted.contains(Indices::ATTENTION),
            expressivity: wanted.contains(Indices::EXPRESSIVITY),
            tension: wanted.contains(Indices::TENSION),
            gestures: wanted.contains(Indices::GESTURES),
        }
    }
}
