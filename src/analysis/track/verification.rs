//! Whether there is a face where the detector found a candidate.

use std::f64::consts::FRAC_PI_2;

use crate::analysis::alignment::Aligned;
use crate::analysis::detection::Detection;
use crate::analysis::mesh::Mesh;
use crate::analysis::timing::{Stage, Timing};
use crate::geometry::RotatedRect;
use crate::picture::{Picture, PictureError};

use super::{PRESENCE_FLOOR, TrackError, TrackSettings, Tracker};

/// The logit from which the mesh tells that a faint candidate is a face: of 134 places without one in six
/// kinds of bad light and blur, 1 to 4 pass where 5 to 8 would without.
const FAINT_LOGIT: f64 = 5.0;
/// How far a faint candidate must be smeared by motion to be believed in good light.
const FAINT_SMEAR: f64 = 0.5;
/// Pixels of the mesh net's crop that are averaged where noise hides a face.
const MESH_GRAINS: [f64; 2] = [3.0, 6.0];

/// The logit below which a mesh may be that of a face that lies another way: two that were read upside down
/// gave 1.3 and 2.1, faces in plain sight give 13.6 and more.
const DOUBTFUL: f64 = 4.0;

impl Tracker {
    /// The mesh at a candidate, if there is a face. Where its box is not the one MediaPipe would
    /// have taken, the mesh is read a second time from where the first lay: so the result does not
    /// depend on the window in which the face was found.
    pub(super) fn verify(
        &mut self,
        picture: &Picture<'_>,
        candidate: &Detection,
        settings: &TrackSettings,
        timing: &mut Timing,
    ) -> Result<Option<Mesh>, TrackError> {
        let threshold = settings.detection_threshold;
        let confirmed = timing.measure(Stage::DETECTION, || {
            self.detector.confirm(picture, candidate, threshold)
        });
        let Some(detection) = confirmed? else {
            return Ok(None);
        };
        let floor = if detection.faint { FAINT_LOGIT } else { 0.0 };
        let poor = self.detector.sees_poorly();
        let mut read = |region: &RotatedRect| {
            timing.measure(Stage::MESH, || {
                let plain = self.mesh.read(picture, region, &self.threads)?;
                let seen = plain.filter(|mesh| mesh.presence >= PRESENCE_FLOOR);
                match seen.filter(|mesh| mesh.logit >= floor) {
                    None if poor => self.read_denoised(picture, region, floor),
                    seen => Ok(seen),
                }
            })
        };
        let mesh = match read(&detection.region())? {
            Some(mesh) if !detection.of_whole => read(&mesh.region())?,
            first => first,
        };
        let mesh = match mesh {
            Some(mesh) if mesh.logit < DOUBTFUL && !poor => {
                let upright = self.is_the_right_way_up(picture, &mesh)?;
                upright.then_some(mesh)
            }
            mesh => mesh,
        };
        match mesh {
            // In good light, what stands still and looks only half like a face is none.
            Some(mesh) if detection.faint && !poor => {
                let aligned = Aligned::cut(picture, &mesh.points)?;
                let moved = aligned.is_some_and(|aligned| aligned.smear() >= FAINT_SMEAR);
                Ok(moved.then_some(mesh))
            }
            mesh => Ok(mesh),
        }
    }

    /// Whether no quarter turn of its region shows more of a face than `mesh`: a face that lies may be read
    /// as one that stands.
    fn is_the_right_way_up(
        &self,
        picture: &Picture<'_>,
        mesh: &Mesh,
    ) -> Result<bool, PictureError> {
        let region = mesh.region();
        for quarters in 1..4 {
            let turned = RotatedRect {
                angle: region.angle + f64::from(quarters) * FRAC_PI_2,
                ..region
            };
            let other = self.mesh.read(picture, &turned, &self.threads)?;
            if other.is_some_and(|other| other.logit > mesh.logit) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The mesh in a denoised copy of `region`, if it shows a face with at least the logit `floor`.
    pub(super) fn read_denoised(
        &self,
        picture: &Picture<'_>,
        region: &RotatedRect,
        floor: f64,
    ) -> Result<Option<Mesh>, PictureError> {
        let is_face = |mesh: &Mesh| mesh.presence >= PRESENCE_FLOOR && mesh.logit >= floor;
        for grain in MESH_GRAINS {
            let threads = &self.threads;
            let mesh = self.mesh.read_denoised(picture, region, grain, threads)?;
            if let Some(mesh) = mesh.filter(is_face) {
                return Ok(Some(mesh));
            }
        }
        Ok(None)
    }
}
