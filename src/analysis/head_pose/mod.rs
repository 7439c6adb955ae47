//! How the head is turned: the rigid fit of the canonical face to the mesh.

mod canonical;

use self::canonical::CANONICAL_POINTS;
use crate::geometry::Point;
use crate::opencv::{self, OpenCvError};

/// How the head is turned, in the camera's right-handed frame.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct HeadPose {
    /// Degrees; chin down is positive.
    pub pitch: f64,
    /// Degrees; nose towards the picture's right is positive.
    pub yaw: f64,
    /// Degrees; counter-clockwise as seen is positive.
    pub roll: f64,
    /// The same rotation as a unit quaternion w, x, y, z; w is never negative.
    pub rotation: [f64; 4],
    /// Head centre in the camera's frame, in the canonical mesh's units (about a centimetre),
    /// for a camera of 60 degrees horizontal field of view: x right, y up, z towards the camera
    /// (so that a head in view has a negative z).
    pub translation: [f64; 3],
}

impl HeadPose {
    /// Degrees between where the face looks and the camera's axis.
    pub fn angle(&self) -> f64 {
        let forward = self.pitch.to_radians().cos() * self.yaw.to_radians().cos();
        forward.clamp(-1.0, 1.0).acos().to_degrees()
    }
}

/// Horizontal field of view assumed for the translation, in degrees: a common webcam's. Only
/// `translation` hangs on it.
const FIELD_OF_VIEW: f64 = 60.0;
/// The mesh net exaggerates depth: with this gain yaw's slope against the truth of 1,600 rendered
/// heads falls from 1.12 to 1.04 and its mean error from 1.5 to 0.9 degrees.
const DEPTH_GAIN: f64 = 0.8;

type Vector = [f64; 3];

/// Why a head pose could not be computed.
#[derive(Debug, thiserror::Error)]
#[error("the head pose could not be computed")]
pub struct HeadPoseError(#[from] OpenCvError);

/// The canonical face brought over a mesh: the rotation, scale and shift with the least squared
/// error on the points that expressions leave in place (Horn 1987).
///
/// Both are in a camera frame with x right, y up and z towards the camera.
pub struct Fit {
    rotation: [f64; 4],
    matrix: [Vector; 3],
    scale: f64,
    from: Vector,
    to: Vector,
}

impl Fit {
    /// The fit to `mesh` (pixels of a picture).
    ///
    /// # Errors
    /// OpenCV found no eigenvectors, as for a mesh that is not finite.
    pub fn from_mesh(mesh: &[Point]) -> Result<Self, HeadPoseError> {
        let pairs: Vec<(Vector, Vector)> = CANONICAL_POINTS
            .iter()
            .filter_map(|&(index, canonical)| Some((canonical, to_camera(mesh.get(index)?))))
            .collect();
        let [from, to] = centres(&pairs);
        let rotation = rotation(&pairs, from, to)?;
        let matrix = matrix(rotation);
        Ok(Self {
            rotation,
            matrix,
            scale: scale(&pairs, from, to, &matrix),
            from,
            to,
        })
    }

    /// The pose of the head in a picture of `size`. The rotation is split as roll about z, after
    /// yaw about y, after pitch about x, so that turning the picture changes the roll alone.
    pub fn pose(&self, size: [f64; 2]) -> HeadPose {
        let [pitch, yaw, roll] = angles(&self.matrix).map(f64::to_degrees);
        let focal = size[0] / 2.0 / (FIELD_OF_VIEW / 2.0).to_radians().tan();
        let centre = turned(&self.matrix, self.from);
        let origin = [0, 1].map(|axis| self.to[axis] - self.scale * centre[axis]);
        HeadPose {
            pitch,
            yaw,
            roll,
            rotation: self.rotation,
            translation: [
                (origin[0] - size[0] / 2.0) / self.scale,
                (origin[1] + size[1] / 2.0) / self.scale,
                -focal / self.scale - centre[2],
            ],
        }
    }

    /// A direction of the canonical face's frame in the camera's.
    pub fn turned(&self, direction: [f64; 3]) -> [f64; 3] {
        turned(&self.matrix, direction)
    }

    /// The mesh point (pixels of the picture) in the canonical face's frame and units.
    pub fn canonical(&self, point: &Point) -> [f64; 3] {
        let arm = from_centre(to_camera(point), self.to);
        let [x, y, z] = arm.map(|part| part / self.scale);
        let [first, second, third] = self.matrix;
        [0, 1, 2].map(|axis| first[axis] * x + second[axis] * y + third[axis] * z + self.from[axis])
    }
}

fn to_camera(&[x, y, z]: &Point) -> Vector {
    [x, -y, -DEPTH_GAIN * z]
}

fn centres(pairs: &[(Vector, Vector)]) -> [Vector; 2] {
    let total = pairs.len().max(1) as f64;
    let mut centres = [[0.0; 3]; 2];
    for (from, to) in pairs {
        for axis in 0..3 {
            centres[0][axis] += from[axis] / total;
            centres[1][axis] += to[axis] / total;
        }
    }
    centres
}

fn from_centre(point: Vector, centre: Vector) -> Vector {
    [0, 1, 2].map(|axis| point[axis] - centre[axis])
}

/// The unit quaternion w, x, y, z of the best rotation: the eigenvector of the largest eigenvalue
/// of Horn's symmetric matrix.
fn rotation(
    pairs: &[(Vector, Vector)],
    from_middle: Vector,
    to_middle: Vector,
) -> Result<[f64; 4], OpenCvError> {
    let mut sums = [[0.0; 3]; 3];
    for (from, to) in pairs {
        let (from, to) = (from_centre(*from, from_middle), from_centre(*to, to_middle));
        for (row, from) in sums.iter_mut().zip(from) {
            for (sum, to) in row.iter_mut().zip(to) {
                *sum += from * to;
            }
        }
    }
    let [[xx, xy, xz], [yx, yy, yz], [zx, zy, zz]] = sums;
    let horn = [
        [xx + yy + zz, yz - zy, zx - xz, xy - yx],
        [yz - zy, xx - yy - zz, xy + yx, zx + xz],
        [zx - xz, xy + yx, yy - xx - zz, yz + zy],
        [xy - yx, zx + xz, yz + zy, zz - xx - yy],
    ];
    let quaternion = opencv::eigenvector(&horn)?;
    let sign = if quaternion[0] < 0.0 { -1.0 } else { 1.0 };
    Ok(quaternion.map(|part| part * sign))
}

fn matrix([w, x, y, z]: [f64; 4]) -> [Vector; 3] {
    [
        [
            1.0 - 2.0 * (y * y + z * z),
            2.0 * (x * y - w * z),
            2.0 * (x * z + w * y),
        ],
        [
            2.0 * (x * y + w * z),
            1.0 - 2.0 * (x * x + z * z),
            2.0 * (y * z - w * x),
        ],
        [
            2.0 * (x * z - w * y),
            2.0 * (y * z + w * x),
            1.0 - 2.0 * (x * x + y * y),
        ],
    ]
}

fn turned(matrix: &[Vector; 3], point: Vector) -> Vector {
    matrix.map(|row| row.iter().zip(point).map(|(a, b)| a * b).sum())
}

/// Pixels a canonical unit spans.
fn scale(
    pairs: &[(Vector, Vector)],
    from_middle: Vector,
    to_middle: Vector,
    matrix: &[Vector; 3],
) -> f64 {
    let (mut along, mut spread) = (0.0, 0.0);
    for (from, to) in pairs {
        let from = from_centre(*from, from_middle);
        let to = from_centre(*to, to_middle);
        let projected: f64 = turned(matrix, from)
            .iter()
            .zip(to)
            .map(|(a, b)| a * b)
            .sum();
        along += projected;
        spread += from.iter().map(|value| value * value).sum::<f64>();
    }
    (along / spread).max(f64::MIN_POSITIVE)
}

/// Pitch, yaw and roll in radians of a rotation that is roll after yaw after pitch.
fn angles(matrix: &[Vector; 3]) -> [f64; 3] {
    let [[r00, _, _], [r10, _, _], [r20, r21, r22]] = *matrix;
    [
        r21.atan2(r22),
        (-r20).clamp(-1.0, 1.0).asin(),
        r10.atan2(r00),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The canonical face, turned by `rotation` and seen 40 pixels a unit in the middle of a
    /// picture of 640 x 480.
    fn mesh(rotation: [f64; 4]) -> Vec<Point> {
        let mut mesh = vec![[0.0; 3]; 478];
        for &(index, point) in CANONICAL_POINTS {
            let [x, y, z] = turned(&matrix(rotation), point);
            mesh[index] = [320.0 + 40.0 * x, 240.0 - 40.0 * y, -40.0 / DEPTH_GAIN * z];
        }
        mesh
    }

    fn about(axis: usize, degrees: f64) -> [f64; 4] {
        let (sin, cos) = (degrees.to_radians() / 2.0).sin_cos();
        let mut quaternion = [cos, 0.0, 0.0, 0.0];
        quaternion[axis + 1] = sin;
        quaternion
    }

    #[test]
    fn each_angle_is_read_back_with_its_sign() {
        for degrees in [-40.0, -5.0, 0.0, 25.0] {
            for axis in 0..3 {
                let fit = Fit::from_mesh(&mesh(about(axis, degrees))).unwrap();
                let pose = fit.pose([640.0, 480.0]);
                let read = [pose.pitch, pose.yaw, pose.roll];
                for (other, angle) in read.into_iter().enumerate() {
                    let expected = if other == axis { degrees } else { 0.0 };
                    assert!(
                        (angle - expected).abs() < 1e-6,
                        "{axis} {degrees}: {read:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_face_in_the_middle_is_straight_ahead_at_a_distance_that_fits_its_size() {
        let pose = Fit::from_mesh(&mesh(about(1, 20.0)))
            .unwrap()
            .pose([640.0, 480.0]);
        let [x, y, z] = pose.translation;
        assert!(x.abs() < 1e-6 && y.abs() < 1e-6, "{x} {y}");
        let focal = 320.0 / 30f64.to_radians().tan();
        assert!((z + focal / 40.0).abs() < 8.0, "{z}");
    }

    #[test]
    fn a_turned_mesh_comes_back_to_the_canonical_face() {
        let mesh = mesh(about(1, 25.0));
        let fit = Fit::from_mesh(&mesh).unwrap();
        for &(index, expected) in CANONICAL_POINTS {
            let found = fit.canonical(&mesh[index]);
            let error = from_centre(found, expected).map(f64::abs);
            assert!(error.into_iter().all(|part| part < 1e-6), "{found:?}");
        }
    }
}
