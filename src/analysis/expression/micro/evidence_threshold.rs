//! What makes the evidence of a movement worth less than it seems.

use super::super::context::Context;
use super::super::rejection::RejectionReason;
use super::confounds::EyeActivity;
use super::phases::Phases;

/// Whether the evidence of a movement of this shape stands out beside what disturbs it.
///
/// # Errors
/// It does not; the reason.
pub fn demand_evidence(
    evidence: f64,
    phases: Phases,
    eyes: EyeActivity,
    context: Context<'_>,
) -> Result<(), RejectionReason> {
    let (history, tuning) = (context.history, &context.tuning.micro);
    let around = phases.with_margin(context.tuning.cues.margin);
    let farthest = |axes: std::ops::Range<usize>| {
        let ranges = axes.map(|axis| history.range(around, |sample| sample.head[axis]));
        ranges.fold(0.0, f64::max)
    };
    let (angle, place) = (farthest(0..3), farthest(3..5));
    let beyond = |value: f64, [rest, doubt]: [f64; 2]| ((value - rest) / doubt).max(0.0);
    let head = beyond(angle, tuning.head_turn) + beyond(place, tuning.head_shift);
    let light = history.range(around, |sample| sample.brightness.max(1.0).ln());
    let doubts = [
        (head, RejectionReason::HeadMotion),
        (
            beyond(eyes.openness_change, tuning.eye_openness),
            RejectionReason::Eyes,
        ),
        (beyond(light, tuning.brightness), RejectionReason::Light),
    ];
    if angle > tuning.farthest_turn {
        return Err(RejectionReason::HeadMotion);
    }
    let mut needed = tuning.threshold;
    for (doubt, reason) in doubts {
        needed += tuning.threshold * doubt;
        if evidence < needed {
            return Err(reason);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::expression::history::{History, Sample};
    use crate::analysis::expression::tuning::ExpressionTuning;
    use crate::geometry::Sides;

    fn demanded(evidence: f64, change: impl Fn(&mut Sample, f64)) -> Result<(), RejectionReason> {
        let history = History::of(50, |sample| {
            let part = sample.time.nanos() as f64 / 1e9;
            change(sample, part);
        });
        let tuning = ExpressionTuning::default();
        let context = Context::new(&history, &tuning);
        demand_evidence(
            evidence,
            Phases::OF_A_FIFTH_OF_A_SECOND,
            EyeActivity::during(Phases::OF_A_FIFTH_OF_A_SECOND, context),
            context,
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
        let opens = |sample: &mut Sample, part: f64| {
            sample.cues.eye_openness = Sides::alike(0.1 + 0.6 * part)
        };
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
