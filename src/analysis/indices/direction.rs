//! Where a person mostly looks: what "forward" means for them.

use std::collections::VecDeque;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::statistics;

/// How a person's own direction is learned; the lengths are ours, held on synthetic courses
/// (`indices/tests`).
struct Tuning {
    /// Seconds of seeing a face after which its direction is learned, and between two samples.
    learned: f64,
    sampling: f64,
    /// Seconds that `calibrate` looks back on.
    latest: f64,
    /// Degrees by which a learned direction may lie off the camera's: nobody is taken to work
    /// turned further (openpilot bounds its learned offsets as well).
    farthest: f64,
}

const TUNING: Tuning = Tuning {
    learned: 60.0,
    sampling: 0.25,
    latest: 1.0,
    farthest: 25.0,
};

/// What "forward" is taken from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Reference {
    /// The camera: the person has not been seen for a minute yet.
    #[default]
    Camera,
    /// The median of the person's first minute.
    Learned,
    /// The second before the signal `calibrate`.
    Calibrated,
}

impl Reference {
    /// The name in metadata and records.
    pub fn name(self) -> &'static str {
        match self {
            Self::Camera => "camera",
            Self::Learned => "learned",
            Self::Calibrated => "calibrated",
        }
    }
}

/// Pitch and yaw of the head and of the gaze in degrees.
pub type Angles = [f64; 4];

/// A person's own direction.
#[derive(Debug, Default)]
pub struct Direction {
    samples: VecDeque<(f64, Angles)>,
    latest: VecDeque<(f64, Angles)>,
    /// Seconds of seeing the person.
    seen: f64,
    forward: Angles,
    reference: Reference,
}

impl Direction {
    /// Takes in the angles of a frame, `elapsed` seconds after the last.
    pub fn observe(&mut self, angles: Angles, elapsed: f64) {
        self.seen += elapsed;
        self.latest.push_back((self.seen, angles));
        let old = |first: &(f64, Angles)| first.0 < self.seen - TUNING.latest;
        while self.latest.front().is_some_and(old) {
            self.latest.pop_front();
        }
        if self.reference != Reference::Camera {
            return;
        }
        let due = self.samples.back();
        if due.is_none_or(|last| self.seen - last.0 >= TUNING.sampling) {
            self.samples.push_back((self.seen, angles));
        }
        if self.seen >= TUNING.learned {
            self.forward = median(&self.samples, TUNING.farthest);
            self.samples.clear();
            self.reference = Reference::Learned;
        }
    }

    /// Where the person looks now is forward.
    pub fn calibrate(&mut self) {
        if !self.latest.is_empty() {
            self.forward = median(&self.latest, f64::INFINITY);
            self.reference = Reference::Calibrated;
        }
    }

    /// What is forward, and since when that is known.
    pub fn forward(&self) -> (Angles, Reference) {
        (self.forward, self.reference)
    }
}

fn median(samples: &VecDeque<(f64, Angles)>, farthest: f64) -> Angles {
    std::array::from_fn(|axis| {
        let mut values: Vec<f64> = samples.iter().map(|(_, angles)| angles[axis]).collect();
        let median = statistics::median(&mut values).unwrap_or_default();
        median.clamp(-farthest, farthest)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forward_is_the_camera_then_the_first_minutes_median_and_what_calibrate_says() {
        let mut direction = Direction::default();
        for frame in 0..59 * 30 {
            let away = if frame % 10 < 3 { 50.0 } else { 0.0 };
            direction.observe([4.0, -12.0 + away, 8.0, -10.0 + away], 1.0 / 30.0);
        }
        assert_eq!(direction.forward(), ([0.0; 4], Reference::Camera));
        for _ in 0..40 {
            direction.observe([4.0, -12.0, 8.0, -10.0], 1.0 / 30.0);
        }
        let (forward, reference) = direction.forward();
        assert_eq!(forward, [4.0, -12.0, 8.0, -10.0]);
        assert_eq!(reference, Reference::Learned);
        for _ in 0..60 {
            direction.observe([0.0, 30.0, 0.0, 31.0], 1.0 / 30.0);
        }
        direction.calibrate();
        assert_eq!(
            direction.forward(),
            ([0.0, 30.0, 0.0, 31.0], Reference::Calibrated)
        );
    }
}
