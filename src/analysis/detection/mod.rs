//! Finds faces anywhere in the picture, near and far, each once.

mod detector_pass;
mod visibility;

use crate::models::{self, DetectorCandidate, LiteRtError};
use crate::picture::{BorderMode, Picture, PictureError};

pub use self::detector_pass::{search_above, search_denoised};
pub use self::visibility::is_poor;

use self::detector_pass::{DetectorPass, search};
use super::mesh::MARGIN;
use crate::geometry::{BBox, RotatedRect};

/// Why no face could be looked for.
#[derive(Debug, thiserror::Error)]
pub enum DetectionError {
    /// The detector failed.
    #[error("a face network failed")]
    Net(#[from] LiteRtError),
    /// A window could not be cut out.
    #[error(transparent)]
    Picture(#[from] PictureError),
}

/// A square part of the picture that is searched by itself, so that small faces grow large enough
/// for the net.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Window {
    centre: [f64; 2],
    side: f64,
}

/// A face that was found, not yet verified by the mesh.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Detection {
    /// The face's box in pixels.
    pub bounds: BBox,
    /// The eye at the picture's left and the other one, in pixels.
    pub eyes: [[f64; 2]; 2],
    /// Probability of a face, 0..1.
    pub score: f64,
    /// Whether the near net found it in the whole picture, as MediaPipe's own graph would.
    pub of_whole: bool,
    /// Whether the detectors alone are not sure enough: the mesh has to tell.
    pub faint: bool,
}

/// How much of the picture to search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sweep {
    /// The whole picture at every scale: for a first look.
    Full,
    /// The whole picture by both nets, and the next of the windows for the smallest faces: for a
    /// look in passing, which costs no more than another stage.
    Partial,
}

/// What faces are looked for by. What names no measurement was set by hand:
/// `tests/analysis/detection.rs` holds it on photos, crowds and pictures without a face,
/// `tests/analysis/hard_to_see.rs` in bad light and noise, and `make eval-hard` measures it.
#[derive(Debug, Clone, Copy)]
struct Tuning {
    /// Overlap (IoU) of two boxes beyond which they are one face (MediaPipe's value).
    merge_overlap: f64,
    /// Pixels below which faces are not looked for: their mesh would be a guess.
    smallest_face: f64,
    /// Part of a window's side from which the far net finds nearly every face (measured: 96 % at
    /// 20 of its 192 pixels, 89 % at 16).
    findable_part: f64,
    /// Fine windows to a picture's shorter side, and what neighbours share of theirs, so that a
    /// face on a seam is whole in one of them.
    windows_a_side: f64,
    shared_part: f64,
    /// Least side of a window in pixels: less would show no face that is large enough to be read.
    smallest_window: f64,
    /// Side of the close look that confirms a candidate, in sizes of its box, and how far from its
    /// centre, in the same, the confirmed face may lie.
    close_look: f64,
    confirmed_within: f64,
    /// Side of the look around the place where a face was a moment ago, in sizes of its box.
    second_look: f64,
    /// Part of the threshold that a faint face reaches, one that only the mesh can tell from none.
    faint_part: f64,
    /// Pixels of a net's crop that are averaged where a dark or noisy picture is looked at again:
    /// more for a look around, less and more for a close one.
    search_grains: [f64; 2],
    close_grains: [f64; 3],
    /// Candidates of such a look are taken from this part of a net's own threshold on.
    poor_floor: f64,
}

const TUNING: Tuning = Tuning {
    merge_overlap: 0.3,
    smallest_face: 30.0,
    findable_part: 1.0 / 12.0,
    windows_a_side: 2.5,
    shared_part: 0.25,
    smallest_window: 300.0,
    close_look: 2.0,
    confirmed_within: 0.6,
    second_look: 3.0,
    faint_part: 2.0 / 3.0,
    search_grains: [2.0, 4.0],
    close_grains: [1.5, 3.0, 4.5],
    poor_floor: 0.6,
};

/// The detection stage: two nets and the order in which windows are searched.
pub struct Detector {
    near: models::DetectorNet,
    far: models::DetectorNet,
    next_window: usize,
    poor: bool,
}

impl Detector {
    /// A stage around the loaded nets.
    pub fn new(near: models::DetectorNet, far: models::DetectorNet) -> Self {
        Self {
            near,
            far,
            next_window: 0,
            poor: false,
        }
    }

    /// Whether the last picture searched was so dark or noisy that a denoised copy shows more.
    pub fn sees_poorly(&self) -> bool {
        self.poor
    }

    /// Forgets where the last partial sweep ended.
    pub fn reset(&mut self) {
        self.next_window = 0;
    }

    /// Whatever may be a face, each place once, the likeliest first; `places` are searched besides.
    /// A candidate is no face until [`Detector::confirm`] says so.
    ///
    /// # Errors
    /// The crop or a net failed.
    pub fn candidates(
        &mut self,
        picture: &Picture<'_>,
        sweep: Sweep,
        places: &[BBox],
    ) -> Result<Vec<Detection>, DetectionError> {
        self.poor = is_poor(picture)?;
        let whole = Window::whole(picture);
        let mut found = search(&self.near, picture, whole, BorderMode::Black)?;
        for detection in &mut found {
            detection.of_whole = true;
        }
        let windows = self.far_windows(picture, whole, sweep);
        for &window in &windows {
            found.extend(search(&self.far, picture, window, BorderMode::Black)?);
        }
        if self.poor {
            let near = [(&self.near, whole)].into_iter();
            let far = windows.iter().map(|window| (&self.far, *window));
            for (net, window) in near.chain(far) {
                found.extend(search_denoised(net, picture, window)?);
            }
        }
        for place in places {
            let window = Window::around(place, TUNING.second_look);
            found.extend(search(&self.near, picture, window, BorderMode::Edge)?);
        }
        Ok(without_repeats(found))
    }

    /// The candidate as a close look of the near net sees it, if that is at least `threshold` sure
    /// of it: 0.75 lets 3 of 710 false candidates pass and 98 % of 1,054 faces. In a dark or noisy
    /// picture it is looked at denoised as well. One that was found so, or that reaches but two
    /// thirds of the threshold, is faint.
    ///
    /// A candidate that the near net saw in the whole picture, as MediaPipe would, keeps its box.
    /// The picture's edge goes on beyond it, since half a face against black is none to the net.
    ///
    /// # Errors
    /// The crop or the net failed.
    pub fn confirm(
        &mut self,
        picture: &Picture<'_>,
        candidate: &Detection,
        threshold: f64,
    ) -> Result<Option<Detection>, DetectionError> {
        let net = &self.near;
        let mut faint: Option<Detection> = None;
        let denoised = TUNING.close_grains.iter().filter(|_| self.poor);
        for grain in std::iter::once(None).chain(denoised.copied().map(Some)) {
            let pass = DetectorPass {
                window: Window::around(&candidate.bounds, TUNING.close_look),
                border: BorderMode::Edge,
                grain,
            };
            let seen = pass.search(net, picture, net.range().threshold())?;
            let close = |seen: &Detection| {
                let distance = candidate.bounds.size();
                seen.bounds.distance_to(&candidate.bounds, distance) <= TUNING.confirmed_within
            };
            for seen in seen.into_iter().filter(close) {
                if grain.is_none() && seen.score >= threshold {
                    let keeps_box = candidate.of_whole && candidate.score >= threshold;
                    return Ok(Some(if keeps_box { *candidate } else { seen }));
                }
                if faint.is_none_or(|faint| faint.score < seen.score) {
                    faint = Some(seen);
                }
            }
        }
        let faint = faint.filter(|faint| faint.score >= threshold * TUNING.faint_part);
        Ok(faint.map(|seen| Detection {
            faint: true,
            ..seen
        }))
    }

    /// What the far net searches: the whole, and every window or the next in turn.
    fn far_windows(&mut self, picture: &Picture<'_>, whole: Window, sweep: Sweep) -> Vec<Window> {
        let mut windows = fine_windows(picture.width() as f64, picture.height() as f64);
        if sweep == Sweep::Partial && !windows.is_empty() {
            let next = self.next_window % windows.len();
            self.next_window = next + 1;
            windows = windows.get(next..=next).unwrap_or_default().to_vec();
        }
        windows.insert(0, whole);
        windows
    }
}

impl Window {
    /// The square that holds the whole picture in its middle.
    pub fn whole(picture: &Picture<'_>) -> Self {
        let (width, height) = (picture.width() as f64, picture.height() as f64);
        Self {
            centre: [width / 2.0, height / 2.0],
            side: width.max(height),
        }
    }

    /// A square around `place` with `sizes` times its longer side.
    pub fn around(place: &BBox, sizes: f64) -> Self {
        Self {
            centre: place.centre(),
            side: place.width().max(place.height()) * sizes,
        }
    }

    /// A candidate in the window, in pixels of the picture.
    fn detection(&self, candidate: &DetectorCandidate) -> Detection {
        let corner = self.centre.map(|middle| middle - self.side / 2.0);
        let point = |[x, y]: [f64; 2]| [corner[0] + x * self.side, corner[1] + y * self.side];
        let [left, top, right, bottom] = candidate.corners;
        let ([left, top], [right, bottom]) = (point([left, top]), point([right, bottom]));
        Detection {
            bounds: BBox {
                corners: [left, top, right, bottom],
            },
            eyes: candidate.eyes.map(point),
            score: candidate.score,
            of_whole: false,
            faint: false,
        }
    }

    /// The window as a box in pixels; it may reach beyond the picture.
    pub fn bounds(&self) -> BBox {
        let [x, y] = self.centre;
        let half = self.side / 2.0;
        BBox {
            corners: [x - half, y - half, x + half, y + half],
        }
    }
}

impl Detection {
    /// The region in which the mesh net is to look: 1.5 times the box, level with the eyes.
    pub fn region(&self) -> RotatedRect {
        let [left, right] = self.eyes;
        RotatedRect {
            centre: self.bounds.centre(),
            size: [self.bounds.width(), self.bounds.height()].map(|side| side * MARGIN),
            angle: (right[1] - left[1]).atan2(right[0] - left[0]),
        }
    }
}

/// Windows that cover the picture so that its smallest faces can be found; none where the whole
/// picture shows them large enough.
pub fn fine_windows(width: f64, height: f64) -> Vec<Window> {
    if width.max(height) * TUNING.findable_part <= TUNING.smallest_face {
        return Vec::new();
    }
    let side = (width.min(height) / TUNING.windows_a_side).max(TUNING.smallest_window);
    let centres = |length: f64| {
        let free = (length - side).max(0.0);
        let steps = (free / (side * (1.0 - TUNING.shared_part))).ceil();
        let at = move |step: usize| {
            if steps > 0.0 {
                side / 2.0 + free * step as f64 / steps
            } else {
                length / 2.0
            }
        };
        (0..=steps as usize).map(at)
    };
    let rows = centres(height);
    rows.flat_map(|y| {
        centres(width).map(move |x| Window {
            centre: [x, y],
            side,
        })
    })
    .collect()
}

/// Each place once, the surest candidate for it.
fn without_repeats(mut found: Vec<Detection>) -> Vec<Detection> {
    found.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut kept: Vec<Detection> = Vec::new();
    for detection in found {
        let repeated =
            |other: &Detection| other.bounds.iou(&detection.bounds) > TUNING.merge_overlap;
        if !kept.iter().any(repeated) {
            kept.push(detection);
        }
    }
    kept
}
