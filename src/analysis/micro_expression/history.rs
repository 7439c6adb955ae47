//! The last moments of one face, at any time in between.

use std::collections::VecDeque;
use std::sync::Arc;

use super::regions::{COUNT, Displacements};
use super::signs::Signs;

/// How far back is remembered, in ns.
const REACH: u64 = 2_000_000_000;
/// Deviation in ns of the bell by which neighbouring frames are averaged: nothing at 30 frames a
/// second, three frames at 60.
const SMOOTHING: f64 = 12_000_000.0;
/// Beyond this many deviations frames are left out.
const BELL_REACH: f64 = 3.0;

/// What is kept of one frame.
#[derive(Debug, Clone)]
pub struct Moment {
    /// In ns.
    pub time: u64,
    /// How far each region is.
    pub moved: Displacements,
    /// How little each region looks like itself in the reference.
    pub strangeness: [f64; COUNT],
    /// Pitch, yaw and roll in degrees, and the place of the head in hundredths of the outer-eye
    /// distance.
    pub head: [f64; 5],
    /// Mean brightness of the face.
    pub light: f64,
    /// Eyes and mouth of the mesh.
    pub signs: Signs,
    /// Of each emotion; `None` where the net did not run.
    pub probabilities: Option<Vec<f64>>,
}

/// The moments, oldest first.
#[derive(Debug, Default)]
pub struct History {
    moments: VecDeque<Moment>,
    smooth: VecDeque<Displacements>,
    labels: Option<Arc<[String]>>,
}

impl History {
    /// Adds a moment after all others.
    pub fn push(&mut self, moment: Moment) {
        if self
            .moments
            .back()
            .is_some_and(|last| last.time >= moment.time)
        {
            return;
        }
        let now = moment.time;
        self.smooth.push_back(moment.moved);
        self.moments.push_back(moment);
        while self
            .moments
            .front()
            .is_some_and(|first| first.time + REACH < now)
        {
            self.moments.pop_front();
            self.smooth.pop_front();
        }
        self.smooth_the_newest(now);
    }

    fn smooth_the_newest(&mut self, now: u64) {
        let reach = (SMOOTHING * BELL_REACH) as u64;
        for index in (0..self.moments.len()).rev() {
            let Some(time) = self.moments.get(index).map(|moment| moment.time) else {
                return;
            };
            if time + 2 * reach < now {
                return;
            }
            let smoothed = self.smoothed(time);
            if let Some(slot) = self.smooth.get_mut(index) {
                *slot = smoothed;
            }
        }
    }

    fn smoothed(&self, time: u64) -> Displacements {
        let (mut sum, mut total) = ([[0.0; 2]; COUNT], 0.0);
        for moment in self.moments.iter().rev() {
            let off = (moment.time as f64 - time as f64) / SMOOTHING;
            if off < -BELL_REACH {
                break;
            }
            if off > BELL_REACH {
                continue;
            }
            let weight = (-off * off / 2.0).exp();
            total += weight;
            add(&mut sum, &moment.moved, weight);
        }
        sum.map(|region| region.map(|value| value / total))
    }

    /// The time of the newest moment in ns.
    pub fn newest(&self) -> Option<u64> {
        self.moments.back().map(|moment| moment.time)
    }

    /// Where the regions were at `time`; `None` where that is not remembered.
    pub fn at(&self, time: u64) -> Option<Displacements> {
        let after = self.moments.partition_point(|moment| moment.time < time);
        let later = self.moments.get(after)?;
        let there = self.smooth.get(after)?;
        if later.time == time {
            return Some(*there);
        }
        let before = after.checked_sub(1)?;
        let (earlier, here) = (self.moments.get(before)?, self.smooth.get(before)?);
        let part = (time - earlier.time) as f64 / (later.time - earlier.time) as f64;
        let mut mixed = [[0.0; 2]; COUNT];
        add(&mut mixed, here, 1.0 - part);
        add(&mut mixed, there, part);
        Some(mixed)
    }

    /// Names the emotions in the order of their probabilities.
    pub fn name(&mut self, labels: &Arc<[String]>) {
        self.labels.get_or_insert_with(|| labels.clone());
    }

    /// The names of the emotions.
    pub fn labels(&self) -> Option<&[String]> {
        self.labels.as_deref()
    }

    /// The least and the most of a value from `from` to `to`; zeros where nothing is remembered.
    pub fn limits(&self, [from, to]: [u64; 2], value: impl Fn(&Moment) -> f64) -> [f64; 2] {
        limits(self.between(from, to).map(value)).unwrap_or_default()
    }

    /// By how much a value changes from `from` to `to`.
    pub fn range(&self, times: [u64; 2], value: impl Fn(&Moment) -> f64) -> f64 {
        let [least, most] = self.limits(times, value);
        most - least
    }

    /// The moments from `from` to `to`, both included.
    pub fn between(&self, from: u64, to: u64) -> impl Iterator<Item = &Moment> {
        let inside = move |moment: &&Moment| (from..=to).contains(&moment.time);
        self.moments.iter().filter(inside)
    }

    /// The smoothed course from `from` to `to`, both included.
    pub fn course(&self, from: u64, to: u64) -> impl Iterator<Item = (u64, &Displacements)> {
        let pairs = self.moments.iter().zip(&self.smooth);
        pairs
            .map(|(moment, smooth)| (moment.time, smooth))
            .filter(move |(time, _)| (from..=to).contains(time))
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.moments.clear();
        self.smooth.clear();
    }
}

fn add(sum: &mut Displacements, values: &Displacements, weight: f64) {
    for (sum, values) in sum.iter_mut().zip(values) {
        for (sum, value) in sum.iter_mut().zip(values) {
            *sum += weight * value;
        }
    }
}

/// The least and the most of `values`; `None` without any.
pub fn limits(values: impl Iterator<Item = f64>) -> Option<[f64; 2]> {
    values.fold(None, |limits: Option<[f64; 2]>, value| {
        let [least, most] = limits.unwrap_or([value; 2]);
        Some([least.min(value), most.max(value)])
    })
}

#[cfg(test)]
impl Moment {
    /// A face at rest, its eyes open and its mouth shut.
    pub fn at_rest(time: u64) -> Self {
        Self {
            time,
            moved: [[0.0; 2]; COUNT],
            strangeness: [0.2; COUNT],
            head: [0.0; 5],
            light: 100.0,
            signs: Signs {
                open: [0.3; 2],
                ..Signs::default()
            },
            probabilities: None,
        }
    }
}

#[cfg(test)]
impl History {
    /// `frames` moments of a face at rest, 20 ms apart, each as `change` leaves it.
    pub fn of(frames: u64, change: impl Fn(&mut Moment)) -> Self {
        let mut history = Self::default();
        for frame in 0..frames {
            let mut moment = Moment::at_rest(frame * 20_000_000);
            change(&mut moment);
            history.push(moment);
        }
        history
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(time: u64, value: f64) -> Moment {
        Moment {
            moved: [[value; 2]; COUNT],
            ..Moment::at_rest(time)
        }
    }

    #[test]
    fn a_steady_movement_is_known_between_frames_of_any_rhythm() {
        let mut history = History::default();
        for time in [0u64, 40, 70, 110, 150] {
            history.push(moment(time * 1_000_000, time as f64));
        }
        let [[value, _], ..] = history.at(90_000_000).unwrap();
        assert!((value - 90.0).abs() < 2.0, "{value}");
        assert_eq!(history.at(151_000_000), None);
    }

    #[test]
    fn simultaneous_frames_count_once() {
        let mut history = History::default();
        history.push(moment(5, 1.0));
        history.push(moment(5, 2.0));
        assert_eq!(history.between(0, 10).count(), 1);
    }
}
