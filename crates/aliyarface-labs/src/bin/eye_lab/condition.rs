//! What sitters do and how they are seen: blinks of known times among what only looks like them.

use aliyarface_labs::dice::Dice;

/// Seconds in which nothing happens, at the start and at the end.
const LEAD: f64 = 1.5;

/// How a sitter is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// Into a camera level with the eyes.
    Plain,
    /// With eyes that are narrow at rest.
    Narrow,
    /// Through glasses beside whose rims a rest of the opening stays in view.
    Glasses,
    /// From a camera below the face.
    Below,
    /// Reading: the eyes are cast down, and dart.
    Reading,
    /// With heavy lids that close slowly.
    Drowsy,
    /// Looking down again and again, without a blink.
    Glances,
    /// Closing the left eye alone.
    Winks,
    /// Through glass that hides the eyes.
    DarkGlasses,
}

impl Condition {
    /// All, with their names.
    pub const ALL: [(Self, &'static str); 9] = [
        (Self::Plain, "plain"),
        (Self::Narrow, "narrow"),
        (Self::Glasses, "glasses"),
        (Self::Below, "below"),
        (Self::Reading, "reading"),
        (Self::Drowsy, "drowsy"),
        (Self::Glances, "glances"),
        (Self::Winks, "winks"),
        (Self::DarkGlasses, "dark-glasses"),
    ];

    /// How much of the eyes glasses hide, 0..1; `None` without glasses.
    pub fn glasses(self) -> Option<f32> {
        match self {
            Self::Glasses => Some(0.12),
            Self::DarkGlasses => Some(0.97),
            _ => None,
        }
    }

    /// Degrees by which the head leans back from the camera, so that it is seen from below.
    pub fn pitch(self) -> f64 {
        if self == Self::Below { 22.0 } else { 0.0 }
    }

    /// How far the right eye goes along when the left one closes.
    pub fn right_eye(self) -> f64 {
        if self == Self::Winks { 0.1 } else { 1.0 }
    }
}

/// Lids and irises at one time.
#[derive(Debug, Clone, Copy)]
pub struct EyeState {
    /// How far the lids are closed, 1 wholly.
    pub closure: f64,
    /// How far the eyes are cast down, 1 wholly, the lids with them.
    pub down: f64,
}

/// A movement from onset to offset: how far, begin and end of the farthest.
#[derive(Debug, Clone, Copy)]
struct Movement {
    times: [f64; 4],
    depth: f64,
}

impl Movement {
    fn level(&self, time: f64) -> f64 {
        let [onset, apex, hold, offset] = self.times;
        let part = match time {
            time if time <= onset || time >= offset => 0.0,
            time if time < apex => (time - onset) / (apex - onset),
            time if time <= hold => 1.0,
            time => (offset - time) / (offset - hold),
        };
        self.depth * (1.0 - (part * std::f64::consts::PI).cos()) / 2.0
    }
}

/// What the eyes of a sitter do over a clip.
pub struct Course {
    resting_closure: f64,
    resting_down: f64,
    blinks: Vec<Movement>,
    glances: Vec<Movement>,
}

impl Course {
    /// A course of `seconds` as chance will have it.
    pub fn new(condition: Condition, seconds: f64, dice: &mut Dice) -> Self {
        let mut course = Self {
            resting_closure: match condition {
                Condition::Narrow => dice.between(0.3, 0.45),
                Condition::Drowsy => dice.between(0.25, 0.4),
                _ => 0.0,
            },
            resting_down: match condition {
                Condition::Reading => dice.between(0.4, 0.6),
                _ => 0.0,
            },
            blinks: Vec::new(),
            glances: Vec::new(),
        };
        let mut time = LEAD + dice.between(0.0, 0.8);
        while time < seconds - LEAD {
            let looks = match condition {
                Condition::Glances => true,
                Condition::Reading => dice.between(0.0, 1.0) < 0.6,
                _ => dice.between(0.0, 1.0) < 0.25,
            };
            let movement = if looks {
                glance(time, condition, dice)
            } else {
                blink(time, condition, dice)
            };
            time = movement.times[3] + dice.between(0.5, 1.6);
            let kind = if looks {
                &mut course.glances
            } else {
                &mut course.blinks
            };
            kind.push(movement);
        }
        course
    }

    /// When the lids of each blink are lowest.
    pub fn blinks(&self) -> Vec<f64> {
        let lowest = |blink: &Movement| (blink.times[1] + blink.times[2]) / 2.0;
        self.blinks.iter().map(lowest).collect()
    }

    /// The eyes at `time`.
    pub fn at(&self, time: f64) -> EyeState {
        let deepest = |movements: &[Movement]| {
            let levels = movements.iter().map(|movement| movement.level(time));
            levels.fold(0.0, f64::max)
        };
        let (blink, glance) = (deepest(&self.blinks), deepest(&self.glances));
        let rest = self.resting_closure;
        EyeState {
            closure: rest + (1.0 - rest) * blink,
            down: (self.resting_down + glance).min(1.0),
        }
    }
}

fn blink(time: f64, condition: Condition, dice: &mut Dice) -> Movement {
    let slow = if condition == Condition::Drowsy {
        1.8
    } else {
        1.0
    };
    let apex = time + slow * dice.between(0.07, 0.11);
    let hold = apex + slow * dice.between(0.02, 0.06);
    let offset = hold + slow * dice.between(0.11, 0.2);
    Movement {
        times: [time, apex, hold, offset],
        depth: match condition {
            // Rims and lenses hide the last part of the way.
            Condition::Glasses => dice.between(0.6, 0.85),
            Condition::Below => dice.between(0.65, 0.9),
            _ => dice.between(0.88, 1.0),
        },
    }
}

fn glance(time: f64, condition: Condition, dice: &mut Dice) -> Movement {
    let apex = time + dice.between(0.04, 0.08);
    let hold = apex + dice.between(0.25, 1.2);
    Movement {
        times: [time, apex, hold, hold + dice.between(0.04, 0.08)],
        depth: match condition {
            Condition::Reading => dice.between(0.1, 0.3),
            _ => dice.between(0.3, 0.8),
        },
    }
}
