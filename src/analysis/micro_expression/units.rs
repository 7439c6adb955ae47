//! Which Action Units a movement of the regions is, and which emotion those belong to.

use super::expression::{MovedUnit, Side};
use super::regions::{Displacements, Part, index};

/// Most units named of one movement.
const MOST: usize = 3;
/// Part of the strongest unit's weight that another needs to be named.
const WORTH_NAMING: f64 = 0.55;
/// Part of the stronger side's weight from which a unit is said to have moved on both.
const BOTH_SIDES: f64 = 0.5;

/// What a unit moves: part, outwards, upwards.
type Pull = (Part, f64, f64);

/// A unit and its pulls in one half of the face, as FACS describes them.
const UNITS: [(&str, &[Pull]); 17] = {
    use Part::{
        Cheek, Chin, Furrow, Glabella, InnerBrow, LipCorner, LowerLid, LowerLip, Nose, OuterBrow,
        UpperLid, UpperLip,
    };
    [
        (
            "AU01",
            &[
                (InnerBrow, 0.0, 1.0),
                (OuterBrow, 0.0, 0.35),
                (Glabella, 0.0, 0.3),
            ],
        ),
        ("AU02", &[(OuterBrow, 0.0, 1.0), (InnerBrow, 0.0, 0.3)]),
        (
            "AU04",
            &[
                (InnerBrow, -0.5, -1.0),
                (Glabella, 0.0, -0.6),
                (OuterBrow, -0.1, -0.35),
            ],
        ),
        ("AU05", &[(UpperLid, 0.0, 1.0)]),
        (
            "AU06",
            &[(Cheek, 0.0, 1.0), (LowerLid, 0.0, 0.5), (Furrow, 0.15, 0.4)],
        ),
        ("AU07", &[(LowerLid, -0.4, 1.0), (Cheek, -0.4, 0.5)]),
        (
            "AU09",
            &[
                (Nose, 0.0, 0.7),
                (Furrow, 0.0, 1.0),
                (UpperLip, 0.0, 0.9),
                (Cheek, 0.0, 0.7),
                (LipCorner, 0.0, 0.5),
                (InnerBrow, 0.0, -0.4),
                (Glabella, 0.0, -0.3),
            ],
        ),
        (
            "AU10",
            &[
                (UpperLip, 0.2, 1.0),
                (Furrow, 0.25, 0.9),
                (LipCorner, 0.0, 0.4),
                (Cheek, 0.1, 0.3),
                (Nose, 0.0, 0.25),
            ],
        ),
        (
            "AU12",
            &[
                (LipCorner, 0.75, 1.0),
                (Furrow, 0.45, 0.5),
                (Cheek, 0.25, 0.4),
                (UpperLip, 0.4, 0.45),
                (LowerLip, 0.4, 0.55),
            ],
        ),
        // The corner is drawn in and up while the upper lip and the furrow above it stay.
        (
            "AU14",
            &[
                (LipCorner, 0.25, 1.0),
                (LowerLip, 0.2, 0.75),
                (Furrow, 0.35, 0.15),
                (UpperLip, 0.2, 0.15),
                (Cheek, 0.2, 0.2),
                (Chin, 0.0, 0.5),
            ],
        ),
        // It is drawn back alone.
        (
            "AU14",
            &[
                (LipCorner, 1.0, 0.05),
                (UpperLip, 0.3, 0.0),
                (LowerLip, 0.3, 0.0),
            ],
        ),
        ("AU15", &[(LipCorner, 0.1, -1.0), (LowerLip, 0.0, -0.3)]),
        ("AU17", &[(Chin, 0.0, 1.0), (LowerLip, 0.0, 0.8)]),
        (
            "AU20",
            &[
                (LipCorner, 1.0, -0.4),
                (Furrow, 0.35, -0.15),
                (UpperLip, 0.3, -0.15),
                (LowerLip, 0.5, -0.1),
            ],
        ),
        ("AU24", &[(UpperLip, 0.0, -0.7), (LowerLip, 0.0, 0.8)]),
        ("AU25", &[(LowerLip, 0.0, -1.0), (UpperLip, 0.0, 0.25)]),
        (
            "AU26",
            &[
                (LowerLip, 0.0, -1.0),
                (Chin, 0.0, -1.0),
                (LipCorner, -0.1, -0.4),
            ],
        ),
    ]
};

/// Emotions and the units that EMFACS names for them, those with more units first.
const EMOTIONS: [(&str, &[&str]); 12] = [
    ("fear", &["AU01", "AU04", "AU05"]),
    ("fear", &["AU05", "AU20"]),
    ("surprise", &["AU01", "AU02", "AU05"]),
    ("sadness", &["AU01", "AU04"]),
    ("sadness", &["AU01", "AU15"]),
    ("anger", &["AU04", "AU07"]),
    ("anger", &["AU04", "AU24"]),
    ("surprise", &["AU01", "AU02"]),
    ("disgust", &["AU09"]),
    ("disgust", &["AU10"]),
    ("happiness", &["AU12"]),
    ("sadness", &["AU15"]),
];

/// The units of a movement, the most certain first, and the part of it that they explain.
pub fn units(bend: &Displacements, deviations: &Displacements) -> (Vec<MovedUnit>, f64) {
    let mut rest = *bend;
    let mut named: Vec<MovedUnit> = Vec::new();
    let mut most = 0.0;
    for _ in 0..MOST {
        let weights = UNITS.map(|(code, pulls)| {
            let [left, right] =
                [Side::Left, Side::Right].map(|side| weight(&rest, deviations, pulls, side));
            (code, pulls, left, right)
        });
        let all = |left: f64, right: f64| left.max(0.0).hypot(right.max(0.0));
        let best = weights
            .into_iter()
            .max_by(|a, b| all(a.2, a.3).total_cmp(&all(b.2, b.3)));
        let Some((code, pulls, left, right)) = best else {
            break;
        };
        let total = all(left, right);
        if total <= 0.0 || total < WORTH_NAMING * most {
            break;
        }
        most = f64::max(most, total);
        let side = match (left, right) {
            (left, right) if right < BOTH_SIDES * left => Side::Left,
            (left, right) if left < BOTH_SIDES * right => Side::Right,
            _ => Side::Both,
        };
        for side in [Side::Left, Side::Right] {
            remove(&mut rest, deviations, pulls, side);
        }
        if let Some(unit) = MovedUnit::new(code, side)
            && !named.iter().any(|named| named.code == code)
        {
            named.push(unit);
        }
    }
    let left = energy(&rest, deviations) / energy(bend, deviations).max(f64::MIN_POSITIVE);
    (named, 1.0 - left)
}

/// The square of a movement's size, in standard deviations.
pub fn energy(moved: &Displacements, deviations: &Displacements) -> f64 {
    let parts = moved.as_flattened().iter().zip(deviations.as_flattened());
    parts
        .map(|(moved, deviation)| (moved / deviation).powi(2))
        .sum()
}

/// The emotion that units are the textbook sign of; `unknown` where they are of none.
pub fn emotion(units: &[MovedUnit]) -> &'static str {
    let moved = |code: &&str| units.iter().any(|unit| unit.code == *code);
    let sign = EMOTIONS.iter().find(|(_, codes)| codes.iter().all(moved));
    if let Some((emotion, _)) = sign {
        return emotion;
    }
    // A dimple in one cheek alone.
    match units {
        [unit] if unit.code == "AU14" && unit.side != Side::Both => "contempt",
        _ => "unknown",
    }
}

/// How much of a unit is in a movement, in standard deviations.
fn weight(bend: &Displacements, deviations: &Displacements, pulls: &[Pull], side: Side) -> f64 {
    let (product, square) = fit(bend, deviations, pulls, side);
    product / square.sqrt()
}

fn fit(bend: &Displacements, deviations: &Displacements, pulls: &[Pull], side: Side) -> (f64, f64) {
    let (mut product, mut square) = (0.0, f64::MIN_POSITIVE);
    for &(part, outwards, upwards) in pulls {
        let at = index(part, side);
        let Some((bend, deviation)) = at.and_then(|at| Some((bend.get(at)?, deviations.get(at)?)))
        else {
            continue;
        };
        for (axis, pull) in [outwards, upwards].into_iter().enumerate() {
            let scale = deviation[axis].powi(2);
            product += pull * bend[axis] / scale;
            square += pull * pull / scale;
        }
    }
    (product, square)
}

fn remove(rest: &mut Displacements, deviations: &Displacements, pulls: &[Pull], side: Side) {
    let (product, square) = fit(rest, deviations, pulls, side);
    let amount = (product / square).max(0.0);
    for &(part, outwards, upwards) in pulls {
        if let Some(rest) = index(part, side).and_then(|at| rest.get_mut(at)) {
            rest[0] -= amount * outwards;
            rest[1] -= amount * upwards;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::regions::COUNT;
    use super::*;

    const REST: Displacements = [[0.2; 2]; COUNT];

    fn moved(pulls: &[(Part, Side, f64, f64)]) -> Vec<(&'static str, Side)> {
        let mut bend = [[0.0; 2]; COUNT];
        for &(part, side, outwards, upwards) in pulls {
            bend[index(part, side).unwrap()] = [outwards, upwards];
        }
        let (units, _) = units(&bend, &REST);
        units.iter().map(|unit| (unit.code, unit.side)).collect()
    }

    #[test]
    fn brows_that_rise_are_the_raisers_on_their_side() {
        let inner = [
            (Part::InnerBrow, Side::Left, 0.0, 3.0),
            (Part::InnerBrow, Side::Right, 0.0, 3.0),
        ];
        assert_eq!(moved(&inner)[0], ("AU01", Side::Both));
        let outer = [
            (Part::OuterBrow, Side::Left, 0.0, 3.0),
            (Part::InnerBrow, Side::Left, 0.0, 0.8),
        ];
        assert_eq!(moved(&outer)[0], ("AU02", Side::Left));
    }

    #[test]
    fn a_corner_of_the_mouth_tells_smile_dimple_and_droop_apart() {
        let corner = |outwards, upwards| {
            let pulls = [(Part::LipCorner, Side::Right, outwards, upwards)];
            moved(&pulls)[0]
        };
        assert_eq!(corner(2.0, 2.4), ("AU12", Side::Right));
        assert_eq!(corner(2.0, 0.0), ("AU14", Side::Right));
        assert_eq!(corner(0.2, -2.0), ("AU15", Side::Right));
    }

    #[test]
    fn what_moves_beside_tells_units_apart_that_move_the_same_region() {
        let first = |pulls: &[(Part, f64, f64)]| {
            let pulls: Vec<_> = (pulls.iter())
                .map(|&(part, outwards, upwards)| (part, Side::Left, outwards, upwards))
                .collect();
            moved(&pulls)[0].0
        };
        // The corner rises: with the furrow and the upper lip, or without them.
        let corner = (Part::LipCorner, 1.0, 2.0);
        let lower = (Part::LowerLip, 0.5, 1.4);
        assert_eq!(first(&[corner, lower]), "AU14");
        let furrow = (Part::Furrow, 0.9, 1.1);
        let upper = (Part::UpperLip, 0.7, 1.1);
        assert_eq!(first(&[corner, lower, furrow, upper]), "AU12");
        // The upper lip rises: with the nose and lowered brows, or without.
        let lip = [(Part::UpperLip, 0.2, 2.0), (Part::Furrow, 0.3, 1.8)];
        assert_eq!(first(&lip), "AU10");
        let nose = [(Part::Nose, 0.0, 1.4), (Part::InnerBrow, 0.0, -1.0)];
        assert_eq!(first(&[lip, nose].concat()), "AU09");
        // The lower lid rises: with the cheek, or before it.
        let lid = (Part::LowerLid, -0.3, 1.0);
        assert_eq!(first(&[lid, (Part::Cheek, 0.0, 2.0)]), "AU06");
        assert_eq!(first(&[lid, (Part::Cheek, -0.3, 0.5)]), "AU07");
    }

    #[test]
    fn only_textbook_signs_have_an_emotion() {
        let unit = |code, side| MovedUnit::new(code, side).unwrap();
        let both = |code| unit(code, Side::Both);
        assert_eq!(emotion(&[both("AU02"), both("AU01")]), "surprise");
        assert_eq!(emotion(&[both("AU12")]), "happiness");
        assert_eq!(emotion(&[unit("AU14", Side::Left)]), "contempt");
        assert_eq!(emotion(&[both("AU14")]), "unknown");
        assert_eq!(emotion(&[both("AU07")]), "unknown");
        assert_eq!(emotion(&[]), "unknown");
    }
}
