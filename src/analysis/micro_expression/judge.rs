//! What a passing movement is, by its own shape: an expression, a blink, or none at all.

use std::collections::VecDeque;

use super::compatible::compatible;
use super::disturbance::disturbed;
use super::explained::{Eyes, SPEECH, explained};
use super::expression::{ExpressionKind, MicroExpression, MovedUnit};
use super::history::{History, limits};
use super::regions::{Displacements, REGIONS};
use super::shape::{Course, Shape};
use super::spotter::Candidate;
use super::units::units;

/// The longest micro-expression in ns.
pub const LONGEST: u64 = 500_000_000;
/// The shortest.
pub const SHORTEST: u64 = 40_000_000;
/// Part of all evidence beyond which what moves beside lids that blink or a mouth that speaks moves by
/// itself.
const BESIDE: f64 = 0.5;
/// Part of a movement that the units named must explain.
pub const FITTING: f64 = 0.35;
/// How long before its onset a movement must have been at rest, in ns, and how much of its height it
/// may have wandered then and after its offset.
const REST: u64 = 350_000_000;
const WANDER: f64 = 0.5;
/// How many movements of the mouth within [`SPEECH`] make speech.
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
    /// The eyes blink or look elsewhere.
    Eyes,
    /// It is a wobble of an expression that lasts.
    Lasting,
    /// The same regions move before or after it.
    Restless,
    /// No muscles move a face so.
    Pattern,
    /// A region no longer looks like itself.
    Unclear,
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
            Self::Eyes => "eyes",
            Self::Lasting => "part of a lasting expression",
            Self::Restless => "restless",
            Self::Pattern => "no muscle's pattern",
            Self::Unclear => "unclear",
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
        let speaks = self.syllables(candidate, shape.apex) >= SYLLABLES;
        let eyes = Eyes::during(shape, history);
        let explained = explained(shape, (history, &candidate.bend), eyes, speaks);
        let left = candidate.without(&explained);
        let strongest = candidate.strongest();
        let lids = REGIONS
            .get(strongest)
            .is_some_and(|region| region.part.is_of_eye());
        let beside = left.evidence >= BESIDE * candidate.evidence;
        let blink = eyes.close && lids && !beside;
        let (candidate, shape, action_units) = match blink {
            true => (candidate.clone(), shape, Vec::new()),
            false => {
                let why = explained.get(strongest).copied().flatten();
                let why = why.map(|why| (why, beside));
                expression(left, why, (shape, eyes), (history, rest)).map_err(|reason| {
                    Rejected {
                        face,
                        apex: shape.apex,
                        peak: candidate.evidence,
                        reason,
                    }
                })?
            }
        };
        let duration = shape.offset - shape.onset;
        let tolerance = interval as u64;
        if duration + tolerance < SHORTEST || (duration as f64) < 1.2 * interval {
            return Err(Rejected {
                face,
                apex: shape.apex,
                peak: candidate.evidence,
                reason: Reason::FrameRate,
            });
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
            emotion: Some(compatible(&action_units, shape, history)),
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

/// What is left of a movement once its parts that have their own explanation are taken away, as an
/// expression: the movement, its times and its units.
///
/// # Errors
/// It is none, for the reason given. `why` is what explains the strongest part of the whole movement, and
/// whether what is left is much beside that part.
fn expression(
    left: Candidate,
    why: Option<(Reason, bool)>,
    (shape, eyes): (Shape, Eyes),
    (history, rest): (&History, Option<&Displacements>),
) -> Result<(Candidate, Shape, Vec<MovedUnit>), Reason> {
    let shape = match why {
        None => shape,
        Some((why, beside)) if !beside || !left.stands_out() => return Err(why),
        Some((why, _)) => match left.course(history) {
            Course::Over(shape) => shape,
            Course::Running(_) | Course::Nothing => return Err(why),
        },
    };
    disturbed(left.evidence, shape, eyes, history)?;
    if rest.is_some_and(|rest| lasts(&left, shape, history, rest)) {
        return Err(Reason::Lasting);
    }
    if wanders(&left, shape, history) {
        return Err(Reason::Restless);
    }
    let (units, fitting) = units(&left.bend, &left.deviations);
    if units.first().is_some_and(MovedUnit::opens_the_mouth) {
        return Err(Reason::Speech);
    }
    if fitting < FITTING {
        return Err(Reason::Pattern);
    }
    Ok((left, shape, units))
}

/// Whether what moved was not at rest before or after.
fn wanders(candidate: &Candidate, shape: Shape, history: &History) -> bool {
    let restless = |from: u64, to: u64| {
        let course = history.course(from, to);
        let values = course.map(|(_, moved)| candidate.along(moved));
        limits(values).is_some_and(|[least, most]| most - least > WANDER)
    };
    restless(shape.onset.saturating_sub(REST), shape.onset) || restless(shape.offset, u64::MAX)
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
