//! The linear system of a refinement's round, solved by red-black successive over-relaxation.

use super::plane::{MARGIN, Plane, ROW, plane, width};

/// Sweeps over all pixels in a round, as in OpenCV's DIS: what a round is made of need not be exact, as the next one
/// changes it.
const SWEEPS: usize = 5;
/// Pixels of one colour after those of the other.
const HALF_SWEEPS: usize = 2 * SWEEPS;
/// How far beyond its own solution a pixel goes, as in OpenCV's DIS.
const OVER_RELAXATION: f32 = 1.6;

/// Of each pixel two equations, for its flow x and y.
pub struct LinearSystem {
    /// Weights of the neighbours at the right and below; those at the left and above are the neighbours' own.
    pub right: Plane,
    pub below: Plane,
    /// What the equations for x and y should yield.
    pub wanted: [Plane; 2],
    /// 1 / the weights on the diagonal.
    pub share: [Plane; 2],
    /// The weight of y in the equation for x, and of x in that for y.
    pub coupling: Plane,
}

impl LinearSystem {
    pub fn new() -> Self {
        Self {
            right: plane(),
            below: plane(),
            wanted: [plane(), plane()],
            share: [plane(), plane()],
            coupling: plane(),
        }
    }
}

/// Brings the flow nearer to the system's solution.
///
/// All half sweeps go down the picture together, each a row behind the one before, so that what they read is still in the
/// processor's cache. A whole row is computed and every other pixel of it kept: a vector holds both colours.
#[inline(always)]
pub fn relax<const SIDE: usize>(system: &LinearSystem, flow_x: &mut Plane, flow_y: &mut Plane) {
    let mut colours = [[0.0; ROW]; 2];
    for (colour, colours) in colours.iter_mut().enumerate() {
        for step in colours.iter_mut().skip(colour).step_by(2) {
            *step = OVER_RELAXATION;
        }
    }
    for turn in 0..SIDE + HALF_SWEEPS - 1 {
        let first = (turn + 1).max(SIDE) - SIDE;
        for half_sweep in first..HALF_SWEEPS.min(turn + 1) {
            let y = MARGIN + turn - half_sweep;
            relax_row::<SIDE>(system, y, &colours[turn % 2], flow_x, flow_y);
        }
    }
}

#[inline(always)]
fn relax_row<const SIDE: usize>(
    system: &LinearSystem,
    y: usize,
    step: &[f32; ROW],
    flow_x: &mut Plane,
    flow_y: &mut Plane,
) {
    let (right, below, above) = (&system.right[y], &system.below[y], &system.below[y - 1]);
    let (wanted_x, wanted_y) = (&system.wanted[0][y], &system.wanted[1][y]);
    let (share_x, share_y) = (&system.share[0][y], &system.share[1][y]);
    let coupling = &system.coupling[y];
    let around = |flow: &Plane, x: usize| {
        let beside = right[x - 1] * flow[y][x - 1] + right[x] * flow[y][x + 1];
        beside + (above[x] * flow[y - 1][x] + below[x] * flow[y + 1][x])
    };
    let (mut next_x, mut next_y) = ([0.0; ROW], [0.0; ROW]);
    for x in MARGIN..MARGIN + width(SIDE) {
        let (old_x, old_y) = (flow_x[y][x], flow_y[y][x]);
        let own = (around(flow_x, x) + wanted_x[x] - coupling[x] * old_y) * share_x[x];
        next_x[x] = old_x + step[x] * (own - old_x);
        let own = (around(flow_y, x) + wanted_y[x] - coupling[x] * next_x[x]) * share_y[x];
        next_y[x] = old_y + step[x] * (own - old_y);
    }
    let pixels = MARGIN..MARGIN + width(SIDE);
    flow_x[y][pixels.clone()].copy_from_slice(&next_x[pixels.clone()]);
    flow_y[y][pixels.clone()].copy_from_slice(&next_y[pixels]);
}
