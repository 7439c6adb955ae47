//! What happens in a clip, and when.

use aliyarface_labs::dice::Dice;

use super::actions::{blink, dense, glance, head, lasting, micro, phrase, spoken};
use super::item::{Item, PRESSED, UNITS};

/// Seconds at the start in which nothing happens: faces are got to know then.
const PRELUDE: f64 = 2.0;

/// What happens in a clip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plot {
    /// Everything.
    Mixed,
    /// Everything but micro-expressions.
    Distractors,
    /// A face that only breathes and sways.
    Neutral,
    /// Phrases with pauses between them.
    Talking,
    /// Blinks.
    Blinking,
    /// The head turns and nods.
    HeadMoving,
    /// The eyes look elsewhere and back.
    Glancing,
    /// Expressions that last.
    Lasting,
    /// Phrases, and micro-expressions of the brows and lids during them.
    Speaking,
    /// Everything, from the first moment on, soon after each other and beside each other.
    Dense,
    /// Pressed lips and raised chins, which move alike.
    Lips,
}

impl Plot {
    /// Those without any micro-expression.
    pub const EVENT_FREE: [(Self, &str); 7] = [
        (Self::Neutral, "neutral"),
        (Self::Talking, "talking"),
        (Self::Blinking, "blinking"),
        (Self::HeadMoving, "head moving"),
        (Self::Glancing, "glancing"),
        (Self::Lasting, "lasting expressions"),
        (Self::Distractors, "mixed without events"),
    ];

    /// The plot that the command line calls so.
    pub fn named(name: &str) -> Option<Self> {
        let others = [
            (Self::Mixed, "mixed"),
            (Self::Speaking, "speaking"),
            (Self::Dense, "dense"),
            (Self::Lips, "lips"),
        ];
        let mut all = Self::EVENT_FREE.into_iter().chain(others);
        all.find(|(_, own)| *own == name).map(|(plot, _)| plot)
    }

    /// What begins at `time`, added to `items`; when it is over.
    fn next(self, time: f64, amplitudes: [f64; 2], items: &mut Vec<Item>, dice: &mut Dice) -> f64 {
        let from = match self {
            Self::Dense => return dense(time, amplitudes, items, dice),
            Self::Lips => return micro(&PRESSED, time, amplitudes, items, dice),
            Self::Mixed => 0.0,
            Self::Distractors => 0.6,
            Self::Neutral => return time + 1.0,
            Self::Talking => return phrase(time, items, dice),
            Self::Blinking => return blink(time, items, dice),
            Self::HeadMoving => return head(time, [4.0, 14.0], items, dice),
            Self::Glancing => return glance(time, items, dice),
            Self::Lasting => return lasting(time, items, dice),
            Self::Speaking => return spoken(time, amplitudes, items, dice),
        };
        match dice.between(from, 1.0) {
            lot if lot < 0.6 => micro(&UNITS, time, amplitudes, items, dice),
            lot if lot < 0.7 => lasting(time, items, dice),
            lot if lot < 0.8 => blink(time, items, dice),
            lot if lot < 0.9 => phrase(time, items, dice),
            lot if lot < 0.95 => glance(time, items, dice),
            _ => head(time, [4.0, 10.0], items, dice),
        }
    }
}

/// The items of a clip of `seconds`, in order; `amplitudes` are those of micro-expressions.
pub fn script(seconds: f64, plot: Plot, amplitudes: [f64; 2], dice: &mut Dice) -> Vec<Item> {
    let mut items = Vec::new();
    let prelude = match plot {
        Plot::Dense => 0.2,
        _ => PRELUDE,
    };
    let mut time = prelude + dice.between(0.0, 0.6);
    while time < seconds - 3.5 {
        time = plot.next(time, amplitudes, &mut items, dice);
        time += match plot {
            Plot::Talking | Plot::Speaking => dice.between(0.15, 0.6),
            Plot::Dense => dice.between(0.25, 1.1),
            _ => dice.between(0.7, 1.8),
        };
    }
    items
}
