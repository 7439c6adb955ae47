//! What in a movement has an explanation of its own: eyes that blink or look elsewhere, a mouth that
//! speaks, a region that is covered.

use crate::geometry::Sides;

use super::super::context::Context;
use super::super::regions::{Displacements, REGION_COUNT, REGIONS};
use super::super::rejection::RejectionReason;
use super::super::speech_cues::{mouth_speaks, raises_both_brows};
use super::candidate::RegionConfounds;
use super::phases::Phases;

/// The eyes during a movement.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EyeActivity {
    /// A blink passes.
    pub blinks: bool,
    /// Both close, in a blink or for longer.
    pub both_close: bool,
    /// The most that either opens or closes, as a part of its usual openness.
    pub openness_change: f64,
    /// How far the irises move, in hundredths of the outer-eye distance.
    pub gaze_shift: f64,
}

/// Chooses the left or the right eye's openness.
type EyeSelector = fn(&Sides<f64>) -> f64;

const EACH_EYE: [EyeSelector; 2] = [|eyes| eyes.left, |eyes| eyes.right];

impl EyeActivity {
    /// The eyes while a movement of this shape passes.
    pub fn during(phases: Phases, context: Context<'_>) -> Self {
        let (history, tuning) = (context.history, &context.tuning.cues);
        let around = phases.with_margin(tuning.margin);
        let [left, right] = EACH_EYE.map(|eye| {
            let [least, most] = history.limits(around, |sample| eye(&sample.cues.eye_openness));
            let usual = usual(context, phases, eye).max(f64::MIN_POSITIVE);
            (least < tuning.closed * usual, (most - least) / usual)
        });
        let gaze = [0, 1].map(|axis| history.range(around, |sample| sample.cues.gaze[axis]));
        let both_close = left.0 && right.0;
        // Without the eyes' detector brief closing of both is all that tells a blink.
        let blinks = if history.eyes_are_read() {
            history.has_blink([phases.onset, phases.offset])
        } else {
            both_close
        };
        Self {
            blinks,
            both_close,
            openness_change: left.1.max(right.1),
            gaze_shift: gaze[0].hypot(gaze[1]),
        }
    }
}

/// How far an eye is mostly open before a movement.
fn usual(context: Context<'_>, phases: Phases, eye: EyeSelector) -> f64 {
    let tuning = &context.tuning.cues;
    let from = phases.onset - tuning.open_before;
    let mut open: Vec<f64> = (context.history)
        .between(from, phases.onset - tuning.margin / 2)
        .map(|sample| eye(&sample.cues.eye_openness))
        .collect();
    open.sort_by(f64::total_cmp);
    // Of eyes that blink the upper half are open.
    open.get(open.len() * 3 / 4).copied().unwrap_or(0.0)
}

/// What explains each region's part in a movement of this shape in which the regions leave their places by
/// `deflection`; `syllables` tells that the mouth has moved again and again.
pub fn region_confounds(
    phases: Phases,
    (context, deflection): (Context<'_>, &Displacements),
    eyes: EyeActivity,
    syllables: bool,
) -> RegionConfounds {
    let (history, tuning) = (context.history, &context.tuning.cues);
    let speaks = syllables || mouth_speaks([phases.onset, phases.offset], context);
    let stresses = speaks && raises_both_brows(deflection, tuning);
    let looks = eyes.blinks || eyes.both_close || eyes.gaze_shift > tuning.glance;
    let mut confounds: RegionConfounds = [None; REGION_COUNT];
    for (index, (confound, region)) in confounds.iter_mut().zip(&REGIONS).enumerate() {
        let occluded = history
            .between(phases.onset, phases.offset)
            .any(|sample| sample.photometric_residual[index] > tuning.occluded);
        *confound = match region.part {
            part if part.is_of_eye() && looks => Some(RejectionReason::Eyes),
            part if speaks && part.is_below_the_eyes() => Some(RejectionReason::Speech),
            part if stresses && part.is_of_brow() => Some(RejectionReason::Speech),
            _ if occluded => Some(RejectionReason::Unclear),
            _ => None,
        };
    }
    confounds
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::analysis::expression::event::Side;
    use crate::analysis::expression::history::{History, Sample};
    use crate::analysis::expression::regions::{FlowRegion, index};
    use crate::analysis::expression::tuning::ExpressionTuning;
    use crate::analysis::time::BufferTime;

    const PHASES: Phases = Phases {
        onset: BufferTime::from_millis(1600),
        apex: BufferTime::from_millis(1700),
        offset: BufferTime::from_millis(1800),
    };

    /// What explains brows, lids, cheeks and lips of a face whose moments `change` changes; it is told
    /// whether the movement passes.
    fn of(change: impl Fn(&mut Sample, bool)) -> [Option<RejectionReason>; 4] {
        let history = History::of(100, |sample| {
            let passes = (PHASES.onset..PHASES.offset).contains(&sample.time);
            change(sample, passes);
        });
        let tuning = ExpressionTuning::default();
        let context = Context::new(&history, &tuning);
        let eyes = EyeActivity::during(PHASES, context);
        let confounds = region_confounds(PHASES, (context, &[[0.0; 2]; REGION_COUNT]), eyes, false);
        [
            FlowRegion::InnerBrow,
            FlowRegion::UpperLid,
            FlowRegion::Cheek,
            FlowRegion::LowerLip,
        ]
        .map(|part| confounds[index(part, Side::Left).unwrap()])
    }

    #[test]
    fn a_face_at_rest_explains_nothing() {
        assert_eq!(of(|_, _| {}), [None; 4]);
    }

    #[test]
    fn eyes_that_blink_or_look_elsewhere_explain_the_lids_alone() {
        let lids = [None, Some(RejectionReason::Eyes), None, None];
        assert_eq!(
            of(|sample, passes| if passes {
                sample.cues.eye_openness = Sides::alike(0.1)
            }),
            lids
        );
        assert_eq!(
            of(|sample, passes| if passes {
                sample.cues.gaze = [3.0, 0.0]
            }),
            lids
        );
        let wink = of(|sample, passes| {
            if passes {
                sample.cues.eye_openness.left = 0.1
            }
        });
        assert_eq!(wink, [None; 4]);
    }

    #[test]
    fn a_blink_is_the_one_that_the_eyes_tell_of() {
        let mut history = History::of(100, |_| {});
        history.set_eyes_are_read(true);
        let tuning = ExpressionTuning::default();
        let blinks =
            |history: &History| EyeActivity::during(PHASES, Context::new(history, &tuning)).blinks;
        assert!(!blinks(&history));
        let later = |ms: u64| PHASES.offset + Duration::from_millis(ms);
        history.push_blink([later(1), later(200)]);
        assert!(!blinks(&history), "one that follows is another");
        history.push_blink([BufferTime::from_millis(1_500), PHASES.apex]);
        assert!(blinks(&history));
    }

    #[test]
    fn where_no_eyes_are_read_both_that_close_blink() {
        let blinks = |eyes_are_read, closed: Sides<f64>| {
            let mut history = History::of(100, |sample| {
                if (PHASES.onset..PHASES.offset).contains(&sample.time) {
                    sample.cues.eye_openness = closed;
                }
            });
            history.set_eyes_are_read(eyes_are_read);
            let tuning = ExpressionTuning::default();
            EyeActivity::during(PHASES, Context::new(&history, &tuning)).blinks
        };
        assert!(blinks(false, Sides::alike(0.1)));
        assert!(!blinks(false, Sides::new(0.1, 0.3)), "a wink");
        assert!(!blinks(true, Sides::alike(0.1)), "their detector told none");
    }

    #[test]
    fn a_mouth_that_opens_or_has_spoken_explains_lips_and_cheeks() {
        let mouth = [
            None,
            None,
            Some(RejectionReason::Speech),
            Some(RejectionReason::Speech),
        ];
        assert_eq!(
            of(|sample, passes| if passes {
                sample.cues.lip_gap = 4.0
            }),
            mouth
        );
        let spoken = of(|sample, passes| {
            let syllable = (sample.time.nanos() / 150_000_000).is_multiple_of(2);
            sample.cues.lip_gap = if syllable && !passes { 3.0 } else { 0.0 };
        });
        assert_eq!(spoken, mouth);
        // Lips that have been apart all along do not speak.
        assert_eq!(of(|sample, _| sample.cues.lip_gap = 5.0), [None; 4]);
    }

    #[test]
    fn a_covered_region_is_unclear() {
        let brow = index(FlowRegion::InnerBrow, Side::Left).unwrap();
        let covered = of(|sample, passes| {
            if passes {
                sample.photometric_residual[brow] = 3.0
            }
        });
        assert_eq!(covered, [Some(RejectionReason::Unclear), None, None, None]);
    }

    /// What explains brows and lower lip where the brows rise by this much, inner and outer, while the lower
    /// lip goes up and down by `lip`.
    fn with_brows([inner, outer]: [f64; 2], lip: f64) -> [Option<RejectionReason>; 2] {
        let (brow, lower) = (
            index(FlowRegion::InnerBrow, Side::Left).unwrap(),
            index(FlowRegion::LowerLip, Side::Left).unwrap(),
        );
        let history = History::of(100, |sample| {
            let syllable = (sample.time.nanos() / 150_000_000).is_multiple_of(2);
            sample.displacements[lower][1] = if syllable { lip } else { 0.0 };
        });
        let mut deflection = [[0.0; 2]; REGION_COUNT];
        for (deflection, region) in deflection.iter_mut().zip(&REGIONS) {
            match region.part {
                FlowRegion::InnerBrow => deflection[1] = inner,
                FlowRegion::OuterBrow => deflection[1] = outer,
                _ => {}
            }
        }
        let tuning = ExpressionTuning::default();
        let context = Context::new(&history, &tuning);
        let eyes = EyeActivity::during(PHASES, context);
        let confounds = region_confounds(PHASES, (context, &deflection), eyes, false);
        [brow, lower].map(|region| confounds[region])
    }

    #[test]
    fn lips_that_hardly_part_speak_where_they_move_before_and_after() {
        assert_eq!(with_brows([2.0, 0.0], 0.2), [None, None]);
        assert_eq!(
            with_brows([2.0, 0.0], 2.0),
            [None, Some(RejectionReason::Speech)]
        );
    }

    #[test]
    fn whole_brows_that_rise_in_speech_stress_a_word() {
        let speech = Some(RejectionReason::Speech);
        assert_eq!(with_brows([2.0, 1.9], 2.0), [speech, speech]);
        assert_eq!(with_brows([2.0, 1.9], 0.0), [None, None]);
        assert_eq!(with_brows([1.2, 2.0], 2.0), [None, speech]);
        assert_eq!(with_brows([-2.0, -2.0], 2.0), [None, speech]);
    }
}
