//! Which Action Units a movement of the regions is: a greedy fit of [`AU_TEMPLATES`], the
//! strongest first.

use super::au_templates::{AU_TEMPLATES, RegionPull};
use super::event::{AuActivation, Side};
use super::evidence::squared_norm;
use super::regions::{Displacements, index};

/// Most units named of one movement: EMFACS' signs have three at the most. These three numbers
/// were chosen on the photos for tuning (`tuning.rs`).
const MOST_UNITS: usize = 3;
/// Part of the strongest unit's weight that another needs to be named.
const WORTH_NAMING: f64 = 0.55;
/// Part of the stronger side's weight from which a unit is said to have moved on both.
const BOTH_SIDES: f64 = 0.5;

/// The units of a movement, the most certain first, and the part of it that they explain.
pub fn decode_units(
    deflection: &Displacements,
    deviations: &Displacements,
) -> (Vec<AuActivation>, f64) {
    let mut rest = *deflection;
    let mut named: Vec<AuActivation> = Vec::new();
    let mut most = 0.0;
    for _ in 0..MOST_UNITS {
        let weights = AU_TEMPLATES.map(|(unit, pulls)| {
            let [left, right] =
                [Side::Left, Side::Right].map(|side| weight(&rest, deviations, pulls, side));
            (unit, pulls, left, right)
        });
        let all = |left: f64, right: f64| left.max(0.0).hypot(right.max(0.0));
        let best = weights
            .into_iter()
            .max_by(|a, b| all(a.2, a.3).total_cmp(&all(b.2, b.3)));
        let Some((unit, pulls, left, right)) = best else {
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
        if !named.iter().any(|named| named.unit == unit) {
            named.push(AuActivation { unit, side });
        }
    }
    let left = squared_norm(&rest, deviations)
        / squared_norm(deflection, deviations).max(f64::MIN_POSITIVE);
    (named, 1.0 - left)
}

/// How much of a unit is in a movement, in standard deviations.
fn weight(
    deflection: &Displacements,
    deviations: &Displacements,
    pulls: &[RegionPull],
    side: Side,
) -> f64 {
    let (product, square) = fit(deflection, deviations, pulls, side);
    product / square.sqrt()
}

fn fit(
    deflection: &Displacements,
    deviations: &Displacements,
    pulls: &[RegionPull],
    side: Side,
) -> (f64, f64) {
    let (mut product, mut square) = (0.0, f64::MIN_POSITIVE);
    for &(part, outwards, upwards) in pulls {
        let at = index(part, side);
        let Some((deflection, deviation)) =
            at.and_then(|at| Some((deflection.get(at)?, deviations.get(at)?)))
        else {
            continue;
        };
        for (axis, pull) in [outwards, upwards].into_iter().enumerate() {
            let scale = deviation[axis].powi(2);
            product += pull * deflection[axis] / scale;
            square += pull * pull / scale;
        }
    }
    (product, square)
}

fn remove(rest: &mut Displacements, deviations: &Displacements, pulls: &[RegionPull], side: Side) {
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
    use super::super::regions::{FlowRegion, REGION_COUNT};
    use super::*;
    use crate::analysis::action_units::Au;

    const REST: Displacements = [[0.2; 2]; REGION_COUNT];

    fn moved(pulls: &[(FlowRegion, Side, f64, f64)]) -> Vec<(Au, Side)> {
        let mut deflection = [[0.0; 2]; REGION_COUNT];
        for &(part, side, outwards, upwards) in pulls {
            deflection[index(part, side).unwrap()] = [outwards, upwards];
        }
        let (units, _) = decode_units(&deflection, &REST);
        units.iter().map(|unit| (unit.unit, unit.side)).collect()
    }

    #[test]
    fn brows_that_rise_are_the_raisers_on_their_side() {
        let inner = [
            (FlowRegion::InnerBrow, Side::Left, 0.0, 3.0),
            (FlowRegion::InnerBrow, Side::Right, 0.0, 3.0),
        ];
        assert_eq!(moved(&inner)[0], (Au::Au01, Side::Both));
        let outer = [
            (FlowRegion::OuterBrow, Side::Left, 0.0, 3.0),
            (FlowRegion::InnerBrow, Side::Left, 0.0, 0.8),
        ];
        assert_eq!(moved(&outer)[0], (Au::Au02, Side::Left));
    }

    #[test]
    fn a_corner_of_the_mouth_tells_smile_dimple_and_droop_apart() {
        let corner = |outwards, upwards| {
            let pulls = [(FlowRegion::LipCorner, Side::Right, outwards, upwards)];
            moved(&pulls)[0]
        };
        assert_eq!(corner(2.0, 2.4), (Au::Au12, Side::Right));
        assert_eq!(corner(2.0, 0.0), (Au::Au14, Side::Right));
        assert_eq!(corner(0.2, -2.0), (Au::Au15, Side::Right));
    }

    #[test]
    fn what_moves_beside_tells_units_apart_that_move_the_same_region() {
        let first = |pulls: &[(FlowRegion, f64, f64)]| {
            let pulls: Vec<_> = (pulls.iter())
                .map(|&(part, outwards, upwards)| (part, Side::Left, outwards, upwards))
                .collect();
            moved(&pulls)[0].0
        };
        // The corner rises: with the furrow and the upper lip, or without them.
        let corner = (FlowRegion::LipCorner, 1.0, 2.0);
        let lower = (FlowRegion::LowerLip, 0.5, 1.4);
        assert_eq!(first(&[corner, lower]), Au::Au14);
        let furrow = (FlowRegion::Furrow, 0.9, 1.1);
        let upper = (FlowRegion::UpperLip, 0.7, 1.1);
        assert_eq!(first(&[corner, lower, furrow, upper]), Au::Au12);
        // The upper lip rises: with the nose and lowered brows, or without.
        let lip = [
            (FlowRegion::UpperLip, 0.2, 2.0),
            (FlowRegion::Furrow, 0.3, 1.8),
        ];
        assert_eq!(first(&lip), Au::Au10);
        let nose = [
            (FlowRegion::Nose, 0.0, 1.4),
            (FlowRegion::InnerBrow, 0.0, -1.0),
        ];
        assert_eq!(first(&[lip, nose].concat()), Au::Au09);
        // The lower lid rises: with the cheek, or before it.
        let lid = (FlowRegion::LowerLid, -0.3, 1.0);
        assert_eq!(first(&[lid, (FlowRegion::Cheek, 0.0, 2.0)]), Au::Au06);
        assert_eq!(first(&[lid, (FlowRegion::Cheek, -0.3, 0.5)]), Au::Au07);
    }
}
