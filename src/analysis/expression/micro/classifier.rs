//! What a passing movement is, by its own shape: an expression, a blink, or none at all.

use std::collections::VecDeque;
use std::time::Duration;

use crate::analysis::time::{BufferTime, nanos};
use crate::analysis::track_id::TrackId;

use super::super::au_decoder::decode_units;
use super::super::context::Context;
use super::super::emotion_label::compatible_emotion;
use super::super::event::{
    AuActivation, ExpressionEvent, ExpressionKind, LONGEST_MICRO, SHORTEST_MICRO,
};
use super::super::evidence::confidence;
use super::super::history::limits;
use super::super::regions::REGIONS;
use super::super::rejection::{Rejection, RejectionReason};
use super::candidate::MovementCandidate;
use super::confounds::{EyeActivity, region_confounds};
use super::evidence_threshold::demand_evidence;
use super::phases::{Phases, Progress};
use super::pressed_lips::separate_au17_from_au24;

/// Classifies the movements of one face.
#[derive(Default)]
pub struct Classifier {
    /// When the mouth last moved.
    mouth: VecDeque<BufferTime>,
}

impl Classifier {
    /// What the movement of face `face` is.
    ///
    /// # Errors
    /// It is no expression.
    pub fn classify(
        &mut self,
        face: TrackId,
        candidate: &MovementCandidate,
        phases: Phases,
        context: Context<'_>,
    ) -> Result<ExpressionEvent, Rejection> {
        let tuning = &context.tuning.micro;
        let syllables = self.syllables(candidate, phases.apex, context.tuning.cues.speech);
        let speaks = syllables >= tuning.syllables;
        let eyes = EyeActivity::during(phases, context);
        let confounds = region_confounds(phases, (context, &candidate.deflection), eyes, speaks);
        let left = candidate.without(&confounds);
        let strongest = candidate.strongest();
        let lids = REGIONS
            .get(strongest)
            .is_some_and(|region| region.part.is_of_eye());
        let beside = left.evidence >= tuning.beside_share * candidate.evidence;
        let blink = eyes.blinks && lids && !beside;
        let (candidate, phases, action_units) = if blink {
            (candidate.clone(), phases, Vec::new())
        } else {
            let why = confounds.get(strongest).copied().flatten();
            let why = why.map(|why| (why, beside));
            expression(left, why, (phases, eyes), context).map_err(|reason| Rejection {
                face,
                apex: phases.apex,
                peak: candidate.evidence,
                reason,
            })?
        };
        let duration = phases.offset.since(phases.onset);
        let tolerance = Duration::from_nanos(context.interval_ns as u64);
        if duration + tolerance < SHORTEST_MICRO
            || (nanos(duration) as f64) < tuning.shortest_intervals * context.interval_ns
        {
            return Err(Rejection {
                face,
                apex: phases.apex,
                peak: candidate.evidence,
                reason: RejectionReason::FrameRate,
            });
        }
        let kind = match duration {
            _ if blink => ExpressionKind::Blink,
            duration if duration <= LONGEST_MICRO + tolerance => ExpressionKind::Micro,
            _ => ExpressionKind::Macro,
        };
        Ok(ExpressionEvent {
            face,
            onset: phases.onset,
            apex: phases.apex,
            offset: phases.offset,
            kind,
            emotion: Some(compatible_emotion(
                &action_units,
                [phases.onset, phases.apex],
                context.history,
            )),
            action_units,
            peak: candidate.evidence,
            confidence: confidence(candidate.evidence),
        })
    }

    /// How often the mouth has moved within the last `speech`, this movement included; 0 where it is not the mouth's.
    fn syllables(
        &mut self,
        candidate: &MovementCandidate,
        apex: BufferTime,
        speech: Duration,
    ) -> usize {
        let moved = REGIONS.get(candidate.strongest());
        if !moved.is_some_and(|region| region.part.is_of_mouth()) {
            return 0;
        }
        self.mouth.push_back(apex);
        while self
            .mouth
            .front()
            .is_some_and(|&first| first + speech < apex)
        {
            self.mouth.pop_front();
        }
        self.mouth.len()
    }
}

/// What is left of a movement once its parts that have their own explanation are taken away, as an
/// expression: the movement, its times and its units.
///
/// # Errors
/// It is none, for the reason given. `why` is what explains the strongest part of the whole movement, and
/// whether what is left is much beside that part.
fn expression(
    left: MovementCandidate,
    why: Option<(RejectionReason, bool)>,
    (phases, eyes): (Phases, EyeActivity),
    context: Context<'_>,
) -> Result<(MovementCandidate, Phases, Vec<AuActivation>), RejectionReason> {
    let tuning = &context.tuning.micro;
    let phases = match why {
        None => phases,
        Some((why, beside)) if !beside || !left.stands_out(tuning) => return Err(why),
        Some((why, _)) => match left.progress(context) {
            Progress::Over(phases) => phases,
            Progress::Running(_) | Progress::Nothing => return Err(why),
        },
    };
    demand_evidence(left.evidence, phases, eyes, context)?;
    if lasts(&left, phases, context) {
        return Err(RejectionReason::Lasting);
    }
    if wanders(&left, phases, context) {
        return Err(RejectionReason::Restless);
    }
    let (units, explained) = decode_units(&left.deflection, &left.deviations);
    let units = separate_au17_from_au24(units, &left.deflection, phases, context);
    if units.first().is_some_and(AuActivation::opens_the_mouth) {
        return Err(RejectionReason::Speech);
    }
    if explained < tuning.well_explained {
        return Err(RejectionReason::Pattern);
    }
    Ok((left, phases, units))
}

/// Whether what moved was not at rest before or after.
fn wanders(candidate: &MovementCandidate, phases: Phases, context: Context<'_>) -> bool {
    let tuning = &context.tuning.micro;
    let restless = |from: BufferTime, to: BufferTime| {
        let course = context.history.smoothed_between(from, to);
        let values = course.map(|(_, there)| candidate.projection_of(there));
        limits(values).is_some_and(|[least, most]| most - least > tuning.wander)
    };
    restless(phases.onset - tuning.rest, phases.onset) || restless(phases.offset, BufferTime::MAX)
}

/// Whether the region that moved most was away from its rest before and after.
fn lasts(candidate: &MovementCandidate, phases: Phases, context: Context<'_>) -> bool {
    let region = candidate.strongest();
    let away = |time: BufferTime| {
        let there = context.history.at(time)?;
        let (there, rest) = (there.get(region)?, context.rest?.get(region)?);
        Some((there[0] - rest[0]).hypot(there[1] - rest[1]))
    };
    let nearest = away(phases.onset).zip(away(phases.offset));
    let [far, part] = context.tuning.micro.away;
    nearest.is_some_and(|(before, after)| {
        before.min(after) > far.max(part * candidate.distance(region))
    })
}
