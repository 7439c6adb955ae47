//! Whether the mouth speaks around a movement: a mesh sees little of what lips do that hardly part, flow does.

use super::history::{History, limits};
use super::regions::{Displacements, FacePart, REGIONS};
use super::reversals::ReversalCounter;

/// How far around a movement the head, the light, the eyes and the mouth are looked at, in ns.
pub const MARGIN: u64 = 50_000_000;
/// Hundredths by which the lips part when a mouth opens.
const MOUTH_OPENS: f64 = 2.0;
/// Time in ns before a movement in which a mouth that speaks is seen to do so.
pub const SPEECH: u64 = 1_500_000_000;
/// Hundredths between two reversals of lips that open and close, and how many reversals make speech.
const REVERSAL: f64 = 1.0;
const REVERSALS: usize = 3;
/// How long before a movement a mouth that does not speak is at rest, in ns, and hundredths by which its
/// regions wander then.
const REST: u64 = 500_000_000;
const REST_RANGE: f64 = 0.6;
/// Part of the highest brow region's rise from which all of both brows rise together.
const TOGETHER: f64 = 0.75;

/// Whether the lips part during a movement, have opened and closed again and again, or the mouth moves
/// before or after it; `onset` and `offset` in ns.
pub fn mouth_speaks([onset, offset]: [u64; 2], history: &History) -> bool {
    let around = [onset.saturating_sub(MARGIN), offset + MARGIN];
    if history.range(around, |sample| sample.cues.lip_gap) > MOUTH_OPENS {
        return true;
    }
    if mouth_moves_before(history, onset) || mouth_moves(history, offset + MARGIN / 2, u64::MAX) {
        return true;
    }
    let from = onset.saturating_sub(SPEECH);
    let mut reversals = ReversalCounter::default();
    for sample in history.between(from, around[1]) {
        reversals.observe(sample.cues.lip_gap, REVERSAL);
    }
    reversals.count() >= REVERSALS
}

/// Whether the mouth moves before a movement that begins at `onset`.
pub fn mouth_moves_before(history: &History, onset: u64) -> bool {
    let before = onset.saturating_sub(MARGIN / 2);
    mouth_moves(history, before.saturating_sub(REST), before)
}

/// Whether all of both brows rise alike, as people stress what they say.
pub fn raises_both_brows(deflection: &Displacements) -> bool {
    let brows = REGIONS.iter().zip(deflection);
    let brows = brows
        .filter(|(region, _)| matches!(region.part, FacePart::InnerBrow | FacePart::OuterBrow));
    limits(brows.map(|(_, [_, up])| *up))
        .is_some_and(|[least, most]| most > 0.0 && least >= TOGETHER * most)
}

/// Whether the mouth moves from `from` to `to`.
fn mouth_moves(history: &History, from: u64, to: u64) -> bool {
    let mouth = REGIONS.iter().enumerate();
    let mut mouth = mouth.filter(|(_, region)| region.part.is_of_mouth());
    mouth.any(|(region, _)| {
        (0..2).any(|axis| {
            let course = history.smoothed_between(from, to);
            let range = limits(course.map(|(_, there)| there[region][axis]));
            range.is_some_and(|[least, most]| most - least > REST_RANGE)
        })
    })
}
