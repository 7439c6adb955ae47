//! Which indices are measured, and over what windows.

use std::time::Duration;

/// Longest window of PERCLOS.
pub const LONGEST_PERCLOS_WINDOW: Duration = Duration::from_secs(600);

/// Which indices are measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IndexKinds {
    /// PERCLOS, closures, blinks and yawns.
    pub fatigue: bool,
    /// Visual focus, glances away and what follows from them.
    pub attention: bool,
    /// Expressiveness.
    pub expressivity: bool,
    /// Tension signs.
    pub tension: bool,
    /// Nods, shakes and tilts.
    pub gestures: bool,
}

impl IndexKinds {
    /// Every index.
    pub const ALL: Self = Self {
        fatigue: true,
        attention: true,
        expressivity: true,
        tension: true,
        gestures: true,
    };

    /// Whether any is measured.
    pub fn any(self) -> bool {
        self.fatigue || self.attention || self.expressivity || self.tension || self.gestures
    }
}

/// How indices are measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct IndexSettings {
    /// Indices that are measured.
    pub kinds: IndexKinds,
    /// Window of PERCLOS.
    pub perclos_window: Duration,
    /// PERCLOS from which it alarms.
    pub perclos_alarm: f64,
    /// Whether closures shorter than half a second count for nothing in PERCLOS.
    pub perclos_without_blinks: bool,
    /// Window of blink rate, duration and speed.
    pub blink_window: Duration,
    /// Window of visual focus.
    pub focus_window: Duration,
    /// Window of expressiveness.
    pub expressiveness_window: Duration,
    /// Window of the tension signs.
    pub tension_window: Duration,
}

impl Default for IndexSettings {
    fn default() -> Self {
        Self {
            kinds: IndexKinds::ALL,
            perclos_window: Duration::from_secs(60),
            perclos_alarm: 0.1,
            perclos_without_blinks: false,
            blink_window: Duration::from_secs(60),
            focus_window: Duration::from_secs(2),
            expressiveness_window: Duration::from_secs(10),
            tension_window: Duration::from_secs(60),
        }
    }
}
