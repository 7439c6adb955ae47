//! Whether the mouth speaks around a movement: a mesh sees little of what lips do that hardly part, flow does.

use crate::analysis::time::BufferTime;

use super::context::Context;
use super::history::limits;
use super::regions::{Displacements, FlowRegion, REGIONS};
use super::reversals::ReversalCounter;
use super::tuning::CueTuning;

/// Whether the lips part during a movement, have opened and closed again and again, or the mouth moves
/// before or after it.
pub fn mouth_speaks([onset, offset]: [BufferTime; 2], context: Context<'_>) -> bool {
    let (history, tuning) = (context.history, &context.tuning.cues);
    let around = [onset - tuning.margin, offset + tuning.margin];
    if history.range(around, |sample| sample.cues.lip_gap) > tuning.mouth_opens {
        return true;
    }
    if mouth_moves_before(context, onset)
        || mouth_moves(context, offset + tuning.margin / 2, BufferTime::MAX)
    {
        return true;
    }
    let from = onset - tuning.speech;
    let mut reversals = ReversalCounter::default();
    for sample in history.between(from, around[1]) {
        reversals.observe(sample.cues.lip_gap, tuning.lip_reversal);
    }
    reversals.count() >= tuning.lip_reversals
}

/// Whether the mouth moves before a movement that begins at `onset`.
pub fn mouth_moves_before(context: Context<'_>, onset: BufferTime) -> bool {
    let tuning = &context.tuning.cues;
    let before = onset - tuning.margin / 2;
    mouth_moves(context, before - tuning.mouth_rest, before)
}

/// Whether all of both brows rise alike, as people stress what they say.
pub fn raises_both_brows(deflection: &Displacements, tuning: &CueTuning) -> bool {
    let brows = REGIONS.iter().zip(deflection);
    let brows = brows
        .filter(|(region, _)| matches!(region.part, FlowRegion::InnerBrow | FlowRegion::OuterBrow));
    limits(brows.map(|(_, [_, up])| *up))
        .is_some_and(|[least, most]| most > 0.0 && least >= tuning.brows_together * most)
}

/// Whether an expression that was told passed at `time`: what moved then is explained, and no speech.
fn was_reported(context: Context<'_>, time: BufferTime) -> bool {
    let margin = context.tuning.cues.margin;
    context
        .reported
        .is_some_and(|[onset, offset]| (onset - margin..=offset + margin).contains(&time))
}

/// Whether the mouth moves from `from` to `to`, but for an expression that was told.
fn mouth_moves(context: Context<'_>, from: BufferTime, to: BufferTime) -> bool {
    let mouth = REGIONS.iter().enumerate();
    let mut mouth = mouth.filter(|(_, region)| region.part.is_of_mouth());
    mouth.any(|(region, _)| {
        (0..2).any(|axis| {
            let course = context.history.smoothed_between(from, to);
            let course = course.filter(|(time, _)| !was_reported(context, *time));
            let range = limits(course.map(|(_, there)| there[region][axis]));
            range.is_some_and(|[least, most]| most - least > context.tuning.cues.mouth_rest_range)
        })
    })
}
