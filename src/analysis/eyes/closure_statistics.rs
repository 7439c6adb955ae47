//! How often a person blinks, and the time that the eyes are closed.

use std::collections::VecDeque;

/// Openness at which four fifths of the eye are covered (PERCLOS P80, Wierwille 1994).
pub const COVERED: f64 = 0.2;
/// Longest time in ns that one frame stands for: after a gap nothing is known of what was missed.
const GAP: u64 = 500_000_000;
const MINUTE: u64 = 60_000_000_000;
/// Observed time in ns below which a rate is taken as if so much had been observed.
const LEAST: u64 = 10_000_000_000;

/// Longest window of PERCLOS in ns.
pub const LONGEST_WINDOW: u64 = 10 * MINUTE;

#[derive(Debug, Clone, Copy)]
struct Frame {
    /// Time in ns that the frame stands for.
    lasts: u64,
    covered: bool,
    blinked: bool,
}

/// What is remembered of a person's lids over minutes.
#[derive(Debug, Default)]
pub struct ClosureStatistics {
    frames: VecDeque<Frame>,
    last: Option<u64>,
}

impl ClosureStatistics {
    /// The eyes cannot be seen now: the time until they are is not counted.
    pub fn interrupt(&mut self) {
        self.last = None;
    }

    /// Takes in the mean openness of both eyes at `time` ns, and whether a blink ended then.
    pub fn observe(&mut self, openness: f64, blinked: bool, time: u64) {
        let since = self.last.map(|last| time.saturating_sub(last));
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
        let (mut observed, mut blinks) = (0, 0.0);
        for frame in self.within(MINUTE) {
            observed += frame.lasts;
            blinks += f64::from(u8::from(frame.blinked));
        }
        blinks * MINUTE as f64 / observed.clamp(LEAST, MINUTE) as f64
    }

    /// Part of the last `window` ns in which the eyes were covered.
    pub fn perclos(&self, window: u64) -> f64 {
        let (mut observed, mut covered) = (0, 0);
        for frame in self.within(window) {
            observed += frame.lasts;
            covered += if frame.covered { frame.lasts } else { 0 };
        }
        covered as f64 / observed.max(1) as f64
    }

    fn observed(&self) -> u64 {
        self.frames.iter().map(|frame| frame.lasts).sum()
    }

    fn within(&self, window: u64) -> impl Iterator<Item = &Frame> {
        let mut left = window;
        self.frames.iter().rev().take_while(move |frame| {
            let inside = left > 0;
            left = left.saturating_sub(frame.lasts);
            inside
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: u64 = 33_333_333;

    #[test]
    fn the_rate_and_the_covered_time_are_those_of_the_time_that_was_seen() {
        let mut statistics = ClosureStatistics::default();
        for frame in 0..1800 {
            let shut = frame % 300 < 6 && frame > 6;
            let blinked = frame % 300 == 6 && frame > 6;
            statistics.observe(if shut { 0.0 } else { 1.0 }, blinked, frame * FRAME);
        }
        let rate = statistics.per_minute();
        assert!((rate - 5.0).abs() < 0.1, "{rate}");
        let covered = statistics.perclos(MINUTE);
        assert!((covered - 30.0 / 1800.0).abs() < 1e-3, "{covered}");
        assert_eq!(statistics.perclos(2_000_000_000), 0.0);
        statistics.interrupt();
        statistics.observe(1.0, false, 1800 * FRAME + MINUTE);
        let after = statistics.perclos(MINUTE);
        assert!((after - covered).abs() < 1e-3, "a gap is no time");
    }
}
