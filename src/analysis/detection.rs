//! Finds faces anywhere in the picture, near and far, each once.

use crate::models::{BlazeFace, Candidate, LiteRtError, Range};
use crate::picture::{Beyond, Picture};

use super::AnalysisError;
use super::geometry::{Box2, Region};
use super::mesh::MARGIN;

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
    pub bounds: Box2,
    /// The eye at the picture's left and the other one, in pixels.
    pub eyes: [[f64; 2]; 2],
    /// Probability of a face, 0..1.
    pub score: f64,
    /// Which net found it.
    pub range: Range,
}

/// How much of the picture to search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sweep {
    /// The whole picture at every scale: for a first look.
    Full,
    /// The whole picture coarsely, and the next few of its fine windows: for a look in passing.
    Partial,
}

/// Boxes of one net and window that overlap more than this are one face (MediaPipe's value).
const MERGE_OVERLAP: f64 = 0.3;
/// Fine windows searched by a partial sweep.
const WINDOWS_A_SWEEP: usize = 2;
/// The smallest face looked for, in pixels, and its part of a fine window's side: at this size the
/// far net still finds nearly every face.
const SMALLEST_FACE: f64 = 30.0;
const SMALLEST_PART: f64 = 0.085;
/// Neighbouring fine windows share this part of their side, so that a face on a seam is whole in
/// one of them.
const SHARED_PART: f64 = 0.2;

/// The detection stage: two nets and the order in which windows are searched.
pub struct Detector {
    near: BlazeFace,
    far: BlazeFace,
    next_window: usize,
}

impl Detector {
    /// A stage around the loaded nets.
    pub fn new(near: BlazeFace, far: BlazeFace) -> Self {
        Self {
            near,
            far,
            next_window: 0,
        }
    }

    /// Forgets where the last partial sweep ended.
    pub fn reset(&mut self) {
        self.next_window = 0;
    }

    /// Faces with a score of at least `threshold` for the near net; the far net, which is less
    /// sure of itself, is asked for as much more as in MediaPipe's own graphs.
    ///
    /// # Errors
    /// The crop or a net failed.
    pub fn detect(
        &mut self,
        picture: &Picture<'_>,
        sweep: Sweep,
        threshold: f64,
    ) -> Result<Vec<Detection>, AnalysisError> {
        let margin = Range::Full.default_threshold() - Range::Short.default_threshold();
        let far_threshold = (threshold + margin).min(1.0);
        let whole = Window::whole(picture);
        let mut found = search(&mut self.near, picture, whole, threshold)?;
        found.extend(search(&mut self.far, picture, whole, far_threshold)?);
        for window in self.fine_windows(picture, sweep) {
            found.extend(search(&mut self.far, picture, window, far_threshold)?);
        }
        Ok(without_repeats(found))
    }

    /// Looks once more, closely, where a face was a moment ago.
    ///
    /// # Errors
    /// The crop or the net failed.
    pub fn detect_near(
        &mut self,
        picture: &Picture<'_>,
        place: &Box2,
        threshold: f64,
    ) -> Result<Vec<Detection>, AnalysisError> {
        let window = Window {
            centre: place.centre(),
            side: place.size() * 3.0,
        };
        let found = search(&mut self.near, picture, window, threshold)?;
        Ok(without_repeats(found))
    }

    fn fine_windows(&mut self, picture: &Picture<'_>, sweep: Sweep) -> Vec<Window> {
        let windows = fine_windows(picture.width() as f64, picture.height() as f64);
        if sweep == Sweep::Full || windows.len() <= WINDOWS_A_SWEEP {
            return windows;
        }
        let start = self.next_window % windows.len();
        self.next_window = (start + WINDOWS_A_SWEEP) % windows.len();
        let turned = windows.iter().cycle().skip(start);
        turned.take(WINDOWS_A_SWEEP).copied().collect()
    }
}

impl Window {
    fn whole(picture: &Picture<'_>) -> Self {
        let (width, height) = (picture.width() as f64, picture.height() as f64);
        Self {
            centre: [width / 2.0, height / 2.0],
            side: width.max(height),
        }
    }
}

impl Detection {
    /// The region in which the mesh net is to look: 1.5 times the box, level with the eyes.
    pub fn region(&self) -> Region {
        let [left, right] = self.eyes;
        Region {
            centre: self.bounds.centre(),
            size: [self.bounds.width(), self.bounds.height()].map(|side| side * MARGIN),
            angle: (right[1] - left[1]).atan2(right[0] - left[0]),
        }
    }
}

/// Windows that cover the picture so that its smallest faces can be found; none where the whole
/// picture shows them large enough.
fn fine_windows(width: f64, height: f64) -> Vec<Window> {
    let side = SMALLEST_FACE / SMALLEST_PART;
    if width.max(height) <= side * 1.1 {
        return Vec::new();
    }
    let side = side.min(width.min(height)).max(1.0);
    let starts = |length: f64| {
        let free = length - side;
        let steps = (free / (side * (1.0 - SHARED_PART))).ceil().max(0.0);
        (0..=steps as usize).map(move |step| {
            if steps > 0.0 {
                free * step as f64 / steps
            } else {
                0.0
            }
        })
    };
    let rows = starts(height);
    rows.flat_map(|top| {
        starts(width).map(move |left| Window {
            centre: [left + side / 2.0, top + side / 2.0],
            side,
        })
    })
    .collect()
}

fn search(
    net: &mut BlazeFace,
    picture: &Picture<'_>,
    window: Window,
    threshold: f64,
) -> Result<Vec<Detection>, AnalysisError> {
    let side = net.range().side();
    let crop = Region::square(window.centre, window.side).crop(side);
    let rgb = picture.rgb(&crop, (side, side), Beyond::Black)?;
    let candidates = net.candidates(rgb.bytes()?, threshold)?;
    let corner = window.centre.map(|middle| middle - window.side / 2.0);
    let point = |[x, y]: [f64; 2]| [corner[0] + x * window.side, corner[1] + y * window.side];
    let merged = merged(candidates);
    Ok(merged
        .into_iter()
        .map(|candidate| {
            let [left, top, right, bottom] = candidate.corners;
            let ([left, top], [right, bottom]) = (point([left, top]), point([right, bottom]));
            Detection {
                bounds: Box2 {
                    corners: [left, top, right, bottom],
                },
                eyes: candidate.eyes.map(point),
                score: candidate.score,
                range: net.range(),
            }
        })
        .collect())
}

/// BlazeFace's own non-maximum suppression: overlapping candidates become their mean, weighted by
/// score.
fn merged(mut candidates: Vec<Candidate>) -> Vec<Candidate> {
    candidates.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut merged = Vec::new();
    while let Some(&best) = candidates.first() {
        let bounds = |candidate: &Candidate| Box2 {
            corners: candidate.corners,
        };
        let (same, other): (Vec<_>, Vec<_>) =
            candidates
                .iter()
                .enumerate()
                .partition(|(index, candidate)| {
                    *index == 0 || bounds(candidate).overlap(&bounds(&best)) > MERGE_OVERLAP
                });
        let total: f64 = same.iter().map(|(_, candidate)| candidate.score).sum();
        let mut mean = Candidate {
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

/// Each face once: where windows or nets found the same one, the first of them stays (the near
/// net's, whose box the mesh net was trained on), then the surer.
fn without_repeats(mut found: Vec<Detection>) -> Vec<Detection> {
    let rank = |detection: &Detection| match detection.range {
        Range::Short => 0,
        Range::Full => 1,
    };
    found.sort_by(|a, b| rank(a).cmp(&rank(b)).then(b.score.total_cmp(&a.score)));
    let mut kept: Vec<Detection> = Vec::new();
    for detection in found {
        if !kept
            .iter()
            .any(|other| same_face(&other.bounds, &detection.bounds))
        {
            kept.push(detection);
        }
    }
    kept
}

/// Whether two boxes show one face rather than two neighbours.
pub fn same_face(a: &Box2, b: &Box2) -> bool {
    a.overlap(b) > MERGE_OVERLAP || a.containment(b) > 0.7
}

impl From<LiteRtError> for AnalysisError {
    fn from(err: LiteRtError) -> Self {
        Self::Net(err)
    }
}
