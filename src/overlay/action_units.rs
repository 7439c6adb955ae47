//! The Action Units of a face as rows of bars.

use super::bar_panel::{BarRow, RowStyle};
use super::words::Language;
use crate::analysis::{ACTION_UNITS, Au, Face, Tier};

/// Highest intensity.
const HIGHEST: f64 = 5.0;
/// Difference of the halves from which both are shown.
const DIFFERENT: f64 = 0.5;

/// A row for each unit that is read; weak and poor ones are grey.
pub fn rows(face: &Face, language: Language) -> Vec<BarRow> {
    let units = face.action_units.as_ref();
    let Some(movement) = units.and_then(|units| units.movement.as_ref()) else {
        return Vec::new();
    };
    let of = &movement.intensities;
    let values = of.both.iter().zip(of.left.iter().zip(&of.right));
    let mut rows: Vec<BarRow> = (ACTION_UNITS.iter().zip(values).zip(movement.seen))
        .filter_map(|(row, seen)| seen.then_some(row))
        .map(|(unit, (both, (left, right)))| {
            let halves = unit.sided && (left - right).abs() >= DIFFERENT;
            let share = |value: f64| (value / HIGHEST) as f32;
            let [l, r] = language.sides();
            BarRow {
                word: word(unit.unit, language),
                bars: if halves {
                    vec![share(*left), share(*right)]
                } else {
                    vec![share(*both)]
                },
                value: if halves {
                    format!("{l}{left:.1} {r}{right:.1}")
                } else {
                    format!("{both:.1}")
                },
                style: row_style(unit.tier),
                weight: share(left.max(*right).max(*both)),
            }
        })
        .collect();
    if let Some(eyes) = &face.eyes {
        rows.push(BarRow {
            word: word(Au::Au45, language),
            bars: vec![(eyes.blink / HIGHEST) as f32],
            value: format!("{:.1}", eyes.blink),
            style: row_style(ACTION_UNITS[Au::Au45.index()].tier),
            weight: (eyes.blink / HIGHEST) as f32,
        });
    }
    rows
}

fn word(unit: Au, language: Language) -> String {
    format!("{} {}", unit.code(), language.action_unit(unit))
}

fn row_style(tier: Tier) -> RowStyle {
    match tier {
        Tier::Good | Tier::Fair => RowStyle::Plain,
        Tier::Weak | Tier::Poor => RowStyle::Grey,
    }
}
