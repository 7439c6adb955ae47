//! How fast pictures come, are read, and come back.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Over which rates are counted.
const WINDOW: Duration = Duration::from_secs(3);
/// Answers over which the median time is taken.
const ANSWERS: usize = 90;

/// Counts of a session.
#[derive(Default)]
pub struct Rates {
    came: VecDeque<Instant>,
    answered: VecDeque<Instant>,
    times: VecDeque<Duration>,
    /// Pictures that came.
    pub frames_in: u64,
    /// Pictures that were read.
    pub frames_read: u64,
    /// Pictures that were not, because too many waited or they could not be decoded.
    pub skipped: u64,
}

impl Rates {
    /// A picture came.
    pub fn came(&mut self, now: Instant) {
        self.frames_in += 1;
        self.came.push_back(now);
        forget(&mut self.came, now);
    }

    /// A picture was read; `took` from its coming, where that is known.
    pub fn answered(&mut self, now: Instant, took: Option<Duration>) {
        self.frames_read += 1;
        self.answered.push_back(now);
        forget(&mut self.answered, now);
        if let Some(took) = took {
            self.times.push_back(took);
            let old = self.times.len().saturating_sub(ANSWERS);
            self.times.drain(..old);
        }
    }

    /// Pictures a second that came and were read, lately.
    pub fn fps(&self, now: Instant) -> [f64; 2] {
        [&self.came, &self.answered].map(|times| {
            let recent = times.iter().filter(|time| now - **time < WINDOW).count();
            recent as f64 / WINDOW.as_secs_f64()
        })
    }

    /// The median time from a picture's coming to its result, in ms.
    pub fn latency_ms(&self) -> Option<f64> {
        let mut times: Vec<_> = self.times.iter().collect();
        times.sort();
        let median = times.get(times.len() / 2)?;
        Some(median.as_secs_f64() * 1e3)
    }

    /// When the last picture came or was read.
    pub fn last(&self) -> Option<Instant> {
        self.last_came().max(self.last_read())
    }

    /// When the last picture came.
    pub fn last_came(&self) -> Option<Instant> {
        self.came.back().copied()
    }

    /// When the last picture was read.
    pub fn last_read(&self) -> Option<Instant> {
        self.answered.back().copied()
    }
}

fn forget(times: &mut VecDeque<Instant>, now: Instant) {
    // The newest stays, however old: it tells for how long nothing came.
    while times.len() > 1 && times.front().is_some_and(|time| now - *time > WINDOW) {
        times.pop_front();
    }
}
