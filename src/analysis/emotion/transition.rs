//! From one emotion to the next, without being led astray by noise.

use std::time::Duration;

use crate::analysis::time::BufferTime;

/// Set by hand, as all below; `tests/analysis/emotion_over_time.rs` holds them. Share of the
/// newcomer, among the two, from which a change is under way; and the share below which it never
/// was one.
const UNDER_WAY: f64 = 0.4;
const NOT_ANY_MORE: f64 = 0.25;
/// Share of the newcomer from which it has taken over, if it keeps it for [`HOLD`].
const TAKEN_OVER: f64 = 0.6;
const HOLD: Duration = Duration::from_millis(150);
/// Probability below which a class is too faint to become anything.
const FAINT: f64 = 0.2;

/// Whether a face keeps its emotion or is on the way to another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Transition {
    /// Whether a change is under way.
    pub changing: bool,
    /// Class that is left; of a steady face, the one it came from (itself, where it had no other).
    pub from: usize,
    /// Class that is coming; of a steady face, the one it shows.
    pub to: usize,
    /// When the change began, or the steady state.
    pub since: BufferTime,
    /// How far the change has come, 0..1; 1 of a steady face.
    pub progress: f64,
}

/// What is remembered of one face's changes.
#[derive(Debug, Clone)]
pub struct SettledEmotion {
    class: usize,
    before: usize,
    since: BufferTime,
    newcomer: Option<RisingEmotion>,
}

#[derive(Debug, Clone, Copy)]
struct RisingEmotion {
    class: usize,
    since: BufferTime,
    under_way: bool,
    ahead_since: Option<BufferTime>,
}

impl SettledEmotion {
    /// A face first seen at `time` with these probabilities.
    pub fn new(probabilities: &[f64], time: BufferTime) -> Self {
        let class = likeliest(probabilities, None).unwrap_or_default();
        Self {
            class,
            before: class,
            since: time,
            newcomer: None,
        }
    }

    /// Takes in the smoothed probabilities at `time`.
    pub fn update(&mut self, probabilities: &[f64], time: BufferTime) {
        let Some(class) = likeliest(probabilities, Some(self.class)) else {
            return;
        };
        let (settled, coming) = (probabilities[self.class], probabilities[class]);
        let share = coming / (settled + coming).max(f64::MIN_POSITIVE);
        if share < NOT_ANY_MORE || coming < FAINT {
            self.newcomer = None;
            return;
        }
        let known = self.newcomer.filter(|newcomer| newcomer.class == class);
        let mut newcomer = known.unwrap_or(RisingEmotion {
            class,
            since: time,
            under_way: false,
            ahead_since: None,
        });
        newcomer.under_way |= share >= UNDER_WAY;
        newcomer.ahead_since = match newcomer.ahead_since {
            _ if share < TAKEN_OVER => None,
            Some(since) => Some(since),
            None => Some(time),
        };
        let held = newcomer.ahead_since.map(|since| time.since(since));
        if held.is_some_and(|held| held >= HOLD) {
            self.before = self.class;
            self.class = class;
            self.since = time;
            self.newcomer = None;
        } else {
            self.newcomer = Some(newcomer);
        }
    }

    /// The state at the last update, whose probabilities are given again.
    pub fn transition(&self, probabilities: &[f64]) -> Transition {
        match self.newcomer.filter(|newcomer| newcomer.under_way) {
            Some(newcomer) => {
                let of = |class: usize| probabilities.get(class).copied().unwrap_or_default();
                let (settled, coming) = (of(self.class), of(newcomer.class));
                Transition {
                    changing: true,
                    from: self.class,
                    to: newcomer.class,
                    since: newcomer.since,
                    progress: coming / (settled + coming).max(f64::MIN_POSITIVE),
                }
            }
            None => Transition {
                changing: false,
                from: self.before,
                to: self.class,
                since: self.since,
                progress: 1.0,
            },
        }
    }
}

/// The likeliest class other than `but`.
fn likeliest(probabilities: &[f64], but: Option<usize>) -> Option<usize> {
    let classes = (0..probabilities.len()).filter(|&class| Some(class) != but);
    classes.max_by(|&a, &b| probabilities[a].total_cmp(&probabilities[b]))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: u64 = 33_333_333;

    fn run(values: impl Iterator<Item = [f64; 3]>) -> Vec<Transition> {
        let mut settled: Option<SettledEmotion> = None;
        let frames = values.enumerate().map(|(frame, values)| {
            let time = BufferTime::from_nanos(frame as u64 * FRAME);
            let settled = settled.get_or_insert_with(|| SettledEmotion::new(&values, time));
            settled.update(&values, time);
            settled.transition(&values)
        });
        frames.collect()
    }

    #[test]
    fn a_cross_fade_changes_once_with_growing_progress_and_settles() {
        let fade = (0..60).map(|frame| {
            let part = ((f64::from(frame) - 15.0) / 30.0).clamp(0.0, 1.0);
            [0.9 - 0.8 * part, 0.1 + 0.8 * part, 0.0]
        });
        let seen = run(fade);
        let changing: Vec<_> = seen.iter().filter(|state| state.changing).collect();
        assert!(
            changing
                .windows(2)
                .all(|pair| pair[0].progress <= pair[1].progress)
        );
        assert!(
            changing
                .iter()
                .all(|state| (state.from, state.to) == (0, 1))
        );
        let last = seen.last().unwrap();
        assert_eq!((last.changing, last.from, last.to), (false, 0, 1));
        let runs = seen
            .windows(2)
            .filter(|pair| pair[0].changing != pair[1].changing);
        assert_eq!(runs.count(), 2);
    }

    #[test]
    fn a_flicker_of_two_frames_takes_nothing_over() {
        let flicker = (0..40).map(|frame| match frame {
            20 | 21 => [0.3, 0.7, 0.0],
            _ => [0.9, 0.1, 0.0],
        });
        let last = *run(flicker).last().unwrap();
        assert_eq!((last.changing, last.to, last.since.nanos()), (false, 0, 0));
    }

    #[test]
    fn two_emotions_of_like_strength_do_not_alternate() {
        let trembling = (0..90).map(|frame| {
            let part = 0.5 + 0.05 * f64::from(frame).sin();
            [part, 1.0 - part, 0.0]
        });
        let settled = run(trembling);
        assert!(settled.iter().all(|state| !state.changing
            || (state.from, state.to) == (0, 1)
            || (state.from, state.to) == (1, 0)));
        let kept = settled.windows(2).all(|pair| pair[0].from == pair[1].from);
        assert!(kept, "the settled emotion must not move");
    }
}
