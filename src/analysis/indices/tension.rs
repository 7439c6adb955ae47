//! Signs that go with tension in some tasks, each against the person's own first two minutes.
//!
//! Which way a sign moves depends on the task (Giannakakis et al. 2022), so that each stands for
//! itself and no number sums them up.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::analysis::action_units::Au;

use super::baseline::FirstMinutes;
use super::sample::FaceSample;
use super::settings::IndexSettings;
use super::window::{Index, SlidingMean};

/// What the signs are measured by: choices of ours, held on synthetic courses (`indices/tests`).
struct Tuning {
    /// Seconds a bin, and bins, of a person's own first two minutes.
    bin: f64,
    bins: usize,
    /// Least standard deviations: of blinks a second, of degrees a second and of intensities. Less
    /// than what the measures themselves vary by is no sign of anything.
    blink_floor: f64,
    head_floor: f64,
    unit_floor: f64,
    /// Degrees a second beyond which a head's movement is the mesh's error.
    fastest: f64,
    /// Part of a new frame's angles that is taken in a frame of a thirtieth of a second: the mesh
    /// itself trembles.
    smoothing: f64,
}

const TUNING: Tuning = Tuning {
    bin: 10.0,
    bins: 12,
    blink_floor: 0.05,
    head_floor: 0.5,
    unit_floor: 0.1,
    fastest: 300.0,
    smoothing: 0.1,
};

/// Signs that go with tension in some tasks; which way depends on the task.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename = "tension", rename_all = "kebab-case")]
pub struct TensionSigns<I = Index> {
    /// Of blinks.
    pub blink_rate: I,
    /// Of the head's turning.
    pub head_movement: I,
    /// Of AU04.
    pub brow_lowerer: I,
    /// Of the stronger of AU23 and AU24.
    pub lip_tightener: I,
}

impl<I> TensionSigns<I> {
    /// The same with what `change` makes of each index.
    pub fn map<J>(self, mut change: impl FnMut(I) -> J) -> TensionSigns<J> {
        TensionSigns {
            blink_rate: change(self.blink_rate),
            head_movement: change(self.head_movement),
            brow_lowerer: change(self.brow_lowerer),
            lip_tightener: change(self.lip_tightener),
        }
    }
}

/// A signal, and what it was like first.
#[derive(Debug)]
struct Sign {
    now: SlidingMean,
    first: FirstMinutes,
    floor: f64,
}

impl Sign {
    fn new(floor: f64) -> Self {
        Self {
            now: SlidingMean::new(IndexSettings::default().tension_window),
            first: FirstMinutes::new(TUNING.bin, TUNING.bins),
            floor,
        }
    }

    fn observe(&mut self, value: Option<f64>, elapsed: f64, settings: &IndexSettings) {
        self.now.set_window(settings.tension_window);
        self.now.observe(value, elapsed);
        if let Some(value) = value {
            self.first.observe(value, elapsed);
        }
    }

    fn deviations(&self) -> Index {
        self.first.deviations(self.now.index(), self.floor)
    }
}

/// Follows one person's signs.
#[derive(Debug)]
pub struct TensionMeter {
    blinks: Sign,
    head: Sign,
    brow: Sign,
    lips: Sign,
    /// Smoothed pitch, yaw and roll.
    angles: Option<[f64; 3]>,
}

impl Default for TensionMeter {
    fn default() -> Self {
        Self {
            blinks: Sign::new(TUNING.blink_floor),
            head: Sign::new(TUNING.head_floor),
            brow: Sign::new(TUNING.unit_floor),
            lips: Sign::new(TUNING.unit_floor),
            angles: None,
        }
    }
}

impl TensionMeter {
    /// Takes in a frame, `elapsed` seconds after the last.
    pub fn observe(&mut self, sample: &FaceSample<'_>, elapsed: f64, settings: &IndexSettings) {
        let seen = sample.eyes.map(|_| 0.0);
        self.blinks.observe(seen, elapsed, settings);
        if sample.blink.is_some_and(|blink| blink.is_of_both()) {
            self.blinks.now.count(1.0);
            self.blinks.first.count(1.0);
        }
        let speed = self.speed(sample, elapsed);
        self.head.observe(speed, elapsed, settings);
        let brow = sample.intensity(Au::Au04);
        self.brow.observe(brow, elapsed, settings);
        let lips = sample.intensity(Au::Au23).zip(sample.intensity(Au::Au24));
        let lips = lips.map(|(tightened, pressed)| tightened.max(pressed));
        self.lips.observe(lips, elapsed, settings);
    }

    /// Degrees a second by which the head turns.
    fn speed(&mut self, sample: &FaceSample<'_>, elapsed: f64) -> Option<f64> {
        let pose = sample.pose;
        let now = [pose.pitch, pose.yaw, pose.roll];
        let before = *self.angles.get_or_insert(now);
        let part = 1.0 - (1.0 - TUNING.smoothing).powf(elapsed * 30.0);
        let angles: [f64; 3] =
            std::array::from_fn(|axis| before[axis] + part * (now[axis] - before[axis]));
        self.angles = Some(angles);
        let squares = angles
            .iter()
            .zip(before)
            .map(|(now, before)| (now - before).powi(2));
        let speed = squares.sum::<f64>().sqrt() / elapsed;
        (elapsed > 0.0 && speed < TUNING.fastest).then_some(speed)
    }

    /// What is known now.
    pub fn signs(&self) -> TensionSigns {
        TensionSigns {
            blink_rate: self.blinks.deviations(),
            head_movement: self.head.deviations(),
            brow_lowerer: self.brow.deviations(),
            lip_tightener: self.lips.deviations(),
        }
    }
}
