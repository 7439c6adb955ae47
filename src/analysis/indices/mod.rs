//! Indices of a session: what eyes, head and Action Units say of a person over time.
//!
//! `docs/indices.md` gives each with its formula, its source and what it is worth. Each value tells its
//! window and how much of that could be observed, and is unknown below a half. None says what a
//! person feels, thinks or is able to do.

mod attention;
mod baseline;
mod direction;
mod event;
mod expressivity;
mod fatigue;
mod gestures;
mod group;
mod sample;
mod settings;
mod tension;
#[cfg(test)]
mod tests;
mod window;
mod yawn;

use std::collections::HashMap;
use std::convert::Infallible;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::baseline::{Baselines, Calibrations};
use super::observation::FaceObservation;
use super::quality::FacePart;
use super::stage::{FaceStage, Frame};
use super::time::{BufferTime, seconds};
use super::track_id::TrackId;
use crate::geometry::landmarks::{LOWER_LIP, OUTER_EYE_CORNERS, UPPER_LIP, distance};

use self::attention::AttentionMeter;
use self::fatigue::FatigueMeter;
use self::gestures::GestureDetector;
use self::tension::TensionMeter;
use self::window::SlidingMean;

pub use self::attention::{Attention, Distraction};
pub use self::direction::Reference;
pub use self::event::IndexEvent;
pub use self::fatigue::{ClosureState, Fatigue};
pub use self::group::{FEWEST as FEWEST_IN_GROUP, Group};
pub use self::sample::FaceSample;
pub use self::settings::{IndexKinds, IndexSettings, LONGEST_PERCLOS_WINDOW};
pub use self::tension::TensionSigns;
pub use self::window::Index;

/// How often a session is told anew, as docs/indices.md promises; the last holds in between.
const TOLD: Duration = Duration::from_secs(1);
/// Longest time in seconds that one frame stands for, set by hand: after a gap nothing is known of
/// what was missed.
const GAP: f64 = 0.5;

/// The indices of a face, computed once a second; the last hold in between. Of the groups that are
/// not measured nothing is told. `docs/indices.md` gives the formulas.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename = "session", rename_all = "kebab-case")]
pub struct Session<T = BufferTime, I = Index> {
    /// When they were computed.
    pub time: T,
    /// Signs of fatigue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fatigue: Option<Fatigue<I>>,
    /// Where the person looks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attention: Option<Attention<I>>,
    /// Mean of the three strongest good or fair Action Units over 5, 0..1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expressiveness: Option<I>,
    /// Each in standard deviations of the person's own first two minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tension: Option<TensionSigns<I>>,
}

impl<T, I> Session<T, I> {
    /// The same in another clock, with what `change` makes of each index.
    pub fn map<U, J>(
        self,
        clock: impl FnOnce(T) -> U,
        mut change: impl FnMut(I) -> J,
    ) -> Session<U, J> {
        Session {
            time: clock(self.time),
            fatigue: self.fatigue.map(|of| of.map(&mut change)),
            attention: self.attention.map(|of| of.map(&mut change)),
            expressiveness: self.expressiveness.map(&mut change),
            tension: self.tension.map(|of| of.map(change)),
        }
    }
}

/// What indices tell of a face on a frame.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct IndexReading {
    /// The session as it was last told.
    pub session: Option<Session>,
    /// What happened.
    pub events: Vec<IndexEvent>,
}

/// The stage; remembers each person's session.
#[derive(Default)]
pub struct IndexStage {
    people: HashMap<TrackId, PersonIndices>,
    baselines: Baselines,
    calibrations: Calibrations,
    settings: IndexSettings,
}

/// One person's session.
#[derive(Debug)]
struct PersonIndices {
    last: Option<BufferTime>,
    fatigue: FatigueMeter,
    attention: AttentionMeter,
    expressiveness: SlidingMean,
    tension: TensionMeter,
    gestures: GestureDetector,
    told: Option<Session>,
}

impl Default for PersonIndices {
    fn default() -> Self {
        Self {
            last: None,
            fatigue: FatigueMeter::default(),
            attention: AttentionMeter::default(),
            expressiveness: SlidingMean::new(IndexSettings::default().expressiveness_window),
            tension: TensionMeter::default(),
            gestures: GestureDetector::default(),
            told: None,
        }
    }
}

impl IndexStage {
    /// A stage that follows the calibrations of `baselines`.
    pub fn new(baselines: Baselines) -> Self {
        Self {
            calibrations: baselines.calibrations(),
            baselines,
            ..Self::default()
        }
    }

    /// Takes what the signals said since the last frame to everyone in view.
    fn follow_calibrations(&mut self) {
        let now = self.baselines.calibrations();
        let before = std::mem::replace(&mut self.calibrations, now);
        for person in self.people.values_mut() {
            if now.resets != before.resets {
                person.attention.reset_direction();
            }
            if now.calibrated != before.calibrated {
                person.attention.calibrate();
            }
        }
    }
}

impl FaceStage for IndexStage {
    type Settings = IndexSettings;
    /// How far the lips are apart, in outer-eye distances; `None` where the mouth is covered.
    type Measurement = Option<f64>;
    type Needs<'face> = FaceSample<'face>;
    type Reading = IndexReading;
    type Last = Infallible;
    type Error = Infallible;

    fn measure(
        &mut self,
        _: &Frame<'_>,
        faces: &[FaceObservation],
        settings: &IndexSettings,
    ) -> Result<Vec<Option<f64>>, Infallible> {
        self.settings = *settings;
        self.follow_calibrations();
        let mouths = faces.iter().map(|face| {
            if !face.quality.visible.sees(FacePart::Mouth) {
                return None;
            }
            let mesh = &face.tracked.mesh.points;
            let unit = distance(mesh, OUTER_EYE_CORNERS)?;
            Some(distance(mesh, [UPPER_LIP, LOWER_LIP])? / unit.max(f64::MIN_POSITIVE))
        });
        Ok(mouths.collect())
    }

    fn conclude(
        &mut self,
        track: TrackId,
        time: BufferTime,
        mouth: Option<f64>,
        sample: FaceSample<'_>,
    ) -> IndexReading {
        let sample = FaceSample { mouth, ..sample };
        let person = self.people.entry(track).or_default();
        person.observe(&sample, time, &self.settings)
    }

    fn forget(&mut self, track: TrackId) -> Option<Infallible> {
        self.people.remove(&track);
        None
    }

    fn clear(&mut self) {
        self.people.clear();
    }
}

impl PersonIndices {
    fn observe(
        &mut self,
        sample: &FaceSample<'_>,
        time: BufferTime,
        settings: &IndexSettings,
    ) -> IndexReading {
        let since = self
            .last
            .replace(time)
            .map(|last| seconds(time.since(last)));
        let elapsed = since.unwrap_or_default().min(GAP);
        let (kinds, mut events, at) = (settings.kinds, Vec::new(), (time, elapsed));
        if kinds.fatigue {
            self.fatigue.observe(sample, at, settings, &mut events);
        }
        if kinds.attention {
            self.attention.observe(sample, at, settings, &mut events);
        }
        if kinds.expressivity {
            self.expressiveness
                .set_window(settings.expressiveness_window);
            let units = sample.action_units.and_then(expressivity::expressiveness);
            self.expressiveness.observe(units, elapsed);
        }
        if kinds.tension {
            self.tension.observe(sample, elapsed, settings);
        }
        if kinds.gestures {
            self.gestures.observe(&sample.pose, at, &mut events);
        }
        let due = self.told.is_none_or(|told| time.since(told.time) >= TOLD);
        if due || !events.is_empty() {
            self.told = Some(Session {
                time,
                fatigue: kinds.fatigue.then(|| self.fatigue.fatigue()),
                attention: kinds.attention.then(|| self.attention.attention(time)),
                expressiveness: kinds.expressivity.then(|| self.expressiveness.index()),
                tension: kinds.tension.then(|| self.tension.signs()),
            });
        }
        IndexReading {
            session: self.told,
            events,
        }
    }
}
