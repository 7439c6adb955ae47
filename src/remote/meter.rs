//! Bytes a second, over the last seconds.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// The time over which they are counted.
const SPAN: Duration = Duration::from_secs(4);

/// Counts bytes.
#[derive(Debug, Clone, Default)]
pub struct Meter {
    recent: VecDeque<(Instant, usize)>,
    sum: usize,
    /// Ever.
    pub total: u64,
    began: Option<Instant>,
}

impl Meter {
    /// `bytes` went over the line at `now`.
    pub fn count(&mut self, bytes: usize, now: Instant) {
        self.began.get_or_insert(now);
        self.recent.push_back((now, bytes));
        self.sum += bytes;
        self.total += bytes as u64;
        self.forget(now);
    }

    /// Bytes a second until `now`.
    pub fn rate(&mut self, now: Instant) -> f64 {
        self.forget(now);
        let since = self
            .began
            .map_or(Duration::ZERO, |began| now.saturating_duration_since(began));
        let span = since.min(SPAN).as_secs_f64();
        if span < 0.2 {
            0.0
        } else {
            self.sum as f64 / span
        }
    }

    fn forget(&mut self, now: Instant) {
        while let Some(&(when, bytes)) = self.recent.front() {
            if now.saturating_duration_since(when) <= SPAN {
                break;
            }
            self.sum -= bytes;
            self.recent.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_went_over_long_ago_counts_no_more() {
        let (start, mut meter) = (Instant::now(), Meter::default());
        for ms in (0..10_000).step_by(100) {
            meter.count(1000, start + Duration::from_millis(ms));
        }
        let rate = meter.rate(start + Duration::from_secs(10));
        assert!((9000.0..11_000.0).contains(&rate), "{rate}");
        assert_eq!(meter.rate(start + Duration::from_secs(60)), 0.0);
        assert_eq!(meter.total, 100_000);
    }
}
