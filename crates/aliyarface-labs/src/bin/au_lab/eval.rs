//! `eval`: how well Action Units are read in faces that nothing was learned from.

use std::path::Path;

use gstaliyarface::analysis::ACTION_UNITS;
use gstaliyarface::statistics::median;
use serde_json::{Map, Value, json};

use crate::cache;
use crate::data::{Faces, RENDERED, Renders};
use crate::measures::{auroc, icc};
use crate::prototypes::{PROTOTYPES, Prototype};
use crate::sets::{HIGHEST, is_reported};
use crate::{Failure, reader};
use aliyarface_labs::ferplus::EMOTIONS;

/// Which rendered heads are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heads {
    /// All, as for a file that nothing was learned from.
    All,
    /// Those of the identities that training leaves out.
    HeldOut,
}

/// Degrees between face and camera up to which a head looks straight ahead, and from and up to which
/// it is turned by about 20 degrees.
const STRAIGHT: f64 = 8.0;
const TURNED: [f64; 2] = [16.0, 24.0];

/// True intensity from which a head shows a unit fully.
const FULL: f64 = 4.5;

/// What the element's raw intensities say of `ferplus` and of `renders`.
pub fn eval(ferplus: &Path, renders: &Path, heads: Heads) -> Result<Value, Failure> {
    let mut line = Map::new();
    faces(ferplus, &mut line)?;
    self::heads(&Renders::read(renders)?, heads, &mut line)?;
    Ok(Value::Object(line))
}

/// The area under the ROC curve of each Action Unit: faces that show an emotion it belongs to against
/// neutral ones.
fn faces(file: &Path, line: &mut Map<String, Value>) -> Result<(), Failure> {
    let faces = Faces::read(file)?;
    let mut reader = reader()?;
    let mut read = Vec::new();
    for face in cache::look(&faces)? {
        let Some(emotion) = faces.majority[face.index] else {
            continue;
        };
        if let Some(raw) = reader.raw(&face.mesh, Some(&face.crop))? {
            read.push((EMOTIONS[emotion], raw));
        }
    }
    let mut areas = Map::new();
    for Prototype { code, present, .. } in &PROTOTYPES {
        let unit = place(code)?;
        let scores = |wanted: &dyn Fn(&str) -> bool| -> Vec<f64> {
            let wanted = read.iter().filter(|(emotion, _)| wanted(emotion));
            wanted.map(|(_, raw)| raw[unit]).collect()
        };
        let shown = scores(&|emotion| present.contains(&emotion));
        let neutral = scores(&|emotion| emotion == EMOTIONS[0]);
        if let Some(area) = auroc(&shown, &neutral) {
            areas.insert((*code).to_owned(), rounded(area));
        }
    }
    line.insert("mean_auroc".to_owned(), mean(&areas));
    line.insert("auroc".to_owned(), areas.into());
    line.insert("faces".to_owned(), read.len().into());
    Ok(())
}

/// The agreement of each Action Unit with the truth, and how much turning the head changes it.
fn heads(renders: &Renders, heads: Heads, line: &mut Map<String, Value>) -> Result<(), Failure> {
    let mut reader = reader()?;
    let mut pairs = vec![(Vec::new(), Vec::new()); RENDERED.len()];
    let mut people = Vec::new();
    let mut still = vec![(Vec::new(), Vec::new()); RENDERED.len()];
    let mut full = vec![Vec::new(); RENDERED.len()];
    let all = renders.meshes.iter().zip(&renders.intensities);
    for (index, (mesh, truths)) in all.enumerate() {
        let is_wanted = heads == Heads::All || is_reported(renders.identities[index]);
        let Some(raw) = reader.raw(mesh, None)?.filter(|_| is_wanted) else {
            continue;
        };
        let intensities = reader.intensities(mesh)?;
        people.push(renders.identities[index]);
        let pose = &renders.poses[index];
        let angle = (pose[0].to_radians().cos() * pose[1].to_radians().cos()).acos();
        let angle = angle.to_degrees();
        for (place_of, (code, truth)) in RENDERED.iter().zip(truths).enumerate() {
            let Ok(unit) = place(code) else {
                continue;
            };
            pairs[place_of].0.push(raw[unit]);
            pairs[place_of].1.push(truth * HIGHEST);
            if truth * HIGHEST >= FULL {
                full[place_of].extend(intensities.map(|intensities| intensities[unit]));
            }
            if *truth > 0.0 {
                continue;
            }
            if angle < STRAIGHT {
                still[place_of].0.push(raw[unit]);
            } else if (TURNED[0]..TURNED[1]).contains(&angle) {
                still[place_of].1.push(raw[unit]);
            }
        }
    }
    let average = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let mut agreements = Map::new();
    let mut strong = Map::new();
    let mut from_own_level = Map::new();
    let mut turning = Map::new();
    for (index, code) in RENDERED.iter().enumerate() {
        if let Some(agreement) = icc(&pairs[index].0, &pairs[index].1) {
            agreements.insert((*code).to_owned(), rounded(agreement));
        }
        let above = above_own_level(&people, &pairs[index].0);
        if let Some(agreement) = icc(&above, &pairs[index].1) {
            from_own_level.insert((*code).to_owned(), rounded(agreement));
        }
        if !full[index].is_empty() {
            strong.insert((*code).to_owned(), rounded(average(&full[index])));
        }
        let (straight, turned) = &still[index];
        if !straight.is_empty() && !turned.is_empty() {
            let change = average(turned) - average(straight);
            turning.insert((*code).to_owned(), rounded(change));
        }
    }
    line.insert("mean_icc".to_owned(), mean(&agreements));
    line.insert("icc".to_owned(), agreements.into());
    line.insert("mean_icc_own".to_owned(), mean(&from_own_level));
    line.insert("icc_own".to_owned(), from_own_level.into());
    line.insert("full".to_owned(), strong.into());
    line.insert("turning_20".to_owned(), turning.into());
    let heads = pairs.first().map_or(0, |pair| pair.0.len());
    line.insert("renders".to_owned(), heads.into());
    Ok(())
}

/// Intensities `raw` above the level of the same person: the median of their other heads, most of which
/// do not show the unit. Nothing of the truth is looked at.
fn above_own_level(people: &[i64], raw: &[f64]) -> Vec<f64> {
    let above = people.iter().zip(raw).enumerate();
    let above = above.map(|(head, (person, intensity))| {
        let others = people.iter().zip(raw).enumerate();
        let others = others.filter(|(other, (of, _))| *other != head && of == &person);
        let mut others: Vec<f64> = others.map(|(_, (_, raw))| *raw).collect();
        let level = median(&mut others).unwrap_or_default();
        (intensity - level).max(0.0)
    });
    above.collect()
}

fn place(code: &str) -> Result<usize, Failure> {
    let place = ACTION_UNITS.iter().position(|unit| unit.code == code);
    place.ok_or_else(|| format!("{code} is not read").into())
}

fn mean(values: &Map<String, Value>) -> Value {
    let numbers = values.values().filter_map(Value::as_f64);
    rounded(numbers.sum::<f64>() / values.len().max(1) as f64)
}

fn rounded(value: f64) -> Value {
    json!((value * 1e4).round() / 1e4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_persons_own_level_is_that_of_their_other_heads() {
        let people = [7, 7, 7, 8, 8, 8];
        let raw = [1.0, 1.0, 4.0, 0.0, 0.5, 0.5];
        let above = above_own_level(&people, &raw);
        assert_eq!(above, [0.0, 0.0, 3.0, 0.0, 0.25, 0.25]);
    }
}
