//! An expression that lasts, while it does: how far it goes, how often it turns, when it is back.

use super::explained::raises_both_brows;
use super::expression::{ExpressionKind, MicroExpression, MovedUnit};
use super::judge::{FITTING, LONGEST, confidence};
use super::regions::{Displacements, Part, REGIONS};
use super::shape::along;
use super::spotter::two_most;
use super::turns::Turns;
use super::units::{emotion, energy, units};

/// Parts of the way that are left when a face returns, and when it is back.
const RETURNS: f64 = 0.4;
const BACK: f64 = 0.15;
/// How long it may take between the two, in ns, before where it is counts as back.
const SETTLING: u64 = 300_000_000;
/// How long a face may stay away before that is its new rest, in ns.
const NEW_REST: u64 = 6_000_000_000;
/// Part of the way by which a face that turns back has turned, and how often one that only
/// comes and goes does so.
const TURN: f64 = 0.25;
const TURNS: usize = 2;
/// How far a face that has left its rest is from it, in standard deviations of what it wanders, over its
/// two farthest regions.
pub const LEFT: f64 = 6.0;
/// Parts of the farthest distance: below which a face moves that has come to rest, beyond which one that has
/// leaves for elsewhere, and beyond which any leaves anew.
const RESTS: f64 = 0.15;
const ELSEWHERE: f64 = 0.4;
const ANEW: f64 = 1.3;
/// Cosine between where a face was and where it goes below which it returns.
const RETURNING: f64 = -0.5;
/// Degrees that a head at rest, and the mesh, wander; degrees beyond that which demand twice the distance;
/// degrees beyond which none is enough.
const HEAD_REST: f64 = 1.5;
const HEAD_DOUBT: f64 = 1.0;
const HEAD_MOST: f64 = 6.0;

/// A face away from its rest.
pub struct Away {
    /// When it left its rest, in ns.
    pub onset: u64,
    apex: u64,
    /// How far it has been, in standard deviations.
    pub farthest: f64,
    there: Displacements,
    deviations: Displacements,
    /// How far the head turned meanwhile, in degrees.
    pub turn: f64,
    /// Whether the mouth moved before.
    pub speaks: bool,
    /// Whether the eyes closed or looked elsewhere meanwhile.
    pub looked: bool,
    turns: Turns,
    /// Whether it has come to rest away from where it was.
    rests: bool,
    /// Since when it returns.
    returns: Option<u64>,
}

impl Away {
    /// A face that left its rest at `onset` and is `farthest` standard deviations from it at `apex`.
    pub fn new(
        onset: u64,
        apex: u64,
        farthest: f64,
        there: Displacements,
        deviations: Displacements,
    ) -> Self {
        let mut turns = Turns::default();
        // It has come from rest.
        turns.take(0.0, 0.0);
        turns.take(1.0, 0.0);
        Self {
            onset,
            apex,
            farthest,
            there,
            deviations,
            turn: 0.0,
            speaks: false,
            looked: false,
            turns,
            rests: false,
            returns: None,
        }
    }

    /// Whether a face that has lately moved by `way`, `gone` standard deviations, leaves where it has come to
    /// rest for elsewhere.
    pub fn is_left(&mut self, way: &Displacements, gone: f64) -> bool {
        self.rests |= gone < LEFT.max(RESTS * self.farthest);
        let lengths = energy(&self.there, &self.deviations) / energy(way, &self.deviations);
        let back = along(way, &self.there, &self.deviations) * lengths.sqrt();
        let elsewhere = self.rests && back > RETURNING && gone > ELSEWHERE * self.farthest;
        elsewhere || gone > ANEW * self.farthest
    }

    /// Takes in where the face is at `time`; whether it is back, or stays.
    pub fn ends(&mut self, there: Displacements, time: u64) -> bool {
        let distance = distance(&there, &self.deviations);
        if distance > self.farthest {
            (self.apex, self.farthest, self.there) = (time, distance, there);
        }
        let part = along(&there, &self.there, &self.deviations);
        self.turns.take(part, TURN);
        if part > RETURNS {
            self.returns = None;
            return time >= self.onset + NEW_REST;
        }
        let since = *self.returns.get_or_insert(time);
        part < BACK || time >= since + SETTLING
    }

    /// Whether it is an expression that lasted: no new rest, nothing that goes to and fro or that a turn of
    /// the head may be; `interval` is the time between frames in ns.
    pub fn lasted(&self, interval: f64) -> bool {
        let long = |returns| returns > self.onset + LONGEST + interval as u64;
        let doubt = ((self.turn - HEAD_REST) / HEAD_DOUBT).max(0.0);
        self.returns.is_some_and(long)
            && self.turns.count() <= TURNS
            && self.turn <= HEAD_MOST
            && self.farthest > LEFT * (1.0 + doubt)
    }

    /// The expression; `None` where mouth or eyes only speak or look elsewhere, or no muscles move so.
    pub fn expression(self, face: u32, offset: u64) -> Option<MicroExpression> {
        let strongest = strongest(&self.there, &self.deviations);
        let part = REGIONS.get(strongest).map(|region| region.part);
        let lids = part.is_some_and(Part::is_of_eye);
        let mouth = part.is_some_and(Part::is_below_the_eyes);
        let (action_units, fitting) = units(&self.there, &self.deviations);
        let jaw = action_units.first().is_some_and(MovedUnit::opens_the_mouth);
        let speaks = jaw || self.speaks && (mouth || raises_both_brows(&self.there));
        if speaks || lids && self.looked || fitting < FITTING {
            return None;
        }
        Some(MicroExpression {
            face,
            onset: self.onset,
            apex: self.apex,
            offset,
            kind: ExpressionKind::Macro,
            emotion: Some(emotion(&action_units).to_owned()),
            action_units,
            peak: self.farthest,
            confidence: confidence(self.farthest),
        })
    }
}

/// The region that is farthest, in standard deviations.
fn strongest(off: &Displacements, deviations: &Displacements) -> usize {
    let far = off.iter().zip(deviations);
    let far = far.map(|([x, y], [across, up])| (x / across).hypot(y / up));
    let farthest = far.enumerate().max_by(|a, b| a.1.total_cmp(&b.1));
    farthest.map_or(0, |(region, _)| region)
}

/// How far the two farthest regions are, in standard deviations.
pub fn distance(off: &Displacements, deviations: &Displacements) -> f64 {
    let far = off.iter().zip(deviations);
    two_most(far.map(|([x, y], [across, up])| (x / across).hypot(y / up)))
}
