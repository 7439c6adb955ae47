//! Dense inverse search (Kroeger et al. 2016, arXiv 1603.03590, section 2.1): where each patch of a grid went.
//!
//! The inverse compositional search of Baker and Matthews (2004): the Hessian is that of the patch in the picture from
//! which flow leads, so that it is computed once. Differences are taken from their mean: a patch that only became
//! brighter did not move. No patch begins with its neighbours' flow: in sample clips plain regions jumped with it from
//! frame to frame, twice as far as without.

use super::plane::{FINE, MARGIN, Plane, part};
use super::pyramid::Level;

/// Pixels a side of a patch.
pub const PATCH: usize = 8;
/// Pixels from a patch to the next one: each pixel lies in up to four.
pub const STEP: usize = 4;
/// Patches a side of the finest level.
const MOST: usize = per_side(FINE);
/// Steps of the search at most. More found no region of a face better (synthetic movements of the sample clips' faces).
const ITERATIONS: usize = 4;
/// A step this short in pixels is not worth another look.
const SHORTEST_STEP: f32 = 0.03;
/// What is added to the diagonal of a Hessian (Levenberg), in squared grey levels: a pixel's slope of one grey level in
/// every pixel of a patch. Along an edge and on plain skin a patch then hardly moves.
const DAMPING: f32 = 64.0;
/// Weight of a neighbour's flow beside a patch's Hessian, in squared grey levels, where patches are not refined.
const AGREEMENT: f32 = 100.0;
/// How often all patches are made to agree, in turns forwards and backwards.
const AGREEMENT_SWEEPS: usize = 4;

/// A patch of the grid, and where it went.
#[derive(Clone, Copy, Default)]
pub struct Patch {
    /// Its flow: x and y in pixels.
    pub flow: [f32; 2],
    /// The Hessian of the squared differences: xx, xy, yy.
    hessian: [f32; 3],
}

/// The patches of a level, row by row.
pub type Patches = Box<[Patch; MOST * MOST]>;

/// Patches that went nowhere.
pub fn patches() -> Patches {
    Box::new([Patch::default(); MOST * MOST])
}

/// Patches in a row of a level.
pub const fn per_side(side: usize) -> usize {
    (side - PATCH) / STEP + 1
}

/// What is known of a patch in the picture from which flow leads.
struct Template {
    /// Its first pixel's row and number in it.
    corner: [usize; 2],
    hessian: [f32; 3],
    /// Sums of its slopes.
    slopes: [f32; 2],
}

/// How a patch differs from the place to which its flow leads.
struct Mismatch {
    /// Sum of the squared differences.
    squares: f32,
    /// Half of the gradient of that by the flow.
    gradient: [f32; 2],
}

/// Finds where each patch went, from the flow across and down of its middle.
#[inline(always)]
pub fn search<const SIDE: usize>(
    level: &Level,
    [across, down]: [&Plane; 2],
    patches: &mut Patches,
) {
    for row in 0..per_side(SIDE) {
        for column in 0..per_side(SIDE) {
            let corner = [MARGIN + row * STEP, MARGIN + column * STEP];
            let template = Template::new(level, corner);
            let [y, x] = corner.map(|at| at + PATCH / 2);
            let start = [across[y][x], down[y][x]];
            patches[row * per_side(SIDE) + column] = Patch {
                flow: template.descend::<SIDE>(level, start),
                hessian: template.hessian,
            };
        }
    }
}

/// Makes neighbouring patches agree as far as their pictures leave it open: the least sum of squared differences of the
/// patches, by their Hessians, and of neighbours' flows, by Gauss-Seidel sweeps.
#[inline(always)]
pub fn agree<const SIDE: usize>(patches: &mut Patches) {
    let side = per_side(SIDE);
    let found = patches.clone();
    for sweep in 0..AGREEMENT_SWEEPS {
        for index in 0..side * side {
            let index = if sweep % 2 == 0 {
                index
            } else {
                side * side - 1 - index
            };
            let (row, column) = (index / side, index % side);
            let (mut sum, mut count) = ([0.0; 2], 0.0);
            let mut add = |other: usize| {
                let [x, y] = patches[other].flow;
                sum = [sum[0] + x, sum[1] + y];
                count += 1.0;
            };
            if column > 0 {
                add(index - 1);
            }
            if column + 1 < side {
                add(index + 1);
            }
            if row > 0 {
                add(index - side);
            }
            if row + 1 < side {
                add(index + side);
            }
            let Patch {
                flow: [x, y],
                hessian: [xx, xy, yy],
            } = found[index];
            let wanted = [
                xx * x + xy * y + AGREEMENT * sum[0],
                xy * x + yy * y + AGREEMENT * sum[1],
            ];
            let weight = AGREEMENT * count;
            patches[index].flow = solve([xx + weight, xy, yy + weight], wanted);
        }
    }
}

impl Template {
    #[inline(always)]
    fn new(level: &Level, corner: [usize; 2]) -> Self {
        let [row, column] = corner;
        let [across, down] = &level.slope;
        let mut sums = [[0.0; PATCH]; 5];
        for y in row..row + PATCH {
            let x: [f32; PATCH] = part(&across[y], column);
            let y: [f32; PATCH] = part(&down[y], column);
            for lane in 0..PATCH {
                sums[0][lane] += x[lane] * x[lane];
                sums[1][lane] += x[lane] * y[lane];
                sums[2][lane] += y[lane] * y[lane];
                sums[3][lane] += x[lane];
                sums[4][lane] += y[lane];
            }
        }
        let [xx, xy, yy, x, y] = sums.map(|sum| total(&sum));
        let pixels = (PATCH * PATCH) as f32;
        Self {
            corner,
            hessian: [
                xx - x * x / pixels,
                xy - x * y / pixels,
                yy - y * y / pixels,
            ],
            slopes: [x, y],
        }
    }

    /// The flow to the place that looks most like this patch, from `start` on: as far as each step makes it look more
    /// alike, and not farther than a patch.
    #[inline(always)]
    fn descend<const SIDE: usize>(&self, level: &Level, start: [f32; 2]) -> [f32; 2] {
        let [xx, xy, yy] = self.hessian;
        let damped = [xx + DAMPING, xy, yy + DAMPING];
        let mut flow = start;
        let mut mismatch = self.mismatch::<SIDE>(level, flow);
        for _ in 0..ITERATIONS {
            let step = solve(damped, mismatch.gradient);
            let next = [flow[0] - step[0], flow[1] - step[1]];
            if square(step) < SHORTEST_STEP * SHORTEST_STEP {
                break;
            }
            if square([next[0] - start[0], next[1] - start[1]]) > (PATCH * PATCH) as f32 {
                return start;
            }
            let then = self.mismatch::<SIDE>(level, next);
            if then.squares >= mismatch.squares {
                break;
            }
            (flow, mismatch) = (next, then);
        }
        flow
    }

    #[inline(always)]
    fn mismatch<const SIDE: usize>(&self, level: &Level, flow: [f32; 2]) -> Mismatch {
        let [row, column] = self.corner;
        let [across, down] = &level.slope;
        let mut sums = [[0.0; PATCH]; 4];
        let differences = differences::<SIDE>(level, self.corner, flow);
        for (y, differences) in differences.iter().enumerate() {
            let slopes: [[f32; PATCH]; 2] =
                [part(&across[row + y], column), part(&down[row + y], column)];
            for lane in 0..PATCH {
                let difference = differences[lane];
                sums[0][lane] += difference;
                sums[1][lane] += difference * difference;
                sums[2][lane] += difference * slopes[0][lane];
                sums[3][lane] += difference * slopes[1][lane];
            }
        }
        let [sum, squares, x, y] = sums.map(|sum| total(&sum));
        let mean = sum / (PATCH * PATCH) as f32;
        Mismatch {
            squares: squares - mean * sum,
            gradient: [x - mean * self.slopes[0], y - mean * self.slopes[1]],
        }
    }
}

/// What each pixel of the patch at `corner` differs from the place to which `flow` leads, in grey levels.
#[inline(always)]
pub fn differences<const SIDE: usize>(
    level: &Level,
    corner: [usize; 2],
    flow: [f32; 2],
) -> [[f32; PATCH]; PATCH] {
    // A patch that leaves the picture finds its border there.
    let last = (SIDE + 2 * MARGIN - PATCH - 2) as f32;
    let place = |axis: usize| (corner[1 - axis] as f32 + flow[axis]).clamp(0.0, last);
    let [x, y] = [place(0), place(1)];
    let [column, row] = [x as usize, (y as usize).min(SIDE + 2 * MARGIN - PATCH - 2)];
    let [right, below] = [x - column as f32, y - row as f32];
    let between = |row: usize| -> [f32; PATCH] {
        let pixels: [f32; PATCH + 1] = part(&level.to[row], column);
        std::array::from_fn(|lane| pixels[lane] + right * (pixels[lane + 1] - pixels[lane]))
    };
    let mut upper = between(row);
    std::array::from_fn(|y| {
        let lower = between(row + y + 1);
        let own: [f32; PATCH] = part(&level.from[corner[0] + y], corner[1]);
        let differences = std::array::from_fn(|lane| {
            upper[lane] + below * (lower[lane] - upper[lane]) - own[lane]
        });
        upper = lower;
        differences
    })
}

/// The solution of a symmetric system with a matrix xx, xy, yy; nothing where it has none.
#[inline(always)]
fn solve([xx, xy, yy]: [f32; 3], [x, y]: [f32; 2]) -> [f32; 2] {
    let determinant = xx * yy - xy * xy;
    if determinant > 0.0 {
        [
            (yy * x - xy * y) / determinant,
            (xx * y - xy * x) / determinant,
        ]
    } else {
        [0.0; 2]
    }
}

#[inline(always)]
fn square([x, y]: [f32; 2]) -> f32 {
    x * x + y * y
}

/// The sum of all lanes, in the same order on each processor.
#[inline(always)]
fn total(lanes: &[f32; PATCH]) -> f32 {
    let [a, b, c, d, e, f, g, h] = lanes;
    ((a + e) + (c + g)) + ((b + f) + (d + h))
}
