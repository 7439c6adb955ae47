//! What makes the evidence of a movement worth less than it seems.

use super::super::history::History;
use super::super::rejection::RejectionReason;
use super::candidate::THRESHOLD;
use super::confounds::EyeActivity;
use super::phases::Phases;

/// Degrees and hundredths of the outer-eye distance that a head at rest, and the mesh, wander.
const HEAD_REST: [f64; 2] = [1.5, 3.0];
/// Degrees and hundredths beyond that which demand twice the evidence.
const HEAD_DOUBT: [f64; 2] = [2.5, 12.0];
/// Degrees beyond which no evidence is enough: what turns with the head hides and uncovers skin.
const HEAD_MOST: f64 = 6.0;
/// Change of the eyes' openness, as a part of what is usual, that pulls on nothing else, and the change
/// beyond it which demands twice the evidence.
const EYE_OPENNESS: [f64; 2] = [0.3, 0.4];
/// Change of brightness that is nothing, and the change beyond it which demands twice the evidence.
const LIGHT: [f64; 2] = [0.06, 0.1];

/// Whether the evidence of a movement of this shape stands out beside what disturbs it.
///
/// # Errors
/// It does not; the reason.
pub fn demand_evidence(
    evidence: f64,
    phases: Phases,
    eyes: EyeActivity,
    history: &History,
) -> Result<(), RejectionReason> {
    let around = phases.with_margin();
    let farthest = |axes: std::ops::Range<usize>| {
        let ranges = axes.map(|axis| history.range(around, |sample| sample.head[axis]));
        ranges.fold(0.0, f64::max)
    };
    let (angle, place) = (farthest(0..3), farthest(3..5));
    let beyond = |value: f64, rest: f64, doubt: f64| ((value - rest) / doubt).max(0.0);
    let head =
        beyond(angle, HEAD_REST[0], HEAD_DOUBT[0]) + beyond(place, HEAD_REST[1], HEAD_DOUBT[1]);
    let light = history.range(around, |sample| sample.brightness.max(1.0).ln());
    let doubts = [
        (head, RejectionReason::HeadMotion),
        (
            beyond(eyes.openness_change, EYE_OPENNESS[0], EYE_OPENNESS[1]),
            RejectionReason::Eyes,
        ),
        (beyond(light, LIGHT[0], LIGHT[1]), RejectionReason::Light),
    ];
    if angle > HEAD_MOST {
        return Err(RejectionReason::HeadMotion);
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
    use super::*;
    use crate::analysis::expression::history::Sample;

    fn demanded(evidence: f64, change: impl Fn(&mut Sample, f64)) -> Result<(), RejectionReason> {
        let history = History::of(50, |sample| {
            let part = sample.time as f64 / 1e9;
            change(sample, part);
        });
        demand_evidence(
            evidence,
            Phases::OF_A_FIFTH_OF_A_SECOND,
            EyeActivity::during(Phases::OF_A_FIFTH_OF_A_SECOND, &history),
            &history,
        )
    }

    #[test]
    fn more_evidence_is_demanded_beside_a_moving_head_a_change_of_light_and_moving_lids() {
        assert_eq!(demanded(6.0, |_, _| {}), Ok(()));
        let reversals = |sample: &mut Sample, part| sample.head[1] = 10.0 * part;
        assert_eq!(demanded(6.0, reversals), Err(RejectionReason::HeadMotion));
        assert_eq!(demanded(20.0, reversals), Ok(()));
        let dims = |sample: &mut Sample, part: f64| sample.brightness = 100.0 * (1.0 - 0.6 * part);
        assert_eq!(demanded(6.0, dims), Err(RejectionReason::Light));
        assert_eq!(demanded(30.0, dims), Ok(()));
        let opens =
            |sample: &mut Sample, part: f64| sample.cues.eye_openness = [0.1 + 0.6 * part; 2];
        assert_eq!(demanded(6.0, opens), Err(RejectionReason::Eyes));
    }

    #[test]
    fn no_evidence_is_enough_beside_a_head_that_turns_far() {
        let reversals = |sample: &mut Sample, part| sample.head[1] = 40.0 * part;
        assert_eq!(
            demanded(1000.0, reversals),
            Err(RejectionReason::HeadMotion)
        );
    }
}
