//! Variational refinement (Kroeger et al. 2016, section 2.3): each pixel's flow is made to agree with its neighbours' and
//! with the pictures.
//!
//! The energy of Brox et al. (2004, "High accuracy optical flow estimation based on a theory for warping"): constancy of
//! brightness and of its gradient, and smoothness, each under the Charbonnier penalty sqrt(s^2 + e^2). Its terms of the
//! data are divided by their gradients' length (Zimmer et al. 2011), so that a strong edge counts no more than a weak one.
//! The pictures are linearised once about the flow of the patches.

use super::dense::DenseFlow;
use super::plane::{MARGIN, Plane, ROW, bilinear, plane, replicate_border, width};
use super::pyramid::Level;
use super::relaxation::{LinearSystem, relax};

/// Weights of brightness and of its gradients: halves of those of OpenCV's DIS (5 and 10), as the penalties'
/// derivatives are.
const BRIGHTNESS: f32 = 2.5;
const GRADIENTS: f32 = 5.0;
/// Weight of smoothness: a half of 16, where OpenCV's DIS takes 20. On moved faces of the sample clips more hid small
/// movements, and less let more noise through.
const SMOOTHNESS: f32 = 8.0;
/// Square of the Charbonnier penalty's e, in pixels.
const CHARBONNIER: f32 = 1e-6;
/// Added to a squared gradient's length, in squared grey levels a pixel: .1, as in Zimmer et al.
const PLAIN: f32 = 0.01;
/// Added to a diagonal: what lies beyond the last pixel of a row has no weights.
const LEAST_WEIGHT: f32 = 1e-6;

/// What refinement needs to remember on its way.
pub struct Refinement {
    /// The picture to which flow leads, at the places to which it leads.
    warped: Plane,
    /// Of brightness and of its gradients across and down the equation a x + b y + c = 0 that flow (x, y) should fulfil.
    equations: [[Plane; 3]; 3],
    system: LinearSystem,
}

impl Refinement {
    pub fn new() -> Self {
        let equation = || [plane(), plane(), plane()];
        Self {
            warped: plane(),
            equations: [equation(), equation(), equation()],
            system: LinearSystem::new(),
        }
    }

    /// Refines the flow of a level so many `rounds`, in each of which the penalties are taken for parabolas.
    #[inline(always)]
    pub fn refine<const SIDE: usize>(
        &mut self,
        level: &Level,
        dense: &mut DenseFlow,
        rounds: usize,
    ) {
        self.warp::<SIDE>(level, dense);
        self.linearise::<SIDE>(level, dense);
        for _ in 0..rounds {
            self.weigh_smoothness::<SIDE>(dense);
            self.weigh_data::<SIDE>(dense);
            relax::<SIDE>(&self.system, &mut dense.x, &mut dense.y);
        }
    }

    #[inline(always)]
    fn warp<const SIDE: usize>(&mut self, level: &Level, dense: &DenseFlow) {
        for y in MARGIN..MARGIN + SIDE {
            for x in MARGIN..MARGIN + SIDE {
                let place = [x as f32 + dense.x[y][x], y as f32 + dense.y[y][x]];
                self.warped[y][x] = bilinear(&level.to, place);
            }
        }
        replicate_border::<SIDE>(&mut self.warped);
    }

    /// The equations about the flow as it is: derivatives are the mean of both pictures'.
    #[inline(always)]
    fn linearise<const SIDE: usize>(&mut self, level: &Level, dense: &DenseFlow) {
        for y in MARGIN..MARGIN + SIDE {
            let (mut mean, mut change) = ([[0.0; ROW]; 5], [[0.0; ROW]; 3]);
            for (row, mean) in mean.iter_mut().enumerate() {
                let (then, now) = (&level.from[y + row - 2], &self.warped[y + row - 2]);
                for x in 0..ROW {
                    mean[x] = 0.5 * (then[x] + now[x]);
                }
            }
            for (row, change) in change.iter_mut().enumerate() {
                let (then, now) = (&level.from[y + row - 1], &self.warped[y + row - 1]);
                for x in 0..ROW {
                    change[x] = now[x] - then[x];
                }
            }
            let (flow_x, flow_y) = (&dense.x[y], &dense.y[y]);
            let [[a0, b0, c0], [a1, b1, c1], [a2, b2, c2]] = (self.equations.each_mut())
                .map(|equation| equation.each_mut().map(|plane| &mut plane[y]));
            for x in MARGIN..MARGIN + width(SIDE) {
                let slope = [
                    0.5 * (mean[2][x + 1] - mean[2][x - 1]),
                    0.5 * (mean[3][x] - mean[1][x]),
                ];
                // Differences of those differences.
                let xx = 0.25 * (mean[2][x + 2] - 2.0 * mean[2][x] + mean[2][x - 2]);
                let yy = 0.25 * (mean[4][x] - 2.0 * mean[2][x] + mean[0][x]);
                let xy =
                    0.25 * ((mean[3][x + 1] - mean[3][x - 1]) - (mean[1][x + 1] - mean[1][x - 1]));
                let change_x = 0.5 * (change[1][x + 1] - change[1][x - 1]);
                let change_y = 0.5 * (change[2][x] - change[0][x]);
                let flow = [flow_x[x], flow_y[x]];
                [a0[x], b0[x], c0[x]] = normalised(slope, change[1][x], flow);
                [a1[x], b1[x], c1[x]] = normalised([xx, xy], change_x, flow);
                [a2[x], b2[x], c2[x]] = normalised([xy, yy], change_y, flow);
            }
        }
    }

    /// What a difference between neighbouring pixels' flows costs.
    #[inline(always)]
    fn weigh_smoothness<const SIDE: usize>(&mut self, dense: &DenseFlow) {
        let LinearSystem { right, below, .. } = &mut self.system;
        for y in MARGIN..MARGIN + SIDE {
            let next = (y + 1).min(MARGIN + SIDE - 1);
            let [x_row, x_below] = [&dense.x[y], &dense.x[next]];
            let [y_row, y_below] = [&dense.y[y], &dense.y[next]];
            for x in MARGIN..MARGIN + width(SIDE) {
                let steps = [
                    x_row[x + 1] - x_row[x],
                    x_below[x] - x_row[x],
                    y_row[x + 1] - y_row[x],
                    y_below[x] - y_row[x],
                ];
                let squares = steps.map(|step| step * step);
                let sum = (squares[0] + squares[1]) + (squares[2] + squares[3]);
                let weight = SMOOTHNESS / (sum + CHARBONNIER).sqrt();
                right[y][x] = weight;
                below[y][x] = weight;
            }
            // No pixel follows.
            right[y][MARGIN + SIDE - 1..].fill(0.0);
        }
        below[MARGIN + SIDE - 1] = [0.0; ROW];
    }

    /// The system whose solution costs least, with the penalties as they are at this flow.
    #[inline(always)]
    fn weigh_data<const SIDE: usize>(&mut self, dense: &DenseFlow) {
        let system = &mut self.system;
        for y in MARGIN..MARGIN + SIDE {
            let [[a0, b0, c0], [a1, b1, c1], [a2, b2, c2]] = self
                .equations
                .each_ref()
                .map(|equation| equation.each_ref().map(|plane| &plane[y]));
            let (flow_x, flow_y) = (&dense.x[y], &dense.y[y]);
            let (right, below, above) = (&system.right[y], &system.below[y], &system.below[y - 1]);
            let [wanted_x, wanted_y] = system.wanted.each_mut().map(|plane| &mut plane[y]);
            let [share_x, share_y] = system.share.each_mut().map(|plane| &mut plane[y]);
            let coupling = &mut system.coupling[y];
            for x in MARGIN..MARGIN + width(SIDE) {
                let left_0 = a0[x] * flow_x[x] + b0[x] * flow_y[x] + c0[x];
                let left_1 = a1[x] * flow_x[x] + b1[x] * flow_y[x] + c1[x];
                let left_2 = a2[x] * flow_x[x] + b2[x] * flow_y[x] + c2[x];
                let bright = BRIGHTNESS / (left_0 * left_0 + CHARBONNIER).sqrt();
                let gradient = GRADIENTS / (left_1 * left_1 + left_2 * left_2 + CHARBONNIER).sqrt();
                let xx = bright * a0[x] * a0[x] + gradient * (a1[x] * a1[x] + a2[x] * a2[x]);
                let yy = bright * b0[x] * b0[x] + gradient * (b1[x] * b1[x] + b2[x] * b2[x]);
                coupling[x] = bright * a0[x] * b0[x] + gradient * (a1[x] * b1[x] + a2[x] * b2[x]);
                wanted_x[x] =
                    -(bright * a0[x] * c0[x] + gradient * (a1[x] * c1[x] + a2[x] * c2[x]));
                wanted_y[x] =
                    -(bright * b0[x] * c0[x] + gradient * (b1[x] * c1[x] + b2[x] * c2[x]));
                let smooth = (right[x - 1] + right[x]) + (above[x] + below[x]) + LEAST_WEIGHT;
                share_x[x] = 1.0 / (xx + smooth);
                share_y[x] = 1.0 / (yy + smooth);
            }
        }
    }
}

/// The equation of flow (x, y) for what has a slope and changed so much at a flow.
#[inline(always)]
fn normalised([by_x, by_y]: [f32; 2], change: f32, [x, y]: [f32; 2]) -> [f32; 3] {
    let scale = 1.0 / (by_x * by_x + by_y * by_y + PLAIN).sqrt();
    [
        scale * by_x,
        scale * by_y,
        scale * (change - by_x * x - by_y * y),
    ]
}
