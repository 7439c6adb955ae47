//! The rig: how far each muscle of a face moves each of its points.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use zip::ZipArchive;

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
    moves: HashMap<String, Vec<Point>>,
}

impl Rig {
    /// Reads `face_rig.npz`, array by array: its names are Unicode, which npz readers refuse.
    pub fn read(path: &Path) -> Result<Self> {
        let file = File::open(path).with_context(|| format!("no rig at {}", path.display()))?;
        let mut archive = ZipArchive::new(file)?;
        let mut array = |name: &str| -> Result<Array> {
            let mut bytes = Vec::new();
            archive.by_name(name)?.read_to_end(&mut bytes)?;
            Array::parse(&bytes).with_context(|| name.to_owned())
        };
        let neutral = points(&array("neutral.npy")?.numbers()?);
        let moves = array("disp.npy")?.numbers()?;
        let names = array("names.npy")?.names()?;
        ensure!(neutral.len() == POINTS && moves.len() == names.len() * POINTS * 3);
        let triangles = array("tris.npy")?.numbers()?;
        let (triangles, _) = triangles.as_chunks::<3>();
        let ([x, y, _], [u, v, _]) = (neutral[33], neutral[263]);
        Ok(Self {
            eyes: (x - u).hypot(y - v),
            triangles: triangles
                .iter()
                .map(|corners| corners.map(|corner| corner as usize))
                .collect(),
            moves: names
                .into_iter()
                .zip(moves.chunks(POINTS * 3).map(points))
                .collect(),
            neutral,
        })
    }

    /// How far `name` moves each point.
    pub fn moves(&self, name: &str) -> Result<&[Point]> {
        let moves = self.moves.get(name);
        Ok(moves.with_context(|| format!("the rig has no {name}"))?)
    }
}

/// An array of NumPy.
struct Array {
    kind: String,
    data: Vec<u8>,
}

impl Array {
    fn parse(bytes: &[u8]) -> Result<Self> {
        let short = "the array is cut off";
        let length = bytes.get(8..10).context(short)?;
        let length = usize::from(u16::from_le_bytes([length[0], length[1]]));
        let header = bytes.get(10..10 + length).context(short)?;
        let header = String::from_utf8_lossy(header);
        let kind = header.split('\'').nth(3).context("no type")?.to_owned();
        let data = bytes.get(10 + length..).context(short)?.to_vec();
        Ok(Self { kind, data })
    }

    fn numbers(&self) -> Result<Vec<f64>> {
        let pairs = self.data.as_chunks::<2>().0.iter();
        Ok(match self.kind.as_str() {
            "<f4" => {
                let fours = self.data.as_chunks::<4>().0.iter();
                fours.map(|four| f32::from_le_bytes(*four).into()).collect()
            }
            "<f2" => pairs.map(|pair| half(u16::from_le_bytes(*pair))).collect(),
            "<i2" => pairs.map(|pair| i16::from_le_bytes(*pair).into()).collect(),
            kind => bail!("arrays of {kind} are not read"),
        })
    }

    fn names(&self) -> Result<Vec<String>> {
        ensure!(self.kind == format!("<U{NAME}"), "names of {}", self.kind);
        let letters = self.data.as_chunks::<4>().0.iter();
        let letters: Vec<char> = letters
            .filter_map(|four| char::from_u32(u32::from_le_bytes(*four)))
            .collect();
        let names = letters.chunks(NAME);
        Ok(names
            .map(|name| name.iter().filter(|letter| **letter != '\0').collect())
            .collect())
    }
}

fn points(numbers: &[f64]) -> Vec<Point> {
    numbers.as_chunks::<3>().0.to_vec()
}

/// The value of an IEEE half float.
fn half(bits: u16) -> f64 {
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f64::from(bits & 1023) / 1024.0);
    match exponent {
        0 => sign * fraction * 2f64.powi(-14),
        _ => sign * (1.0 + fraction) * 2f64.powi(exponent - 15),
    }
}
