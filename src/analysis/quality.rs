//! How far the picture allows a face to be read.

use super::AnalysisError;
use super::face::{HeadPose, Quality};
use super::track::Tracked;

/// Outer-eye distance in pixels below which features are guessed rather than seen.
const SMALLEST: f64 = 24.0;
/// Degrees from the camera's axis beyond which half of the face is hidden by the other.
const WIDEST: f64 = 45.0;

/// The quality of a tracked face.
///
/// # Errors
/// The crop could not be measured.
pub fn quality(tracked: &Tracked, pose: &HeadPose) -> Result<Quality, AnalysisError> {
    let size_px = tracked.mesh.eye_distance();
    let angle = angle(pose);
    Ok(Quality {
        size_px,
        blur: 0.0,
        occlusion: 1.0 - tracked.mesh.presence,
        angle,
        usable: size_px >= SMALLEST && angle <= WIDEST,
    })
}

/// Degrees between where the face looks and the camera.
fn angle(pose: &HeadPose) -> f64 {
    let forward = pose.pitch.to_radians().cos() * pose.yaw.to_radians().cos();
    forward.clamp(-1.0, 1.0).acos().to_degrees()
}
