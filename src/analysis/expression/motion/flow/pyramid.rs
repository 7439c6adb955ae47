//! The pyramid of a pair of crops: each level half as large as the one below it.

use super::super::crop::SIDE;
use super::plane::{COARSE, FINE, MARGIN, Plane, plane, replicate_border};

/// Two pictures at one scale.
pub struct Level {
    /// The picture from which flow leads.
    pub from: Plane,
    /// Its slope across and down, in grey levels a pixel.
    pub slope: [Plane; 2],
    /// The picture to which it leads.
    pub to: Plane,
}

impl Level {
    pub fn new() -> Self {
        Self {
            from: plane(),
            slope: [plane(), plane()],
            to: plane(),
        }
    }

    /// Central differences.
    #[inline(always)]
    fn slope<const SIDE: usize>(&mut self) {
        let [across, down] = &mut self.slope;
        for y in MARGIN..MARGIN + SIDE {
            let [above, row, below] =
                [-1, 0, 1].map(|step| &self.from[y.wrapping_add_signed(step)]);
            for x in MARGIN..MARGIN + SIDE {
                across[y][x] = 0.5 * (row[x + 1] - row[x - 1]);
                down[y][x] = 0.5 * (below[x] - above[x]);
            }
        }
    }
}

/// Fills both levels from a pair of crops, [`SIDE`] pixels a side.
#[inline(always)]
pub fn fill(from: &[u8], to: &[u8], fine: &mut Level, coarse: &mut Level) {
    halve_crop(from, &mut fine.from);
    halve_crop(to, &mut fine.to);
    halve(&fine.from, &mut coarse.from);
    halve(&fine.to, &mut coarse.to);
    fine.slope::<FINE>();
    coarse.slope::<COARSE>();
}

/// Means of 2x2 pixels of a crop.
#[inline(always)]
fn halve_crop(crop: &[u8], half: &mut Plane) {
    let (rows, _) = crop.as_chunks::<SIDE>();
    let (pairs, _) = rows.as_chunks::<2>();
    for ([upper, lower], half) in pairs.iter().zip(&mut half[MARGIN..MARGIN + FINE]) {
        for x in 0..FINE {
            let pixels = [
                upper[2 * x],
                upper[2 * x + 1],
                lower[2 * x],
                lower[2 * x + 1],
            ];
            half[MARGIN + x] = 0.25 * f32::from(pixels.map(u16::from).iter().sum::<u16>());
        }
    }
    replicate_border::<FINE>(half);
}

/// Means of 2x2 pixels of the finest level.
#[inline(always)]
fn halve(fine: &Plane, half: &mut Plane) {
    for y in 0..COARSE {
        let [upper, lower] = [&fine[MARGIN + 2 * y], &fine[MARGIN + 2 * y + 1]];
        for x in 0..COARSE {
            let at = MARGIN + 2 * x;
            half[MARGIN + y][MARGIN + x] =
                0.25 * ((upper[at] + upper[at + 1]) + (lower[at] + lower[at + 1]));
        }
    }
    replicate_border::<COARSE>(half);
}
