//! What a sitter's eyes look at and through.

use anyhow::Result;
use gstaliyarface::geometry::contours::EYES;
use gstaliyarface::geometry::landmarks::{self, Eye};
use gstaliyarface::geometry::{Sides, distance};

use super::Sitter;
use crate::rig::Rig;

/// Half axes of a lens, and half the width of its rim, in outer-eye distances.
const LENS: [f64; 2] = [0.27, 0.22];
const RIM: f64 = 0.022;
/// Brightness of rims, and of what dark glass shows.
const RIM_LEVEL: f32 = 35.0;
const GLASS_LEVEL: f32 = 22.0;
/// Where on a lens light is mirrored, how far it reaches, in lens axes, and how much of it is seen.
const GLARE: [f64; 3] = [-0.35, -0.4, 0.45];
const GLARE_OPACITY: f32 = 0.45;

impl Sitter {
    /// How often the rig's closing of each eye fits into this person's, whose eyes may be wider.
    pub fn lid_travel(&self, rig: &Rig) -> Result<Sides<f64>> {
        let unit = self.eyes / rig.eyes;
        let travel = |eye: Eye, muscle: &str| -> Result<f64> {
            let moves = rig.moves(muscle)?;
            let (mut own, mut rigs) = (0.0, 0.0);
            for [upper, lower] in eye.lid_pairs() {
                let [a, b] = [upper, lower].map(|point| self.points[point]);
                own += (a[0] - b[0]).hypot(a[1] - b[1]);
                rigs += unit * distance(moves[upper], moves[lower]);
            }
            Ok(own / rigs.max(f64::MIN_POSITIVE))
        };
        Ok(Sides::new(
            travel(landmarks::EYES.left, "eyeBlink_L")?,
            travel(landmarks::EYES.right, "eyeBlink_R")?,
        ))
    }

    /// Puts glasses on: rims, a mirrored light, and glass that hides `opacity` (0..1) of what is
    /// behind.
    pub fn wear_glasses(&mut self, opacity: f32) {
        for eye in landmarks::EYES.into_array() {
            let [outer, inner] = eye.corners().map(|corner| self.points[corner]);
            let centre = [0, 1].map(|axis| (outer[axis] + inner[axis]) / 2.0);
            let axes = LENS.map(|axis| axis * self.eyes);
            for y in 0..self.height {
                for x in 0..self.width {
                    let [u, v] = [
                        (x as f64 - centre[0]) / axes[0],
                        (y as f64 - centre[1]) / axes[1],
                    ];
                    let radius = u.hypot(v);
                    let rim = (radius - 1.0).abs() < RIM * self.eyes / axes[1];
                    let glare = (u - GLARE[0]).hypot(v - GLARE[1]) < GLARE[2];
                    let (level, share) = match (rim, radius < 1.0) {
                        (true, _) => (RIM_LEVEL, 1.0),
                        (false, true) if glare => (255.0, GLARE_OPACITY.max(opacity * 0.3)),
                        (false, true) => (GLASS_LEVEL, opacity),
                        (false, false) => continue,
                    };
                    for value in &mut self.rgb[(y * self.width + x) * 3..][..3] {
                        *value = (f32::from(*value) * (1.0 - share) + level * share) as u8;
                    }
                }
            }
        }
    }

    /// Lets what is seen between the lids, which are at `places`, come from elsewhere: irises that have
    /// moved by so many pixels to the right and down, less the nearer an eye's corner is.
    pub(super) fn move_irises(
        &self,
        from: &mut [[f32; 3]],
        places: &[[f64; 2]],
        [right, down]: [f64; 2],
    ) {
        for outline in EYES.into_array() {
            let at = |points: &[[f64; 2]]| -> Vec<[f64; 2]> {
                outline
                    .iter()
                    .map(|point| points[usize::from(*point)])
                    .collect()
            };
            let (now, before) = (at(places), at(&self.points));
            let columns = || before.iter().map(|point| point[0]);
            let [first, last] = [
                columns().fold(f64::INFINITY, f64::min),
                columns().fold(f64::NEG_INFINITY, f64::max),
            ];
            for x in 0..self.width {
                let column = |outline: &[[f64; 2]], x: f64| span(outline, x);
                let across = (2.0 * x as f64 - first - last) / (last - first);
                let source = x as f64 - right * (1.0 - across * across).max(0.0);
                let own = column(&before, source.clamp(first, last));
                let (Some([top, bottom]), Some(own)) = (column(&now, x as f64), own) else {
                    continue;
                };
                for y in top.ceil() as usize..=(bottom.floor() as usize).min(self.height - 1) {
                    let [upper, lower] = own;
                    let row = (y as f64 - down).clamp(upper.min(lower), upper.max(lower));
                    from[y * self.width + x] = [source as f32, row as f32, 0.0];
                }
            }
        }
    }

    /// Width of each eye in pixels.
    pub fn eye_widths(&self) -> Sides<f64> {
        landmarks::EYES.map(|eye| {
            let [outer, inner] = eye.corners().map(|corner| self.points[corner]);
            (outer[0] - inner[0]).hypot(outer[1] - inner[1])
        })
    }
}

/// The highest and the lowest point of a closed outline on the upright line at `x`.
fn span(outline: &[[f64; 2]], x: f64) -> Option<[f64; 2]> {
    let following = outline.iter().cycle().skip(1);
    let crossings = outline.iter().zip(following).filter_map(|(a, b)| {
        let part = (x - a[0]) / (b[0] - a[0]);
        (0.0..1.0)
            .contains(&part)
            .then(|| a[1] + part * (b[1] - a[1]))
    });
    crossings.fold(None, |span: Option<[f64; 2]>, y| {
        let [top, bottom] = span.unwrap_or([y; 2]);
        Some([top.min(y), bottom.max(y)])
    })
}
