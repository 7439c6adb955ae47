//! The last two seconds of one face, at any time between its frames.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::analysis::time::{BufferTime, nanos};

use super::motion::{MeshCues, UpperLipLook};
use super::regions::{Displacements, REGION_COUNT};

/// How far back is remembered: as long as a mouth is watched for speech before a movement, and the longest
/// movement after that.
const REACH: Duration = Duration::from_millis(2000);
/// Deviation of the bell by which neighbouring frames are averaged: nothing at 30 frames a second,
/// three frames at 60.
const SMOOTHING: Duration = Duration::from_millis(12);
/// Deviations beyond which frames are left out: their weight is a hundredth.
const BELL_REACH: u32 = 3;

/// What was measured of one frame.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// When the frame was taken.
    pub time: BufferTime,
    /// How far each region is from its place.
    pub displacements: Displacements,
    /// The difference to the reference that flow leaves in each region, in parts of its contrast.
    pub photometric_residual: [f64; REGION_COUNT],
    /// Pitch, yaw and roll in degrees, and the place of the head in hundredths of the outer-eye
    /// distance.
    pub head: [f64; 5],
    /// What the upper lip looks like, where that is known.
    #[serde(default)]
    pub upper_lip: Option<UpperLipLook>,
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
    /// Onset and offset of the blinks that the eyes' detector told of.
    blinks: VecDeque<[BufferTime; 2]>,
    eyes_are_read: bool,
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

    fn smooth_the_newest(&mut self, now: BufferTime) {
        let reach = SMOOTHING * BELL_REACH;
        for index in (0..self.samples.len()).rev() {
            let Some(time) = self.samples.get(index).map(|sample| sample.time) else {
                return;
            };
            if time + reach * 2 < now {
                return;
            }
            let smoothed = self.smoothed(time);
            if let Some(slot) = self.smooth.get_mut(index) {
                *slot = smoothed;
            }
        }
    }

    fn smoothed(&self, time: BufferTime) -> Displacements {
        let (centre, deviation) = (time.nanos() as f64, nanos(SMOOTHING) as f64);
        let bell_reach = f64::from(BELL_REACH);
        let (mut sum, mut total) = ([[0.0; 2]; REGION_COUNT], 0.0);
        for sample in self.samples.iter().rev() {
            let distance = (sample.time.nanos() as f64 - centre) / deviation;
            if distance < -bell_reach {
                break;
            }
            if distance > bell_reach {
                continue;
            }
            let weight = (-distance * distance / 2.0).exp();
            total += weight;
            add(&mut sum, &sample.displacements, weight);
        }
        sum.map(|region| region.map(|value| value / total))
    }

    /// Adds the onset and offset of a blink of both eyes.
    pub fn push_blink(&mut self, blink: [BufferTime; 2]) {
        let [_, now] = blink;
        self.blinks.push_back(blink);
        let old = |[_, offset]: &[BufferTime; 2]| *offset + REACH < now;
        while self.blinks.front().is_some_and(old) {
            self.blinks.pop_front();
        }
    }

    /// Says whether the eyes' detector runs.
    pub fn set_eyes_are_read(&mut self, eyes_are_read: bool) {
        self.eyes_are_read = eyes_are_read;
    }

    /// Whether the eyes' detector runs, and tells of every blink.
    pub fn eyes_are_read(&self) -> bool {
        self.eyes_are_read
    }

    /// Whether a blink passed within these times.
    pub fn has_blink(&self, [from, to]: [BufferTime; 2]) -> bool {
        let within = |[onset, offset]: &[BufferTime; 2]| *onset <= to && *offset >= from;
        self.blinks.iter().any(within)
    }

    /// The time of the newest sample.
    pub fn newest(&self) -> Option<BufferTime> {
        self.samples.back().map(|sample| sample.time)
    }

    /// Where the regions were at `time`; `None` where that is not remembered.
    pub fn at(&self, time: BufferTime) -> Option<Displacements> {
        let after = self.samples.partition_point(|sample| sample.time < time);
        let later = self.samples.get(after)?;
        let there = self.smooth.get(after)?;
        if later.time == time {
            return Some(*there);
        }
        let before = after.checked_sub(1)?;
        let (earlier, here) = (self.samples.get(before)?, self.smooth.get(before)?);
        let since = |time: BufferTime| nanos(time.since(earlier.time)) as f64;
        let part = since(time) / since(later.time);
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
    pub fn limits(&self, [from, to]: [BufferTime; 2], value: impl Fn(&Sample) -> f64) -> [f64; 2] {
        limits(self.between(from, to).map(value)).unwrap_or_default()
    }

    /// By how much a value changes from `from` to `to`.
    pub fn range(&self, times: [BufferTime; 2], value: impl Fn(&Sample) -> f64) -> f64 {
        let [least, most] = self.limits(times, value);
        most - least
    }

    /// The samples from `from` to `to`, both included.
    pub fn between(&self, from: BufferTime, to: BufferTime) -> impl Iterator<Item = &Sample> {
        let inside = move |sample: &&Sample| (from..=to).contains(&sample.time);
        self.samples.iter().filter(inside)
    }

    /// The smoothed course from `from` to `to`, both included.
    pub fn smoothed_between(
        &self,
        from: BufferTime,
        to: BufferTime,
    ) -> impl Iterator<Item = (BufferTime, &Displacements)> {
        let pairs = self.samples.iter().zip(&self.smooth);
        pairs
            .map(|(sample, smooth)| (sample.time, smooth))
            .filter(move |(time, _)| (from..=to).contains(time))
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.samples.clear();
        self.smooth.clear();
        self.blinks.clear();
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
use crate::geometry::Sides;

#[cfg(test)]
impl Sample {
    /// A face at rest, its eyes open and its mouth shut.
    pub fn at_rest(time: BufferTime) -> Self {
        Self {
            time,
            displacements: [[0.0; 2]; REGION_COUNT],
            photometric_residual: [0.2; REGION_COUNT],
            head: [0.0; 5],
            upper_lip: None,
            brightness: 100.0,
            cues: MeshCues {
                eye_openness: Sides::alike(0.3),
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
            let mut sample = Sample::at_rest(BufferTime::from_millis(frame * 20));
            change(&mut sample);
            history.push(sample);
        }
        history
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(ms: u64, value: f64) -> Sample {
        Sample {
            displacements: [[value; 2]; REGION_COUNT],
            ..Sample::at_rest(BufferTime::from_millis(ms))
        }
    }

    #[test]
    fn a_steady_movement_is_known_between_frames_of_any_rhythm() {
        let mut history = History::default();
        for time in [0u64, 40, 70, 110, 150] {
            history.push(sample(time, time as f64));
        }
        let [[value, _], ..] = history.at(BufferTime::from_millis(90)).unwrap();
        assert!((value - 90.0).abs() < 2.0, "{value}");
        assert_eq!(history.at(BufferTime::from_millis(151)), None);
    }

    #[test]
    fn simultaneous_frames_count_once() {
        let mut history = History::default();
        history.push(sample(5, 1.0));
        history.push(sample(5, 2.0));
        assert_eq!(
            history
                .between(BufferTime::default(), BufferTime::MAX)
                .count(),
            1
        );
    }
}
