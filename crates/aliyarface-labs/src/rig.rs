//! The rig: how far each muscle of a face moves each of its points.

use std::collections::HashMap;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::npz::Arrays;

/// Points of the mesh that the rig moves.
pub const POINTS: usize = 468;
/// Letters of a name in the rig's file.
const NAME: usize = 16;

/// A point of the rig: x to the picture's right, y up, z towards the camera.
pub type Point = [f64; 3];

/// A face and what its muscles do to it.
pub struct Rig {
    /// The face at rest.
    pub neutral: Vec<Point>,
    /// Triangles between its points.
    pub triangles: Vec<[usize; 3]>,
    /// Distance of its outer eye corners.
    pub eyes: f64,
    /// Whether its muscles are drawn by hand, and contract evenly.
    pub is_drawn: bool,
    moves: HashMap<String, Vec<Point>>,
}

impl Rig {
    /// Reads `face_rig.npz`.
    pub fn read(path: &Path) -> Result<Self> {
        let mut arrays = Arrays::open(path)?;
        let neutral: Vec<Point> = arrays
            .rows("neutral")?
            .iter()
            .filter_map(|row| point(row))
            .collect();
        let moves = arrays.rows("disp")?;
        let names = names(&arrays.bytes("names")?)?;
        ensure!(neutral.len() == POINTS && moves.len() == names.len());
        ensure!(moves.iter().all(|moves| moves.len() == POINTS * 3));
        let ([x, y, _], [u, v, _]) = (neutral[33], neutral[263]);
        let triangles = arrays.rows("tris")?;
        let triangles = triangles.iter().filter_map(|row| point(row));
        Ok(Self {
            eyes: (x - u).hypot(y - v),
            triangles: triangles
                .map(|corners| corners.map(|corner| corner as usize))
                .collect(),
            moves: names
                .into_iter()
                .zip(moves.iter().map(|moves| moves.as_chunks::<3>().0.to_vec()))
                .collect(),
            neutral,
            is_drawn: false,
        })
    }

    /// The same with these muscles, drawn by hand, in the place of its own of those names.
    pub fn with_drawn(mut self, muscles: Vec<(String, Vec<Point>)>) -> Self {
        self.is_drawn = true;
        self.moves.extend(muscles);
        self
    }

    /// How far `name` moves each point.
    pub fn moves(&self, name: &str) -> Result<&[Point]> {
        let moves = self.moves.get(name);
        Ok(moves.with_context(|| format!("the rig has no {name}"))?)
    }
}

/// The three numbers of a row.
fn point(row: &[f64]) -> Option<[f64; 3]> {
    row.try_into().ok()
}

/// The texts of an array: a header, then [`NAME`] letters of four bytes for each.
fn names(bytes: &[u8]) -> Result<Vec<String>> {
    let short = "the array of names is cut off";
    let length = bytes.get(8..10).context(short)?;
    let length = usize::from(u16::from_le_bytes([length[0], length[1]]));
    let header = bytes.get(10..10 + length).context(short)?;
    let header = String::from_utf8_lossy(header);
    ensure!(header.contains(&format!("'<U{NAME}'")), "names of {header}");
    let letters = bytes.get(10 + length..).context(short)?;
    let letters: Vec<char> = letters
        .as_chunks::<4>()
        .0
        .iter()
        .filter_map(|four| char::from_u32(u32::from_le_bytes(*four)))
        .collect();
    let names = letters.chunks(NAME);
    Ok(names
        .map(|name| name.iter().filter(|letter| **letter != '\0').collect())
        .collect())
}
