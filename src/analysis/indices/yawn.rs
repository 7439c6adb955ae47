//! Yawns: a jaw that drops far and stays, while the lids narrow and nothing is said.

use std::collections::VecDeque;
use std::time::Duration;

use crate::analysis::action_units::Au;
use crate::analysis::time::{BufferTime, seconds};

use super::event::IndexEvent;
use super::sample::FaceSample;
use crate::analysis::event_name::EventName;

/// What a yawn is told by. The intensity and the lengths are those of the definition that the index
/// is built to (after YawDD's videos, in which speech and song are the negatives); the others were
/// chosen on synthetic courses of yawns, speech, song and laughter (`indices/tests.rs`).
struct Tuning {
    /// Intensity of the jaw's drop, AU26, from which the mouth is wide open.
    open: f64,
    /// Seconds that it must be, and that its opening must be near its widest.
    length: f64,
    peak: f64,
    /// Part of the widest opening from which it is near that.
    near: f64,
    /// Part of the openness before by which the lids must narrow.
    narrowed: f64,
    /// Part of the widest opening by which a mouth that speaks or sings closes and opens again, and
    /// how often a yawn may.
    syllable: f64,
    syllables: u32,
    /// Mean intensity of AU12 from which an open mouth laughs.
    smile: f64,
    /// How long before a yawn the lids are as usual.
    before: Duration,
    /// Seconds for which a mouth may seem less open within a yawn.
    gap: f64,
}

const TUNING: Tuning = Tuning {
    open: 3.0,
    length: 2.5,
    peak: 1.0,
    near: 0.85,
    narrowed: 0.85,
    syllable: 0.25,
    syllables: 1,
    smile: 2.0,
    before: Duration::from_secs(10),
    gap: 0.2,
};

/// Finds yawns; each is told as soon as it has lasted long enough and is over.
#[derive(Debug, Default)]
pub struct YawnDetector {
    /// Openness of the eyes before the mouth opened.
    usual: VecDeque<(BufferTime, f64)>,
    opening: Option<Opening>,
}

/// A mouth that is wide open.
#[derive(Debug)]
struct Opening {
    from: BufferTime,
    until: BufferTime,
    /// Time, opening of the mouth, openness of the eyes, intensity of AU12, seconds of the frame.
    frames: Vec<(f64, Option<f64>, f64, f64)>,
}

impl YawnDetector {
    /// Takes in a frame at `time`, `elapsed` seconds after the last; the yawn that is over.
    pub fn observe(
        &mut self,
        sample: &FaceSample<'_>,
        (time, elapsed): (BufferTime, f64),
    ) -> Option<IndexEvent> {
        let jaw = sample.intensity(Au::Au26)?;
        let openness = sample.openness();
        if jaw >= TUNING.open {
            let opening = self.opening.get_or_insert_with(|| Opening {
                from: time,
                until: time,
                frames: Vec::new(),
            });
            opening.until = time;
            let smile = sample.intensity(Au::Au12).unwrap_or_default();
            let mouth = sample.mouth.unwrap_or(jaw);
            opening.frames.push((mouth, openness, smile, elapsed));
            return None;
        }
        if let Some(opening) = &self.opening {
            if seconds(time.since(opening.until)) <= TUNING.gap {
                return None;
            }
            let usual = self.usual_openness();
            let opening = self.opening.take()?;
            return opening
                .is_yawn(usual)
                .then(|| IndexEvent::since(EventName::Yawn, opening.from, opening.until));
        }
        if let Some(openness) = openness {
            self.usual.push_back((time, openness));
            let old = |first: &(BufferTime, f64)| time.since(first.0) > TUNING.before;
            while self.usual.front().is_some_and(old) {
                self.usual.pop_front();
            }
        }
        None
    }

    fn usual_openness(&self) -> Option<f64> {
        let mut usual: Vec<f64> = self.usual.iter().map(|(_, openness)| *openness).collect();
        crate::statistics::median(&mut usual)
    }
}

impl Opening {
    fn is_yawn(&self, usual: Option<f64>) -> bool {
        if seconds(self.until.since(self.from)) < TUNING.length {
            return false;
        }
        let widest = self.frames.iter().map(|frame| frame.0).fold(0.0, f64::max);
        let near = self.frames.iter();
        let near = near.filter(|frame| frame.0 >= TUNING.near * widest);
        let peak: f64 = near.map(|frame| frame.3).sum();
        let lids: Vec<f64> = self.frames.iter().filter_map(|frame| frame.1).collect();
        let lowest = lids.iter().copied().fold(f64::INFINITY, f64::min);
        let narrow = usual.is_some_and(|usual| lowest <= TUNING.narrowed * usual);
        let smiles = self.frames.iter().map(|frame| frame.2).sum::<f64>();
        let smile = smiles / self.frames.len().max(1) as f64;
        peak >= TUNING.peak
            && narrow
            && smile < TUNING.smile
            && self.syllables(widest) <= TUNING.syllables
    }

    /// How often the mouth closes and opens again by a syllable's part.
    fn syllables(&self, widest: f64) -> u32 {
        let step = TUNING.syllable * widest;
        let (mut count, mut highest, mut lowest) = (0, 0.0f64, f64::INFINITY);
        for (mouth, ..) in &self.frames {
            if lowest.is_finite() {
                lowest = lowest.min(*mouth);
                if mouth - lowest >= step {
                    count += 1;
                    (highest, lowest) = (*mouth, f64::INFINITY);
                }
            } else {
                highest = highest.max(*mouth);
                if highest - mouth >= step {
                    lowest = *mouth;
                }
            }
        }
        count
    }
}
