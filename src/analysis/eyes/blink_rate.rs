//! How often a person blinks.

use std::collections::VecDeque;
use std::time::Duration;

use crate::analysis::time::{BufferTime, seconds};

/// Longest time that one frame stands for: after a gap nothing is known of what was missed.
const GAP: Duration = Duration::from_millis(500);
const MINUTE: Duration = Duration::from_secs(60);
/// Observed time below which a rate is taken as if so much had been observed.
const LEAST: Duration = Duration::from_secs(10);

#[derive(Debug, Clone, Copy)]
struct Frame {
    /// Time that the frame stands for.
    lasts: Duration,
    blinked: bool,
}

/// The blinks of one person over the last minute in which the eyes were seen.
#[derive(Debug, Default)]
pub struct BlinkRate {
    frames: VecDeque<Frame>,
    last: Option<BufferTime>,
    observed: Duration,
    blinks: u32,
}

impl BlinkRate {
    /// The eyes cannot be seen now: the time until they are is not counted.
    pub fn interrupt(&mut self) {
        self.last = None;
    }

    /// Takes in a frame at `time`, and whether a blink ended then.
    pub fn observe(&mut self, blinked: bool, time: BufferTime) {
        let since = self.last.map(|last| time.since(last));
        self.last = Some(time);
        let frame = Frame {
            lasts: since.unwrap_or_default().min(GAP),
            blinked,
        };
        self.frames.push_back(frame);
        self.observed += frame.lasts;
        self.blinks += u32::from(blinked);
        while self.observed > MINUTE
            && let Some(oldest) = self.frames.pop_front()
        {
            self.observed -= oldest.lasts;
            self.blinks -= u32::from(oldest.blinked);
        }
    }

    /// Blinks a minute.
    pub fn per_minute(&self) -> f64 {
        f64::from(self.blinks) * seconds(MINUTE) / seconds(self.observed.clamp(LEAST, MINUTE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(frame: u64) -> BufferTime {
        BufferTime::from_nanos(frame * 33_333_333)
    }

    #[test]
    fn the_rate_is_that_of_the_last_minute_that_was_seen() {
        let mut rate = BlinkRate::default();
        for frame in 1..1800 {
            rate.observe(frame % 300 == 0, at(frame));
        }
        assert!((rate.per_minute() - 5.0).abs() < 0.1, "{rate:?}");
        rate.interrupt();
        rate.observe(false, at(3600));
        assert!((rate.per_minute() - 5.0).abs() < 0.1, "a gap is no time");
        for frame in 3601..5500 {
            rate.observe(false, at(frame));
        }
        assert_eq!(rate.per_minute(), 0.0);
    }
}
