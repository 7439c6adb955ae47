//! The last two seconds of one face, at any time between its frames.

use std::collections::VecDeque;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::motion::MeshCues;
use super::regions::{Displacements, REGION_COUNT};

/// How far back is remembered, in ns.
const REACH: u64 = 2_000_000_000;
/// Deviation in ns of the bell by which neighbouring frames are averaged: nothing at 30 frames a
/// second, three frames at 60.
const SMOOTHING: f64 = 12_000_000.0;
/// Beyond this many deviations frames are left out.
const BELL_REACH: f64 = 3.0;

/// What was measured of one frame.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// In ns.
    pub time: u64,
    /// How far each region is from its place.
    pub displacements: Displacements,
    /// The difference to the reference that flow leaves in each region, in parts of its contrast.
    pub photometric_residual: [f64; REGION_COUNT],
    /// Pitch, yaw and roll in degrees, and the place of the head in hundredths of the outer-eye
    /// distance.
    pub head: [f64; 5],
    /// Mean brightness of the face, 0..255.
    pub brightness: f64,
    /// Eyes and mouth of the mesh.
    pub cues: MeshCues,
    /// Of each emotion; `None` where the net did not run.
    pub probabilities: Option<Vec<f64>>,
}

/// The samples, oldest first.
#[derive(Debug, Default)]
pub struct History {
    samples: VecDeque<Sample>,
    smooth: VecDeque<Displacements>,
    labels: Option<Arc<[String]>>,
}

impl History {
    /// Adds a sample after all others.
    pub fn push(&mut self, sample: Sample) {
        if self
            .samples
            .back()
            .is_some_and(|last| last.time >= sample.time)
        {
            return;
        }
        let now = sample.time;
        self.smooth.push_back(sample.displacements);
        self.samples.push_back(sample);
        while self
            .samples
            .front()
            .is_some_and(|first| first.time + REACH < now)
        {
            self.samples.pop_front();
            self.smooth.pop_front();
        }
        self.smooth_the_newest(now);
    }

    fn smooth_the_newest(&mut self, now: u64) {
        let reach = (SMOOTHING * BELL_REACH) as u64;
        for index in (0..self.samples.len()).rev() {
            let Some(time) = self.samples.get(index).map(|sample| sample.time) else {
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
        let (mut sum, mut total) = ([[0.0; 2]; REGION_COUNT], 0.0);
        for sample in self.samples.iter().rev() {
            let distance = (sample.time as f64 - time as f64) / SMOOTHING;
            if distance < -BELL_REACH {
                break;
            }
            if distance > BELL_REACH {
                continue;
            }
            let weight = (-distance * distance / 2.0).exp();
            total += weight;
            add(&mut sum, &sample.displacements, weight);
        }
        sum.map(|region| region.map(|value| value / total))
    }

    /// The time of the newest sample in ns.
    pub fn newest(&self) -> Option<u64> {
        self.samples.back().map(|sample| sample.time)
    }

    /// Where the regions were at `time`; `None` where that is not remembered.
    pub fn at(&self, time: u64) -> Option<Displacements> {
        let after = self.samples.partition_point(|sample| sample.time < time);
        let later = self.samples.get(after)?;
        let there = self.smooth.get(after)?;
        if later.time == time {
            return Some(*there);
        }
        let before = after.checked_sub(1)?;
        let (earlier, here) = (self.samples.get(before)?, self.smooth.get(before)?);
        let part = (time - earlier.time) as f64 / (later.time - earlier.time) as f64;
        let mut mixed = [[0.0; 2]; REGION_COUNT];
        add(&mut mixed, here, 1.0 - part);
        add(&mut mixed, there, part);
        Some(mixed)
    }

    /// Names the emotions in the order of their probabilities.
    pub fn set_labels(&mut self, labels: &Arc<[String]>) {
        self.labels.get_or_insert_with(|| labels.clone());
    }

    /// The names of the emotions.
    pub fn labels(&self) -> Option<&[String]> {
        self.labels.as_deref()
    }

    /// The least and the most of a value from `from` to `to`; zeros where nothing is remembered.
    pub fn limits(&self, [from, to]: [u64; 2], value: impl Fn(&Sample) -> f64) -> [f64; 2] {
        limits(self.between(from, to).map(value)).unwrap_or_default()
    }

    /// By how much a value changes from `from` to `to`.
    pub fn range(&self, times: [u64; 2], value: impl Fn(&Sample) -> f64) -> f64 {
        let [least, most] = self.limits(times, value);
        most - least
    }

    /// The samples from `from` to `to`, both included.
    pub fn between(&self, from: u64, to: u64) -> impl Iterator<Item = &Sample> {
        let inside = move |sample: &&Sample| (from..=to).contains(&sample.time);
        self.samples.iter().filter(inside)
    }

    /// The smoothed course from `from` to `to`, both included.
    pub fn smoothed_between(
        &self,
        from: u64,
        to: u64,
    ) -> impl Iterator<Item = (u64, &Displacements)> {
        let pairs = self.samples.iter().zip(&self.smooth);
        pairs
            .map(|(sample, smooth)| (sample.time, smooth))
            .filter(move |(time, _)| (from..=to).contains(time))
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.samples.clear();
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
impl Sample {
    /// A face at rest, its eyes open and its mouth shut.
    pub fn at_rest(time: u64) -> Self {
        Self {
            time,
            displacements: [[0.0; 2]; REGION_COUNT],
            photometric_residual: [0.2; REGION_COUNT],
            head: [0.0; 5],
            brightness: 100.0,
            cues: MeshCues {
                eye_openness: [0.3; 2],
                ..MeshCues::default()
            },
            probabilities: None,
        }
    }
}

#[cfg(test)]
impl History {
    /// `frames` moments of a face at rest, 20 ms apart, each as `change` leaves it.
    pub fn of(frames: u64, change: impl Fn(&mut Sample)) -> Self {
        let mut history = Self::default();
        for frame in 0..frames {
            let mut sample = Sample::at_rest(frame * 20_000_000);
            change(&mut sample);
            history.push(sample);
        }
        history
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(time: u64, value: f64) -> Sample {
        Sample {
            displacements: [[value; 2]; REGION_COUNT],
            ..Sample::at_rest(time)
        }
    }

    #[test]
    fn a_steady_movement_is_known_between_frames_of_any_rhythm() {
        let mut history = History::default();
        for time in [0u64, 40, 70, 110, 150] {
            history.push(sample(time * 1_000_000, time as f64));
        }
        let [[value, _], ..] = history.at(90_000_000).unwrap();
        assert!((value - 90.0).abs() < 2.0, "{value}");
        assert_eq!(history.at(151_000_000), None);
    }

    #[test]
    fn simultaneous_frames_count_once() {
        let mut history = History::default();
        history.push(sample(5, 1.0));
        history.push(sample(5, 2.0));
        assert_eq!(history.between(0, 10).count(), 1);
    }
}
