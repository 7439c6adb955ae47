//! What a passing movement is, by its own shape: an expression, a blink, or none at all.

use std::collections::VecDeque;

use super::expression::ExpressionKind;
use super::expression::MicroExpression;
use super::history::{History, Moment};
use super::regions::{COUNT, Displacements, Part, REGIONS};
use super::shape::Shape;
use super::spotter::{Candidate, THRESHOLD};
use super::units::{emotion, units};

/// The longest micro-expression in ns.
pub const LONGEST: u64 = 500_000_000;
/// The shortest.
pub const SHORTEST: u64 = 40_000_000;
/// How far around a movement the head, the light and the eyes are looked at, in ns.
const MARGIN: u64 = 50_000_000;
/// How long before a movement the eyes are taken to be open as usual, in ns.
const BEFORE: u64 = 600_000_000;
/// Part of their usual openness below which eyes are closed.
const CLOSED: f64 = 0.65;
/// Part of the lids' own movement beyond which another region moves by itself in a blink.
const BESIDE_A_BLINK: f64 = 0.5;
/// Degrees and hundredths of the outer-eye distance that a head at rest, and the mesh, wander.
const HEAD_REST: [f64; 2] = [1.5, 3.0];
/// Degrees and hundredths beyond that which demand twice the evidence.
const HEAD_DOUBT: [f64; 2] = [4.0, 20.0];
/// Change of brightness that is nothing, and the change beyond it which demands twice the evidence.
const LIGHT: [f64; 2] = [0.06, 0.1];
/// Time in ns in which movements of the mouth make speech.
const SPEECH: u64 = 1_500_000_000;
/// How many.
const SYLLABLES: usize = 3;
/// How far from rest, in hundredths of the outer-eye distance and in parts of its own movement, a region
/// is before and after a movement that belongs to a lasting expression.
const LASTING: [f64; 2] = [1.5, 0.5];
/// Standard deviations at which confidence is a half, and over which it grows.
const HALF_SURE: f64 = 10.0;
const SURENESS: f64 = 4.0;

/// Why a movement is no expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The mouth moves again and again, or opens and closes.
    Speech,
    /// The head moves.
    HeadMotion,
    /// The light changes.
    Light,
    /// It is a wobble of an expression that lasts.
    Lasting,
    /// Shorter than the frames can show.
    FrameRate,
    /// Something cannot be seen any more.
    Unobservable,
}

impl Reason {
    /// Its name in the log.
    pub fn name(self) -> &'static str {
        match self {
            Self::Speech => "speech",
            Self::HeadMotion => "head motion",
            Self::Light => "light",
            Self::Lasting => "part of a lasting expression",
            Self::FrameRate => "frame rate",
            Self::Unobservable => "not observable",
        }
    }
}

/// A movement that was not taken for an expression.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rejected {
    /// Track id.
    pub face: u32,
    /// When it was strongest, in ns.
    pub apex: u64,
    /// How far it stood out, in standard deviations.
    pub peak: f64,
    /// Why.
    pub reason: Reason,
}

/// Judges the movements of one face.
#[derive(Default)]
pub struct Judge {
    /// When the mouth last moved, in ns.
    mouth: VecDeque<u64>,
}

impl Judge {
    /// What the movement of face `face` is; `interval` is the time between frames in ns.
    ///
    /// # Errors
    /// It is no expression.
    pub fn judge(
        &mut self,
        face: u32,
        candidate: &Candidate,
        shape: Shape,
        (history, rest): (&History, Option<&Displacements>),
        interval: f64,
    ) -> Result<MicroExpression, Rejected> {
        let syllables = self.syllables(candidate, shape.apex);
        let reason = |reason| Rejected {
            face,
            apex: shape.apex,
            peak: candidate.evidence,
            reason,
        };
        let around = [shape.onset.saturating_sub(MARGIN), shape.offset + MARGIN];
        let blink = is_blink(candidate, shape, history);
        let action_units = match blink {
            true => Vec::new(),
            false => units(&candidate.bend, &candidate.deviations),
        };
        if !blink {
            if let Some(why) = disturbed(candidate.evidence, around, history) {
                return Err(reason(why));
            }
            if rest.is_some_and(|rest| lasts(candidate, shape, history, rest)) {
                return Err(reason(Reason::Lasting));
            }
            let opens =
                (action_units.first()).is_some_and(|unit| matches!(unit.code, "AU25" | "AU26"));
            if opens || syllables >= SYLLABLES {
                return Err(reason(Reason::Speech));
            }
        }
        let duration = shape.offset - shape.onset;
        let tolerance = interval as u64;
        if duration + tolerance < SHORTEST || (duration as f64) < 1.2 * interval {
            return Err(reason(Reason::FrameRate));
        }
        let kind = match duration {
            _ if blink => ExpressionKind::Blink,
            duration if duration <= LONGEST + tolerance => ExpressionKind::Micro,
            _ => ExpressionKind::Macro,
        };
        Ok(MicroExpression {
            face,
            onset: shape.onset,
            apex: shape.apex,
            offset: shape.offset,
            kind,
            emotion: Some(emotion(&action_units).to_owned()),
            action_units,
            peak: candidate.evidence,
            confidence: confidence(candidate.evidence),
        })
    }

    /// How often the mouth has moved lately, this movement included; 0 where it is not the mouth's.
    fn syllables(&mut self, candidate: &Candidate, apex: u64) -> usize {
        let moved = REGIONS.get(candidate.strongest());
        if !moved.is_some_and(|region| region.part.is_of_mouth()) {
            return 0;
        }
        self.mouth.push_back(apex);
        while self
            .mouth
            .front()
            .is_some_and(|&first| first + SPEECH < apex)
        {
            self.mouth.pop_front();
        }
        self.mouth.len()
    }
}

/// 0..1 from evidence.
pub fn confidence(evidence: f64) -> f64 {
    1.0 / (1.0 + (-(evidence - HALF_SURE) / SURENESS).exp())
}

/// Whether both eyes close and nothing else moves.
fn is_blink(candidate: &Candidate, shape: Shape, history: &History) -> bool {
    let least = |eye: usize, from: u64, to: u64| {
        let open = history.between(from, to).map(|moment| moment.open[eye]);
        open.fold(f64::INFINITY, f64::min)
    };
    let usual = |eye: usize| {
        let from = shape.onset.saturating_sub(BEFORE);
        let mut open: Vec<f64> = history
            .between(from, shape.onset.saturating_sub(MARGIN / 2))
            .map(|moment| moment.open[eye])
            .collect();
        open.sort_by(f64::total_cmp);
        // Of eyes that blink the upper half are open.
        open.get(open.len() * 3 / 4).copied().unwrap_or(0.0)
    };
    let (from, to) = (shape.onset.saturating_sub(MARGIN), shape.offset + MARGIN);
    let closes = |eye| least(eye, from, to) < CLOSED * usual(eye);
    if !closes(0) || !closes(1) {
        return false;
    }
    let farthest = |wanted: &dyn Fn(Part) -> bool| {
        let regions = (0..COUNT).filter(|&index| wanted(REGIONS[index].part));
        regions
            .filter(|&index| candidate.strengths[index] >= THRESHOLD)
            .map(|index| candidate.distance(index))
            .fold(0.0, f64::max)
    };
    let (lids, others) = (
        farthest(&Part::is_of_eye),
        farthest(&|part| !part.is_of_eye()),
    );
    others < BESIDE_A_BLINK * lids
}

/// Whether the region that moved most was away from its rest before and after.
fn lasts(candidate: &Candidate, shape: Shape, history: &History, rest: &Displacements) -> bool {
    let region = candidate.strongest();
    let away = |time: u64| {
        let there = history.at(time)?;
        let (there, rest) = (there.get(region)?, rest.get(region)?);
        Some((there[0] - rest[0]).hypot(there[1] - rest[1]))
    };
    let nearest = away(shape.onset).zip(away(shape.offset));
    let [far, part] = LASTING;
    nearest.is_some_and(|(before, after)| {
        before.min(after) > far.max(part * candidate.distance(region))
    })
}

/// What makes the evidence worth less than it seems, if it is then too little.
fn disturbed(evidence: f64, [from, to]: [u64; 2], history: &History) -> Option<Reason> {
    let range = |value: &dyn Fn(&Moment) -> f64| {
        let start = (f64::INFINITY, f64::NEG_INFINITY);
        let (low, high) = (history.between(from, to))
            .map(value)
            .fold(start, |(low, high), value| {
                (low.min(value), high.max(value))
            });
        (high - low).max(0.0)
    };
    let angle = (0..3)
        .map(|axis| range(&|moment| moment.head[axis]))
        .fold(0.0, f64::max);
    let place = (3..5)
        .map(|axis| range(&|moment| moment.head[axis]))
        .fold(0.0, f64::max);
    let beyond = |value: f64, rest: f64, doubt: f64| ((value - rest) / doubt).max(0.0);
    let head =
        beyond(angle, HEAD_REST[0], HEAD_DOUBT[0]) + beyond(place, HEAD_REST[1], HEAD_DOUBT[1]);
    if evidence < THRESHOLD * (1.0 + head) {
        return Some(Reason::HeadMotion);
    }
    let light = range(&|moment| moment.light.max(1.0).ln());
    (evidence < THRESHOLD * (1.0 + beyond(light, LIGHT[0], LIGHT[1]))).then_some(Reason::Light)
}
