//! Means over a sliding window, with the share of it that was seen.

use std::collections::VecDeque;
use std::time::Duration;

use crate::analysis::time::seconds;

/// Share of a window that must have been observed for its index to be known: the promise of
/// docs/indices.md, a choice of ours.
pub const LEAST_OBSERVED: f64 = 0.5;
/// Parts of a window that are kept; the window moves on by one part, so that a minute's moves by a
/// second.
const PARTS: u32 = 60;

/// An index: its value, the window that it speaks of, and how much of that could be observed.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Index {
    /// `None` where less than half of the window was observed, or the index has no value.
    pub value: Option<f64>,
    /// The time it speaks of.
    pub window: Duration,
    /// Share of the window that was observable, 0..1.
    pub valid: f64,
}

impl Index {
    /// The index of a `value` over `window`, of which the share `valid` was seen.
    pub fn new(value: Option<f64>, window: Duration, valid: f64) -> Self {
        Self {
            value: value.filter(|value| valid >= LEAST_OBSERVED && value.is_finite()),
            window,
            valid: valid.clamp(0.0, 1.0),
        }
    }

    /// The same window with another value.
    pub fn with(self, change: impl FnOnce(f64) -> Option<f64>) -> Self {
        Self {
            value: self.value.and_then(change),
            ..self
        }
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Part {
    elapsed: f64,
    observed: f64,
    sum: f64,
}

/// The time-weighted mean of a signal over its last `window`.
#[derive(Debug)]
pub struct SlidingMean {
    window: Duration,
    parts: VecDeque<Part>,
}

impl SlidingMean {
    /// A mean over `window` of which nothing is known.
    pub fn new(window: Duration) -> Self {
        Self {
            window,
            parts: VecDeque::new(),
        }
    }

    /// Another window from now on; what was known is forgotten where it differs.
    pub fn set_window(&mut self, window: Duration) {
        if window != self.window {
            *self = Self::new(window);
        }
    }

    /// Takes in a value that held for `elapsed` seconds; `None` where it could not be observed.
    pub fn observe(&mut self, value: Option<f64>, elapsed: f64) {
        let length = seconds(self.window) / f64::from(PARTS);
        if self.parts.back().is_none_or(|part| part.elapsed >= length) {
            self.parts.push_back(Part::default());
        }
        if let Some(part) = self.parts.back_mut() {
            part.elapsed += elapsed;
            if let Some(value) = value {
                part.observed += elapsed;
                part.sum += value * elapsed;
            }
        }
        let mut total: f64 = self.parts.iter().map(|part| part.elapsed).sum();
        while let Some(first) = self.parts.front()
            && total - first.elapsed >= seconds(self.window)
        {
            total -= first.elapsed;
            self.parts.pop_front();
        }
    }

    /// Adds to the sum of values without any time: a count.
    pub fn count(&mut self, value: f64) {
        if let Some(part) = self.parts.back_mut() {
            part.sum += value;
        }
    }

    /// The mean, or of counts the rate a second.
    pub fn index(&self) -> Index {
        let observed: f64 = self.parts.iter().map(|part| part.observed).sum();
        let elapsed: f64 = self.parts.iter().map(|part| part.elapsed).sum();
        let sum: f64 = self.parts.iter().map(|part| part.sum).sum();
        let valid = observed / elapsed.max(seconds(self.window)).max(f64::MIN_POSITIVE);
        Index::new((observed > 0.0).then(|| sum / observed), self.window, valid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Duration = Duration::from_secs(10);

    #[test]
    fn a_mean_is_known_once_half_of_its_window_was_seen_and_forgets_what_is_older() {
        for rate in [15.0, 30.0, 60.0] {
            let mut mean = SlidingMean::new(WINDOW);
            for _ in 0..(4.9 * rate) as u32 {
                mean.observe(Some(1.0), 1.0 / rate);
            }
            assert_eq!(mean.index().value, None);
            assert!((mean.index().valid - 0.49).abs() < 0.02);
            for _ in 0..(2.0 * rate) as u32 {
                mean.observe(Some(0.0), 1.0 / rate);
            }
            let value = mean.index().value.unwrap();
            assert!((value - 4.9 / 6.9).abs() < 0.02, "{value}");
            for _ in 0..(11.0 * rate) as u32 {
                mean.observe(Some(0.0), 1.0 / rate);
            }
            assert_eq!(mean.index().value, Some(0.0));
            assert!(mean.index().valid > 0.98);
        }
    }

    #[test]
    fn what_cannot_be_observed_is_no_zero() {
        let mut mean = SlidingMean::new(WINDOW);
        for frame in 0..300 {
            mean.observe((frame % 3 != 0).then_some(0.5), 1.0 / 30.0);
        }
        let index = mean.index();
        assert_eq!(index.value, Some(0.5));
        assert!((index.valid - 2.0 / 3.0).abs() < 0.02);
        for _ in 0..200 {
            mean.observe(None, 1.0 / 30.0);
        }
        assert_eq!(mean.index().value, None);
    }
}
