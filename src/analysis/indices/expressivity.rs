//! How much a face moves: the strongest of the units that can be trusted.

use crate::analysis::action_units::{ACTION_UNITS, ActionUnits, Au, Tier};

/// Units whose mean is taken, a choice of ours: AFFDEX's weights are unpublished.
const STRONGEST: usize = 3;
/// Highest intensity of a unit: FACS' E.
const HIGHEST: f64 = 5.0;

/// The mean of the three strongest good or fair units over 5, 0..1; lids that close express nothing, and of a
/// jaw that drops AU26 tells, so that AU27 is not counted besides. `None`
/// where a part of the face is covered: what moves may be what is not seen.
pub fn expressiveness(units: &ActionUnits) -> Option<f64> {
    let movement = units.movement.as_ref()?;
    if movement.seen.contains(&false) {
        return None;
    }
    let trusted = ACTION_UNITS.iter().zip(&movement.intensities.both);
    let trusted = trusted.filter(|(unit, _)| {
        let counts = !matches!(unit.unit, Au::Au27 | Au::Au43);
        counts && matches!(unit.tier, Tier::Good | Tier::Fair)
    });
    let mut values: Vec<f64> = trusted.map(|(_, value)| *value).collect();
    values.sort_by(|a, b| b.total_cmp(a));
    let strongest = values.iter().take(STRONGEST);
    Some(strongest.sum::<f64>() / STRONGEST as f64 / HIGHEST)
}
