//! Muscles drawn by hand after FACS: a second generator, so that nothing is tuned to the rig's alone.

use std::path::Path;

use anyhow::Result;

use super::Muscles;
use aliyarface_labs::rig::{Point, Rig};

/// A soft pull on the face: the mesh point at its middle in the person's right half and its twin in the left,
/// how far outwards and upwards the middle goes, how far around it the pull fades to e^-1/2, in hundredths of the
/// outer-eye distance.
type SoftPull = ([usize; 2], [f64; 2], f64);

/// The muscles by the rig's names; amplitudes as large as people's full movements.
const MUSCLES: [(&str, &[SoftPull]); 14] = [
    ("browInnerUp", &[([107, 336], [0.0, 8.0], 12.0)]),
    ("browOuterUp", &[([105, 334], [0.0, 8.0], 12.0)]),
    (
        "browDown",
        &[
            ([55, 285], [-3.0, -6.0], 12.0),
            ([105, 334], [-0.5, -2.5], 14.0),
        ],
    ),
    ("eyeWide", &[([159, 386], [0.0, 3.5], 7.0)]),
    (
        "cheekRaiser",
        &[
            ([118, 347], [0.0, 5.0], 14.0),
            ([145, 374], [0.0, 1.5], 8.0),
        ],
    ),
    (
        "eyeSquint",
        &[
            ([145, 374], [0.0, 3.0], 8.0),
            ([159, 386], [0.0, -1.0], 6.0),
        ],
    ),
    (
        "noseSneer",
        &[
            ([131, 360], [0.0, 4.0], 9.0),
            ([203, 423], [0.0, 4.5], 10.0),
            ([37, 267], [0.0, 4.0], 8.0),
            ([55, 285], [0.0, -2.0], 10.0),
        ],
    ),
    (
        "mouthUpperUp",
        &[([37, 267], [0.0, 6.0], 8.0), ([203, 423], [0.8, 4.0], 9.0)],
    ),
    (
        "mouthSmile",
        &[([61, 291], [8.0, 9.0], 13.0), ([50, 280], [1.0, 3.0], 14.0)],
    ),
    ("mouthDimple", &[([61, 291], [4.0, 1.5], 9.0)]),
    ("mouthFrown", &[([61, 291], [0.0, -7.0], 11.0)]),
    (
        "mouthShrugLower",
        // The chin pushes the whole lower lip up and out, so that its red grows, and the upper one with it.
        &[([199, 199], [0.0, 6.0], 14.0), ([14, 14], [0.0, 5.0], 9.0)],
    ),
    (
        "mouthStretch",
        &[
            ([61, 291], [8.0, -2.0], 12.0),
            ([84, 314], [2.0, -1.0], 9.0),
        ],
    ),
    (
        "mouthPress",
        &[([37, 267], [0.0, -2.5], 7.0), ([84, 314], [0.0, 3.0], 7.0)],
    ),
];

/// The rig in the file at `path`, moved by these muscles as far as they are drawn.
pub fn rig_with(path: &Path, muscles: Muscles) -> Result<Rig> {
    let rig = Rig::read(path)?;
    if muscles != Muscles::Drawn {
        return Ok(rig);
    }
    let drawn = self::muscles(&rig.neutral, rig.eyes);
    Ok(rig.with_drawn(drawn))
}

/// The muscles' names, with `_R` and `_L` where they have sides, and how far each moves every point of `neutral`,
/// a face whose outer eye corners are `eyes` apart.
fn muscles(neutral: &[Point], eyes: f64) -> Vec<(String, Vec<Point>)> {
    let unit = eyes / 100.0;
    let one_side = |pulls: &[SoftPull], side: usize| {
        // The person's right half lies at negative x.
        let outwards = [-1.0, 1.0][side];
        let moved = neutral.iter().map(|point| {
            pulls
                .iter()
                .fold([0.0; 3], |sum, (middles, [out, up], spread)| {
                    let middle = neutral[middles[side]];
                    let across = (point[0] - middle[0]) / unit / spread;
                    let upright = (point[1] - middle[1]) / unit / spread;
                    let share = (-(across * across + upright * upright) / 2.0).exp() * unit;
                    [sum[0] + outwards * out * share, sum[1] + up * share, 0.0]
                })
        });
        moved.collect::<Vec<Point>>()
    };
    let named = MUSCLES.iter().flat_map(|(name, pulls)| match *name {
        "mouthShrugLower" => vec![((*name).to_owned(), one_side(pulls, 1))],
        name => vec![
            (format!("{name}_R"), one_side(pulls, 0)),
            (format!("{name}_L"), one_side(pulls, 1)),
        ],
    });
    named.collect()
}
