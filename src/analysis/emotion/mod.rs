//! Which emotion each face shows over about a second: one or two at once, steady or on the way to
//! another, which is told sooner.

mod affect;
mod basic;
mod mixture;
mod pooling;
mod transition;

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use crate::models::{EmotionNet, EmotionNetError};

use super::alignment::Aligned;
use super::observation::FaceObservation;
use super::quality::VisibleParts;
use super::stage::{FaceStage, Frame};
use super::time::BufferTime;
use super::track_id::TrackId;

use self::affect::valence_arousal;
use self::mixture::winner;
use self::pooling::{ClassPrior, Estimates};
use self::transition::SettledEmotion;

pub use self::basic::BasicEmotion;
pub use self::mixture::{Mixture, MixtureKind};
pub use self::transition::Transition;

/// Which emotion a face shows (not what a person feels).
#[derive(Debug, Clone, PartialEq)]
pub struct Emotion {
    /// Names of the classes, in the order of the probabilities.
    pub labels: Arc<[String]>,
    /// Probabilities pooled over about a second, in video with the net's prior taken off; they sum
    /// to 1. A change shows here about half a second after it.
    pub smoothed: Vec<f64>,
    /// The net's own probabilities of this very frame; `None` where it did not run on it.
    pub raw: Option<Vec<f64>>,
    /// The winner of `smoothed`; `None` where it stays below the confidence floor, alone and with
    /// the class that it is often taken for, or where eyes or mouth are covered.
    pub winner: Option<usize>,
    /// What `smoothed` is made up of.
    pub mixture: Mixture,
    /// Whether the emotion stays or turns into another, by the last 300 ms: told before `smoothed`
    /// and `winner` follow.
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

    /// The same of a face of which eyes or mouth are covered: what it shows is not known. The net is as sure
    /// of masked faces as of free ones, so its confidence says nothing.
    fn of_covered(mut self) -> Self {
        self.winner = None;
        self.mixture = Mixture::ambiguous(&self.smoothed);
        self
    }

    /// Probability of the likeliest class.
    pub fn confidence(&self) -> f64 {
        self.smoothed.iter().copied().fold(0.0, f64::max)
    }
}

/// Time from one run of the net on a face to the next where no number of frames is asked for:
/// ten runs a second, a third of the smoothing; frames may come a tenth early.
const PAUSE: Duration = Duration::from_millis(90);

/// How the stage reads.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EmotionSettings {
    /// Frames from one run of the net on a face to the next; 0 runs it ten times a second.
    pub interval: u32,
    /// Time over which probabilities are pooled: that of an exponential decay to 1/e. 0 pools nothing:
    /// each picture is read as a photo is.
    pub smoothing: Duration,
}

impl Default for EmotionSettings {
    fn default() -> Self {
        Self {
            interval: 0,
            smoothing: Duration::from_millis(500),
        }
    }
}

/// What is remembered of one face.
struct EmotionHistory {
    estimates: Estimates,
    frames_since_run: u32,
    settled: SettledEmotion,
}

/// The emotion stage.
pub struct EmotionStage {
    net: Arc<EmotionNet>,
    prior: ClassPrior,
    histories: HashMap<TrackId, EmotionHistory>,
}

impl EmotionStage {
    /// A stage around the loaded net.
    pub fn new(net: Arc<EmotionNet>) -> Self {
        Self {
            prior: ClassPrior::new(net.labels()),
            net,
            histories: HashMap::new(),
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
            let memory = self.histories.get(&id);
            let due = memory.is_none_or(|memory| memory.is_due(time, settings.interval));
            if let Some(Aligned(face)) = aligned.filter(|_| due) {
                ids.push(id);
                crops.push(face.as_slice());
            }
        }
        let probabilities = self.net.probabilities(&crops)?;
        for memory in self.histories.values_mut() {
            memory.frames_since_run = memory.frames_since_run.saturating_add(1);
        }
        let raw: HashMap<TrackId, Vec<f64>> = ids.into_iter().zip(probabilities).collect();
        for (&id, raw) in &raw {
            let memory = self.histories.entry(id).or_insert_with(|| EmotionHistory {
                estimates: Estimates::new(raw, time),
                frames_since_run: 0,
                settled: SettledEmotion::new(raw, time),
            });
            memory.update(raw, &self.prior, time, settings.smoothing);
        }
        let ids = faces.iter().map(|(id, _)| id);
        Ok(ids.map(|id| self.emotion(*id, raw.get(id))).collect())
    }

    fn emotion(&self, id: TrackId, raw: Option<&Vec<f64>>) -> Option<Emotion> {
        let memory = self.histories.get(&id)?;
        let labels = self.net.labels();
        let smoothed = memory.estimates.settled(&self.prior);
        Some(Emotion {
            labels: Arc::clone(labels),
            raw: raw.cloned(),
            winner: winner(&smoothed, labels),
            mixture: Mixture::from_probabilities(&smoothed, labels),
            transition: memory.settled.transition(memory.estimates.quick()),
            valence_arousal: valence_arousal(&smoothed, labels),
            smoothed,
        })
    }
}

impl FaceStage for EmotionStage {
    type Settings = EmotionSettings;
    type Measurement = Option<Emotion>;
    /// Which parts of the face can be seen.
    type Needs<'face> = VisibleParts;
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
        visible: VisibleParts,
    ) -> Option<Emotion> {
        if visible.shows_expression() {
            emotion
        } else {
            emotion.map(Emotion::of_covered)
        }
    }

    fn forget(&mut self, track: TrackId) -> Option<Infallible> {
        self.histories.remove(&track);
        None
    }
}

impl EmotionHistory {
    fn is_due(&self, time: BufferTime, interval: u32) -> bool {
        match interval {
            0 => time.since(self.estimates.updated()) >= PAUSE,
            frames => self.frames_since_run + 1 >= frames,
        }
    }

    fn update(&mut self, raw: &[f64], prior: &ClassPrior, time: BufferTime, smoothing: Duration) {
        self.estimates.update(raw, prior, time, smoothing);
        self.frames_since_run = 0;
        self.settled.update(self.estimates.quick(), time);
    }
}
