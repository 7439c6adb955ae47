//! Blinks, their rate, and the time that eyes are closed.

use std::collections::VecDeque;

/// Openness below which eyes are closing and above which they are open again.
const CLOSES: f64 = 0.4;
const OPENS: f64 = 0.6;
/// Openness from which, at the deepest, between frames if need be, a closing was a blink.
const DEEP: f64 = 0.25;
/// Longest blink in ns; what takes longer is a closure of the eyes. Spontaneous blinks take 100 to
/// 400 ms from the first movement to the last (Stern, Walrath & Goldstein 1984).
const LONGEST: u64 = 500_000_000;
/// Openness at which four fifths of the eye are covered (PERCLOS P80, Wierwille 1994).
const COVERED: f64 = 0.2;
/// Longest time in ns that one frame stands for: after a gap nothing is known of what was missed.
const GAP: u64 = 500_000_000;
const MINUTE: u64 = 60_000_000_000;
/// Observed time in ns below which a rate is taken as if so much had been observed.
const LEAST: u64 = 10_000_000_000;
/// Highest intensity of an Action Unit.
const HIGHEST: f64 = 5.0;

#[derive(Debug, Clone, Copy)]
struct Frame {
    /// Time in ns that the frame stands for.
    lasts: u64,
    covered: bool,
    blinked: bool,
}

#[derive(Debug, Clone, Copy)]
struct Closing {
    onset: u64,
    course: Course,
    /// Whether the eyes were seen open before: only then is its duration known.
    seen_whole: bool,
}

/// How the lids move around their deepest point.
#[derive(Debug, Clone, Copy)]
struct Course {
    last: f64,
    deepest: f64,
    /// By how much they sank from the frame before the deepest, and rose to the one after it.
    sank: f64,
    rose: Option<f64>,
}

impl Course {
    fn from(before: f64, openness: f64) -> Self {
        Self {
            last: openness,
            deepest: openness,
            sank: before - openness,
            rose: None,
        }
    }

    fn go_on(&mut self, openness: f64) {
        if openness < self.deepest {
            *self = Self::from(self.last, openness);
        } else {
            self.rose.get_or_insert(openness - self.deepest);
        }
        self.last = openness;
    }

    /// The openness at the deepest point, which falls between two frames: on average the lids went
    /// on for half a frame as fast as the slower of both ways.
    fn bottom(&self) -> f64 {
        self.deepest - self.sank.min(self.rose.unwrap_or_default()) / 2.0
    }
}

/// What is remembered of a person's lids.
#[derive(Debug, Default)]
pub struct Blinks {
    frames: VecDeque<Frame>,
    seen: Option<u64>,
    openness: f64,
    closing: Option<Closing>,
}

impl Blinks {
    /// The eyes cannot be seen now: a closing that has begun is not followed.
    pub fn interrupt(&mut self) {
        self.closing = None;
        self.seen = None;
    }

    /// Takes in the openness of the eyes at `time` ns; onset and end of the blink that ended.
    pub fn see(&mut self, openness: f64, time: u64) -> Option<[u64; 2]> {
        let since = self.seen.map(|seen| time.saturating_sub(seen));
        let followed = since.is_some_and(|since| since <= GAP);
        if !followed {
            self.closing = None;
        }
        let blink = self.follow(openness, time, followed);
        self.seen = Some(time);
        self.openness = openness;
        self.frames.push_back(Frame {
            lasts: since.unwrap_or_default().min(GAP),
            covered: openness <= COVERED,
            blinked: blink.is_some(),
        });
        while self.frames.len() > 1 && self.observed() > LONGEST_WINDOW {
            self.frames.pop_front();
        }
        blink
    }

    fn follow(&mut self, openness: f64, time: u64, followed: bool) -> Option<[u64; 2]> {
        let Some(closing) = &mut self.closing else {
            if openness < CLOSES {
                self.closing = Some(Closing {
                    onset: time,
                    course: Course::from(self.openness, openness),
                    seen_whole: followed,
                });
            }
            return None;
        };
        closing.course.go_on(openness);
        if openness <= OPENS {
            return None;
        }
        let Closing {
            onset,
            course,
            seen_whole,
        } = *closing;
        self.closing = None;
        let short = time.saturating_sub(onset) <= LONGEST;
        (seen_whole && short && course.bottom() <= DEEP).then_some([onset, time])
    }

    /// The intensity of a blink that passes now: it is one as long as it is short.
    pub fn intensity(&self, openness: f64, time: u64) -> f64 {
        let passes = self.closing.is_some_and(|closing| {
            closing.seen_whole && time.saturating_sub(closing.onset) <= LONGEST
        });
        if passes {
            (1.0 - openness) * HIGHEST
        } else {
            0.0
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

/// Longest window of PERCLOS in ns.
pub const LONGEST_WINDOW: u64 = 10 * MINUTE;

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: u64 = 33_333_333;

    /// Blinks (frames of onset and end) in a course of openness, 30 frames a second.
    fn blinks(course: &[f64]) -> Vec<[u64; 2]> {
        let mut blinks = Blinks::default();
        let frames = (0u64..).zip(course);
        let blinks = frames.filter_map(|(index, &openness)| blinks.see(openness, index * FRAME));
        blinks.map(|times| times.map(|time| time / FRAME)).collect()
    }

    fn course(parts: &[(f64, usize)]) -> Vec<f64> {
        let parts = parts.iter();
        parts
            .flat_map(|&(openness, frames)| vec![openness; frames])
            .collect()
    }

    #[test]
    fn a_short_closing_is_a_blink_and_a_long_one_is_none() {
        assert_eq!(
            blinks(&course(&[(1.0, 10), (0.1, 4), (0.9, 5)])),
            [[10, 14]]
        );
        assert!(blinks(&course(&[(1.0, 10), (0.1, 20), (0.9, 5)])).is_empty());
    }

    #[test]
    fn a_squint_and_eyes_that_open_for_the_first_time_are_no_blinks() {
        assert!(blinks(&course(&[(1.0, 10), (0.35, 4), (0.9, 5)])).is_empty());
        assert!(blinks(&course(&[(0.1, 4), (0.9, 5)])).is_empty());
    }

    #[test]
    fn a_blink_whose_deepest_point_falls_between_two_frames_is_one() {
        let sharp = course(&[(1.0, 10), (0.28, 1), (0.5, 1), (0.9, 5)]);
        assert_eq!(blinks(&sharp), [[10, 12]]);
        let held = course(&[(1.0, 10), (0.28, 2), (0.5, 1), (0.9, 5)]);
        assert!(blinks(&held).is_empty());
    }

    #[test]
    fn a_tremble_around_the_threshold_is_one_blink() {
        let trembling = [
            (1.0, 10),
            (0.1, 2),
            (0.45, 1),
            (0.38, 1),
            (0.5, 1),
            (0.9, 5),
        ];
        assert_eq!(blinks(&course(&trembling)), [[10, 15]]);
    }

    #[test]
    fn the_rate_and_the_covered_time_are_those_of_the_time_that_was_seen() {
        let mut blinks = Blinks::default();
        for frame in 0..1800 {
            let openness = if frame % 300 < 6 && frame > 6 {
                0.0
            } else {
                1.0
            };
            blinks.see(openness, frame * FRAME);
        }
        assert!(
            (blinks.per_minute() - 5.0).abs() < 0.1,
            "{}",
            blinks.per_minute()
        );
        let covered = blinks.perclos(MINUTE);
        assert!((covered - 30.0 / 1800.0).abs() < 1e-3, "{covered}");
        assert_eq!(blinks.perclos(2_000_000_000), 0.0);
        blinks.interrupt();
        blinks.see(1.0, 1800 * FRAME + MINUTE);
        assert!(
            (blinks.perclos(MINUTE) - covered).abs() < 1e-3,
            "a gap is no time"
        );
    }
}
