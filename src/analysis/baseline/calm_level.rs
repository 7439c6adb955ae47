//! The level of one number of a face, such as the furrow between its brows, while the person is calm.

use std::collections::VecDeque;
use std::time::Duration;

use crate::statistics;

use super::{BIN, Baselines, REMEMBERED};
use crate::analysis::time::BufferTime;
use crate::analysis::track_id::TrackId;

/// Part of the bins that lie below the level. Low, so that a frown of four times the length of the rest
/// before it is not taken for calm; of three talking people the highest bins lie .35 above it.
const LEVEL: f64 = 0.2;
/// Bins, of half a second each, after which the level is known.
const ENOUGH: usize = 2;
/// How long a value must show to be believed: single frames differ by the codec's key frames.
const BELIEVED: Duration = Duration::from_millis(200);

/// What is remembered of one person.
#[derive(Debug, Default)]
pub(super) struct CalmLevel {
    bins: VecDeque<f64>,
    open: Vec<f64>,
    opened: Option<BufferTime>,
    recent: VecDeque<(BufferTime, f64)>,
    level: Option<f64>,
    given: Option<f64>,
}

impl CalmLevel {
    /// Learns from `value` at `time` where the person is `calm`; how far the median of the last values lies
    /// above the level, `None` while that is not known.
    fn observe(&mut self, time: BufferTime, value: f64, calm: bool) -> Option<f64> {
        self.recent.push_back((time, value));
        self.recent
            .retain(|(seen, _)| seen.abs_diff(time) <= BELIEVED);
        if calm {
            self.learn(time, value);
        }
        Some(self.recent()? - self.given.or(self.level)?)
    }

    /// The median of the last values.
    fn recent(&self) -> Option<f64> {
        let mut recent: Vec<f64> = self.recent.iter().map(|(_, value)| *value).collect();
        statistics::median(&mut recent)
    }

    fn learn(&mut self, time: BufferTime, value: f64) {
        let opened = *self.opened.get_or_insert(time);
        if time.abs_diff(opened) >= BIN {
            self.bins.extend(statistics::median(&mut self.open));
            if self.bins.len() > REMEMBERED {
                self.bins.pop_front();
            }
            self.open.clear();
            self.opened = Some(time);
            let mut bins: Vec<f64> = self.bins.iter().copied().collect();
            bins.sort_by(f64::total_cmp);
            let known = bins.len() >= ENOUGH;
            self.level = statistics::percentile(&bins, LEVEL).filter(|_| known);
        }
        self.open.push(value);
    }

    /// Takes what was seen last for the level.
    pub(super) fn calibrate(&mut self) {
        self.given = self.recent().or(self.given);
    }
}

impl Baselines {
    /// Learns the furrow between the brows of `face`, a logarithm, from what is seen of it at `time` while the
    /// face is `calm`; how far it lies above the person's calm level now, `None` while that is not known.
    pub fn furrow_above_calm(
        &self,
        face: TrackId,
        time: BufferTime,
        furrow: f64,
        calm: bool,
    ) -> Option<f64> {
        let mut store = self.store();
        let person = store.people.get_mut(&face)?;
        person.furrow.observe(time, furrow, calm)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Shows `value` for `seconds` from `from` on, calm as far as can be told; what is above the level at the end.
    fn watch(level: &mut CalmLevel, from: u64, seconds: u64, value: f64) -> Option<f64> {
        let frames = from * 30..(from + seconds) * 30;
        let seen = frames.map(|frame| {
            let time = BufferTime::from_millis(frame * 33);
            let noise = [0.0, 0.1, -0.1, 0.05, -0.05][frame as usize % 5];
            level.observe(time, value + noise, true)
        });
        seen.last().flatten()
    }

    #[test]
    fn nothing_is_above_a_level_that_is_not_known_yet() {
        assert_eq!(watch(&mut CalmLevel::default(), 0, 1, -1.0), None);
    }

    #[test]
    fn a_furrow_after_rest_lies_above_the_level_and_stays_there_three_times_as_long_as_the_rest() {
        let mut level = CalmLevel::default();
        assert!(watch(&mut level, 0, 5, -4.0).unwrap().abs() < 0.15);
        assert!((watch(&mut level, 5, 1, -2.5).unwrap() - 1.5).abs() < 0.15);
        assert!((watch(&mut level, 6, 14, -2.5).unwrap() - 1.5).abs() < 0.15);
    }

    #[test]
    fn a_start_in_a_frown_is_above_nothing_and_the_rest_after_it_becomes_the_level() {
        let mut level = CalmLevel::default();
        assert!(watch(&mut level, 0, 4, -2.5).unwrap().abs() < 0.15);
        assert!(watch(&mut level, 4, 3, -4.0).unwrap() < 0.15);
        assert!((watch(&mut level, 7, 1, -2.5).unwrap() - 1.5).abs() < 0.15);
    }

    #[test]
    fn what_is_not_calm_is_not_learned() {
        let mut level = CalmLevel::default();
        for frame in 0..300 {
            let time = BufferTime::from_millis(frame * 33);
            assert_eq!(level.observe(time, -2.5, false), None);
        }
    }

    #[test]
    fn one_odd_frame_is_not_believed() {
        let mut level = CalmLevel::default();
        watch(&mut level, 0, 5, -4.0);
        let odd = level.observe(BufferTime::from_millis(4960), -1.0, true);
        assert!(odd.unwrap() < 0.2, "{odd:?}");
    }

    #[test]
    fn calibrating_takes_the_furrow_that_shows_for_the_level() {
        let mut level = CalmLevel::default();
        watch(&mut level, 0, 5, -4.0);
        watch(&mut level, 5, 1, -2.5);
        level.calibrate();
        assert!(watch(&mut level, 6, 2, -2.5).unwrap().abs() < 0.15);
    }
}
