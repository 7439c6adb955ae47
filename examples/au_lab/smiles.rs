//! `smiles`: how much of other Action Units is read in faces that do no more than smile.

use std::path::Path;

use gstaliyarface::analysis::ACTION_UNITS;
use serde_json::{Map, Value, json};

use crate::data::Faces;
use crate::lab::ferplus::EMOTIONS;
use crate::sets::is_selected;
use crate::{Failure, cache, reader};

/// The Action Unit of the smile, and those whose places at the mouth it moves.
const SMILE: &str = "AU12";
const BESIDE: [&str; 2] = ["AU10", "AU14"];
/// Raw intensity under which nine of ten smiles have to stay, and the step of the shares tried.
const ALLOWED: f64 = 0.75;
const STEP: f64 = 0.01;
/// The width of the element's rounded step (its `SOFTNESS`).
const SOFTNESS: f64 = 0.3;

/// The 90th percentile of the units beside the smile in the happy faces of `ferplus`'s selection part,
/// and the least share of AU12's score that has yet to be taken off for it to be low enough.
pub fn smiles(ferplus: &Path) -> Result<Value, Failure> {
    let faces = Faces::read(ferplus)?;
    let mut reader = reader()?;
    let mut read = Vec::new();
    for face in cache::look_once("Training", &faces)? {
        let emotion = faces.majority[face.index].map(|emotion| EMOTIONS[emotion]);
        if emotion != Some("happiness") || !is_selected(face.index) {
            continue;
        }
        read.extend(reader.raw(&face.mesh, Some(&face.crop))?);
    }
    let mut line = Map::new();
    line.insert("faces".to_owned(), read.len().into());
    let smile = place(SMILE)?;
    for code in BESIDE {
        let unit = place(code)?;
        let highest_but = |share: f64| {
            let left = read.iter().map(|raw| {
                let [own, smile] = [raw[unit], raw[smile]].map(score);
                raw_of(own - share * smile.max(0.0))
            });
            ninetieth(left.collect())
        };
        let shares = (0..100).map(|step| f64::from(step) * STEP);
        let missing = shares
            .into_iter()
            .find(|&share| highest_but(share) < ALLOWED);
        let found = json!({ "ninetieth": highest_but(0.0), "missing_share": missing });
        line.insert(code.to_owned(), found);
    }
    Ok(line.into())
}

fn place(code: &str) -> Result<usize, Failure> {
    let place = ACTION_UNITS.iter().position(|unit| unit.code == code);
    place.ok_or_else(|| format!("{code} is not read").into())
}

/// The raw intensity of a score, and back.
fn raw_of(score: f64) -> f64 {
    let steps = score / SOFTNESS;
    SOFTNESS * (steps.max(0.0) + (-steps.abs()).exp().ln_1p())
}

fn score(raw: f64) -> f64 {
    raw + SOFTNESS * (-(-raw / SOFTNESS).exp()).ln_1p().max(-50.0)
}

fn ninetieth(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let place = values.len() * 9 / 10;
    values.get(place).copied().unwrap_or_default()
}
