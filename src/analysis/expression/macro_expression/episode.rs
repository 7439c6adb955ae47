//! An expression that lasts, while it does: how far it goes, how often it turns, when it is back.

use super::super::au_decoder::{WELL_EXPLAINED, decode_units};
use super::super::emotion_label::textbook_emotion;
use super::super::event::{AuActivation, ExpressionEvent, ExpressionKind, LONGEST_MICRO};
use super::super::evidence::{confidence, project_onto, squared_norm, strongest_two};
use super::super::regions::{Displacements, FacePart, REGIONS};
use super::super::reversals::ReversalCounter;
use super::super::speech_cues::raises_both_brows;
use crate::analysis::time::BufferTime;
use crate::analysis::track_id::TrackId;

/// Parts of the way that are left when a face returns, and when it is back.
const RETURNING_PART: f64 = 0.4;
const BACK: f64 = 0.15;
/// How long it may take between the two, in ns, before where it is counts as back.
const RETURN_TIME: u64 = 300_000_000;
/// How long a face may stay away before that is its new rest, in ns.
const NEW_REST: u64 = 6_000_000_000;
/// Part of the way by which a face that turns back has turned, and how often one that only
/// comes and goes does so.
const REVERSAL: f64 = 0.25;
const REVERSALS: usize = 2;
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
pub struct Episode {
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
    reversals: ReversalCounter,
    /// Whether it has come to rest away from where it was.
    rests: bool,
    /// Since when it returns.
    returns: Option<u64>,
}

impl Episode {
    /// A face that left its rest at `onset` and is `farthest` standard deviations from it at `apex`.
    pub fn new(
        onset: u64,
        apex: u64,
        farthest: f64,
        there: Displacements,
        deviations: Displacements,
    ) -> Self {
        let mut reversals = ReversalCounter::default();
        // It has come from rest.
        reversals.observe(0.0, 0.0);
        reversals.observe(1.0, 0.0);
        Self {
            onset,
            apex,
            farthest,
            there,
            deviations,
            turn: 0.0,
            speaks: false,
            looked: false,
            reversals,
            rests: false,
            returns: None,
        }
    }

    /// Whether a face that has lately moved by `displacement`, `gone` standard deviations, leaves where it has come to
    /// rest for elsewhere.
    pub fn is_left(&mut self, displacement: &Displacements, gone: f64) -> bool {
        self.rests |= gone < LEFT.max(RESTS * self.farthest);
        let lengths = squared_norm(&self.there, &self.deviations)
            / squared_norm(displacement, &self.deviations);
        let back = project_onto(displacement, &self.there, &self.deviations) * lengths.sqrt();
        let elsewhere = self.rests && back > RETURNING && gone > ELSEWHERE * self.farthest;
        elsewhere || gone > ANEW * self.farthest
    }

    /// Takes in where the face is at `time`; whether it is back, or stays.
    pub fn ends(&mut self, there: Displacements, time: u64) -> bool {
        let distance = distance(&there, &self.deviations);
        if distance > self.farthest {
            (self.apex, self.farthest, self.there) = (time, distance, there);
        }
        let part = project_onto(&there, &self.there, &self.deviations);
        self.reversals.observe(part, REVERSAL);
        if part > RETURNING_PART {
            self.returns = None;
            return time >= self.onset + NEW_REST;
        }
        let since = *self.returns.get_or_insert(time);
        part < BACK || time >= since + RETURN_TIME
    }

    /// Whether it is an expression that lasted: no new rest, nothing that goes to and fro or that a turn of
    /// the head may be; `interval` is the time between frames in ns.
    pub fn lasted(&self, interval: f64) -> bool {
        let long = |returns| returns > self.onset + LONGEST_MICRO + interval as u64;
        let doubt = ((self.turn - HEAD_REST) / HEAD_DOUBT).max(0.0);
        self.returns.is_some_and(long)
            && self.reversals.count() <= REVERSALS
            && self.turn <= HEAD_MOST
            && self.farthest > LEFT * (1.0 + doubt)
    }

    /// The expression; `None` where mouth or eyes only speak or look elsewhere, or no muscles move so.
    pub fn expression(self, face: TrackId, offset: u64) -> Option<ExpressionEvent> {
        let strongest = strongest(&self.there, &self.deviations);
        let part = REGIONS.get(strongest).map(|region| region.part);
        let lids = part.is_some_and(FacePart::is_of_eye);
        let mouth = part.is_some_and(FacePart::is_below_the_eyes);
        let (action_units, explained) = decode_units(&self.there, &self.deviations);
        let jaw = action_units
            .first()
            .is_some_and(AuActivation::opens_the_mouth);
        let speaks = jaw || self.speaks && (mouth || raises_both_brows(&self.there));
        if speaks || lids && self.looked || explained < WELL_EXPLAINED {
            return None;
        }
        Some(ExpressionEvent {
            face,
            onset: BufferTime::from_nanos(self.onset),
            apex: BufferTime::from_nanos(self.apex),
            offset: BufferTime::from_nanos(offset),
            kind: ExpressionKind::Macro,
            emotion: Some(textbook_emotion(&action_units).to_owned()),
            action_units,
            peak: self.farthest,
            confidence: confidence(self.farthest),
        })
    }
}

/// The region that is farthest, in standard deviations.
fn strongest(displacement: &Displacements, deviations: &Displacements) -> usize {
    let far = displacement.iter().zip(deviations);
    let far = far.map(|([x, y], [across, up])| (x / across).hypot(y / up));
    let farthest = far.enumerate().max_by(|a, b| a.1.total_cmp(&b.1));
    farthest.map_or(0, |(region, _)| region)
}

/// How far the two farthest regions are, in standard deviations.
pub fn distance(displacement: &Displacements, deviations: &Displacements) -> f64 {
    let far = displacement.iter().zip(deviations);
    strongest_two(far.map(|([x, y], [across, up])| (x / across).hypot(y / up)))
}
