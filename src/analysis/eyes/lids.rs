//! How far the lids are apart, against how far this person's mostly are.

use std::collections::VecDeque;
use std::time::Duration;

use super::blinks::Blink;
use crate::analysis::head_pose::Fit;
use crate::analysis::time::BufferTime;
use crate::geometry::landmarks::{EYES, Eye};
use crate::geometry::{Point, Sides, distance};

/// What openness is told by. Apertures were read off the two sample clips; the rest was set by
/// hand and is held by the labelled blinks of `tests/analysis/eyes.rs`.
#[derive(Debug, Clone, Copy)]
struct Tuning {
    /// The lids' distance over the eye's width that is left when they are closed: the mesh never
    /// shows less than .03 and seldom more than .1 then.
    closed: f64,
    /// Behind rims and from below it shows more: the least that was left within the last blinks is
    /// this person's, from so many on, of as many as are kept, and up to this part of open lids.
    blinks: [usize; 2],
    most_closed: f64,
    /// How long lids are remembered until a blink is told.
    recent: Duration,
    /// The same of eyes that are mostly open, before anything is known of the person, and the
    /// least and most that is believed.
    usual: f64,
    believed: [f64; 2],
    /// Openness below which an eye says nothing of how open it mostly is.
    squint: f64,
    /// Time between two samples kept of a person, how many are kept (a minute), and the weight in
    /// samples of what is usual (a second).
    sampling: Duration,
    kept: usize,
    prior: f64,
}

const TUNING: Tuning = Tuning {
    closed: 0.07,
    blinks: [3, 12],
    most_closed: 0.6,
    recent: Duration::from_millis(1500),
    usual: 0.3,
    believed: [0.2, 0.42],
    squint: 0.5,
    sampling: Duration::from_millis(250),
    kept: 240,
    prior: 4.0,
};

/// The distance of each eye's lids over its width, in the face's own frame so that turning the head
/// does not count.
pub fn apertures(mesh: &[Point], fit: &Fit) -> Option<Sides<f64>> {
    let at = |index: usize| Some(fit.canonical(mesh.get(index)?));
    let span = |[a, b]: [usize; 2]| Some(distance(at(a)?, at(b)?));
    let aperture = |eye: Eye| {
        let lids = eye.lid_pairs().map(span);
        let lids = lids.into_iter().sum::<Option<f64>>()? / 3.0;
        let width = span(eye.corners())?;
        (width > 0.0).then(|| lids / width)
    };
    EYES.map(aperture).both()
}

/// How open a person's eyes mostly are.
#[derive(Debug, Default)]
pub struct Lids {
    samples: VecDeque<f64>,
    sampled: Option<BufferTime>,
    open: Option<f64>,
    recent: VecDeque<(BufferTime, f64)>,
    /// What was left between the lids in each of the last blinks.
    lowest: VecDeque<f64>,
}

impl Lids {
    /// A blink is over: learns what is left between this person's closed lids.
    pub fn blinked(&mut self, blink: &Blink) {
        let within = self.recent.iter();
        let within = within.filter(|(time, _)| (blink.onset..=blink.offset).contains(time));
        self.lowest
            .extend(within.map(|(_, aperture)| *aperture).reduce(f64::min));
        if self.lowest.len() > TUNING.blinks[1] {
            self.lowest.pop_front();
        }
    }

    /// What is left between closed lids of a person whose lids are mostly `open` apart.
    fn closed(&self, open: f64) -> f64 {
        if self.lowest.len() < TUNING.blinks[0] {
            return TUNING.closed;
        }
        let lowest = self.lowest.iter().copied().fold(f64::INFINITY, f64::min);
        lowest.clamp(TUNING.closed, TUNING.most_closed * open)
    }

    /// The openness of both eyes, 0 closed and 1 as open as they mostly are.
    pub fn openness(&mut self, apertures: Sides<f64>, time: BufferTime) -> Sides<f64> {
        let open = self.open.unwrap_or(TUNING.usual);
        let closed = self.closed(open);
        let openness =
            apertures.map(|aperture| ((aperture - closed) / (open - closed)).clamp(0.0, 1.0));
        self.recent.push_back((time, apertures.mean()));
        let old = |first: &(BufferTime, f64)| time.since(first.0) > TUNING.recent;
        while self.recent.front().is_some_and(old) {
            self.recent.pop_front();
        }
        let due = self
            .sampled
            .is_none_or(|sampled| time.since(sampled) >= TUNING.sampling);
        if due && openness.left > TUNING.squint && openness.right > TUNING.squint {
            self.sampled = Some(time);
            self.samples.push_back(apertures.mean());
            if self.samples.len() > TUNING.kept {
                self.samples.pop_front();
            }
            self.open = Some(self.estimate());
        }
        openness
    }

    fn estimate(&self) -> f64 {
        let mut samples: Vec<f64> = self.samples.iter().copied().collect();
        samples.sort_by(f64::total_cmp);
        let median = samples
            .get(samples.len() / 2)
            .copied()
            .unwrap_or(TUNING.usual);
        let count = samples.len() as f64;
        let estimate = (median * count + TUNING.usual * TUNING.prior) / (count + TUNING.prior);
        estimate.clamp(TUNING.believed[0], TUNING.believed[1])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lids_that_never_seem_to_meet_are_closed_where_they_are_in_blinks() {
        let (mut lids, open, rest) = (Lids::default(), 0.34, 0.17);
        let at = |second: u64| BufferTime::from_nanos(second * 1_000_000_000);
        let openness = |lids: &mut Lids, aperture, second| {
            lids.openness(Sides::new(aperture, aperture), at(second))
                .left
        };
        for second in 0..40 {
            openness(&mut lids, open, second);
        }
        assert!(openness(&mut lids, rest, 40) > 0.3, "nothing is known yet");
        for second in [41, 42, 43] {
            openness(&mut lids, rest, second);
            lids.blinked(&Blink {
                eyes: Sides::new(true, true),
                onset: at(second),
                lowest: at(second),
                offset: at(second),
                amplitude: 0.5,
                closing_speed: 5.0,
                reopening_speed: 5.0,
            });
        }
        assert!(openness(&mut lids, rest, 44) < 0.05);
        assert!((openness(&mut lids, 0.25, 45) - 0.47).abs() < 0.05);
        assert!(openness(&mut lids, open, 46) > 0.9);
    }
}
