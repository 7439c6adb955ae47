//! How far each region of a face has moved, with the head's own movement and the light's taken off.
//!
//! Each frame's face is cut out in the place it had in a reference frame, dense optical flow leads
//! from there to here, and what a rigid head would do is subtracted. A reference lasts about a second;
//! the next one begins where it ended.

use opencv::core::{Mat, MatTraitConstManual, Ptr, Vec2f, mean_std_dev_def};
use opencv::prelude::*;
use opencv::video::{DISOpticalFlow, DISOpticalFlow_PRESET_FAST};

use crate::picture::{Affine, Beyond, Picture};

use super::super::error::AnalysisError;
use super::super::head_pose::HeadPose;
use super::super::mesh::Mesh;
use super::expression::Side;
use super::regions::{COUNT, Displacements, REGIONS, STABLE};
use super::rigid::{Place, Rigid};
use super::window::{Window, around, pixel};
use crate::geometry::landmarks::OUTER_EYE_CORNERS;
use crate::geometry::{Point, mean};

/// Side of the square crop in pixels.
pub const SIDE: usize = 176;
/// Distance of the outer eye corners in it, in pixels.
pub const EYES: f64 = 88.0;
/// Height of the eyes in it, in pixels.
const EYE_LINE: f64 = 54.0;
/// A movement is given in hundredths of the outer-eye distance.
const HUNDREDTHS: f64 = 100.0;
/// How long a reference lasts, in ns: skin and light change beyond.
const REFERENCE_LIFE: u64 = 1_000_000_000;
/// Degrees the head may turn from the reference.
const REFERENCE_TURN: f64 = 6.0;

/// The pyramid's level on which flow is found: half of the crop's pixels a side.
const FINEST_SCALE: i32 = 1;
/// How often pixels are made to agree. OpenCV's fast preset takes five; four find as many movements.
const REFINEMENTS: i32 = 4;

/// How carefully flow is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Care {
    /// Each pixel agrees with its neighbours.
    Close,
    /// Pixels are left as they were found, in half of the time: regions are averages of them.
    Quick,
}

/// Finds where each pixel went.
pub struct Flow {
    finder: Option<Ptr<DISOpticalFlow>>,
}

/// The face as it was a moment ago.
struct Reference {
    grey: Vec<u8>,
    /// Mean and deviation of its brightness.
    light: [f64; 2],
    time: u64,
    pose: HeadPose,
    /// Where the stable points lay in the crop, in pixels.
    anchors: Vec<[f64; 2]>,
    /// The same, for the rigid fit.
    stable: Vec<(Place, [usize; 2])>,
    windows: Vec<Window>,
    /// How far each region was when the reference was taken.
    start: Displacements,
}

/// One face's movement.
#[derive(Default)]
pub struct Motion {
    reference: Option<Reference>,
    field: Mat,
}

/// What is measured of a frame.
pub struct Measured {
    /// How far each region is from where it was first seen.
    pub displacements: Displacements,
    /// How little each region looks like itself in the reference: the difference that is left, as a part
    /// of its contrast.
    pub strangeness: [f64; COUNT],
    /// Mean brightness, 0..255.
    pub light: f64,
}

impl Flow {
    /// A finder that is made when it is first needed.
    pub fn new() -> Self {
        Self { finder: None }
    }

    /// Finds the flow into `field`, from what that holds on: where the pixels of the same face went on the
    /// frame before.
    fn find<'a>(
        &mut self,
        from: &[u8],
        to: &[u8],
        care: Care,
        field: &'a mut Mat,
    ) -> Result<&'a [Vec2f], opencv::Error> {
        let side = SIDE as i32;
        let from = Mat::new_rows_cols_with_data(side, side, from)?;
        let to = Mat::new_rows_cols_with_data(side, side, to)?;
        let finder = match &mut self.finder {
            Some(finder) => finder,
            none => {
                let mut finder = DISOpticalFlow::create(DISOpticalFlow_PRESET_FAST)?;
                finder.set_finest_scale(FINEST_SCALE)?;
                none.insert(finder)
            }
        };
        let close = care == Care::Close;
        finder.set_variational_refinement_iterations(if close { REFINEMENTS } else { 0 })?;
        finder.set_use_spatial_propagation(close)?;
        finder.calc(&from, &to, field)?;
        field.data_typed()
    }
}

impl Motion {
    /// Measures a frame, whose flow is found with `care`. `steady` tells that the face is at rest with open
    /// eyes, so that it may serve as the next reference.
    ///
    /// # Errors
    /// The crop or the flow failed.
    pub fn measure(
        &mut self,
        picture: &Picture<'_>,
        mesh: &Mesh,
        pose: &HeadPose,
        time: u64,
        steady: bool,
        (flow, care): (&mut Flow, Care),
    ) -> Result<Option<Measured>, AnalysisError> {
        let crop = match &self.reference {
            Some(reference) => stabilised(&reference.anchors, &mesh.points),
            None => upright(mesh),
        };
        let Some(crop) = crop else {
            self.reference = None;
            return Ok(None);
        };
        let grey = picture.grey(&crop, (SIDE, SIDE), Beyond::Edge)?;
        let mut grey = grey.bytes()?.to_vec();
        let light = brightness(&grey).map_err(AnalysisError::Motion)?;
        let (mut displacements, mut strangeness) = ([[0.0; 2]; COUNT], [0.0; COUNT]);
        let mut due = true;
        if let Some(reference) = &self.reference {
            relight(&mut grey, light, reference.light);
            let field = flow.find(&reference.grey, &grey, care, &mut self.field);
            let field = field.map_err(AnalysisError::Motion)?;
            displacements = reference.moved(field);
            strangeness = reference.strangeness(&grey, field);
            due = reference.is_due(time, pose, steady);
        }
        if due {
            self.reference = self.renew(picture, mesh, pose, time, displacements)?;
        }
        Ok(Some(Measured {
            displacements,
            strangeness,
            light: light[0],
        }))
    }

    /// Forgets the reference: the next frame begins anew.
    pub fn reset(&mut self) {
        *self = Self::default();
    }

    fn renew(
        &self,
        picture: &Picture<'_>,
        mesh: &Mesh,
        pose: &HeadPose,
        time: u64,
        start: Displacements,
    ) -> Result<Option<Reference>, AnalysisError> {
        let Some(crop) = upright(mesh) else {
            return Ok(None);
        };
        let grey = picture.grey(&crop, (SIDE, SIDE), Beyond::Edge)?;
        let grey = grey.bytes()?.to_vec();
        let light = brightness(&grey).map_err(AnalysisError::Motion)?;
        let Some(points) = in_crop(&crop, &mesh.points) else {
            return Ok(None);
        };
        let stable = STABLE.iter().filter_map(|&index| points.get(index));
        let stable: Vec<Point> = stable.copied().collect();
        let windows = REGIONS.iter().map(|region| {
            let points = region.points.iter().filter_map(|&index| points.get(index));
            let points: Vec<Point> = points.copied().collect();
            Window::new(&grey, &points, region.radius * EYES)
        });
        Ok(Some(Reference {
            windows: windows.collect(),
            grey,
            light,
            time,
            pose: *pose,
            anchors: stable.iter().map(|[x, y, _]| [*x, *y]).collect(),
            stable: stable
                .iter()
                .map(|point| (place(point), pixel([point[0], point[1]])))
                .collect(),
            start,
        }))
    }
}

impl Reference {
    /// How far each region is, given the flow from this reference.
    fn moved(&self, field: &[Vec2f]) -> Displacements {
        let stable = self.stable.iter();
        let pairs: Vec<_> = stable
            .map(|(place, pixel)| (*place, around(field, *pixel)))
            .collect();
        let head = Rigid::of(&pairs);
        let mut moved = self.start;
        for ((moved, window), region) in moved.iter_mut().zip(&self.windows).zip(&REGIONS) {
            let [x, y] = window.flow(field);
            let [head_x, head_y] = head.at(&window.middle);
            // The person's right half lies at the picture's left.
            let outwards = if region.side == Side::Right {
                -1.0
            } else {
                1.0
            };
            moved[0] += outwards * (x - head_x) * HUNDREDTHS / EYES;
            moved[1] -= (y - head_y) * HUNDREDTHS / EYES;
        }
        moved
    }

    /// How little of each region is found again where the flow leads.
    fn strangeness(&self, now: &[u8], field: &[Vec2f]) -> [f64; COUNT] {
        let mut strangeness = [0.0; COUNT];
        for (strangeness, window) in strangeness.iter_mut().zip(&self.windows) {
            *strangeness = window.strangeness(&self.grey, now, field);
        }
        strangeness
    }

    fn is_due(&self, time: u64, pose: &HeadPose, steady: bool) -> bool {
        let turned = (pose.pitch - self.pose.pitch).hypot(pose.yaw - self.pose.yaw);
        let age = time.saturating_sub(self.time);
        turned > REFERENCE_TURN || age > REFERENCE_LIFE && (steady || age > 3 * REFERENCE_LIFE)
    }
}

pub fn place(&[x, y, z]: &Point) -> Place {
    let half = SIDE as f64 / 2.0;
    [(x - half) / EYES, (y - half) / EYES, z / EYES]
}

/// The crop in which the eyes are level and as far apart as they would be seen from the front.
fn upright(mesh: &Mesh) -> Option<Affine> {
    let eyes = OUTER_EYE_CORNERS.map(|index| mesh.points.get(index).copied());
    let [Some(left), Some(right)] = eyes else {
        return None;
    };
    let [x, y] = mean([left, right].iter())?;
    let scale = mesh.eye_distance() / EYES;
    let (sin, cos) = (right[1] - left[1]).atan2(right[0] - left[0]).sin_cos();
    let (a, b) = (cos * scale, sin * scale);
    let (u, v) = (SIDE as f64 / 2.0, EYE_LINE);
    let sound = scale.is_finite() && scale > 1e-3;
    sound.then_some(Affine([
        [a, -b, x - a * u + b * v],
        [b, a, y - b * u - a * v],
    ]))
}

/// The crop that shows the stable points where they lay in the reference.
fn stabilised(anchors: &[[f64; 2]], mesh: &[Point]) -> Option<Affine> {
    let now = STABLE.iter().filter_map(|&index| mesh.get(index));
    let pairs: Vec<_> = anchors.iter().zip(now).collect();
    let total = pairs.len() as f64;
    if pairs.len() < 3 {
        return None;
    }
    let (mut from, mut to) = ([0.0; 2], [0.0; 2]);
    for (anchor, point) in &pairs {
        for axis in 0..2 {
            from[axis] += anchor[axis] / total;
            to[axis] += point[axis] / total;
        }
    }
    let (mut along, mut across, mut spread) = (0.0, 0.0, 0.0);
    for (anchor, point) in &pairs {
        let [x, y] = [anchor[0] - from[0], anchor[1] - from[1]];
        let [u, v] = [point[0] - to[0], point[1] - to[1]];
        along += x * u + y * v;
        across += x * v - y * u;
        spread += x * x + y * y;
    }
    let (a, b) = (along / spread, across / spread);
    let sound = a.hypot(b).is_finite() && a.hypot(b) > 1e-3;
    sound.then_some(Affine([
        [a, -b, to[0] - a * from[0] + b * from[1]],
        [b, a, to[1] - b * from[0] - a * from[1]],
    ]))
}

/// The mesh in pixels of the crop.
fn in_crop(crop: &Affine, mesh: &[Point]) -> Option<Vec<Point>> {
    let [[a, _, x], [b, _, y]] = crop.0;
    let square = a * a + b * b;
    let scale = square.sqrt();
    let inside = |point: &Point| {
        let [u, v] = [point[0] - x, point[1] - y];
        [
            (a * u + b * v) / square,
            (a * v - b * u) / square,
            point[2] / scale,
        ]
    };
    (square > 0.0).then(|| mesh.iter().map(inside).collect())
}

/// Mean and standard deviation.
fn brightness(grey: &[u8]) -> Result<[f64; 2], opencv::Error> {
    let grey = Mat::new_rows_cols_with_data(SIDE as i32, SIDE as i32, grey)?;
    let (mut mean, mut deviation) = (Mat::default(), Mat::default());
    mean_std_dev_def(&grey, &mut mean, &mut deviation)?;
    Ok([*mean.at::<f64>(0)?, *deviation.at::<f64>(0)?])
}

/// Gives a crop the light of the reference.
fn relight(grey: &mut [u8], [mean, spread]: [f64; 2], [wanted, wanted_spread]: [f64; 2]) {
    let gain = (wanted_spread / spread.max(1.0)).clamp(0.5, 2.0);
    let table: [u8; 256] = std::array::from_fn(|value| {
        let value = (value as f64 - mean) * gain + wanted;
        value.round().clamp(0.0, 255.0) as u8
    });
    for value in grey {
        *value = table[usize::from(*value)];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A crop of smooth spots, `across` pixels further right.
    fn spots(across: f64) -> Vec<u8> {
        let places = (0..SIDE * SIDE).map(|at| [(at % SIDE) as f64 - across, (at / SIDE) as f64]);
        let bright =
            |[x, y]: [f64; 2]| (x * 0.31).sin() * (y * 0.27).cos() + (x * 0.05 + y * 0.08).sin();
        places
            .map(|place| (128.0 + 50.0 * bright(place)) as u8)
            .collect()
    }

    #[test]
    fn with_and_without_care_the_same_movement_is_found() {
        let mut flow = Flow::new();
        let mut across = |care| {
            let mut field = Mat::default();
            let field = flow
                .find(&spots(0.0), &spots(1.3), care, &mut field)
                .unwrap();
            let middle = |at: &usize| (40..SIDE - 40).contains(&(at % SIDE));
            let inside = (40 * SIDE..(SIDE - 40) * SIDE).filter(middle);
            let moved: Vec<f64> = inside.map(|at| f64::from(field[at][0])).collect();
            moved.iter().sum::<f64>() / moved.len() as f64
        };
        let all = [Care::Close, Care::Quick, Care::Close].map(&mut across);
        for moved in all {
            assert!((moved - 1.3).abs() < 0.1, "{all:?}");
        }
        assert_eq!(all[0], all[2]);
        assert_ne!(all[0], all[1]);
    }
}
