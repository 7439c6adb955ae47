//! Which emotion each face shows, smoothed over time: one or two at once, steady or on the way to
//! another.

mod affect;
mod mixture;
mod transition;

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use crate::models::{EmotionNet, EmotionNetError};

use super::alignment::Aligned;
use super::observation::FaceObservation;
use super::stage::{FaceStage, Frame};
use super::time::{BufferTime, nanos};
use super::track_id::TrackId;

use self::affect::valence_arousal;
use self::transition::Settled;

pub use self::mixture::{Mixture, MixtureKind};
pub use self::transition::Transition;

/// Which emotion a face shows (not what a person feels).
#[derive(Debug, Clone, PartialEq)]
pub struct Emotion {
    /// Names of the classes, in the order of the probabilities.
    pub labels: Arc<[String]>,
    /// Probabilities smoothed over time; they sum to 1.
    pub smoothed: Vec<f64>,
    /// Probabilities of this very frame; `None` where the net did not run on it.
    pub raw: Option<Vec<f64>>,
    /// The winner of `smoothed`; `None` where it stays below the confidence floor.
    pub winner: Option<usize>,
    /// What `smoothed` is made up of.
    pub mixture: Mixture,
    /// Whether the emotion stays or turns into another.
    pub transition: Transition,
    /// Valence and arousal of `smoothed`, each -1..1; `None` with classes other than the bundled.
    pub valence_arousal: Option<[f64; 2]>,
}

impl Emotion {
    /// What [`Emotion::label`] says where no class reaches the confidence floor.
    pub const UNKNOWN: &str = "unknown";

    /// Name of the winning class, or `unknown`.
    pub fn label(&self) -> &str {
        self.winner
            .and_then(|index| self.labels.get(index))
            .map_or(Self::UNKNOWN, String::as_str)
    }

    /// Probability of the likeliest class.
    pub fn confidence(&self) -> f64 {
        self.smoothed.iter().copied().fold(0.0, f64::max)
    }
}

/// Time from one run of the net on a face to the next where no number of frames is asked for:
/// ten runs a second, a third of the smoothing; frames may come a tenth early.
const PAUSE: Duration = Duration::from_millis(90);

/// Probability below which no label is given.
const CONFIDENCE_FLOOR: f64 = 0.4;

/// How the stage reads.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EmotionSettings {
    /// Frames from one run of the net on a face to the next; 0 runs it ten times a second.
    pub interval: u32,
    /// Time over which probabilities are averaged: that of an exponential decay to 1/e. Zero smooths
    /// nothing.
    pub smoothing: Duration,
}

impl Default for EmotionSettings {
    fn default() -> Self {
        Self {
            interval: 0,
            smoothing: Duration::from_millis(300),
        }
    }
}

/// What is remembered of one face.
struct Memory {
    smoothed: Vec<f64>,
    updated: BufferTime,
    frames_since_run: u32,
    settled: Settled,
}

/// The emotion stage.
pub struct EmotionStage {
    net: Arc<EmotionNet>,
    memories: HashMap<TrackId, Memory>,
}

impl EmotionStage {
    /// A stage around the loaded net.
    pub fn new(net: Arc<EmotionNet>) -> Self {
        Self {
            net,
            memories: HashMap::new(),
        }
    }

    /// The emotion of each face (id and aligned crop) at `time`. The net runs on a face's first
    /// frame and then on each that is due, on all faces that are due in one batch; in between the
    /// smoothed values stand.
    ///
    /// # Errors
    /// The crop or the net failed.
    pub fn read(
        &mut self,
        faces: &[(TrackId, Option<&Aligned>)],
        time: BufferTime,
        settings: &EmotionSettings,
    ) -> Result<Vec<Option<Emotion>>, EmotionNetError> {
        let mut ids = Vec::new();
        let mut crops = Vec::new();
        for &(id, aligned) in faces {
            let memory = self.memories.get(&id);
            let due = memory.is_none_or(|memory| memory.is_due(time, settings.interval));
            if let Some(Aligned(face)) = aligned.filter(|_| due) {
                ids.push(id);
                crops.push(face.as_slice());
            }
        }
        let probabilities = self.net.probabilities(&crops)?;
        for memory in self.memories.values_mut() {
            memory.frames_since_run = memory.frames_since_run.saturating_add(1);
        }
        let raw: HashMap<TrackId, Vec<f64>> = ids.into_iter().zip(probabilities).collect();
        for (&id, raw) in &raw {
            let memory = self.memories.entry(id).or_insert_with(|| Memory {
                smoothed: raw.clone(),
                updated: time,
                frames_since_run: 0,
                settled: Settled::new(raw, time),
            });
            memory.update(raw, time, settings.smoothing);
        }
        let ids = faces.iter().map(|(id, _)| id);
        Ok(ids.map(|id| self.emotion(*id, raw.get(id))).collect())
    }

    fn emotion(&self, id: TrackId, raw: Option<&Vec<f64>>) -> Option<Emotion> {
        let memory = self.memories.get(&id)?;
        let likeliest = memory.smoothed.iter().enumerate();
        let likeliest = likeliest.max_by(|a, b| a.1.total_cmp(b.1));
        let labels = self.net.labels();
        Some(Emotion {
            labels: Arc::clone(labels),
            smoothed: memory.smoothed.clone(),
            raw: raw.cloned(),
            winner: likeliest
                .filter(|(_, probability)| **probability >= CONFIDENCE_FLOOR)
                .map(|(index, _)| index),
            mixture: Mixture::from_probabilities(&memory.smoothed, labels),
            transition: memory.settled.transition(&memory.smoothed),
            valence_arousal: valence_arousal(&memory.smoothed, labels),
        })
    }
}

impl FaceStage for EmotionStage {
    type Settings = EmotionSettings;
    type Measurement = Option<Emotion>;
    type Needs<'face> = ();
    type Reading = Option<Emotion>;
    type Last = Infallible;
    type Error = EmotionNetError;

    fn measure(
        &mut self,
        frame: &Frame<'_>,
        faces: &[FaceObservation],
        settings: &EmotionSettings,
    ) -> Result<Vec<Option<Emotion>>, EmotionNetError> {
        let crops = faces.iter();
        let crops = crops.map(|face| (face.tracked.id, face.aligned.as_ref()));
        let crops: Vec<_> = crops.collect();
        self.read(&crops, frame.time.pts, settings)
    }

    fn conclude(
        &mut self,
        _: TrackId,
        _: BufferTime,
        emotion: Option<Emotion>,
        (): (),
    ) -> Option<Emotion> {
        emotion
    }

    fn forget(&mut self, track: TrackId) -> Option<Infallible> {
        self.memories.remove(&track);
        None
    }
}

impl Memory {
    fn is_due(&self, time: BufferTime, interval: u32) -> bool {
        match interval {
            0 => time.since(self.updated) >= PAUSE,
            frames => self.frames_since_run + 1 >= frames,
        }
    }

    fn update(&mut self, raw: &[f64], time: BufferTime, smoothing: Duration) {
        let elapsed = nanos(time.since(self.updated)) as f64;
        let trust = match nanos(smoothing) {
            0 => 1.0,
            smoothing => 1.0 - (-elapsed / smoothing as f64).exp(),
        };
        for (smoothed, raw) in self.smoothed.iter_mut().zip(raw) {
            *smoothed += trust * (raw - *smoothed);
        }
        self.updated = time;
        self.frames_since_run = 0;
        self.settled.update(&self.smoothed, time);
    }
}
