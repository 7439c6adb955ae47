//! What is reported of a movement that came and went.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::analysis::action_units::Au;
use crate::analysis::time::BufferTime;
use crate::analysis::track_id::TrackId;

/// The longest micro-expression (Yan et al. 2013 and design.md, section 8).
pub const LONGEST_MICRO: Duration = Duration::from_millis(500);
/// The shortest: 1/25 s (Ekman & Friesen 1969).
pub const SHORTEST_MICRO: Duration = Duration::from_millis(40);

/// What a movement is, by how long it lasts and what moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ExpressionKind {
    /// 40 to 500 ms.
    Micro,
    /// Longer.
    Macro,
    /// Both eyes close for a moment and nothing else moves.
    Blink,
}

impl ExpressionKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Micro, Self::Macro, Self::Blink];

    /// Its name in the metadata.
    pub fn name(self) -> &'static str {
        match self {
            Self::Micro => "micro",
            Self::Macro => "macro",
            Self::Blink => "blink",
        }
    }
}

/// The halves of a face, as the person would name them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// The person's left.
    Left,
    /// The person's right.
    Right,
    /// Both, or the middle.
    Both,
}

impl Side {
    /// Every side.
    pub const ALL: [Self; 3] = [Self::Left, Self::Right, Self::Both];

    /// Its name in the metadata.
    pub fn name(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::Right => "right",
            Self::Both => "both",
        }
    }
}

/// An Action Unit that took part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AuActivation {
    /// The Action Unit that moved.
    pub unit: Au,
    /// Where it moved.
    pub side: Side,
}

impl AuActivation {
    /// The unit of this code; `None` where there is none.
    pub fn new(code: &str, side: Side) -> Option<Self> {
        let unit = Au::from_code(code)?;
        Some(Self { unit, side })
    }

    /// Its code in the metadata, `AU` and two digits.
    pub fn code(&self) -> &'static str {
        self.unit.code()
    }

    /// Whether it opens the mouth, as speech does.
    pub fn opens_the_mouth(&self) -> bool {
        matches!(self.unit, Au::Au25 | Au::Au26)
    }
}

/// A movement of one face that came and went.
#[derive(Debug, Clone, PartialEq)]
pub struct ExpressionEvent {
    /// Track id.
    pub face: TrackId,
    /// When it began.
    pub onset: BufferTime,
    /// When it was strongest.
    pub apex: BufferTime,
    /// When it was over.
    pub offset: BufferTime,
    /// What it is.
    pub kind: ExpressionKind,
    /// What moved, the most certain first; empty where no unit fits.
    pub action_units: Vec<AuActivation>,
    /// How far it stood out, in standard deviations of the face's own noise.
    pub peak: f64,
    /// The emotion whose textbook units these are, or that the face turns into at the apex; `unknown`
    /// where there is none or they contradict each other, `None` where no emotions are read.
    pub emotion: Option<String>,
    /// 0..1, grows with `peak`; not a calibrated probability.
    pub confidence: f64,
}

impl ExpressionEvent {
    /// The same without a word of emotion unless `wanted`.
    pub fn with_emotion(mut self, wanted: bool) -> Self {
        self.emotion = self.emotion.filter(|_| wanted);
        self
    }

    /// Its onset and offset.
    pub fn times(&self) -> [BufferTime; 2] {
        [self.onset, self.offset]
    }

    /// Whether another tells the same of the same time: its apex lies within this one, and its first unit is this
    /// one's.
    pub fn is_same_movement(&self, other: &Self) -> bool {
        let unit = |event: &Self| event.action_units.first().map(|first| first.unit);
        let within = (self.onset..=self.offset).contains(&other.apex);
        within && self.kind == other.kind && unit(self) == unit(other)
    }

    /// Its length.
    pub fn duration(&self) -> Duration {
        self.offset.since(self.onset)
    }
}
