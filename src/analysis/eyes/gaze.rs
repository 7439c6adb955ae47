//! Where the eyes look, from where the irises lie between the eyes' corners.

use super::Gaze;
use crate::analysis::head_pose::Fit;
use crate::geometry::landmarks::{EYES, Eye};
use crate::geometry::{Point, Sides};

/// Radius on which the mesh's iris goes sideways, over the width of the eye's opening: 10.4 mm (an eye
/// turns 13.5 mm behind its cornea, and its pupil is seen 3 mm behind it) over 29 mm, of which the mesh
/// goes .75 to 1.1, mostly .85, as dark discs in real clips tell (docs/indices.md).
const ACROSS: f64 = 0.3;
/// The same upwards: what is left of 12 mm over 30 mm. How much the mesh goes along is not known.
const UPWARDS: f64 = 0.4;
/// How far the iris of an eye that looks straight ahead lies above the line between its corners,
/// in widths of the eye. Set by hand: nine people who look into the camera are read 5 degrees off
/// on average (docs/limits.md).
const RAISED: f64 = 0.06;
/// Openness, 0..1, below which the lids hide too much of the iris: set by hand.
const HIDDEN: f64 = 0.35;

/// The mean direction of the eyes that are open.
pub fn direction(mesh: &[Point], fit: &Fit, openness: Sides<f64>) -> Option<Gaze> {
    let (mut sum, mut count) = ([0.0; 3], 0.0);
    for (eye, openness) in EYES.zip(openness).into_array() {
        if openness < HIDDEN {
            continue;
        }
        for (sum, part) in sum.iter_mut().zip(in_head(mesh, fit, &eye)?) {
            *sum += part;
        }
        count += 1.0;
    }
    (count > 0.0).then(|| {
        let [x, y, z] = fit.turned(sum);
        Gaze {
            pitch: (-y).atan2(x.hypot(z)).to_degrees(),
            yaw: x.atan2(z).to_degrees(),
        }
    })
}

/// The direction of one eye in the head's frame: x to the picture's right, y up, z forwards.
fn in_head(mesh: &[Point], fit: &Fit, eye: &Eye) -> Option<[f64; 3]> {
    let at = |index: usize| Some(fit.canonical(mesh.get(index)?));
    let iris = at(eye.iris)?;
    let (outer, inner) = (at(eye.outer_corner)?, at(eye.inner_corner)?);
    let across = (outer[0] - inner[0]).abs();
    if across <= 0.0 {
        return None;
    }
    let middle = [0, 1].map(|axis| (outer[axis] + inner[axis]) / 2.0);
    let sideways = (iris[0] - middle[0]) / across / ACROSS;
    let upwards = ((iris[1] - middle[1]) / across - RAISED) / UPWARDS;
    let rest = 1.0 - sideways.powi(2) - upwards.powi(2);
    Some([sideways, upwards, rest.max(0.05).sqrt()])
}
