//! What a smile alone does to the scores of other Action Units.
//!
//! The lip corners' pull lifts the upper lip and dents the cheek as the upper lip raiser and the
//! dimpler do; only what a smile does not explain is theirs.

use super::super::baseline::Scores;

/// Places in the lists of Action Units.
const UPPER_LIP_RAISER: usize = 7;
const LIP_CORNER_PULLER: usize = 8;
const DIMPLER: usize = 9;
/// The share of the lip corner puller's score that is taken off others: the least that keeps nine of
/// ten happy faces of FER+'s selection part under a raw intensity of 0.75 (`au_lab smiles`).
const EXPLAINED: [(usize, f64); 2] = [(UPPER_LIP_RAISER, 0.61), (DIMPLER, 0.19)];

/// The scores of one half of a face but for what its smile explains of them.
pub fn but_for_the_smile(mut scores: Scores) -> Scores {
    let smile = scores[LIP_CORNER_PULLER].max(0.0);
    for (unit, share) in EXPLAINED {
        scores[unit] -= share * smile;
    }
    scores
}

#[cfg(test)]
mod tests {
    use super::super::ACTION_UNITS;
    use super::*;
    use crate::models::SCORES;

    #[test]
    fn a_smile_takes_its_share_off_the_units_beside_it_and_off_no_other() {
        let mut scores = [1.0; SCORES];
        scores[LIP_CORNER_PULLER] = 3.0;
        let left = but_for_the_smile(scores);
        let changed = |index: &usize| left[*index] != scores[*index];
        let codes: Vec<_> = (0..SCORES).filter(changed).collect();
        assert_eq!(
            codes
                .iter()
                .map(|&index| ACTION_UNITS[index].code)
                .collect::<Vec<_>>(),
            ["AU10", "AU14"]
        );
        assert_eq!(ACTION_UNITS[LIP_CORNER_PULLER].code, "AU12");
    }

    #[test]
    fn without_a_smile_a_dimple_and_a_raised_lip_stay_as_they_are() {
        for smile in [0.0, -0.7] {
            let mut scores = [2.0; SCORES];
            scores[LIP_CORNER_PULLER] = smile;
            assert_eq!(but_for_the_smile(scores), scores);
        }
    }
}
