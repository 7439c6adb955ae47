//! How far the lids are apart, against how far this person's mostly are.

use std::collections::VecDeque;

use crate::analysis::head_pose::Fit;
use crate::geometry::landmarks::{EYES, Eye};
use crate::geometry::{Point, distance};

/// The lids' distance over the eye's width that is left when they are closed: the mesh never shows
/// less than .03 and seldom more than .1 then.
const CLOSED: f64 = 0.07;
/// The same of eyes that are mostly open, before anything is known of the person, and the least and
/// most that is believed.
const USUAL: f64 = 0.3;
const BELIEVED: [f64; 2] = [0.2, 0.42];
/// Openness below which an eye says nothing of how open it mostly is.
const SQUINT: f64 = 0.5;
/// Time in ns between two samples kept of a person, how many are kept, and the weight in samples of
/// what is usual.
const SAMPLING: u64 = 250_000_000;
const KEPT: usize = 240;
const PRIOR: f64 = 4.0;

/// The distance of each eye's lids over its width, in the face's own frame so that turning the head
/// does not count; the person's left eye first.
pub fn apertures(mesh: &[Point], fit: &Fit) -> Option<[f64; 2]> {
    let at = |index: usize| Some(fit.canonical(mesh.get(index)?));
    let span = |[a, b]: [usize; 2]| Some(distance(at(a)?, at(b)?));
    let aperture = |eye: Eye| {
        let lids = eye.lid_pairs().map(span);
        let lids = lids.into_iter().sum::<Option<f64>>()? / 3.0;
        let width = span(eye.corners())?;
        (width > 0.0).then(|| lids / width)
    };
    let [left, right] = EYES.map(aperture).into_array();
    Some([left?, right?])
}

/// How open a person's eyes mostly are.
#[derive(Debug, Default)]
pub struct Lids {
    samples: VecDeque<f64>,
    sampled: Option<u64>,
    open: Option<f64>,
}

impl Lids {
    /// The openness of both eyes, 0 closed and 1 as open as they mostly are.
    pub fn openness(&mut self, apertures: [f64; 2], time: u64) -> [f64; 2] {
        let open = self.open.unwrap_or(USUAL);
        let openness =
            apertures.map(|aperture| ((aperture - CLOSED) / (open - CLOSED)).clamp(0.0, 1.0));
        let due = self
            .sampled
            .is_none_or(|sampled| time.saturating_sub(sampled) >= SAMPLING);
        if due && openness.iter().all(|openness| *openness > SQUINT) {
            self.sampled = Some(time);
            self.samples.push_back((apertures[0] + apertures[1]) / 2.0);
            if self.samples.len() > KEPT {
                self.samples.pop_front();
            }
            self.open = Some(self.estimate());
        }
        openness
    }

    fn estimate(&self) -> f64 {
        let mut samples: Vec<f64> = self.samples.iter().copied().collect();
        samples.sort_by(f64::total_cmp);
        let median = samples.get(samples.len() / 2).copied().unwrap_or(USUAL);
        let count = samples.len() as f64;
        let estimate = (median * count + USUAL * PRIOR) / (count + PRIOR);
        estimate.clamp(BELIEVED[0], BELIEVED[1])
    }
}
