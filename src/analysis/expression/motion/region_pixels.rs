//! The pixels of one region: how they moved, and whether they still look alike.

use crate::geometry::Point;

use super::crop::{FacePoint, SIDE, face_point};

/// Half of the square over which the flow at a stable point is averaged, in pixels of the crop: a
/// patch of DIS flow is 8 wide.
const PATCH: i64 = 3;
/// Contrast of a plain spot, in grey levels: it weighs a little, or a blank region would have none.
const PLAIN: f64 = 3.0;

/// The pixels of a region and what each weighs.
pub struct RegionPixels {
    /// Its centre.
    pub centre: FacePoint,
    pixels: Vec<(usize, f64)>,
    /// Mean step between neighbouring pixels, in grey levels.
    contrast: f64,
}

impl RegionPixels {
    /// The pixels around the mean of `points`, weighed by nearness and contrast.
    pub fn new(grey: &[u8], points: &[Point], radius: f64) -> Self {
        let total = points.len().max(1) as f64;
        let centre =
            [0, 1, 2].map(|axis| points.iter().map(|point| point[axis]).sum::<f64>() / total);
        let reach = radius.ceil() as i64;
        let [column, row] = [centre[0], centre[1]].map(|at| at.round() as i64);
        let (mut pixels, mut spread) = (Vec::new(), f64::MIN_POSITIVE);
        for y in row - reach..=row + reach {
            for x in column - reach..=column + reach {
                let inside = 1..SIDE as i64 - 1;
                let distance = (x as f64 - centre[0]).hypot(y as f64 - centre[1]) / radius;
                if distance < 1.0 && inside.contains(&x) && inside.contains(&y) {
                    let index = y as usize * SIDE + x as usize;
                    let at = |index: usize| grey.get(index).map_or(0.0, |&value| f64::from(value));
                    let across = (at(index + 1) - at(index - 1)) / 2.0;
                    let down = (at(index + SIDE) - at(index - SIDE)) / 2.0;
                    let nearness = (-2.0 * distance * distance).exp();
                    spread += nearness;
                    let weight = nearness * (PLAIN + across.hypot(down));
                    pixels.push((index, weight));
                }
            }
        }
        let contrast = pixels.iter().map(|(_, weight)| weight);
        Self {
            centre: face_point(&centre),
            contrast: contrast.sum::<f64>() / spread,
            pixels,
        }
    }

    /// Mean absolute difference between the region and what lies where the flow leads, in parts of
    /// its contrast.
    pub fn photometric_residual(&self, then: &[u8], now: &[u8], field: &[[f32; 2]]) -> f64 {
        let (mut difference, mut total) = (0.0, f64::MIN_POSITIVE);
        for &(index, weight) in &self.pixels {
            let (Some(flow), Some(&then)) = (field.get(index), then.get(index)) else {
                continue;
            };
            let x = (index % SIDE) as f32 + flow[0];
            let y = (index / SIDE) as f32 + flow[1];
            if let Some(now) = between(now, x, y) {
                difference += weight * f64::from((now - f32::from(then)).abs());
                total += weight;
            }
        }
        difference / total / self.contrast
    }

    /// Its mean flow in pixels.
    pub fn mean_flow(&self, field: &[[f32; 2]]) -> [f64; 2] {
        let (mut sum, mut total) = ([0.0; 2], f64::MIN_POSITIVE);
        for &(index, weight) in &self.pixels {
            if let Some(flow) = field.get(index) {
                sum[0] += weight * f64::from(flow[0]);
                sum[1] += weight * f64::from(flow[1]);
                total += weight;
            }
        }
        sum.map(|sum| sum / total)
    }
}

/// The mean flow around a pixel.
pub fn mean_flow_around(field: &[[f32; 2]], [column, row]: [usize; 2]) -> [f64; 2] {
    let (mut sum, mut count) = ([0.0; 2], 0.0);
    for y in -PATCH..=PATCH {
        for x in -PATCH..=PATCH {
            let inside = 0..SIDE as i64;
            let (x, y) = (column as i64 + x, row as i64 + y);
            if !inside.contains(&x) || !inside.contains(&y) {
                continue;
            }
            if let Some(flow) = field.get(y as usize * SIDE + x as usize) {
                sum = [sum[0] + f64::from(flow[0]), sum[1] + f64::from(flow[1])];
                count += 1.0;
            }
        }
    }
    sum.map(|sum| sum / f64::max(count, 1.0))
}

/// The grey level between four pixels; `None` outside of the crop.
fn between(grey: &[u8], x: f32, y: f32) -> Option<f32> {
    let inside = 0.0..(SIDE - 1) as f32;
    if !inside.contains(&x) || !inside.contains(&y) {
        return None;
    }
    let (column, row) = (x as usize, y as usize);
    let (across, down) = (x - column as f32, y - row as f32);
    let first = row * SIDE + column;
    let at = |index: usize| grey.get(index).map(|&value| f32::from(value));
    let upper = at(first)? * (1.0 - across) + at(first + 1)? * across;
    let lower = at(first + SIDE)? * (1.0 - across) + at(first + SIDE + 1)? * across;
    Some(upper * (1.0 - down) + lower * down)
}

/// The pixel nearest to a place in the crop.
pub fn pixel(at: [f64; 2]) -> [usize; 2] {
    at.map(|at| at.round().clamp(0.0, (SIDE - 1) as f64) as usize)
}
