//! How far the picture allows a face to be read.
//!
//! Limits without a measurement beside them were set by hand; `tests/analysis/hard_to_see.rs`
//! holds them.

mod parts;

use std::collections::HashMap;

use crate::models::EMOTION_SIDE;
use crate::opencv::{self, OpenCvError};

use super::alignment::Aligned;
use super::head_pose::HeadPose;
use super::track::TrackedFace;
use super::track_id::TrackId;

pub use self::parts::{FacePart, VisibleParts};

/// Why the quality of a face could not be measured.
#[derive(Debug, thiserror::Error)]
#[error("the quality of a face could not be measured")]
pub struct QualityError(#[from] OpenCvError);

/// How far the picture allows the face to be read.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Quality {
    /// Distance of the outer eye corners in pixels of the picture.
    pub size_px: f64,
    /// 0 where details of a hundredth of the eye distance are resolved, 1 where nothing finer than
    /// a tenth is.
    pub blur: f64,
    /// How much of the face is hidden: 0 nothing noticed, .4 the eyes or the mouth, .5 mouth and nose; or, where
    /// that is more, how much of what the mesh net expects of a face it misses, which strong blur raises. An
    /// indicator, not a covered area.
    pub occlusion: f64,
    /// Degrees between the face's forward direction and the camera's axis.
    pub angle: f64,
    /// Which parts of it can be seen.
    pub visible: VisibleParts,
    /// Whether every stage can be expected to work on this face.
    pub usable: bool,
}

/// Outer-eye distance in pixels below which features are guessed rather than seen.
const SMALLEST: f64 = 24.0;
/// Degrees from the camera's axis beyond which half of the face is hidden by the other.
const WIDEST: f64 = 45.0;
/// Blur beyond which expressions cannot be told (that of a Gaussian of .06 eye distances).
const BLURRIEST: f64 = 0.7;
/// Occlusion beyond which the mesh itself is a guess (fingers over nose and eyes).
const MOST_HIDDEN: f64 = 0.4;

/// The mesh net's logit of presence from which nothing is hidden, and the span over which it falls
/// to nothing seen: free faces in photos and clips give 13.6 to 24.5, hands across the face 3 to 9.
const FREE_LOGIT: f64 = 14.0;
const LOGIT_SPAN: f64 = 12.0;
/// Part of a new frame's occlusion that is taken in: single frames jump by a third.
const OCCLUSION_LEARNING: f64 = 0.3;

/// Logarithm of the share of fine detail in a sharp face, and the span over which it falls to none.
const SHARP: f64 = -0.2;
const BLUR_SPAN: f64 = 0.8;
/// The ellipse of the aligned face within which detail is measured, as parts of its side: centre,
/// then half axes.
const INNER: [f64; 4] = [32.0 / 64.0, 34.0 / 64.0, 26.0 / 64.0, 30.0 / 64.0];

/// What is remembered of how hidden a face is.
#[derive(Clone, Copy)]
struct OcclusionHistory {
    occlusion: f64,
    visible: VisibleParts,
}

/// The quality stage; remembers how hidden each face is.
#[derive(Default)]
pub struct QualityStage {
    faces: HashMap<TrackId, OcclusionHistory>,
}

impl QualityStage {
    /// Forgets `track`.
    pub fn forget(&mut self, track: TrackId) {
        self.faces.remove(&track);
    }

    /// The quality of a tracked face whose crop is as blurred as [`blur`] says and shows the parts `visible`.
    pub fn rate(
        &mut self,
        tracked: &TrackedFace,
        blur: f64,
        visible: VisibleParts,
        pose: &HeadPose,
    ) -> Quality {
        let size_px = tracked.mesh.eye_distance();
        let angle = pose.angle();
        let occlusion = ((FREE_LOGIT - tracked.mesh.logit) / LOGIT_SPAN).clamp(0.0, 1.0);
        let now = OcclusionHistory { occlusion, visible };
        let hidden = self.faces.entry(tracked.id).or_insert(now);
        hidden.occlusion += OCCLUSION_LEARNING * (occlusion - hidden.occlusion);
        hidden.visible.learn(visible);
        let OcclusionHistory { occlusion, visible } = *hidden;
        let occlusion = occlusion.max(visible.hidden());
        let readable = size_px >= SMALLEST && angle <= WIDEST && visible.shows_expression();
        Quality {
            size_px,
            blur,
            occlusion,
            angle,
            visible,
            usable: readable && blur <= BLURRIEST && occlusion <= MOST_HIDDEN,
        }
    }
}

/// How much fine detail is missing: 0 where details of a hundredth of the eye distance are
/// resolved,
/// 1 where nothing finer than a tenth is. The energy of the Laplacian over that of the gradient,
/// after a slight smoothing against sensor noise; or, where that is more, how far detail is
/// smeared one way.
///
/// # Errors
/// OpenCV could not filter the crop.
pub fn blur(aligned: &Aligned) -> Result<f64, QualityError> {
    let [across, down, bend] = opencv::derivatives(&aligned.0, EMOTION_SIDE)?;
    let (mut fine, mut coarse) = (0.0, 0.0);
    for (index, ((&across, &down), &bend)) in across.iter().zip(&down).zip(&bend).enumerate() {
        let place = [index % EMOTION_SIDE, index / EMOTION_SIDE];
        if is_inner(place.map(|at| at as f64 / EMOTION_SIDE as f64)) {
            // Sobel's weights add up to eight.
            coarse += f64::from(across / 8.0).powi(2) + f64::from(down / 8.0).powi(2);
            fine += f64::from(bend).powi(2);
        }
    }
    if coarse <= f64::EPSILON || fine <= f64::EPSILON {
        return Ok(1.0);
    }
    let even = ((SHARP - (fine / coarse).log10()) / BLUR_SPAN).clamp(0.0, 1.0);
    Ok(even.max(aligned.smear()))
}

fn is_inner([x, y]: [f64; 2]) -> bool {
    let [centre_x, centre_y, half_width, half_height] = INNER;
    ((x - centre_x) / half_width).powi(2) + ((y - centre_y) / half_height).powi(2) < 1.0
}
