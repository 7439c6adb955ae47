//! One movement of a clip: what moves, when and how far.

use serde::Serialize;

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
pub const UNITS: [(&str, &str, f64); 14] = [
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

/// Units that raise chin and lower lip alike, each as often as the other.
pub const PRESSED: [(&str, &str, f64); 2] = [
    ("AU17", "mouthShrugLower", 1.0),
    ("AU24", "mouthPress", 1.0),
];

/// The units that a mouth which speaks does not move.
pub const UPPER: [&str; 5] = ["AU01", "AU02", "AU04", "AU05", "AU07"];

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
