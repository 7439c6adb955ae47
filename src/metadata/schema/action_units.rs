//! The fields of a face's Action Units.
//!
//! AU45, the blink, is there where the eyes are measured. It is of both eyes alike, and knows no
//! neutral.
//!
//! `action-units-observable` tells whether the head is turned to the camera enough; where it is not,
//! the structures `action-units`, `action-units-left`, `action-units-right`, `action-units-raw` and
//! `action-unit-tiers` are absent.

use crate::analysis::{
    ACTION_UNITS, ActionUnit, ActionUnits, BaselineState, Intensities, Movement,
};
use crate::models::SCORES;

use super::{SchemaError, field, missing, optional};

const OBSERVABLE: &str = "action-units-observable";
const BOTH: &str = "action-units";
const LEFT: &str = "action-units-left";
const RIGHT: &str = "action-units-right";
const RAW: &str = "action-units-raw";
const TIERS: &str = "action-unit-tiers";
const BASELINE: &str = "baseline";

/// The last of [`ACTION_UNITS`].
const BLINK: &str = "AU45";

type Values = [f64; SCORES];

/// Sets the Action Units' fields in a face's structure, AU45 to `blink`.
pub fn write(units: &ActionUnits, blink: Option<f64>, structure: &mut gst::StructureRef) {
    structure.set(BASELINE, units.baseline.name());
    structure.set(OBSERVABLE, units.movement.is_some());
    let Some(movement) = &units.movement else {
        return;
    };
    let Intensities { both, left, right } = &movement.intensities;
    let whole = |name, of: &Values| {
        let mut values = values(name, of, |_| true);
        if let Some(blink) = blink {
            values.set(BLINK, blink);
        }
        values
    };
    structure.set(BOTH, whole(BOTH, both));
    structure.set(LEFT, values(LEFT, left, |unit| unit.sided));
    structure.set(RIGHT, values(RIGHT, right, |unit| unit.sided));
    structure.set(RAW, whole(RAW, &movement.raw));
    let mut tiers = gst::Structure::new_empty(TIERS);
    for unit in ACTION_UNITS
        .iter()
        .take(SCORES + usize::from(blink.is_some()))
    {
        tiers.set(unit.code, unit.tier.name());
    }
    structure.set(TIERS, tiers);
}

fn values(name: &str, values: &Values, wanted: impl Fn(&ActionUnit) -> bool) -> gst::Structure {
    let mut structure = gst::Structure::new_empty(name);
    for (unit, value) in ACTION_UNITS.iter().zip(values) {
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
    let Some(observable) = optional::<bool>(structure, OBSERVABLE)? else {
        return Ok(None);
    };
    let name: String = field(structure, BASELINE)?;
    let baseline = BaselineState::from_name(&name).ok_or_else(|| missing(BASELINE))?;
    let movement = match observable {
        true => Some(movement(structure)?),
        false => None,
    };
    Ok(Some(ActionUnits { movement, baseline }))
}

/// The intensity of AU45; `None` where it was not measured.
pub fn blink(structure: &gst::StructureRef) -> Option<f64> {
    let units: gst::Structure = structure.get(BOTH).ok()?;
    units.get(BLINK).ok()
}

fn movement(structure: &gst::StructureRef) -> Result<Movement, SchemaError> {
    let all = |name| {
        let values: gst::Structure = field(structure, name)?;
        let mut all = [0.0; SCORES];
        for (value, unit) in all.iter_mut().zip(&ACTION_UNITS) {
            *value = values.get(unit.code).map_err(|_| missing(name))?;
        }
        Ok::<_, SchemaError>(all)
    };
    let both = all(BOTH)?;
    let half = |name| {
        let values: gst::Structure = field(structure, name)?;
        let mut half = both;
        let units = half.iter_mut().zip(&ACTION_UNITS);
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
