//! Points of the face mesh by name: MediaPipe's numbers in its canonical face.
//!
//! Left and right are the person's: in a picture that is not mirrored, the left eye lies on the
//! right.

use super::{Point, Sides};

/// Points of a face mesh: MediaPipe's 468 and five for each iris.
pub const MESH_POINTS: usize = 478;

/// The mesh points of one eye.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Eye {
    /// The corner towards the temple.
    pub outer_corner: usize,
    /// The corner towards the nose.
    pub inner_corner: usize,
    /// Edge of the upper lid, from the temple to the nose; the second lies above the pupil.
    pub upper_lid: [usize; 3],
    /// Edge of the lower lid, each below its counterpart of the upper.
    pub lower_lid: [usize; 3],
    /// Centre of the iris.
    pub iris: usize,
}

impl Eye {
    /// Outer, then inner corner.
    pub const fn corners(&self) -> [usize; 2] {
        [self.outer_corner, self.inner_corner]
    }

    /// Each point of the upper lid with the one below it.
    pub fn lid_pairs(&self) -> [[usize; 2]; 3] {
        std::array::from_fn(|index| [self.upper_lid[index], self.lower_lid[index]])
    }
}

/// Both eyes.
pub const EYES: Sides<Eye> = Sides::new(
    Eye {
        outer_corner: 263,
        inner_corner: 362,
        upper_lid: [387, 386, 385],
        lower_lid: [373, 374, 380],
        iris: 473,
    },
    Eye {
        outer_corner: 33,
        inner_corner: 133,
        upper_lid: [160, 159, 158],
        lower_lid: [144, 145, 153],
        iris: 468,
    },
);

/// Outer corners of the eyes in the order in which a picture that is not mirrored shows them: the
/// person's right one, then the left.
pub const OUTER_EYE_CORNERS: [usize; 2] = [EYES.right.outer_corner, EYES.left.outer_corner];

/// Corners of the mouth.
pub const MOUTH_CORNERS: Sides<usize> = Sides::new(291, 61);
/// Inner edge of the upper lip in its middle.
pub const UPPER_LIP: usize = 13;
/// Inner edge of the lower lip in its middle.
pub const LOWER_LIP: usize = 14;

/// Tip of the nose.
pub const NOSE_TIP: usize = 4;
/// Just below the tip of the nose: where a head's axes are drawn from.
pub const BELOW_NOSE_TIP: usize = 1;
/// Bridge of the nose, between the eyes.
pub const NOSE_BRIDGE: usize = 168;
/// Lowest point of the chin.
pub const CHIN: usize = 152;
/// Highest point of the forehead.
pub const FOREHEAD: usize = 10;
/// Edge of the face before the ear.
pub const FACE_EDGES: Sides<usize> = Sides::new(454, 234);

/// The distance of two points of `mesh` in its own unit; `None` where it lacks one.
pub fn distance(mesh: &[Point], [a, b]: [usize; 2]) -> Option<f64> {
    Some(super::distance(*mesh.get(a)?, *mesh.get(b)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::CANONICAL_FACE_POINTS;

    #[test]
    fn every_landmark_is_a_point_of_the_mesh_and_stands_for_one_thing() {
        let mut points = vec![UPPER_LIP, LOWER_LIP, CHIN, FOREHEAD];
        points.extend([NOSE_TIP, BELOW_NOSE_TIP, NOSE_BRIDGE]);
        points.extend(MOUTH_CORNERS.into_array());
        points.extend(FACE_EDGES.into_array());
        for eye in EYES.into_array() {
            points.extend(eye.corners());
            points.extend(eye.upper_lid);
            points.extend(eye.lower_lid);
            assert!(eye.iris >= CANONICAL_FACE_POINTS);
            points.push(eye.iris);
        }
        let count = points.len();
        points.sort_unstable();
        points.dedup();
        assert_eq!(points.len(), count);
        assert!(points.iter().all(|&point| point < MESH_POINTS));
    }
}
