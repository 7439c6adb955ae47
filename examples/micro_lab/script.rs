//! What happens in a clip, and when.

use serde::Serialize;

use super::dice::Dice;

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

impl Item {
    /// How far it is at `time`, 0..1.
    pub fn level(&self, time: f64) -> f64 {
        let part = match time {
            time if time <= self.onset || time >= self.offset => return 0.0,
            time if time < self.apex => (time - self.onset) / (self.apex - self.onset),
            time if time <= self.hold => 1.0,
            time => (self.offset - time) / (self.offset - self.hold),
        };
        (1.0 - (part * std::f64::consts::PI).cos()) / 2.0
    }

    /// The rig's muscles that move.
    pub fn muscles(&self) -> Vec<String> {
        let name = match self.kind {
            Kind::Blink => "eyeBlink",
            Kind::Speech => return vec![self.unit.to_owned()],
            Kind::Head => return Vec::new(),
            Kind::Micro | Kind::Macro => {
                let unit = UNITS.iter().find(|(unit, ..)| *unit == self.unit);
                unit.map_or("", |(_, muscle, _)| muscle)
            }
        };
        match (name, self.side) {
            ("mouthShrugLower", _) => vec![name.to_owned()],
            (_, "left") => vec![format!("{name}_L")],
            (_, "right") => vec![format!("{name}_R")],
            _ => vec![format!("{name}_L"), format!("{name}_R")],
        }
    }
}

/// What kinds there are in a clip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plot {
    /// Everything.
    Mixed,
    /// Everything but micro-expressions.
    Distractors,
}

/// The items of a clip of `seconds`, in order; `amplitudes` are those of micro-expressions.
pub fn script(seconds: f64, plot: Plot, amplitudes: [f64; 2], dice: &mut Dice) -> Vec<Item> {
    let mut items = Vec::new();
    let mut time = PRELUDE + dice.between(0.0, 0.6);
    while time < seconds - 3.5 {
        let lot = match plot {
            Plot::Mixed => dice.between(0.0, 1.0),
            Plot::Distractors => dice.between(0.6, 1.0),
        };
        time = match lot {
            lot if lot < 0.6 => micro(time, amplitudes, &mut items, dice),
            lot if lot < 0.72 => lasting(time, &mut items, dice),
            lot if lot < 0.86 => blink(time, &mut items, dice),
            lot if lot < 0.95 => speech(time, &mut items, dice),
            _ => head(time, &mut items, dice),
        };
        time += dice.between(0.7, 1.8);
    }
    items
}

fn expression(kind: Kind, onset: f64, amplitude: f64, dice: &mut Dice) -> Item {
    let total: f64 = UNITS.iter().map(|(.., weight)| weight).sum();
    let mut lot = dice.between(0.0, total);
    let unit = UNITS.iter().find(|(.., weight)| {
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

fn micro(time: f64, amplitudes: [f64; 2], items: &mut Vec<Item>, dice: &mut Dice) -> f64 {
    let amplitude = dice.between(amplitudes[0], amplitudes[1]);
    let mut item = expression(Kind::Micro, time, amplitude, dice);
    item.apex = time + dice.between(0.06, 0.18);
    item.hold = item.apex + dice.between(0.0, 0.06);
    item.offset = item.hold + dice.between(0.08, 0.24);
    items.push(item);
    item.offset
}

fn lasting(time: f64, items: &mut Vec<Item>, dice: &mut Dice) -> f64 {
    let amplitude = dice.between(0.45, 0.9);
    let mut item = expression(Kind::Macro, time, amplitude, dice);
    item.apex = time + dice.between(0.3, 0.6);
    item.hold = item.apex + dice.between(0.5, 1.2);
    item.offset = item.hold + dice.between(0.35, 0.7);
    items.push(item);
    item.offset
}

fn plain(kind: Kind, unit: &'static str, times: [f64; 4], amplitude: f64) -> Item {
    let [onset, apex, hold, offset] = times;
    Item {
        kind,
        unit,
        side: "both",
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
    items.push(plain(Kind::Blink, "", [time, apex, hold, offset], 1.0));
    offset
}

fn speech(mut time: f64, items: &mut Vec<Item>, dice: &mut Dice) -> f64 {
    for _ in 0..dice.between(4.0, 8.0) as usize {
        let apex = time + dice.between(0.07, 0.12);
        let offset = apex + dice.between(0.08, 0.14);
        let amplitude = dice.between(0.06, 0.2);
        items.push(plain(
            Kind::Speech,
            "jawOpen",
            [time, apex, apex, offset],
            amplitude,
        ));
        if dice.between(0.0, 1.0) < 0.4 {
            let times = [time, apex, apex, offset];
            items.push(plain(Kind::Speech, "mouthFunnel", times, amplitude * 1.5));
        }
        time = offset + dice.between(-0.02, 0.06);
    }
    time
}

fn head(time: f64, items: &mut Vec<Item>, dice: &mut Dice) -> f64 {
    let apex = time + dice.between(0.3, 0.6);
    let hold = apex + dice.between(0.0, 0.5);
    let offset = hold + dice.between(0.3, 0.6);
    let sign = if dice.between(0.0, 1.0) < 0.5 {
        -1.0
    } else {
        1.0
    };
    let degrees = sign * dice.between(4.0, 10.0);
    items.push(plain(Kind::Head, "", [time, apex, hold, offset], degrees));
    offset
}
