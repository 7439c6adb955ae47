//! What happens in a clip, and when.

use serde::Serialize;

use aliyarface_labs::dice::Dice;

/// Seconds at the start in which nothing happens: faces are got to know then.
const PRELUDE: f64 = 2.0;

/// What an item is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    Micro,
    Macro,
    Blink,
    Speech,
    Head,
    Gaze,
}

/// A movement in seconds: onset, begin and end of the apex, offset.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Item {
    pub kind: Kind,
    /// FACS number of what moves; empty for what is no expression.
    pub unit: &'static str,
    pub side: &'static str,
    pub onset: f64,
    pub apex: f64,
    #[serde(skip)]
    pub hold: f64,
    pub offset: f64,
    /// 1 is the rig's full movement; degrees for heads.
    pub amplitude: f64,
    /// Change of shading per outer-eye distance of movement.
    #[serde(skip)]
    pub shading: f64,
}

/// Action Units, the rig's muscle for each, and how often each is chosen.
const UNITS: [(&str, &str, f64); 14] = [
    ("AU01", "browInnerUp", 2.0),
    ("AU02", "browOuterUp", 2.0),
    ("AU04", "browDown", 2.0),
    ("AU05", "eyeWide", 1.0),
    ("AU06", "cheekRaiser", 1.0),
    ("AU07", "eyeSquint", 2.0),
    ("AU09", "noseSneer", 1.0),
    ("AU10", "mouthUpperUp", 1.0),
    ("AU12", "mouthSmile", 2.0),
    ("AU14", "mouthDimple", 2.0),
    ("AU15", "mouthFrown", 1.0),
    ("AU17", "mouthShrugLower", 0.7),
    ("AU20", "mouthStretch", 1.0),
    ("AU24", "mouthPress", 0.7),
];

/// The units that a mouth which speaks does not move.
const UPPER: [&str; 5] = ["AU01", "AU02", "AU04", "AU05", "AU07"];

impl Item {
    /// How far it is at `time`, 0..1.
    pub fn level(&self, time: f64) -> f64 {
        (1.0 - (self.part(time) * std::f64::consts::PI).cos()) / 2.0
    }

    /// The same where muscles contract and relax evenly.
    pub fn part(&self, time: f64) -> f64 {
        match time {
            time if time <= self.onset || time >= self.offset => 0.0,
            time if time < self.apex => (time - self.onset) / (self.apex - self.onset),
            time if time <= self.hold => 1.0,
            time => (self.offset - time) / (self.offset - self.hold),
        }
    }

    /// The rig's muscles that move.
    pub fn muscles(&self) -> Vec<String> {
        let name = match self.kind {
            Kind::Blink => "eyeBlink",
            Kind::Speech => self.unit,
            Kind::Gaze => self.unit,
            Kind::Head => return Vec::new(),
            Kind::Micro | Kind::Macro => {
                let unit = UNITS.iter().find(|(unit, ..)| *unit == self.unit);
                unit.map_or("", |(_, muscle, _)| muscle)
            }
        };
        match (name, self.side) {
            (_, "middle") => vec![name.to_owned()],
            ("mouthShrugLower", _) => vec![name.to_owned()],
            (_, "left") => vec![format!("{name}_L")],
            (_, "right") => vec![format!("{name}_R")],
            _ => vec![format!("{name}_L"), format!("{name}_R")],
        }
    }
}

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
        ];
        let mut all = Self::EVENT_FREE.into_iter().chain(others);
        all.find(|(_, own)| *own == name).map(|(plot, _)| plot)
    }

    /// What begins at `time`, added to `items`; when it is over.
    fn next(self, time: f64, amplitudes: [f64; 2], items: &mut Vec<Item>, dice: &mut Dice) -> f64 {
        let from = match self {
            Self::Dense => return dense(time, amplitudes, items, dice),
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

/// A micro-expression, in a third of the cases with another in the other half of the face that begins meanwhile;
/// or something else.
fn dense(time: f64, amplitudes: [f64; 2], items: &mut Vec<Item>, dice: &mut Dice) -> f64 {
    match dice.between(0.0, 1.0) {
        lot if lot < 0.7 => {}
        lot if lot < 0.8 => return lasting(time, items, dice),
        lot if lot < 0.88 => return blink(time, items, dice),
        lot if lot < 0.93 => return head(time, [3.0, 8.0], items, dice),
        lot if lot < 0.97 => return glance(time, items, dice),
        _ => return phrase(time, items, dice),
    }
    // Each unit as often as any other.
    let even = UNITS.map(|(unit, muscle, _)| (unit, muscle, 1.0));
    let halves = [true, false].map(|upper| {
        let half = even
            .iter()
            .filter(|(unit, ..)| UPPER.contains(unit) == upper);
        half.copied().collect::<Vec<_>>()
    });
    let [upper, lower] = &halves;
    let above = dice.between(0.0, 1.0) < 0.4;
    let (first, second) = if above {
        (upper, lower)
    } else {
        (lower, upper)
    };
    let end = micro(first, time, amplitudes, items, dice);
    if dice.between(0.0, 1.0) > 0.33 {
        return end;
    }
    let beside = time + dice.between(0.05, 0.35);
    end.max(micro(second, beside, amplitudes, items, dice))
}

fn expression(
    (kind, units): (Kind, &[(&'static str, &'static str, f64)]),
    onset: f64,
    amplitude: f64,
    dice: &mut Dice,
) -> Item {
    let total: f64 = units.iter().map(|(.., weight)| weight).sum();
    let mut lot = dice.between(0.0, total);
    let unit = units.iter().find(|(.., weight)| {
        lot -= weight;
        lot < 0.0
    });
    let (unit, ..) = unit.copied().unwrap_or(UNITS[0]);
    let side = match dice.between(0.0, 1.0) {
        _ if unit == "AU17" => "both",
        lot if lot < 0.25 => "left",
        lot if lot < 0.5 => "right",
        _ => "both",
    };
    Item {
        kind,
        unit,
        side,
        onset,
        apex: onset,
        hold: onset,
        offset: onset,
        amplitude,
        shading: dice.between(-2.0, 2.0),
    }
}

fn micro(
    units: &[(&'static str, &'static str, f64)],
    time: f64,
    amplitudes: [f64; 2],
    items: &mut Vec<Item>,
    dice: &mut Dice,
) -> f64 {
    let amplitude = dice.between(amplitudes[0], amplitudes[1]);
    let mut item = expression((Kind::Micro, units), time, amplitude, dice);
    item.apex = time + dice.between(0.06, 0.18);
    item.hold = item.apex + dice.between(0.0, 0.06);
    item.offset = item.hold + dice.between(0.08, 0.24);
    items.push(item);
    item.offset
}

fn lasting(time: f64, items: &mut Vec<Item>, dice: &mut Dice) -> f64 {
    let amplitude = dice.between(0.45, 0.9);
    let mut item = expression((Kind::Macro, &UNITS), time, amplitude, dice);
    item.apex = time + dice.between(0.3, 0.6);
    item.hold = item.apex + dice.between(0.5, 1.2);
    item.offset = item.hold + dice.between(0.35, 0.7);
    items.push(item);
    item.offset
}

fn plain(
    kind: Kind,
    (unit, side): (&'static str, &'static str),
    [onset, apex, hold, offset]: [f64; 4],
    amplitude: f64,
) -> Item {
    Item {
        kind,
        unit,
        side,
        onset,
        apex,
        hold,
        offset,
        amplitude,
        shading: 0.0,
    }
}

fn blink(time: f64, items: &mut Vec<Item>, dice: &mut Dice) -> f64 {
    let apex = time + dice.between(0.06, 0.1);
    let hold = apex + dice.between(0.02, 0.05);
    let offset = hold + dice.between(0.1, 0.17);
    let times = [time, apex, hold, offset];
    items.push(plain(Kind::Blink, ("", "both"), times, 1.0));
    offset
}

/// What lips do beside the jaw in a vowel, and how far against the jaw.
const VOWELS: [(&str, &str, f64); 5] = [
    ("mouthFunnel", "middle", 1.5),
    ("mouthPucker", "middle", 2.0),
    ("mouthStretch", "both", 1.2),
    ("mouthLowerDown", "both", 2.5),
    ("mouthUpperUp", "both", 1.5),
];
/// What lips do in a consonant.
const CONSONANTS: [(&str, &str); 3] = [
    ("mouthPress", "both"),
    ("mouthRollLower", "middle"),
    ("mouthRollUpper", "middle"),
];

/// Some syllables, with what people do beside them: lips that spread, round and close, brows that
/// stress, nods, a blink at the end.
fn phrase(start: f64, items: &mut Vec<Item>, dice: &mut Dice) -> f64 {
    let mut time = start;
    let loudness = dice.between(0.04, 0.2);
    for _ in 0..dice.between(3.0, 9.0) as usize {
        let apex = time + dice.between(0.05, 0.12);
        let offset = apex + dice.between(0.07, 0.16);
        let times = [time, apex, apex, offset];
        let amplitude = loudness * dice.between(0.4, 1.2);
        let jaw = ("jawOpen", "middle");
        items.push(plain(Kind::Speech, jaw, times, amplitude));
        let lot = dice.between(0.0, VOWELS.len() as f64 * 1.3) as usize;
        if let Some(&(unit, side, part)) = VOWELS.get(lot) {
            items.push(plain(Kind::Speech, (unit, side), times, amplitude * part));
        }
        time = offset + dice.between(-0.04, 0.05);
        let lot = dice.between(0.0, CONSONANTS.len() as f64 * 2.5) as usize;
        if let Some(&lips) = CONSONANTS.get(lot) {
            let (apex, offset) = (time + 0.05, time + dice.between(0.09, 0.14));
            let amplitude = dice.between(0.1, 0.4);
            items.push(plain(
                Kind::Speech,
                lips,
                [time, apex, apex, offset],
                amplitude,
            ));
            time += 0.03;
        }
    }
    let chance = |dice: &mut Dice, part: f64| dice.between(0.0, 1.0) < part;
    if chance(dice, 0.4) {
        let (from, apex) = (dice.between(start, time), dice.between(0.12, 0.3));
        let hold = from + apex + dice.between(0.1, 0.5);
        let times = [from, from + apex, hold, hold + dice.between(0.15, 0.4)];
        let amplitude = dice.between(0.08, 0.3);
        for brow in ["browOuterUp", "browInnerUp"] {
            items.push(plain(Kind::Speech, (brow, "both"), times, amplitude));
        }
    }
    if chance(dice, 0.5) {
        head(dice.between(start, time), [1.5, 5.0], items, dice);
    }
    if chance(dice, 0.4) {
        blink(time - 0.1, items, dice);
    }
    time
}

/// A phrase; in two of three a micro-expression of brows or lids begins during it, which the phrase's own
/// brows, blinks and nods keep clear of.
fn spoken(start: f64, amplitudes: [f64; 2], items: &mut Vec<Item>, dice: &mut Dice) -> f64 {
    let mut said = Vec::new();
    let end = phrase(start, &mut said, dice);
    if dice.between(0.0, 1.0) < 0.66 && end - start > 0.6 {
        let from = dice.between(start + 0.2, end - 0.3);
        let upper = UNITS.into_iter().filter(|(unit, ..)| UPPER.contains(unit));
        let upper: Vec<_> = upper.collect();
        let to = micro(&upper, from, amplitudes, items, dice);
        said.retain(|item| {
            let mouth = item.kind == Kind::Speech && !item.unit.starts_with("brow");
            mouth || item.offset + 0.3 < from || item.onset > to + 0.3
        });
    }
    items.extend(said);
    end
}

fn head(time: f64, degrees: [f64; 2], items: &mut Vec<Item>, dice: &mut Dice) -> f64 {
    let apex = time + dice.between(0.3, 0.6);
    let hold = apex + dice.between(0.0, 0.5);
    let offset = hold + dice.between(0.3, 0.6);
    let sign = if dice.between(0.0, 1.0) < 0.5 {
        -1.0
    } else {
        1.0
    };
    let degrees = sign * dice.between(degrees[0], degrees[1]);
    let times = [time, apex, hold, offset];
    items.push(plain(Kind::Head, ("", "both"), times, degrees));
    offset
}

/// The upper lids follow eyes that dart down, and come back. A photo's irises stay where they are, so
/// that eyes that look up would be those of AU05.
fn glance(time: f64, items: &mut Vec<Item>, dice: &mut Dice) -> f64 {
    let apex = time + dice.between(0.03, 0.07);
    let hold = apex + dice.between(0.1, 0.7);
    let offset = hold + dice.between(0.03, 0.07);
    let times = [time, apex, hold, offset];
    let amplitude = dice.between(0.15, 0.6);
    items.push(plain(Kind::Gaze, ("eyeLookDown", "both"), times, amplitude));
    offset
}
