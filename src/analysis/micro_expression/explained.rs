//! What in a movement has an explanation of its own: eyes that blink or look elsewhere, a mouth that
//! speaks, a region that is covered.

use super::history::{History, limits};
use super::judge::Reason;
use super::regions::{COUNT, Displacements, Part, REGIONS};
use super::shape::{MARGIN, Shape};
use super::signs::{CLOSED, GLANCE};
use super::turns::Turns;

/// How long before a movement the eyes are taken to be open as usual, in ns.
const BEFORE: u64 = 600_000_000;
/// Hundredths by which the lips part when a mouth opens.
const MOUTH_OPENS: f64 = 2.0;
/// Time in ns before a movement in which a mouth that speaks is seen to do so.
pub const SPEECH: u64 = 1_500_000_000;
/// Hundredths between two turns of lips that open and close, and how many turns make speech.
const TURN: f64 = 1.0;
const TURNS: usize = 3;
/// How long before a movement a mouth that does not speak is at rest, in ns, and hundredths by which its
/// regions wander then.
const STILL: u64 = 500_000_000;
const STIRS: f64 = 0.6;
/// Part of the highest brow region's rise from which all of both brows rise together.
const TOGETHER: f64 = 0.75;
/// Difference that is left, as a part of a region's contrast, beyond which it is not the same skin.
const STRANGE: f64 = 1.2;

/// What explains each region's part in a movement.
pub type Explained = [Option<Reason>; COUNT];

/// The eyes during a movement.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Eyes {
    /// Both close.
    pub close: bool,
    /// The most that either opens or closes, as a part of its usual openness.
    pub change: f64,
    /// How far the irises move, in hundredths of the outer-eye distance.
    pub glance: f64,
}

impl Eyes {
    /// The eyes in `history` while a movement of this shape passes.
    pub fn during(shape: Shape, history: &History) -> Self {
        let around = shape.around();
        let [right, left] = [0, 1].map(|eye| {
            let [least, most] = history.limits(around, |moment| moment.signs.open[eye]);
            let usual = usual(history, shape, eye).max(f64::MIN_POSITIVE);
            (least < CLOSED * usual, (most - least) / usual)
        });
        let gaze = [0, 1].map(|axis| history.range(around, |moment| moment.signs.gaze[axis]));
        Self {
            close: left.0 && right.0,
            change: left.1.max(right.1),
            glance: gaze[0].hypot(gaze[1]),
        }
    }
}

/// How far an eye is mostly open before a movement.
fn usual(history: &History, shape: Shape, eye: usize) -> f64 {
    let from = shape.onset.saturating_sub(BEFORE);
    let mut open: Vec<f64> = history
        .between(from, shape.onset.saturating_sub(MARGIN / 2))
        .map(|moment| moment.signs.open[eye])
        .collect();
    open.sort_by(f64::total_cmp);
    // Of eyes that blink the upper half are open.
    open.get(open.len() * 3 / 4).copied().unwrap_or(0.0)
}

/// What explains each region's part in a movement of this shape in which the regions leave their places by
/// `bend`; `syllables` tells that the mouth has moved again and again.
pub fn explained(
    shape: Shape,
    (history, bend): (&History, &Displacements),
    eyes: Eyes,
    syllables: bool,
) -> Explained {
    let speaks = syllables || mouth_speaks(shape, history);
    let stresses = speaks && raises_both_brows(bend);
    let looks = eyes.close || eyes.glance > GLANCE;
    let mut explained = [None; COUNT];
    for (index, (explained, region)) in explained.iter_mut().zip(&REGIONS).enumerate() {
        let strange = history
            .between(shape.onset, shape.offset)
            .any(|moment| moment.strangeness[index] > STRANGE);
        *explained = match region.part {
            part if part.is_of_eye() && looks => Some(Reason::Eyes),
            part if speaks && part.is_below_the_eyes() => Some(Reason::Speech),
            part if stresses && part.is_of_brow() => Some(Reason::Speech),
            _ if strange => Some(Reason::Unclear),
            _ => None,
        };
    }
    explained
}

/// Whether the lips part during a movement, have opened and closed again and again, or the mouth moves
/// before or after it: a mesh sees little of what lips do that hardly part.
pub fn mouth_speaks(shape: Shape, history: &History) -> bool {
    let [_, end] = shape.around();
    if history.range(shape.around(), |moment| moment.signs.mouth) > MOUTH_OPENS {
        return true;
    }
    if mouth_stirs_before(history, shape.onset)
        || stirs(history, shape.offset + MARGIN / 2, u64::MAX)
    {
        return true;
    }
    let from = shape.onset.saturating_sub(SPEECH);
    let mut turns = Turns::default();
    for moment in history.between(from, end) {
        turns.take(moment.signs.mouth, TURN);
    }
    turns.count() >= TURNS
}

/// Whether the mouth moves before a movement that begins at `onset`.
pub fn mouth_stirs_before(history: &History, onset: u64) -> bool {
    let before = onset.saturating_sub(MARGIN / 2);
    stirs(history, before.saturating_sub(STILL), before)
}

/// Whether all of both brows rise alike, as people stress what they say.
pub fn raises_both_brows(bend: &Displacements) -> bool {
    let brows = REGIONS.iter().zip(bend);
    let brows =
        brows.filter(|(region, _)| matches!(region.part, Part::InnerBrow | Part::OuterBrow));
    limits(brows.map(|(_, [_, up])| *up))
        .is_some_and(|[least, most]| most > 0.0 && least >= TOGETHER * most)
}

/// Whether the mouth moves from `from` to `to`.
fn stirs(history: &History, from: u64, to: u64) -> bool {
    let mouth = REGIONS.iter().enumerate();
    let mut mouth = mouth.filter(|(_, region)| region.part.is_of_mouth());
    mouth.any(|(region, _)| {
        (0..2).any(|axis| {
            let course = history.course(from, to);
            let range = limits(course.map(|(_, moved)| moved[region][axis]));
            range.is_some_and(|[least, most]| most - least > STIRS)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::super::expression::Side;
    use super::super::history::Moment;
    use super::super::regions::index;
    use super::*;

    const SHAPE: Shape = Shape {
        onset: 1_600_000_000,
        apex: 1_700_000_000,
        offset: 1_800_000_000,
    };

    /// What explains brows, lids, cheeks and lips of a face whose moments `change` changes; it is told
    /// whether the movement passes.
    fn of(change: impl Fn(&mut Moment, bool)) -> [Option<Reason>; 4] {
        let history = History::of(100, |moment| {
            let passes = (SHAPE.onset..SHAPE.offset).contains(&moment.time);
            change(moment, passes);
        });
        let eyes = Eyes::during(SHAPE, &history);
        let explained = explained(SHAPE, (&history, &[[0.0; 2]; COUNT]), eyes, false);
        [Part::InnerBrow, Part::UpperLid, Part::Cheek, Part::LowerLip]
            .map(|part| explained[index(part, Side::Left).unwrap()])
    }

    #[test]
    fn a_face_at_rest_explains_nothing() {
        assert_eq!(of(|_, _| {}), [None; 4]);
    }

    #[test]
    fn eyes_that_blink_or_look_elsewhere_explain_the_lids_alone() {
        let lids = [None, Some(Reason::Eyes), None, None];
        assert_eq!(
            of(|moment, passes| if passes {
                moment.signs.open = [0.1; 2]
            }),
            lids
        );
        assert_eq!(
            of(|moment, passes| if passes {
                moment.signs.gaze = [3.0, 0.0]
            }),
            lids
        );
        let wink = of(|moment, passes| {
            if passes {
                moment.signs.open[0] = 0.1
            }
        });
        assert_eq!(wink, [None; 4]);
    }

    #[test]
    fn a_mouth_that_opens_or_has_spoken_explains_lips_and_cheeks() {
        let mouth = [None, None, Some(Reason::Speech), Some(Reason::Speech)];
        assert_eq!(
            of(|moment, passes| if passes {
                moment.signs.mouth = 4.0
            }),
            mouth
        );
        let spoken = of(|moment, passes| {
            let syllable = (moment.time / 150_000_000).is_multiple_of(2);
            moment.signs.mouth = if syllable && !passes { 3.0 } else { 0.0 };
        });
        assert_eq!(spoken, mouth);
        // Lips that have been apart all along do not speak.
        assert_eq!(of(|moment, _| moment.signs.mouth = 5.0), [None; 4]);
    }

    #[test]
    fn a_covered_region_is_unclear() {
        let brow = index(Part::InnerBrow, Side::Left).unwrap();
        let covered = of(|moment, passes| {
            if passes {
                moment.strangeness[brow] = 3.0
            }
        });
        assert_eq!(covered, [Some(Reason::Unclear), None, None, None]);
    }

    /// What explains brows and lower lip where the brows rise by this much, inner and outer, while the lower
    /// lip goes up and down by `lip`.
    fn with_brows([inner, outer]: [f64; 2], lip: f64) -> [Option<Reason>; 2] {
        let (brow, lower) = (
            index(Part::InnerBrow, Side::Left).unwrap(),
            index(Part::LowerLip, Side::Left).unwrap(),
        );
        let history = History::of(100, |moment| {
            let syllable = (moment.time / 150_000_000).is_multiple_of(2);
            moment.moved[lower][1] = if syllable { lip } else { 0.0 };
        });
        let mut bend = [[0.0; 2]; COUNT];
        for (bend, region) in bend.iter_mut().zip(&REGIONS) {
            match region.part {
                Part::InnerBrow => bend[1] = inner,
                Part::OuterBrow => bend[1] = outer,
                _ => {}
            }
        }
        let eyes = Eyes::during(SHAPE, &history);
        let explained = explained(SHAPE, (&history, &bend), eyes, false);
        [brow, lower].map(|region| explained[region])
    }

    #[test]
    fn lips_that_hardly_part_speak_where_they_move_before_and_after() {
        assert_eq!(with_brows([2.0, 0.0], 0.2), [None, None]);
        assert_eq!(with_brows([2.0, 0.0], 2.0), [None, Some(Reason::Speech)]);
    }

    #[test]
    fn whole_brows_that_rise_in_speech_stress_a_word() {
        let speech = Some(Reason::Speech);
        assert_eq!(with_brows([2.0, 1.9], 2.0), [speech, speech]);
        assert_eq!(with_brows([2.0, 1.9], 0.0), [None, None]);
        assert_eq!(with_brows([1.2, 2.0], 2.0), [None, speech]);
        assert_eq!(with_brows([-2.0, -2.0], 2.0), [None, speech]);
    }
}
