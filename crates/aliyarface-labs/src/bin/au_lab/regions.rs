//! Which numbers of a face's shape and look lie in a part of the face.

use gstaliyarface::models::{
    BLENDSHAPE_NAMES, BLENDSHAPES, HOG_BINS, HOG_CELLS, HOG_NUMBERS, SHAPE_NUMBERS,
};

use crate::prototypes::{Part, Prototype};

/// Heights in the canonical face (cm, y up) that bound the parts: the lower lids' lowest points lie
/// at 1.2, the nose's wings at -2.2.
const UPPER_FROM: f64 = 0.0;
const LOWER_TO: f64 = 0.5;

/// Indices of the shape's numbers that `part` of the `canonical` face holds.
pub fn shape(part: Part, canonical: &[[f64; 3]]) -> Vec<i64> {
    let inside = |&[_, y, _]: &[f64; 3]| match part {
        Part::Upper => y >= UPPER_FROM,
        Part::Middle => true,
        Part::Lower => y <= LOWER_TO,
    };
    let points = canonical.iter().enumerate();
    let points = points.filter(|(_, point)| inside(point));
    let mut indices: Vec<i64> = points
        .flat_map(|(index, _)| [0, 1, 2].map(|axis| (index * 3 + axis) as i64))
        .collect();
    let names = BLENDSHAPE_NAMES.iter().enumerate();
    for (index, _) in names.filter(|(_, name)| named(part, name)) {
        let first = SHAPE_NUMBERS - 2 * BLENDSHAPES + index;
        indices.extend([first as i64, (first + BLENDSHAPES) as i64]);
    }
    indices
}

/// Blendshapes that the net hardly ever moves: their logarithms say more of how the head is turned than
/// of the face.
const DEAD: [&str; 3] = ["cheekPuff", "cheekSquint", "noseSneer"];

fn named(part: Part, name: &str) -> bool {
    if DEAD.contains(&name) {
        return false;
    }
    let upper = name.starts_with("brow") || name.starts_with("eye");
    match part {
        Part::Upper => upper,
        Part::Middle => true,
        Part::Lower => !upper,
    }
}

/// Indices of the look's numbers in which `prototype` is looked for.
pub fn look(prototype: &Prototype) -> Vec<i64> {
    let [first, end] = prototype.rows;
    let row = HOG_CELLS * HOG_BINS;
    ((first * row)..(end * row).min(HOG_NUMBERS))
        .map(|index| index as i64)
        .collect()
}
