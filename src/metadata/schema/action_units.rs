//! The fields of a face's Action Units.
//!
//! AU45, the blink, is an event that no weight measures yet: its field is absent.
//!
//! `action-units-observable` tells whether the head is turned to the camera enough; where it is not,
//! the structures `action-units`, `action-units-left`, `action-units-right`, `action-units-raw` and
//! `action-unit-tiers` are absent.

use crate::analysis::{
    ACTION_UNIT_COUNT, ACTION_UNITS, ActionUnit, ActionUnits, BaselineState, Intensities, Movement,
};
use crate::models::SCORES;

use super::{SchemaError, field, missing};

const OBSERVABLE: &str = "action-units-observable";
const BOTH: &str = "action-units";
const LEFT: &str = "action-units-left";
const RIGHT: &str = "action-units-right";
const RAW: &str = "action-units-raw";
const TIERS: &str = "action-unit-tiers";
const BASELINE: &str = "baseline";

type Values = [f64; ACTION_UNIT_COUNT];

/// Sets the Action Units' fields in a face's structure.
pub fn write(units: &ActionUnits, structure: &mut gst::StructureRef) {
    structure.set(BASELINE, units.baseline.name());
    structure.set(OBSERVABLE, units.movement.is_some());
    let Some(movement) = &units.movement else {
        return;
    };
    let Intensities { both, left, right } = &movement.intensities;
    structure.set(BOTH, values(BOTH, both, |_| true));
    structure.set(LEFT, values(LEFT, left, |unit| unit.sided));
    structure.set(RIGHT, values(RIGHT, right, |unit| unit.sided));
    structure.set(RAW, values(RAW, &movement.raw, |_| true));
    let mut tiers = gst::Structure::new_empty(TIERS);
    for unit in ACTION_UNITS.iter().take(SCORES) {
        tiers.set(unit.code, unit.tier.name());
    }
    structure.set(TIERS, tiers);
}

fn values(name: &str, values: &Values, wanted: impl Fn(&ActionUnit) -> bool) -> gst::Structure {
    let mut structure = gst::Structure::new_empty(name);
    for (unit, value) in ACTION_UNITS.iter().zip(values).take(SCORES) {
        if wanted(unit) {
            structure.set(unit.code, *value);
        }
    }
    structure
}

/// The Action Units of a face's structure; `None` where it carries none.
///
/// # Errors
/// A field is missing or has another type.
pub fn read(structure: &gst::StructureRef) -> Result<Option<ActionUnits>, SchemaError> {
    if !structure.has_field(OBSERVABLE) {
        return Ok(None);
    }
    let name: String = field(structure, BASELINE)?;
    let baseline = BaselineState::from_name(&name).ok_or_else(|| missing(BASELINE))?;
    let observable: bool = field(structure, OBSERVABLE)?;
    let movement = match observable {
        true => Some(movement(structure)?),
        false => None,
    };
    Ok(Some(ActionUnits { movement, baseline }))
}

fn movement(structure: &gst::StructureRef) -> Result<Movement, SchemaError> {
    let all = |name| {
        let values: gst::Structure = field(structure, name)?;
        let mut all = [0.0; ACTION_UNIT_COUNT];
        for (value, unit) in all.iter_mut().zip(&ACTION_UNITS).take(SCORES) {
            *value = values.get(unit.code).map_err(|_| missing(name))?;
        }
        Ok::<_, SchemaError>(all)
    };
    let both = all(BOTH)?;
    let half = |name| {
        let values: gst::Structure = field(structure, name)?;
        let mut half = both;
        let units = half.iter_mut().zip(&ACTION_UNITS).take(SCORES);
        for (value, unit) in units.filter(|(_, unit)| unit.sided) {
            *value = values.get(unit.code).map_err(|_| missing(name))?;
        }
        Ok::<_, SchemaError>(half)
    };
    Ok(Movement {
        intensities: Intensities {
            left: half(LEFT)?,
            right: half(RIGHT)?,
            both,
        },
        raw: all(RAW)?,
    })
}
