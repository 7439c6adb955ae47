//! Flow of each pixel: from the patches in which it lies (Kroeger et al. 2016, section 2.2), and from scale to scale.

use super::super::crop::SIDE;
use super::patches::{PATCH, Patches, STEP, differences, per_side};
use super::plane::{COARSE, FINE, MARGIN, Plane, ROW, Row, part, plane};
use super::pyramid::Level;

/// The longest flow in pixels of the crop with which a search begins: half of the crop.
const LONGEST: f32 = SIDE as f32 / 2.0;
/// Weights of the nearest and the next pixel where a picture gets twice as large.
const NEAR: f32 = 0.75;
const NEXT: f32 = 0.25;

/// Where each pixel of a level went.
pub struct DenseFlow {
    /// Pixels across.
    pub x: Plane,
    /// Pixels down.
    pub y: Plane,
    /// Weighted sums of flows x and y, and of weights: of patches in even columns of the grid, which do not overlap in a
    /// row, and of those in odd ones.
    sums: [[Plane; 3]; 2],
}

impl DenseFlow {
    pub fn new() -> Self {
        let sums = || [plane(), plane(), plane()];
        Self {
            x: plane(),
            y: plane(),
            sums: [sums(), sums()],
        }
    }

    /// The weighted mean of what the patches say in which a pixel lies: 1 / max(1, difference in grey levels that is left
    /// of the pixel).
    #[inline(always)]
    pub fn average<const SIDE: usize>(&mut self, level: &Level, patches: &Patches) {
        for sum in self.sums.as_flattened_mut() {
            sum[MARGIN..MARGIN + SIDE].fill([0.0; ROW]);
        }
        for row in 0..per_side(SIDE) {
            for column in 0..per_side(SIDE) {
                let corner = [MARGIN + row * STEP, MARGIN + column * STEP];
                let flow = patches[row * per_side(SIDE) + column].flow;
                let differences = differences::<SIDE>(level, corner, flow);
                let [xs, ys, weights] = &mut self.sums[column % 2];
                for (y, differences) in differences.iter().enumerate() {
                    let y = corner[0] + y;
                    let weigh = |lane: usize| 1.0 / differences[lane].abs().max(1.0);
                    let shares: [f32; PATCH] = std::array::from_fn(weigh);
                    add(&mut xs[y], corner[1], shares.map(|share| share * flow[0]));
                    add(&mut ys[y], corner[1], shares.map(|share| share * flow[1]));
                    add(&mut weights[y], corner[1], shares);
                }
            }
        }
        let [even, odd] = &self.sums;
        for y in MARGIN..MARGIN + SIDE {
            // What vectors hold beyond the last pixel begins anew too.
            (self.x[y], self.y[y]) = ([0.0; ROW], [0.0; ROW]);
            for x in MARGIN..MARGIN + SIDE {
                let share = 1.0 / (even[2][y][x] + odd[2][y][x]);
                self.x[y][x] = (even[0][y][x] + odd[0][y][x]) * share;
                self.y[y][x] = (even[1][y][x] + odd[1][y][x]) * share;
            }
        }
    }

    /// The flow of the coarse level that a crop's flow is, taken in the middle of each of its pixels' 4x4.
    #[inline(always)]
    pub fn shrink(&mut self, field: &[[f32; 2]]) {
        let (rows, _) = field.as_chunks::<SIDE>();
        let scale = COARSE as f32 / SIDE as f32;
        let coarse = |pixels: f32| {
            // A flow that is no number would lead on for good.
            let pixels = if pixels.is_nan() { 0.0 } else { pixels };
            pixels.clamp(-LONGEST, LONGEST) * scale
        };
        for (y, rows) in rows.as_chunks::<4>().0.iter().enumerate().take(COARSE) {
            for x in 0..COARSE {
                let [across, down] = rows[2][4 * x + 2];
                self.x[MARGIN + y][MARGIN + x] = coarse(across);
                self.y[MARGIN + y][MARGIN + x] = coarse(down);
            }
        }
    }

    /// The flow of the finest level that the coarse level's is.
    #[inline(always)]
    pub fn enlarge(&mut self, coarse: &Self) {
        for (fine, coarse) in [(&mut self.x, &coarse.x), (&mut self.y, &coarse.y)] {
            for y in 0..FINE {
                let mixed = between_rows::<COARSE>(coarse, y);
                for x in 0..COARSE {
                    let [left, right] = twins(&mixed, MARGIN + x);
                    fine[MARGIN + y][MARGIN + 2 * x] = left;
                    fine[MARGIN + y][MARGIN + 2 * x + 1] = right;
                }
            }
        }
    }

    /// The crop's flow that the finest level's is.
    #[inline(always)]
    pub fn spread(&self, field: &mut [[f32; 2]]) {
        let (rows, _) = field.as_chunks_mut::<SIDE>();
        for (y, row) in rows.iter_mut().enumerate().take(SIDE) {
            let xs = between_rows::<FINE>(&self.x, y);
            let ys = between_rows::<FINE>(&self.y, y);
            for x in 0..FINE {
                let [left, right] = twins(&xs, MARGIN + x);
                let [upper, lower] = twins(&ys, MARGIN + x);
                row[2 * x] = [left, upper];
                row[2 * x + 1] = [right, lower];
            }
        }
    }
}

/// Adds to the numbers of a row from number `at` on.
#[inline(always)]
fn add(row: &mut Row, at: usize, more: [f32; PATCH]) {
    let at = at.min(ROW - PATCH);
    let there: [f32; PATCH] = part(row, at);
    let sums: [f32; PATCH] = std::array::from_fn(|lane| there[lane] + more[lane]);
    row[at..at + PATCH].copy_from_slice(&sums);
}

/// Row `y` of a picture twice as large as that of a plane, `SMALL` pixels a side, whose flow is twice as long.
#[inline(always)]
fn between_rows<const SMALL: usize>(small: &Plane, y: usize) -> Row {
    let near = y / 2;
    let next = if y.is_multiple_of(2) {
        near.max(1) - 1
    } else {
        (near + 1).min(SMALL - 1)
    };
    let (near, next) = (&small[MARGIN + near], &small[MARGIN + next]);
    let mut mixed = [0.0; ROW];
    for x in MARGIN..MARGIN + SMALL {
        mixed[x] = 2.0 * NEAR * near[x] + 2.0 * NEXT * next[x];
    }
    mixed[MARGIN - 1] = mixed[MARGIN];
    mixed[MARGIN + SMALL] = mixed[MARGIN + SMALL - 1];
    mixed
}

/// The two pixels that one becomes.
#[inline(always)]
fn twins(row: &Row, x: usize) -> [f32; 2] {
    let near = NEAR * row[x];
    [near + NEXT * row[x - 1], near + NEXT * row[x + 1]]
}
