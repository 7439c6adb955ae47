//! One net's look at one part of a picture.

use crate::geometry::{BBox, RotatedRect};
use crate::models::{self, DetectorCandidate};
use crate::picture::{BorderMode, Picture};

use super::{Detection, DetectionError, TUNING, Window};

/// What `net` takes for faces in `window`, each once.
///
/// # Errors
/// The crop or the net failed.
pub fn search(
    net: &models::DetectorNet,
    picture: &Picture<'_>,
    window: Window,
    border: BorderMode,
) -> Result<Vec<Detection>, DetectionError> {
    search_above(net, picture, window, border, net.range().threshold())
}

/// As a search of the detection stage, for candidates of at least `floor` (0..1).
///
/// # Errors
/// The crop or a net failed.
pub fn search_above(
    net: &models::DetectorNet,
    picture: &Picture<'_>,
    window: Window,
    border: BorderMode,
    floor: f64,
) -> Result<Vec<Detection>, DetectionError> {
    let pass = DetectorPass {
        window,
        border,
        grain: None,
    };
    pass.search(net, picture, floor)
}

/// What `net` takes for faces in denoised copies of `window`, for a dark or noisy picture: from a part of its own
/// threshold on.
///
/// # Errors
/// The crop or the net failed.
pub fn search_denoised(
    net: &models::DetectorNet,
    picture: &Picture<'_>,
    window: Window,
) -> Result<Vec<Detection>, DetectionError> {
    let floor = net.range().threshold() * TUNING.poor_floor;
    let mut found = Vec::new();
    for grain in TUNING.search_grains {
        let pass = DetectorPass {
            window,
            border: BorderMode::Black,
            grain: Some(grain),
        };
        found.extend(pass.search(net, picture, floor)?);
    }
    Ok(found)
}

/// One pass of a detector over a part of the picture.
pub struct DetectorPass {
    /// The part.
    pub window: Window,
    /// What lies beyond the picture.
    pub border: BorderMode,
    /// Pixels of the net's crop that are averaged, in a denoised copy; `None` for the picture as
    /// it is.
    pub grain: Option<f64>,
}

impl DetectorPass {
    /// What `net` takes for faces with at least `floor` (0..1), each once.
    ///
    /// # Errors
    /// The crop or the net failed.
    pub fn search(
        &self,
        net: &models::DetectorNet,
        picture: &Picture<'_>,
        floor: f64,
    ) -> Result<Vec<Detection>, DetectionError> {
        let (window, side) = (self.window, net.range().side());
        let crop = RotatedRect::square(window.centre, window.side).crop(side);
        let rgb = match self.grain {
            Some(grain) => picture.rgb_denoised(&crop, (side, side), self.border, grain)?,
            None => picture.rgb(&crop, (side, side), self.border)?,
        };
        let merged = merged(net.candidates(rgb.bytes(), floor)?);
        let detections = merged.iter().map(|candidate| window.detection(candidate));
        Ok(detections.collect())
    }
}

/// BlazeFace's own non-maximum suppression: overlapping candidates become their mean, weighted by
/// score.
fn merged(mut candidates: Vec<DetectorCandidate>) -> Vec<DetectorCandidate> {
    candidates.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut merged = Vec::new();
    while let Some(&best) = candidates.first() {
        let bounds = |candidate: &DetectorCandidate| BBox {
            corners: candidate.corners,
        };
        let (same, other): (Vec<_>, Vec<_>) =
            candidates
                .iter()
                .enumerate()
                .partition(|(index, candidate)| {
                    *index == 0 || bounds(candidate).iou(&bounds(&best)) > TUNING.merge_overlap
                });
        let total: f64 = same.iter().map(|(_, candidate)| candidate.score).sum();
        let mut mean = DetectorCandidate {
            corners: [0.0; 4],
            eyes: [[0.0; 2]; 2],
            score: best.score,
        };
        for (_, candidate) in same {
            let weight = candidate.score / total;
            for (sum, edge) in mean.corners.iter_mut().zip(candidate.corners) {
                *sum += edge * weight;
            }
            let eyes = candidate.eyes.iter().flatten();
            for (sum, place) in mean.eyes.iter_mut().flatten().zip(eyes) {
                *sum += place * weight;
            }
        }
        merged.push(mean);
        candidates = other.into_iter().map(|(_, candidate)| *candidate).collect();
    }
    merged
}
