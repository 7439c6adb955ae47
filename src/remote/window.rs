//! How many pictures may be on their way at once.
//!
//! A slow link would fill every buffer between here and the server, and each result would be as old as
//! these are long. So the window grows while answers come nearly as fast as they ever did, and shrinks
//! where they take longer: pictures wait here, where a newer one takes their place, rather than in a queue.

use std::time::Duration;

/// Where it starts: what the server asks of a sender.
const START: f64 = 3.0;
/// The fewest and the most pictures on their way.
const LEAST: f64 = 1.0;
const MOST: f64 = 16.0;
/// An answer that comes within this time of the fastest found no queue.
const NO_QUEUE: Duration = Duration::from_millis(40);
/// One that takes this much longer found one.
const QUEUE: Duration = Duration::from_millis(120);
/// What the window shrinks to after an answer that found a queue.
const SHRINK: f64 = 0.75;
/// How fast the fastest answer is forgotten, an answer: a link may become slower for good.
const FORGET: f64 = 0.002;

/// The window of one connection.
#[derive(Debug)]
pub struct SendWindow {
    size: f64,
    fastest: Option<Duration>,
    /// Answers until it may shrink again: those on their way show the same queue.
    pause: u32,
}

impl Default for SendWindow {
    fn default() -> Self {
        Self {
            size: START,
            fastest: None,
            pause: 0,
        }
    }
}

impl SendWindow {
    /// Pictures that may be on their way.
    pub fn size(&self) -> usize {
        self.size as usize
    }

    /// An answer came after `took`, while `on_their_way` others were.
    pub fn answered(&mut self, took: Duration, on_their_way: usize) {
        let fastest = self
            .fastest
            .map_or(took, |fastest| took.min(fastest + fastest.mul_f64(FORGET)));
        self.fastest = Some(fastest);
        self.pause = self.pause.saturating_sub(1);
        if took > fastest + QUEUE && self.pause == 0 {
            self.size = (self.size * SHRINK).max(LEAST);
            self.pause = u32::try_from(on_their_way).unwrap_or(u32::MAX);
        } else if took < fastest + NO_QUEUE && on_their_way + 1 >= self.size() {
            self.size = (self.size + 1.0 / self.size).min(MOST);
        }
    }

    /// The server left a picture out: it has too many.
    pub fn refused(&mut self) {
        self.size = (self.size * SHRINK).max(LEAST);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A link that takes `base` and serves one picture each `each`; pictures come as the window allows,
    /// at most 30 a second. The age of the last hundred results and how many were read a second.
    fn link(base: u64, each: u64) -> (u64, f64) {
        let mut window = SendWindow::default();
        let (mut now, mut free, mut sent) = (0u64, 0u64, 0u64);
        let mut ways: Vec<(u64, u64)> = Vec::new();
        let (mut ages, mut read) = (Vec::new(), 0);
        while now < 60_000 {
            let others = ways.len().saturating_sub(1);
            ways.retain(|&(start, end)| {
                if end <= now {
                    let took = end - start;
                    ages.push(took);
                    read += 1;
                    window.answered(Duration::from_millis(took), others);
                }
                end > now
            });
            if now >= sent && ways.len() < window.size() {
                free = free.max(now) + each;
                ways.push((now, free + base));
                sent = now + 33;
            }
            now += 1;
        }
        let late = &ages[ages.len() - 100..];
        (late.iter().sum::<u64>() / 100, f64::from(read) / 60.0)
    }

    #[test]
    fn a_far_server_reads_every_picture() {
        let (age, read) = link(200, 10);
        assert!(read > 27.0 && age < 260, "{read} a second, {age} ms old");
    }

    #[test]
    fn a_slow_link_is_never_left_with_a_long_queue() {
        let (age, read) = link(20, 200);
        assert!(read > 4.0 && age < 700, "{read} a second, {age} ms old");
    }
}
