//! How far a movement stands out of a face's own noise, and how much of one movement is in another.

use super::regions::Displacements;

/// Evidence in standard deviations at which confidence is a half, and over which its logarithmic
/// odds grow by one. Set by hand, no calibration: there are no labelled spontaneous faces to
/// calibrate on.
const HALF_CONFIDENT: f64 = 10.0;
const CONFIDENCE_SCALE: f64 = 4.0;

/// Confidence of 0..1 in a movement of this evidence, a logistic function of it.
pub fn confidence(evidence: f64) -> f64 {
    1.0 / (1.0 + (-(evidence - HALF_CONFIDENT) / CONFIDENCE_SCALE).exp())
}

/// sqrt(a^2 + b^2) of the two largest values.
pub fn strongest_two(region_evidence: impl IntoIterator<Item = f64>) -> f64 {
    let two = region_evidence
        .into_iter()
        .fold([0.0f64; 2], |two, evidence| {
            if evidence > two[0] {
                [evidence, two[0]]
            } else {
                [two[0], two[1].max(evidence)]
            }
        });
    two[0].hypot(two[1])
}

/// How far `moved` goes along `deflection`, in lengths of it: <moved, deflection> / <deflection,
/// deflection> with each axis in standard deviations.
pub fn project_onto(
    moved: &Displacements,
    deflection: &Displacements,
    deviations: &Displacements,
) -> f64 {
    let (mut product, mut square) = (0.0, f64::MIN_POSITIVE);
    for ((moved, deflection), deviation) in moved.iter().zip(deflection).zip(deviations) {
        for axis in 0..2 {
            let weight = deflection[axis] / deviation[axis].powi(2);
            product += weight * moved[axis];
            square += weight * deflection[axis];
        }
    }
    product / square
}

/// The square of the length of `moved`, each axis in standard deviations.
pub fn squared_norm(moved: &Displacements, deviations: &Displacements) -> f64 {
    let parts = moved.as_flattened().iter().zip(deviations.as_flattened());
    parts
        .map(|(moved, deviation)| (moved / deviation).powi(2))
        .sum()
}
