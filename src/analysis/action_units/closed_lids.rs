//! What the lids' openness says of the units around them: how far the eyes are closed, and that a lid
//! that is shut cannot be seen to tighten.

use crate::analysis::eyes::closure;
use crate::geometry::Sides;

use super::{Au, AuIntensities};

/// Places in the lists of Action Units.
const LID_TIGHTENER: usize = Au::Au07.index();
const EYE_CLOSURE: usize = Au::Au43.index();
/// Openness of an eye up to which nothing is seen of the lids' tightening, as four fifths of it are
/// covered (PERCLOS P80), and from which all is, as it is not closing yet.
const HIDDEN: [f64; 2] = [0.2, 0.4];

/// Takes the closure of the eyes, AU43, from their `openness`, so that both
/// say the same: 5 is shut.
pub fn close_by_openness(movement: &mut AuIntensities, openness: Sides<f64>) {
    let closure = openness.map(closure);
    let both = &mut movement.intensities;
    both.left[EYE_CLOSURE] = closure.left;
    both.right[EYE_CLOSURE] = closure.right;
    both.both[EYE_CLOSURE] = closure.mean();
}

/// Takes off what is read at the lids as far as they are closed.
pub fn suppress_au07_when_closed(movement: &mut AuIntensities, openness: Sides<f64>) {
    let seen = openness.map(seen);
    let AuIntensities {
        intensities, raw, ..
    } = movement;
    intensities.left[LID_TIGHTENER] *= seen.left;
    intensities.right[LID_TIGHTENER] *= seen.right;
    intensities.both[LID_TIGHTENER] *= seen.mean();
    raw[LID_TIGHTENER] *= seen.mean();
}

/// The part 0..1 of a tightening that is seen.
fn seen(openness: f64) -> f64 {
    let [none, all] = HIDDEN;
    ((openness - none) / (all - none)).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::{ACTION_UNITS, Intensities};
    use crate::models::SCORES;

    fn hidden(openness: Sides<f64>) -> AuIntensities {
        let mut movement = AuIntensities::symmetric([2.0; SCORES]);
        suppress_au07_when_closed(&mut movement, openness);
        movement
    }

    #[test]
    fn closed_lids_hide_their_tightening_and_nothing_else() {
        let movement = hidden(Sides::new(0.1, 0.0));
        let changed: Vec<_> = (0..SCORES)
            .filter(|&index| movement.intensities.both[index] != 2.0)
            .map(|index| ACTION_UNITS[index].code)
            .collect();
        assert_eq!(changed, ["AU07"]);
        assert_eq!(movement.intensities.both[LID_TIGHTENER], 0.0);
        assert_eq!(movement.raw[LID_TIGHTENER], 0.0);
    }

    #[test]
    fn a_shut_eye_is_five_and_an_open_one_nothing() {
        assert_eq!(ACTION_UNITS[EYE_CLOSURE].code, "AU43");
        let mut movement = AuIntensities::symmetric([2.0; SCORES]);
        close_by_openness(&mut movement, Sides::new(0.1, 1.0));
        let Intensities { both, left, right } = movement.intensities;
        let sides = [left, right, both].map(|side| side[EYE_CLOSURE]);
        assert_eq!(sides, [5.0, 0.0, 2.5]);
    }

    #[test]
    fn a_squint_is_no_closing_and_a_wink_hides_its_own_eye_alone() {
        let squint = hidden(Sides::new(0.45, 0.5));
        assert_eq!(squint.intensities.both, [2.0; SCORES]);
        let wink = hidden(Sides::new(0.0, 1.0)).intensities;
        let sides = [&wink.left, &wink.right, &wink.both].map(|side| side[LID_TIGHTENER]);
        assert_eq!(sides, [0.0, 2.0, 1.0]);
    }
}
