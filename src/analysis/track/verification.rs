//! Whether there is a face where the detector found a candidate.

use std::f64::consts::{FRAC_PI_2, PI};

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

/// The logit below which a mesh may be that of a face that lies another way: of 102 portraits turned by 105 degrees
/// and more, those read the wrong way up gave 4 to 16.9, and upright all 102 gave 18.2 and more.
const DOUBTFUL: f64 = 17.5;

/// Radians by which the region of a face that was read the wrong way up is turned, and part of its height by which it
/// is moved down first: of 60 portraits upside down the meshes lay .15 lower than the faces.
const TURNS: [(f64, f64); 4] = [(FRAC_PI_2, 0.0), (PI, 0.0), (PI, -0.15), (-FRAC_PI_2, 0.0)];

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
            Some(mesh) if mesh.logit < DOUBTFUL && !poor => Some(self.right_way_up(picture, mesh)?),
            mesh => mesh,
        };
        match mesh {
            // In good light, what stands still and looks only half like a face is none.
            Some(mesh) if detection.faint && !poor && mesh.logit < DOUBTFUL => {
                let aligned = Aligned::cut(picture, &mesh.points)?;
                let moved = aligned.is_some_and(|aligned| aligned.smear() >= FAINT_SMEAR);
                Ok(moved.then_some(mesh))
            }
            mesh => Ok(mesh),
        }
    }

    /// The mesh that shows the most of a face as its region is turned, since a face that lies may be read as one that
    /// stands; `mesh` itself where none shows more.
    fn right_way_up(&self, picture: &Picture<'_>, mesh: Mesh) -> Result<Mesh, PictureError> {
        let region = mesh.region();
        let mut best = mesh;
        for (angle, shift) in TURNS {
            let turned = RotatedRect {
                angle: region.angle + angle,
                ..region.moved_down(shift)
            };
            let other = self.mesh.read(picture, &turned, &self.threads)?;
            best = other
                .filter(|other| other.logit > best.logit)
                .unwrap_or(best);
        }
        Ok(best)
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
