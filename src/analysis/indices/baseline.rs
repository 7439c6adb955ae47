//! What a signal was like in a person's own first minutes.

use super::window::Index;

/// The mean and spread of a signal over bins of time, learned once.
#[derive(Debug)]
pub struct FirstMinutes {
    /// Seconds a bin, and bins to learn from.
    bin: f64,
    wanted: usize,
    open: [f64; 2],
    bins: Vec<f64>,
}

impl FirstMinutes {
    /// Learns from `wanted` bins of `bin` seconds of being observed.
    pub fn new(bin: f64, wanted: usize) -> Self {
        Self {
            bin,
            wanted,
            open: [0.0; 2],
            bins: Vec::new(),
        }
    }

    /// Takes in a value that held for `elapsed` seconds.
    pub fn observe(&mut self, value: f64, elapsed: f64) {
        if self.bins.len() >= self.wanted {
            return;
        }
        self.open[0] += elapsed;
        self.open[1] += value * elapsed;
        if self.open[0] >= self.bin {
            self.bins.push(self.open[1] / self.open[0]);
            self.open = [0.0; 2];
        }
    }

    /// Adds to the open bin without any time: a count.
    pub fn count(&mut self, value: f64) {
        self.open[1] += value;
    }

    /// Whether the first minutes are over.
    pub fn is_learned(&self) -> bool {
        self.bins.len() >= self.wanted
    }

    /// The mean of the first minutes, once they are over.
    pub fn mean(&self) -> Option<f64> {
        let count = self.bins.len() as f64;
        self.is_learned()
            .then(|| self.bins.iter().sum::<f64>() / count)
    }

    /// How many standard deviations `index` lies above the first minutes, whose deviation is at
    /// least `floor`.
    pub fn deviations(&self, index: Index, floor: f64) -> Index {
        let Some(mean) = self.mean() else {
            return index.with(|_| None);
        };
        let squares = self.bins.iter().map(|bin| (bin - mean).powi(2));
        let spread = (squares.sum::<f64>() / (self.bins.len() as f64 - 1.0).max(1.0)).sqrt();
        index.with(|value| Some((value - mean) / spread.max(floor)))
    }

    /// `index` in parts of the first minutes' mean; unknown where that is 0.
    pub fn relative(&self, index: Index) -> Index {
        let mean = self.mean().filter(|mean| *mean > 0.0);
        index.with(|value| mean.map(|mean| value / mean))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn deviations_are_counted_from_the_persons_own_first_minutes() {
        let mut first = FirstMinutes::new(10.0, 4);
        let index = |value| Index::new(Some(value), Duration::from_secs(60), 1.0);
        for value in [1.0, 3.0, 1.0] {
            first.observe(value, 10.0);
        }
        assert_eq!(first.deviations(index(9.0), 0.1).value, None);
        first.observe(3.0, 10.0);
        let value = first.deviations(index(4.0), 0.1).value.unwrap();
        assert!(
            (value - 2.0 / (4.0f64 / 3.0).sqrt()).abs() < 1e-9,
            "{value}"
        );
        first.observe(99.0, 10.0);
        assert_eq!(first.mean(), Some(2.0), "learned once");
        assert_eq!(first.deviations(index(4.0), 10.0).value, Some(0.2));
        assert_eq!(first.relative(index(3.0)).value, Some(1.5));
    }
}
