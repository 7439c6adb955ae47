//! What makes the evidence of a movement worth less than it seems.

use super::explained::Eyes;
use super::history::History;
use super::judge::Reason;
use super::shape::Shape;
use super::spotter::THRESHOLD;

/// Degrees and hundredths of the outer-eye distance that a head at rest, and the mesh, wander.
const HEAD_REST: [f64; 2] = [1.5, 3.0];
/// Degrees and hundredths beyond that which demand twice the evidence.
const HEAD_DOUBT: [f64; 2] = [2.5, 12.0];
/// Degrees beyond which no evidence is enough: what turns with the head hides and uncovers skin.
const HEAD_MOST: f64 = 6.0;
/// Change of the eyes' openness, as a part of what is usual, that pulls on nothing else, and the change
/// beyond it which demands twice the evidence.
const EYES: [f64; 2] = [0.3, 0.4];
/// Change of brightness that is nothing, and the change beyond it which demands twice the evidence.
const LIGHT: [f64; 2] = [0.06, 0.1];

/// Whether the evidence of a movement of this shape stands out beside what disturbs it.
///
/// # Errors
/// It does not; the reason.
pub fn disturbed(evidence: f64, shape: Shape, eyes: Eyes, history: &History) -> Result<(), Reason> {
    let around = shape.around();
    let farthest = |axes: std::ops::Range<usize>| {
        let ranges = axes.map(|axis| history.range(around, |moment| moment.head[axis]));
        ranges.fold(0.0, f64::max)
    };
    let (angle, place) = (farthest(0..3), farthest(3..5));
    let beyond = |value: f64, rest: f64, doubt: f64| ((value - rest) / doubt).max(0.0);
    let head =
        beyond(angle, HEAD_REST[0], HEAD_DOUBT[0]) + beyond(place, HEAD_REST[1], HEAD_DOUBT[1]);
    let light = history.range(around, |moment| moment.light.max(1.0).ln());
    let doubts = [
        (head, Reason::HeadMotion),
        (beyond(eyes.change, EYES[0], EYES[1]), Reason::Eyes),
        (beyond(light, LIGHT[0], LIGHT[1]), Reason::Light),
    ];
    if angle > HEAD_MOST {
        return Err(Reason::HeadMotion);
    }
    let mut needed = THRESHOLD;
    for (doubt, reason) in doubts {
        needed += THRESHOLD * doubt;
        if evidence < needed {
            return Err(reason);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::history::Moment;
    use super::*;

    fn judged(evidence: f64, change: impl Fn(&mut Moment, f64)) -> Result<(), Reason> {
        let history = History::of(50, |moment| {
            let part = moment.time as f64 / 1e9;
            change(moment, part);
        });
        disturbed(
            evidence,
            Shape::OF_A_FIFTH_OF_A_SECOND,
            Eyes::during(Shape::OF_A_FIFTH_OF_A_SECOND, &history),
            &history,
        )
    }

    #[test]
    fn more_evidence_is_demanded_beside_a_moving_head_a_change_of_light_and_moving_lids() {
        assert_eq!(judged(6.0, |_, _| {}), Ok(()));
        let turns = |moment: &mut Moment, part| moment.head[1] = 10.0 * part;
        assert_eq!(judged(6.0, turns), Err(Reason::HeadMotion));
        assert_eq!(judged(20.0, turns), Ok(()));
        let dims = |moment: &mut Moment, part: f64| moment.light = 100.0 * (1.0 - 0.6 * part);
        assert_eq!(judged(6.0, dims), Err(Reason::Light));
        assert_eq!(judged(30.0, dims), Ok(()));
        let opens = |moment: &mut Moment, part: f64| moment.signs.open = [0.1 + 0.6 * part; 2];
        assert_eq!(judged(6.0, opens), Err(Reason::Eyes));
    }

    #[test]
    fn no_evidence_is_enough_beside_a_head_that_turns_far() {
        let turns = |moment: &mut Moment, part| moment.head[1] = 40.0 * part;
        assert_eq!(judged(1000.0, turns), Err(Reason::HeadMotion));
    }
}
