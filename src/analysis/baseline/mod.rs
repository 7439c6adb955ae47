//! Each person's own neutral: faces at rest differ more than faces in motion.
//!
//! A face's scores are gathered into short bins. The neutral is the median of the calmest bins,
//! those nearest to what people look like at rest. It starts at the mean person's and moves away
//! from it as far as the face was seen to rest: still, and no Action Unit far from where people
//! have it at rest, slower for a unit that is seen to show. So a person who starts with a smile, in
//! tears or with shut eyes is not taken to look like that at rest; and a neutral never lies farther
//! from the mean person than people's resting faces do.

mod calm_level;

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::models::SCORES;

use crate::statistics;

use super::time::BufferTime;
use super::track_id::TrackId;

use self::calm_level::CalmLevel;

/// Action Units of which a neutral holds a score: all but the blink, which the eyes' stage measures.
pub const NEUTRAL_UNITS: usize = SCORES;

/// Scores of one face, one for each Action Unit that is measured; the mean person at rest scores 0.
pub type Scores = [f64; SCORES];

/// Length of a bin. This and what follows without a source was set by hand;
/// `tests/analysis/baseline.rs` and
/// `baseline/tests.rs` hold it on faces that rest, smile and talk.
const BIN: Duration = Duration::from_millis(500);
/// Bins remembered of each person: two minutes of seeing them.
const REMEMBERED: usize = 240;
/// Part of the bins, the calmest, that are taken for neutral.
const CALM: f64 = 0.3;
/// Bins after which the neutral is ready: three seconds of seeing the face.
const ENOUGH: usize = 6;
/// Weight in bins of what is known before anything is seen of a person.
const PRIOR_BINS: f64 = 2.0;
/// How many times as much is known beforehand of a unit that lies one standard deviation of people's resting
/// faces above their mean, less one; of two deviations four times that. A face that shows much of a unit may
/// rest so, but it may express something as well.
const DOUBT: f64 = 2.0;
/// Bins in which such doubt fades: nobody holds an expression for a minute.
const DOUBTED: f64 = 120.0;
/// How far, in standard deviations of people's resting faces, a neutral may lie from their mean.
const FARTHEST: f64 = 2.5;
/// The farthest that one Action Unit of a resting face lies from the mean person's, in standard
/// deviations of people at rest: up to the first it rests for sure, from the second on it does
/// not. Of twenty-two normal values the largest is 2.2 on average.
const RESTING: [f64; 2] = [2.5, 3.5];
/// What a unit counts, in telling which bins are the calmest, that shows less than in the mean person: it makes
/// no expression, but may be what one of another unit does to its place.
const BELOW: f64 = 0.25;
/// How much an Action Unit of a resting face varies within a bin, in the same deviations, at most.
const STILL: f64 = 1.0;
/// What a bin counts in which a face does not rest: a face that never looks like the mean person
/// at rest still comes to have a neutral of its own, in a minute.
const RESTLESS: f64 = 0.03;
/// Time after which a neutral that could not be checked against the face is stale.
const STALE: Duration = Duration::from_secs(60);
/// Bins that `calibrate` looks back on, and the fewest that a neutral is learned from.
const FEWEST: usize = 2;

/// How far a person's neutral is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum BaselineState {
    /// The face has not been seen for three seconds yet.
    #[default]
    Calibrating,
    /// Known.
    Ready,
    /// Known, but not checked against the face for a minute.
    Stale,
}

impl BaselineState {
    /// Its name in the metadata.
    pub fn name(self) -> &'static str {
        match self {
            Self::Calibrating => "calibrating",
            Self::Ready => "ready",
            Self::Stale => "stale",
        }
    }
}

/// A person's neutral as it can be kept and given back.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Neutral {
    /// Track id.
    pub face: TrackId,
    /// The scores of the resting face.
    pub scores: Scores,
}

/// How often the user has spoken of everyone in view.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Calibrations {
    /// Calls of [`Baselines::calibrate`].
    pub calibrated: u64,
    /// Calls of [`Baselines::reset`].
    pub resets: u64,
}

/// What is known of the people in view; clones share it, so that any thread may ask and tell.
#[derive(Debug, Clone, Default)]
pub struct Baselines(Arc<Mutex<BaselineStore>>);

#[derive(Debug, Default)]
struct BaselineStore {
    people: BTreeMap<TrackId, PersonalBaseline>,
    imported: BTreeMap<TrackId, Scores>,
    calibrations: Calibrations,
    /// Calls of [`Baselines::import`].
    imports: u64,
}

#[derive(Debug, Default)]
struct PersonalBaseline {
    bins: VecDeque<Bin>,
    open: Vec<Scores>,
    opened: BufferTime,
    learned: BufferTime,
    given: Option<Scores>,
    neutral: Scores,
    furrow: CalmLevel,
}

/// What a face looked like over the length of a bin.
#[derive(Debug, Clone, Copy)]
struct Bin {
    scores: Scores,
    /// How surely it was at rest, [`RESTLESS`] to 1.
    rest: f64,
}

impl Bin {
    /// `None` without any samples.
    fn new(samples: &[Scores], spread: &Scores) -> Option<Self> {
        let scores = median(samples)?;
        let [sure, not] = RESTING;
        let farthest = (0..SCORES).map(|index| scores[index].abs() / least(spread[index]));
        let farthest = farthest.fold(0.0, f64::max);
        let still = (0..SCORES).all(|index| {
            let mut values: Vec<f64> = samples.iter().map(|sample| sample[index]).collect();
            varied(&mut values) <= STILL * spread[index]
        });
        let rest = if still {
            (not - farthest) / (not - sure)
        } else {
            0.0
        };
        Some(Self {
            scores,
            rest: rest.clamp(RESTLESS, 1.0),
        })
    }
}

impl Baselines {
    fn store(&self) -> MutexGuard<'_, BaselineStore> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Learns from the scores of `face` at `time`, where people at rest differ by `spread`;
    /// returns its neutral and how well it is known.
    pub fn learn(
        &self,
        face: TrackId,
        time: BufferTime,
        scores: &Scores,
        spread: &Scores,
    ) -> (Scores, BaselineState) {
        let mut store = self.store();
        let given = store.imported.remove(&face);
        let person = store
            .people
            .entry(face)
            .or_insert_with(|| PersonalBaseline {
                opened: time,
                learned: time,
                ..PersonalBaseline::default()
            });
        person.given = given.or(person.given);
        person.learn(time, scores, spread);
        (person.given.unwrap_or(person.neutral), person.state(time))
    }

    /// The neutral of `face` as far as it is known; the mean person's where nothing is.
    pub fn neutral(&self, face: TrackId) -> Scores {
        let store = self.store();
        let person = store.people.get(&face);
        person.map_or([0.0; SCORES], |person| {
            person.given.unwrap_or(person.neutral)
        })
    }

    /// How well the neutral of `face` is known at `time`.
    pub fn state(&self, face: TrackId, time: BufferTime) -> BaselineState {
        let store = self.store();
        let person = store.people.get(&face);
        person.map_or(BaselineState::Calibrating, |person| person.state(time))
    }

    /// How often everyone in view was calibrated and reset, for stages that learn directions.
    pub fn calibrations(&self) -> Calibrations {
        self.store().calibrations
    }

    /// How often neutrals were imported.
    pub fn imports(&self) -> u64 {
        self.store().imports
    }

    /// Forgets `face`.
    pub fn forget(&self, face: TrackId) {
        self.store().people.remove(&face);
    }

    /// Takes how each person looks now, over the last second, for their neutral, until
    /// [`Baselines::reset`].
    pub fn calibrate(&self) {
        let mut store = self.store();
        store.calibrations.calibrated += 1;
        for person in store.people.values_mut() {
            person.given = person.latest().or(person.given);
            person.furrow.calibrate();
        }
    }

    /// Forgets every neutral; they are learned anew.
    pub fn reset(&self) {
        let mut store = self.store();
        store.imported.clear();
        store.calibrations.resets += 1;
        for person in store.people.values_mut() {
            *person = PersonalBaseline {
                opened: person.learned,
                learned: person.learned,
                ..PersonalBaseline::default()
            };
        }
    }

    /// The neutrals that are known, imported ones of faces not seen yet among them.
    pub fn export(&self) -> Vec<Neutral> {
        let store = self.store();
        let known = store.people.iter().filter_map(|(&face, person)| {
            let known = person.given.is_some() || person.bins.len() >= ENOUGH;
            known.then(|| (face, person.given.unwrap_or(person.neutral)))
        });
        let mut known: BTreeMap<TrackId, Scores> = known.collect();
        for (&face, &scores) in &store.imported {
            known.entry(face).or_insert(scores);
        }
        let known = known.into_iter();
        known
            .map(|(face, scores)| Neutral { face, scores })
            .collect()
    }

    /// Takes `neutrals` for those of the faces with these ids, seen now or later, until
    /// [`Baselines::reset`].
    pub fn import(&self, neutrals: &[Neutral]) {
        self.store().imports += 1;
        self.note(neutrals);
    }

    /// Takes `neutrals` that another analyser has learned, as [`Baselines::import`] does those that a user
    /// gives.
    pub fn note(&self, neutrals: &[Neutral]) {
        let imported = neutrals.iter();
        self.store()
            .imported
            .extend(imported.map(|neutral| (neutral.face, neutral.scores)));
    }
}

impl PersonalBaseline {
    fn learn(&mut self, time: BufferTime, scores: &Scores, spread: &Scores) {
        self.learned = time;
        if time.since(self.opened) >= BIN {
            if let Some(bin) = Bin::new(&self.open, spread) {
                self.bins.push_back(bin);
                if self.bins.len() > REMEMBERED {
                    self.bins.pop_front();
                }
            }
            self.open.clear();
            self.opened = time;
            self.neutral = self.estimate(spread);
        }
        self.open.push(*scores);
        if self.bins.is_empty() {
            self.neutral = self.estimate(spread);
        }
    }

    fn state(&self, time: BufferTime) -> BaselineState {
        if self.given.is_none() && self.bins.len() < ENOUGH {
            BaselineState::Calibrating
        } else if time.since(self.learned) > STALE {
            BaselineState::Stale
        } else {
            BaselineState::Ready
        }
    }

    /// The median of the calmest bins, drawn to the mean person while they are few or the face
    /// does not rest in them.
    fn estimate(&self, spread: &Scores) -> Scores {
        let mut bins: Vec<Bin> = self.bins.iter().copied().collect();
        bins.sort_by(|a, b| {
            let [a, b] = [a, b].map(|bin| resting_distance(&bin.scores, spread));
            a.total_cmp(&b)
        });
        bins.truncate(((bins.len() as f64 * CALM).ceil() as usize).max(FEWEST));
        let rest = bins.iter().map(|bin| bin.rest).sum::<f64>() / bins.len().max(1) as f64;
        let seen: Vec<Scores> = bins.iter().map(|bin| bin.scores).collect();
        let seen = median(&seen).unwrap_or_default();
        let count = self.bins.len() as f64;
        let known = rest * count;
        let doubt = DOUBT * (1.0 - count / DOUBTED).max(0.0);
        std::array::from_fn(|index| {
            let farthest = FARTHEST * spread[index];
            let seen = seen[index].clamp(-farthest, farthest);
            let above = seen.max(0.0) / least(spread[index]);
            let prior = PRIOR_BINS * (1.0 + doubt * above.powi(2));
            seen * known / (known + prior)
        })
    }

    fn latest(&self) -> Option<Scores> {
        let bins = self
            .bins
            .iter()
            .rev()
            .take(FEWEST - 1)
            .map(|bin| bin.scores);
        let mut latest: Vec<Scores> = bins.collect();
        latest.extend(&self.open);
        median(&latest)
    }
}

/// How far scores are from those of the mean person at rest, in standard deviations, those below it counting
/// [`BELOW`].
fn resting_distance(scores: &Scores, spread: &Scores) -> f64 {
    let scores = scores.iter().zip(spread);
    scores
        .map(|(score, spread)| score.max(-BELOW * score) / least(*spread))
        .sum()
}

/// A deviation that can be divided by.
fn least(spread: f64) -> f64 {
    spread.max(f64::MIN_POSITIVE)
}

/// How far apart the tenth and the ninetieth hundredth of `values` lie.
fn varied(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    let last = values.len().saturating_sub(1);
    let at = |part: f64| values.get((part * last as f64).round() as usize);
    match (at(0.1), at(0.9)) {
        (Some(low), Some(high)) => high - low,
        _ => 0.0,
    }
}

/// The median of each score; `None` without any.
fn median(samples: &[Scores]) -> Option<Scores> {
    if samples.is_empty() {
        return None;
    }
    Some(std::array::from_fn(|index| {
        let mut values: Vec<f64> = samples.iter().map(|scores| scores[index]).collect();
        statistics::median(&mut values).unwrap_or_default()
    }))
}

#[cfg(test)]
mod tests;
