//! Lips that are pressed (AU24) told from a chin that pushes the lower one up (AU17), by what they look like.
//!
//! Both raise chin and lower lip, and flow sees nothing else. Pressed lips also draw the upper border of their red
//! down, so that less of it is seen; a raised chin leaves that border or pushes it up (FACS manual).

use std::time::Duration;

use crate::analysis::action_units::Au;
use crate::analysis::time::BufferTime;
use crate::geometry::Sides;

use super::super::context::Context;
use super::super::event::{AuActivation, Side};
use super::super::history::History;
use super::super::motion::UpperLipLook;
use super::super::regions::{Displacements, FlowRegion, index};
use super::phases::Phases;

/// How long before and after a movement the lip at rest is looked at, and how far around its apex.
const REST: Duration = Duration::from_millis(120);
const APEX: Duration = Duration::from_millis(25);
/// How far pressed lips draw the border down: in parts of the rise of chin and lower lip, and in hundredths of the
/// outer-eye distance. Chosen on four photos for tuning, whose pressed lips by the rig gave .12 to .40 and whose
/// raised chins -.05 to .05 (docs/micro-expressions.md).
const DRAWN_DOWN: [f64; 2] = [0.09, 0.03];

/// `units` with AU17 and AU24 told apart by the upper lip; as they are where that was not seen.
pub fn separate_au17_from_au24(
    units: Vec<AuActivation>,
    deflection: &Displacements,
    phases: Phases,
    context: Context<'_>,
) -> Vec<AuActivation> {
    let is_either = |unit: &&AuActivation| matches!(unit.unit, Au::Au17 | Au::Au24);
    let Some(side) = units.iter().find(is_either).map(|unit| unit.side) else {
        return units;
    };
    let Some(rise) = border_rise(context.history, phases) else {
        return units;
    };
    let [part, least] = DRAWN_DOWN;
    let pressed = -of_side(rise, side) > least.max(part * lower_rise(deflection, side));
    let unit = if pressed { Au::Au24 } else { Au::Au17 };
    let mut separated: Vec<AuActivation> = Vec::new();
    for mut own in units {
        if is_either(&&own) {
            own.unit = unit;
        }
        if !separated.iter().any(|other| other.unit == own.unit) {
            separated.push(own);
        }
    }
    separated
}

fn of_side(values: Sides<f64>, side: Side) -> f64 {
    match side {
        Side::Left => values.left,
        Side::Right => values.right,
        Side::Both => values.mean(),
    }
}

/// How far chin and lower lip rose.
fn lower_rise(deflection: &Displacements, side: Side) -> f64 {
    let up = |part, side| {
        let region = index(part, side).and_then(|index| deflection.get(index));
        region.map_or(0.0, |[_, up]| *up)
    };
    let lips = Sides::new(Side::Left, Side::Right).map(|half| up(FlowRegion::LowerLip, half));
    (of_side(lips, side) + up(FlowRegion::Chin, Side::Both)) / 2.0
}

/// How far the border of the upper lip's red rose from rest to the apex.
fn border_rise(history: &History, phases: Phases) -> Option<Sides<f64>> {
    let apex = looks(history, phases.apex - APEX, phases.apex + APEX);
    let reference = apex.last()?.reference;
    let mean = |looks: Vec<&UpperLipLook>| {
        let same = looks.into_iter().filter(|look| look.reference == reference);
        UpperLipLook::mean(same)
    };
    let mut rest = looks(history, phases.onset - REST, phases.onset);
    rest.extend(looks(history, phases.offset, phases.offset + REST));
    mean(apex)?.border_rise(&mean(rest)?)
}

fn looks(history: &History, from: BufferTime, to: BufferTime) -> Vec<&UpperLipLook> {
    let samples = history.between(from, to);
    let looks = samples.filter_map(|sample| sample.upper_lip.as_ref());
    looks.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::expression::regions::REGION_COUNT;
    use crate::analysis::expression::tuning::ExpressionTuning;

    const PHASES: Phases = Phases::OF_A_FIFTH_OF_A_SECOND;

    /// What a movement that raises chin and lower lip is called, with which the border of the upper lip's red and
    /// the lower lip rise by so many pixels; with `None` no lips are seen.
    fn told(of: Au, rises: Option<[f64; 2]>) -> Vec<Au> {
        let history = History::of(60, |sample| {
            let passes = (PHASES.onset..=PHASES.offset).contains(&sample.time);
            let rises = rises.map(|rises| if passes { rises } else { [0.0; 2] });
            sample.upper_lip = rises.map(|rises| UpperLipLook::drawn(0.0, rises, 1.0));
        });
        let mut deflection = [[0.0; 2]; REGION_COUNT];
        for part in [FlowRegion::Chin, FlowRegion::LowerLip] {
            for side in [Side::Left, Side::Right] {
                deflection[index(part, side).unwrap()] = [0.0, 1.0];
            }
        }
        let units = [of, Au::Au15].map(|unit| AuActivation {
            unit,
            side: Side::Both,
        });
        let tuning = ExpressionTuning::default();
        let context = Context::new(&history, &tuning);
        let told = separate_au17_from_au24(units.to_vec(), &deflection, PHASES, context);
        told.iter().map(|unit| unit.unit).collect()
    }

    #[test]
    fn an_upper_lip_that_comes_down_is_pressed_and_one_that_stays_or_rises_is_not() {
        for of in [Au::Au17, Au::Au24] {
            assert_eq!(told(of, Some([-0.4, 0.3])), [Au::Au24, Au::Au15]);
            assert_eq!(told(of, Some([0.0, 0.9])), [Au::Au17, Au::Au15]);
            assert_eq!(told(of, Some([0.4, 1.2])), [Au::Au17, Au::Au15]);
            assert_eq!(told(of, None), [of, Au::Au15]);
        }
    }

    #[test]
    fn what_is_neither_is_left_as_it_is() {
        assert_eq!(told(Au::Au12, Some([-0.4, 0.1])), [Au::Au12, Au::Au15]);
    }
}
