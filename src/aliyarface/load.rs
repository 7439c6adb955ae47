//! What the pipeline is told of the element's load: latency where buffers wait, skipped frames
//! where they do not.

use std::time::{Duration, Instant};

use super::mode::Mode;
use super::recent_durations::RecentDurations;
use super::stats::Totals;

/// Latency is reported in steps of this many ns, so that it seldom changes.
const LATENCY_STEP: u64 = 10_000_000;
/// Frames between two looks at it.
const FRAMES_PER_LOOK: u32 = 32;

/// Measures how long buffers are held: in sync mode that is a latency of the pipeline.
#[derive(Debug, Default)]
pub struct LatencyMeter {
    held: RecentDurations,
    frames: u32,
    reported: u64,
}

impl LatencyMeter {
    /// Takes in how long a buffer was held; the latency to report from now on, in ns, when it
    /// changes: the 95th percentile, rounded up. It falls only to less than half, lest it swing.
    pub fn measure(&mut self, mode: Mode, held: Duration) -> Option<u64> {
        let wanted = match mode {
            Mode::Async => 0,
            Mode::Sync => {
                self.held.push(held);
                self.frames += 1;
                if self.frames < FRAMES_PER_LOOK {
                    return None;
                }
                self.frames = 0;
                let [high] = self.held.percentiles([0.95]);
                let high = u64::try_from(high.as_nanos()).unwrap_or(u64::MAX);
                high.div_ceil(LATENCY_STEP).saturating_mul(LATENCY_STEP)
            }
        };
        let changed = wanted > self.reported || wanted < self.reported / 2 + 1;
        (changed && wanted != self.reported).then(|| {
            self.reported = wanted;
            wanted
        })
    }
}

/// Skipped frames are reported no more often than this.
const QOS_PERIOD: Duration = Duration::from_secs(1);

/// Counts what was skipped since the last report.
#[derive(Debug, Default)]
pub struct SkipMonitor {
    reported: Totals,
    since: Option<Instant>,
}

/// Frames that were not analysed, to be reported on the bus.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SkippedFrames {
    /// Since the start.
    pub totals: Totals,
    /// How far the newest result lies behind its buffer, in ns.
    pub lag: u64,
    /// Part of the frames since the last report that was analysed.
    pub proportion: f64,
}

impl SkipMonitor {
    /// What to tell at `now`, where the newest result is `lag` ns old, if something was skipped and
    /// enough time has passed.
    pub fn due(&mut self, totals: Totals, lag: u64, now: Instant) -> Option<SkippedFrames> {
        let since = *self.since.get_or_insert(now);
        if now.saturating_duration_since(since) < QOS_PERIOD {
            return None;
        }
        let last = std::mem::replace(&mut self.reported, totals);
        self.since = Some(now);
        let [analysed, skipped] = [
            totals.analysed.saturating_sub(last.analysed),
            totals.skipped.saturating_sub(last.skipped),
        ];
        (skipped > 0).then(|| SkippedFrames {
            totals,
            lag,
            proportion: analysed as f64 / (analysed + skipped) as f64,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(meter: &mut LatencyMeter, held: u64, frames: u32) -> Vec<u64> {
        let held = Duration::from_millis(held);
        (0..frames)
            .filter_map(|_| meter.measure(Mode::Sync, held))
            .collect()
    }

    #[test]
    fn a_held_buffer_is_a_latency_that_is_reported_once() {
        let mut meter = LatencyMeter::default();
        assert_eq!(measured(&mut meter, 23, 300), [30_000_000]);
        assert_eq!(measured(&mut meter, 18, 300), [] as [u64; 0]);
        assert_eq!(measured(&mut meter, 4, 300), [10_000_000]);
    }

    #[test]
    fn a_buffer_that_passes_at_once_adds_no_latency() {
        let mut meter = LatencyMeter::default();
        let held = Duration::from_millis(50);
        assert!((0..300).all(|_| meter.measure(Mode::Async, held).is_none()));
    }

    #[test]
    fn skips_are_told_once_a_second_at_most() {
        let mut watch = SkipMonitor::default();
        let start = Instant::now();
        let mut notices = Vec::new();
        for frame in 0..100u64 {
            let totals = Totals {
                frames: frame,
                analysed: frame / 10,
                skipped: frame - frame / 10,
                failed: 0,
            };
            notices.extend(watch.due(totals, 0, start + Duration::from_millis(frame * 33)));
        }
        assert_eq!(notices.len(), 3, "{notices:?}");
        assert!(
            notices
                .iter()
                .all(|skips| (skips.proportion - 0.1).abs() < 0.05)
        );
    }

    #[test]
    fn nothing_is_told_while_nothing_is_skipped() {
        let mut watch = SkipMonitor::default();
        let start = Instant::now();
        let notices = (0..100).filter_map(|second| {
            let totals = Totals {
                frames: second,
                analysed: second,
                ..Totals::default()
            };
            watch.due(totals, 0, start + Duration::from_secs(second))
        });
        assert_eq!(notices.count(), 0);
    }
}
