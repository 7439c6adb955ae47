//! How often a person blinks, and the time that the eyes are closed.

use std::collections::VecDeque;
use std::time::Duration;

use crate::analysis::time::{BufferTime, nanos};

/// Openness at which four fifths of the eye are covered (PERCLOS P80, Wierwille 1994).
pub const COVERED: f64 = 0.2;
/// Longest time that one frame stands for: after a gap nothing is known of what was missed.
const GAP: Duration = Duration::from_millis(500);
const MINUTE: Duration = Duration::from_secs(60);
/// Observed time below which a rate is taken as if so much had been observed.
const LEAST: Duration = Duration::from_secs(10);

/// Longest window of PERCLOS.
pub const LONGEST_WINDOW: Duration = Duration::from_secs(600);

#[derive(Debug, Clone, Copy)]
struct Frame {
    /// Time that the frame stands for.
    lasts: Duration,
    covered: bool,
    blinked: bool,
}

/// What is remembered of a person's lids over minutes.
#[derive(Debug, Default)]
pub struct ClosureStatistics {
    frames: VecDeque<Frame>,
    last: Option<BufferTime>,
}

impl ClosureStatistics {
    /// The eyes cannot be seen now: the time until they are is not counted.
    pub fn interrupt(&mut self) {
        self.last = None;
    }

    /// Takes in the mean openness of both eyes at `time`, and whether a blink ended then.
    pub fn observe(&mut self, openness: f64, blinked: bool, time: BufferTime) {
        let since = self.last.map(|last| time.since(last));
        self.last = Some(time);
        self.frames.push_back(Frame {
            lasts: since.unwrap_or_default().min(GAP),
            covered: openness <= COVERED,
            blinked,
        });
        while self.frames.len() > 1 && self.observed() > LONGEST_WINDOW {
            self.frames.pop_front();
        }
    }

    /// Blinks in the last minute.
    pub fn per_minute(&self) -> f64 {
        let (mut observed, mut blinks) = (Duration::ZERO, 0.0);
        for frame in self.within(MINUTE) {
            observed += frame.lasts;
            blinks += f64::from(u8::from(frame.blinked));
        }
        blinks * nanos(MINUTE) as f64 / nanos(observed.clamp(LEAST, MINUTE)) as f64
    }

    /// Part of the last `window` in which the eyes were covered.
    pub fn perclos(&self, window: Duration) -> f64 {
        let (mut observed, mut covered) = (Duration::ZERO, Duration::ZERO);
        for frame in self.within(window) {
            observed += frame.lasts;
            if frame.covered {
                covered += frame.lasts;
            }
        }
        nanos(covered) as f64 / nanos(observed).max(1) as f64
    }

    fn observed(&self) -> Duration {
        self.frames.iter().map(|frame| frame.lasts).sum()
    }

    fn within(&self, window: Duration) -> impl Iterator<Item = &Frame> {
        let mut left = window;
        self.frames.iter().rev().take_while(move |frame| {
            let inside = left > Duration::ZERO;
            left = left.saturating_sub(frame.lasts);
            inside
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: Duration = Duration::from_nanos(33_333_333);

    fn frame_time(frame: u32) -> BufferTime {
        BufferTime::default() + FRAME * frame
    }

    #[test]
    fn the_rate_and_the_covered_time_are_those_of_the_time_that_was_seen() {
        let mut statistics = ClosureStatistics::default();
        for frame in 0..1800 {
            let shut = frame % 300 < 6 && frame > 6;
            let blinked = frame % 300 == 6 && frame > 6;
            statistics.observe(if shut { 0.0 } else { 1.0 }, blinked, frame_time(frame));
        }
        let rate = statistics.per_minute();
        assert!((rate - 5.0).abs() < 0.1, "{rate}");
        let covered = statistics.perclos(MINUTE);
        assert!((covered - 30.0 / 1800.0).abs() < 1e-3, "{covered}");
        assert_eq!(statistics.perclos(Duration::from_secs(2)), 0.0);
        statistics.interrupt();
        statistics.observe(1.0, false, frame_time(1800) + MINUTE);
        let after = statistics.perclos(MINUTE);
        assert!((after - covered).abs() < 1e-3, "a gap is no time");
    }
}
