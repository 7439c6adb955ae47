//! What the mesh itself shows of eyes and mouth, in the face's own frame so that a turning head does
//! not count.

use serde::{Deserialize, Serialize};

use crate::analysis::eyes::apertures;
use crate::analysis::head_pose::Fit;
use crate::geometry::landmarks::{EYES, LOWER_LIP, OUTER_EYE_CORNERS, UPPER_LIP};
use crate::geometry::{Point, Sides, distance};

/// Lengths are given in hundredths of the outer-eye distance.
const HUNDREDTHS: f64 = 100.0;

/// Eyes and mouth on one frame.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct MeshCues {
    /// How far each eye is open, in eye widths.
    pub eye_openness: Sides<f64>,
    /// Where the irises are between the corners of their eyes, on average: to the picture's right and
    /// up, in hundredths of the outer-eye distance.
    pub gaze: [f64; 2],
    /// How far the lips are apart, in hundredths of the outer-eye distance.
    pub lip_gap: f64,
}

impl MeshCues {
    /// The cues of `mesh`; `None` where it has no such points.
    pub fn from_mesh(mesh: &[Point], fit: &Fit) -> Option<Self> {
        let at = |index: usize| Some(fit.canonical(mesh.get(index)?));
        let apart = |[a, b]: [usize; 2]| Some(distance(at(a)?, at(b)?));
        let unit = apart(OUTER_EYE_CORNERS)?.max(f64::MIN_POSITIVE) / HUNDREDTHS;
        let mut gaze = [0.0; 2];
        let eyes = [EYES.right, EYES.left];
        for eye in eyes {
            let [outer, inner] = eye.corners();
            let (iris, outer, inner) = (at(eye.iris)?, at(outer)?, at(inner)?);
            for (axis, gaze) in gaze.iter_mut().enumerate() {
                let middle = (outer[axis] + inner[axis]) / 2.0;
                *gaze += (iris[axis] - middle) / unit / eyes.len() as f64;
            }
        }
        Some(Self {
            eye_openness: apertures(mesh, fit)?,
            gaze,
            lip_gap: apart([UPPER_LIP, LOWER_LIP])? / unit,
        })
    }
}
