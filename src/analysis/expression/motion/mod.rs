//! How far each region of a face has moved, with the head's own movement and the light's taken off.
//!
//! Each frame's face is cut out in the place it had in a reference frame, dense optical flow leads
//! from there to here, and what a rigid head would do is subtracted. A reference lasts about a second;
//! the next one begins where it ended.

mod border_rise;
mod crop;
mod flow;
mod linear;
mod mesh_cues;
mod region_pixels;
mod rigid_flow;
mod upper_lip;

use crate::analysis::head_pose::HeadPose;
use crate::analysis::mesh::Mesh;
use crate::analysis::time::BufferTime;
use crate::geometry::Point;
use crate::geometry::landmarks::UPPER_LIP;
use crate::opencv::{self, OpenCvError};
use crate::picture::{BorderMode, Picture, PictureError};

use self::crop::{EYE_DISTANCE, FacePoint, SIDE, face_point, in_crop, match_brightness};
use self::crop::{stabilised, upright};
use self::flow::FlowField;
use self::region_pixels::{RegionPixels, mean_flow_around, pixel};
use self::rigid_flow::RigidFlow;
use self::upper_lip::UpperLipStrip;

use super::event::Side;
use super::regions::{Displacements, REGION_COUNT, REGIONS, STABLE};
use super::tuning::MotionTuning;

pub use self::flow::{FlowFinder, FlowQuality};
pub use self::mesh_cues::MeshCues;
pub use self::upper_lip::UpperLipLook;

/// Why the movement of a face could not be measured.
#[derive(Debug, thiserror::Error)]
pub enum MotionError {
    /// The face could not be cut out.
    #[error("the face could not be cut out to measure its movement")]
    Crop(#[from] PictureError),
    /// Its brightness could not be measured.
    #[error("the brightness of a face could not be measured")]
    Brightness(#[from] OpenCvError),
}

/// A movement is given in hundredths of the outer-eye distance.
const HUNDREDTHS: f64 = 100.0;

/// The face as it was up to a second ago.
struct ReferenceFrame {
    grey: Vec<u8>,
    /// Mean and standard deviation of its pixels.
    brightness: [f64; 2],
    time: BufferTime,
    pose: HeadPose,
    /// Where the stable points lay in the crop, in pixels.
    anchors: Vec<[f64; 2]>,
    /// The same, for the rigid fit.
    stable: Vec<(FacePoint, [usize; 2])>,
    region_pixels: Vec<RegionPixels>,
    upper_lip: Option<UpperLipStrip>,
    /// Where the head's own movement of the lip is read.
    mouth: FacePoint,
    /// How far each region was when the reference was taken.
    start: Displacements,
}

/// Measures one face's movement from frame to frame.
#[derive(Default)]
pub struct MotionEstimator {
    reference: Option<ReferenceFrame>,
    field: FlowField,
}

/// What is measured of a frame.
pub struct FaceMotion {
    /// How far each region is from where it was first seen.
    pub displacements: Displacements,
    /// The difference to the reference that flow leaves in each region, in parts of its contrast.
    pub photometric_residual: [f64; REGION_COUNT],
    /// What the upper lip looks like; `None` where it is too small, and where there is no reference yet.
    pub upper_lip: Option<UpperLipLook>,
    /// Mean brightness, 0..255.
    pub brightness: f64,
}

impl MotionEstimator {
    /// Measures a frame, whose flow is found with `flow_quality`. `steady` tells that the face is at rest with open
    /// eyes, so that it may serve as the next reference.
    ///
    /// # Errors
    /// The crop or its brightness failed.
    pub fn measure(
        &mut self,
        picture: &Picture<'_>,
        mesh: &Mesh,
        pose: &HeadPose,
        time: BufferTime,
        steady: bool,
        (flow, flow_quality, tuning): (&mut FlowFinder, FlowQuality, &MotionTuning),
    ) -> Result<Option<FaceMotion>, MotionError> {
        let crop = match &self.reference {
            Some(reference) => stabilised(&reference.anchors, &mesh.points),
            None => upright(mesh),
        };
        let Some(crop) = crop else {
            self.reference = None;
            return Ok(None);
        };
        let grey = picture.grey(&crop, (SIDE, SIDE), BorderMode::Edge)?;
        let mut grey = grey.bytes().to_vec();
        let brightness = opencv::mean_and_deviation(&grey, SIDE)?;
        let (mut displacements, mut photometric_residual) =
            ([[0.0; 2]; REGION_COUNT], [0.0; REGION_COUNT]);
        let (mut due, mut upper_lip) = (true, None);
        if let Some(reference) = &self.reference {
            match_brightness(&mut grey, brightness, reference.brightness);
            let field = flow.find(&reference.grey, &grey, flow_quality, &mut self.field);
            let head = reference.head(field);
            displacements = reference.displacements(field, &head);
            upper_lip = reference.upper_lip(&grey, &head);
            photometric_residual = reference.photometric_residual(&grey, field);
            due = reference.is_due(time, pose, steady, tuning);
        }
        if due {
            self.reference = self.renew(picture, mesh, pose, time, displacements)?;
        }
        Ok(Some(FaceMotion {
            displacements,
            photometric_residual,
            upper_lip,
            brightness: brightness[0],
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
        time: BufferTime,
        start: Displacements,
    ) -> Result<Option<ReferenceFrame>, MotionError> {
        let Some(crop) = upright(mesh) else {
            return Ok(None);
        };
        let grey = picture.grey(&crop, (SIDE, SIDE), BorderMode::Edge)?;
        let grey = grey.bytes().to_vec();
        let brightness = opencv::mean_and_deviation(&grey, SIDE)?;
        let Some(points) = in_crop(&crop, &mesh.points) else {
            return Ok(None);
        };
        let stable = STABLE.iter().filter_map(|&index| points.get(index));
        let stable: Vec<Point> = stable.copied().collect();
        let region_pixels = REGIONS.iter().map(|region| {
            let points = region.points.iter().filter_map(|&index| points.get(index));
            let points: Vec<Point> = points.copied().collect();
            RegionPixels::new(&grey, &points, region.radius * EYE_DISTANCE)
        });
        let mouth = points.get(UPPER_LIP).copied().unwrap_or_default();
        Ok(Some(ReferenceFrame {
            region_pixels: region_pixels.collect(),
            upper_lip: UpperLipStrip::new(&points),
            mouth: face_point(&mouth),
            grey,
            brightness,
            time,
            pose: *pose,
            anchors: stable.iter().map(|[x, y, _]| [*x, *y]).collect(),
            stable: stable
                .iter()
                .map(|point| (face_point(point), pixel([point[0], point[1]])))
                .collect(),
            start,
        }))
    }
}

impl ReferenceFrame {
    /// What the head alone did, given the flow from this reference.
    fn head(&self, field: &[[f32; 2]]) -> RigidFlow {
        let stable = self.stable.iter();
        let pairs: Vec<_> = stable
            .map(|(point, pixel)| (*point, mean_flow_around(field, *pixel)))
            .collect();
        RigidFlow::fit(&pairs)
    }

    /// What the upper lip looks like.
    fn upper_lip(&self, now: &[u8], head: &RigidFlow) -> Option<UpperLipLook> {
        let [_, down] = head.flow_at(&self.mouth);
        let strip = self.upper_lip.as_ref()?;
        Some(strip.look(now, self.time, down))
    }

    /// How far each region is from its place.
    fn displacements(&self, field: &[[f32; 2]], head: &RigidFlow) -> Displacements {
        let mut displacements = self.start;
        for ((displacement, pixels), region) in displacements
            .iter_mut()
            .zip(&self.region_pixels)
            .zip(&REGIONS)
        {
            let [x, y] = pixels.mean_flow(field);
            let [head_x, head_y] = head.flow_at(&pixels.centre);
            // The person's right half lies at the picture's left.
            let outwards = if region.side == Side::Right {
                -1.0
            } else {
                1.0
            };
            displacement[0] += outwards * (x - head_x) * HUNDREDTHS / EYE_DISTANCE;
            displacement[1] -= (y - head_y) * HUNDREDTHS / EYE_DISTANCE;
        }
        displacements
    }

    /// The difference that is left of each region where the flow leads, in parts of its contrast.
    fn photometric_residual(&self, now: &[u8], field: &[[f32; 2]]) -> [f64; REGION_COUNT] {
        let mut photometric_residual = [0.0; REGION_COUNT];
        for (photometric_residual, pixels) in
            photometric_residual.iter_mut().zip(&self.region_pixels)
        {
            *photometric_residual = pixels.photometric_residual(&self.grey, now, field);
        }
        photometric_residual
    }

    fn is_due(
        &self,
        time: BufferTime,
        pose: &HeadPose,
        steady: bool,
        tuning: &MotionTuning,
    ) -> bool {
        let turned = (pose.pitch - self.pose.pitch).hypot(pose.yaw - self.pose.yaw);
        let age = time.since(self.time);
        turned > tuning.reference_turn
            || age > tuning.reference_life && (steady || age > tuning.reference_life * 3)
    }
}
