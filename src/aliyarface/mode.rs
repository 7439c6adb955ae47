//! Whether a buffer waits for its analysis, and what the pipeline is told of that.

use std::time::{Duration, Instant};

use gst::prelude::*;

use super::settings::AnalysisMode;
use super::stats::{Recent, Totals};

/// How frames are analysed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Each before it leaves.
    Sync,
    /// Beside the stream, the newest first.
    Async,
}

impl Mode {
    /// Its name in the `stats`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sync => "sync",
            Self::Async => "async",
        }
    }
}

/// What is known of a stream's source.
#[derive(Debug, Default)]
pub struct ModeChoice {
    live: Option<bool>,
}

impl ModeChoice {
    /// The mode that `wanted` means for a stream that comes in at `pad`: upstream is asked whether
    /// it is live until it knows.
    pub fn choose(&mut self, wanted: AnalysisMode, pad: &gst::Pad) -> Mode {
        self.live = self.live.or_else(|| is_live(pad));
        match wanted {
            AnalysisMode::Sync => Mode::Sync,
            AnalysisMode::Async => Mode::Async,
            AnalysisMode::Auto if self.live() => Mode::Async,
            AnalysisMode::Auto => Mode::Sync,
        }
    }

    /// Whether upstream is known to be live.
    pub fn live(&self) -> bool {
        self.live.unwrap_or(false)
    }
}

fn is_live(pad: &gst::Pad) -> Option<bool> {
    let mut query = gst::query::Latency::new();
    pad.peer_query(&mut query).then(|| query.result().0)
}

/// Latency is reported in steps of this many ns, so that it seldom changes.
const STEP: u64 = 10_000_000;
/// Frames between two looks at it.
const FRAMES_A_LOOK: u32 = 32;

/// Measures how long buffers are held: in sync mode that is a latency of the pipeline.
#[derive(Debug, Default)]
pub struct LatencyMeter {
    held: Recent,
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
                if self.frames < FRAMES_A_LOOK {
                    return None;
                }
                self.frames = 0;
                let [high] = self.held.percentiles([0.95]);
                let high = u64::try_from(high.as_nanos()).unwrap_or(u64::MAX);
                high.div_ceil(STEP).saturating_mul(STEP)
            }
        };
        let changed = wanted > self.reported || wanted < self.reported / 2 + 1;
        (changed && wanted != self.reported).then(|| {
            self.reported = wanted;
            wanted
        })
    }
}

/// How often skipped frames are told of at most.
const QOS_PERIOD: Duration = Duration::from_secs(1);

/// Counts what was skipped since it was last told.
#[derive(Debug, Default)]
pub struct SkipWatch {
    told: Totals,
    since: Option<Instant>,
}

/// Frames that were not analysed, to be told on the bus.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Skips {
    /// Since the start.
    pub totals: Totals,
    /// How far the newest result lies behind its buffer, in ns.
    pub lag: u64,
    /// Part of the frames since the last report that was analysed.
    pub proportion: f64,
}

impl SkipWatch {
    /// What to tell at `now`, where the newest result is `lag` ns old, if something was skipped and
    /// enough time has passed.
    pub fn due(&mut self, totals: Totals, lag: u64, now: Instant) -> Option<Skips> {
        let since = *self.since.get_or_insert(now);
        if now.saturating_duration_since(since) < QOS_PERIOD {
            return None;
        }
        let last = std::mem::replace(&mut self.told, totals);
        self.since = Some(now);
        let [analysed, skipped] = [
            totals.analysed.saturating_sub(last.analysed),
            totals.skipped.saturating_sub(last.skipped),
        ];
        (skipped > 0).then(|| Skips {
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
        let mut watch = SkipWatch::default();
        let start = Instant::now();
        let mut told = Vec::new();
        for frame in 0..100u64 {
            let totals = Totals {
                frames: frame,
                analysed: frame / 10,
                skipped: frame - frame / 10,
                failed: 0,
            };
            told.extend(watch.due(totals, 0, start + Duration::from_millis(frame * 33)));
        }
        assert_eq!(told.len(), 3, "{told:?}");
        assert!(
            told.iter()
                .all(|skips| (skips.proportion - 0.1).abs() < 0.05)
        );
    }

    #[test]
    fn nothing_is_told_while_nothing_is_skipped() {
        let mut watch = SkipWatch::default();
        let start = Instant::now();
        let told = (0..100).filter_map(|second| {
            let totals = Totals {
                frames: second,
                analysed: second,
                ..Totals::default()
            };
            watch.due(totals, 0, start + Duration::from_secs(second))
        });
        assert_eq!(told.count(), 0);
    }
}
