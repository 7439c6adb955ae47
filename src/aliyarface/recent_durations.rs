//! Medians and percentiles of the latest durations.

use std::time::Duration;

use crate::statistics::percentile;

/// Durations remembered for medians and percentiles: eight seconds of video.
const REMEMBERED: usize = 256;

/// The latest durations, in a ring.
#[derive(Debug, Clone, Default)]
pub struct RecentDurations {
    values: Vec<Duration>,
    next: usize,
}

impl RecentDurations {
    /// Takes in the newest.
    pub fn push(&mut self, value: Duration) {
        if self.values.len() < REMEMBERED {
            self.values.push(value);
        } else if let Some(oldest) = self.values.get_mut(self.next) {
            *oldest = value;
        }
        self.next = (self.next + 1) % REMEMBERED;
    }

    /// Whether any of them took time.
    pub fn any(&self) -> bool {
        self.values.iter().any(|value| !value.is_zero())
    }

    /// The durations below which these parts (0..1) of them lie; 0 without any.
    pub fn percentiles<const N: usize>(&self, parts: [f64; N]) -> [Duration; N] {
        let mut sorted = self.values.clone();
        sorted.sort_unstable();
        parts.map(|part| percentile(&sorted, part).unwrap_or_default())
    }

    /// The median and the 95th and 99th percentile in ns, as the property `stats` shows them.
    pub fn structure(&self) -> gst::Structure {
        let [median, high, highest] = self.percentiles([0.5, 0.95, 0.99]).map(nanoseconds);
        gst::Structure::builder("times")
            .field("p50", median)
            .field("p95", high)
            .field("p99", highest)
            .build()
    }
}

/// As a number of ns.
pub fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_the_latest_durations_only() {
        let mut recent = RecentDurations::default();
        for value in 0..REMEMBERED as u64 + 100 {
            recent.push(Duration::from_nanos(value));
        }
        let [least, median, most] = recent.percentiles([0.0, 0.5, 1.0]);
        let last = REMEMBERED as u64 + 99;
        assert_eq!([least, most], [100, last].map(Duration::from_nanos));
        assert!(median.as_nanos().abs_diff(100 + REMEMBERED as u128 / 2) <= 1);
    }
}
