//! An expression that lasts, while it does: how far it goes, how often it turns, when it is back.

use std::time::Duration;

use crate::analysis::time::BufferTime;
use crate::analysis::track_id::TrackId;

use super::super::au_decoder::decode_units;
use super::super::emotion_label::textbook_emotion;
use super::super::event::{AuActivation, ExpressionEvent, ExpressionKind, LONGEST_MICRO};
use super::super::evidence::{confidence, project_onto, squared_norm, strongest_two};
use super::super::regions::{Displacements, FlowRegion, REGIONS};
use super::super::reversals::ReversalCounter;
use super::super::speech_cues::raises_both_brows;
use super::super::tuning::{ExpressionTuning, MacroTuning};

/// A face away from its rest.
pub struct Episode {
    /// When it left its rest.
    pub onset: BufferTime,
    apex: BufferTime,
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
    returns: Option<BufferTime>,
}

impl Episode {
    /// A face that left its rest at `onset` and is `farthest` standard deviations from it at `apex`.
    pub fn new(
        onset: BufferTime,
        apex: BufferTime,
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
    pub fn is_left(
        &mut self,
        displacement: &Displacements,
        gone: f64,
        tuning: &MacroTuning,
    ) -> bool {
        self.rests |= gone < tuning.left.max(tuning.resting * self.farthest);
        let lengths = squared_norm(&self.there, &self.deviations)
            / squared_norm(displacement, &self.deviations);
        let back = project_onto(displacement, &self.there, &self.deviations) * lengths.sqrt();
        let elsewhere =
            self.rests && back > tuning.returning_cosine && gone > tuning.elsewhere * self.farthest;
        elsewhere || gone > tuning.anew * self.farthest
    }

    /// Takes in where the face is at `time`; whether it is back, or stays.
    pub fn ends(&mut self, there: Displacements, time: BufferTime, tuning: &MacroTuning) -> bool {
        let distance = distance(&there, &self.deviations);
        if distance > self.farthest {
            (self.apex, self.farthest, self.there) = (time, distance, there);
        }
        let part = project_onto(&there, &self.there, &self.deviations);
        self.reversals.observe(part, tuning.reversal);
        if part > tuning.returning {
            self.returns = None;
            return time >= self.onset + tuning.new_rest;
        }
        let since = *self.returns.get_or_insert(time);
        part < tuning.back || time >= since + tuning.return_time
    }

    /// Whether it is an expression that lasted: no new rest, nothing that goes to and fro or that a turn of
    /// the head may be; `interval` is the time between frames.
    pub fn lasted(&self, interval: Duration, tuning: &MacroTuning) -> bool {
        let long = |returns| returns > self.onset + LONGEST_MICRO + interval;
        let [rest, doubtful] = tuning.head_turn;
        let doubt = ((self.turn - rest) / doubtful).max(0.0);
        self.returns.is_some_and(long)
            && self.reversals.count() <= tuning.reversals
            && self.turn <= tuning.farthest_turn
            && self.farthest > tuning.left * (1.0 + doubt)
    }

    /// The expression; `None` where mouth or eyes only speak or look elsewhere, or no muscles move so.
    pub fn expression(
        self,
        face: TrackId,
        offset: BufferTime,
        tuning: &ExpressionTuning,
    ) -> Option<ExpressionEvent> {
        let strongest = strongest(&self.there, &self.deviations);
        let part = REGIONS.get(strongest).map(|region| region.part);
        let lids = part.is_some_and(FlowRegion::is_of_eye);
        let mouth = part.is_some_and(FlowRegion::is_below_the_eyes);
        let (action_units, explained) = decode_units(&self.there, &self.deviations);
        let jaw = action_units
            .first()
            .is_some_and(AuActivation::opens_the_mouth);
        let speaks = jaw || self.speaks && (mouth || raises_both_brows(&self.there, &tuning.cues));
        if speaks || lids && self.looked || explained < tuning.micro.well_explained {
            return None;
        }
        Some(ExpressionEvent {
            face,
            onset: self.onset,
            apex: self.apex,
            offset,
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
