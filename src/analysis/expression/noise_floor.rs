//! A face's own noise at rest, learned while it is watched.

use std::time::Duration;

use crate::analysis::time::nanos;

use super::regions::{Displacements, REGION_COUNT};
use super::tuning::NoiseTuning;

/// From the median of absolute values to a standard deviation, for normal values.
const FROM_MEDIAN: f64 = 1.4826;

/// The running estimate of the median absolute value of each region's two axes.
#[derive(Debug, Clone)]
pub struct NoiseFloor {
    medians: Displacements,
    least: f64,
    /// How long frames have been seen.
    seen: Duration,
    tuning: NoiseTuning,
}

impl NoiseFloor {
    /// A deviation of `start` is assumed before anything is known, and none below `least` is believed.
    pub fn new(tuning: &NoiseTuning, [start, least]: [f64; 2]) -> Self {
        Self {
            medians: [[start / FROM_MEDIAN; 2]; REGION_COUNT],
            least: least / FROM_MEDIAN,
            seen: Duration::ZERO,
            tuning: *tuning,
        }
    }

    /// Takes in values that stood for `elapsed`. The median moves by the sign of the difference
    /// alone, so that an event, however strong, hardly moves it.
    pub fn learn(&mut self, values: &Displacements, elapsed: Duration) {
        let tuning = &self.tuning;
        let hasty = self.seen < tuning.haste_time;
        let haste = if hasty { tuning.haste } else { 1.0 };
        self.seen += elapsed;
        let (elapsed, learning) = (nanos(elapsed) as f64, nanos(tuning.learning_time) as f64);
        let step = (haste * elapsed / learning).min(0.5);
        for (medians, values) in self.medians.iter_mut().zip(values) {
            for (median, value) in medians.iter_mut().zip(values) {
                let towards = (value.abs() / *median).ln().clamp(-1.0, 1.0);
                *median = (*median * (step * towards).exp()).max(self.least);
            }
        }
    }

    /// The standard deviations.
    pub fn deviations(&self) -> Displacements {
        self.medians
            .map(|pair| pair.map(|median| median * FROM_MEDIAN))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: Duration = Duration::from_nanos(16_666_667);

    fn unrest(index: u32, spread: f64) -> Displacements {
        let value = (f64::from(index) * 12.9898).sin() * 43_758.545;
        [[(value - value.floor() - 0.5) * 2.0 * spread; 2]; REGION_COUNT]
    }

    #[test]
    fn unrest_is_learned_and_an_event_does_not_hide_itself() {
        let mut noise_floor = NoiseFloor::new(&NoiseTuning::default(), [0.15, 0.05]);
        for index in 0..180 {
            noise_floor.learn(&unrest(index, 1.0), FRAME);
        }
        let [[before, _], ..] = noise_floor.deviations();
        assert!((0.3..1.2).contains(&before), "{before}");
        for _ in 0..12 {
            noise_floor.learn(&[[20.0; 2]; REGION_COUNT], FRAME);
        }
        let [[after, _], ..] = noise_floor.deviations();
        assert!(after < before * 1.2, "{before} {after}");
    }

    #[test]
    fn a_face_that_calms_down_is_watched_more_closely() {
        let mut noise_floor = NoiseFloor::new(&NoiseTuning::default(), [0.15, 0.05]);
        for index in 0..300 {
            noise_floor.learn(&unrest(index, 3.0), FRAME);
        }
        let [[restless, _], ..] = noise_floor.deviations();
        for index in 0..600 {
            noise_floor.learn(&unrest(index, 0.3), FRAME);
        }
        let [[calm, _], ..] = noise_floor.deviations();
        assert!(calm < restless / 3.0, "{restless} {calm}");
    }
}
