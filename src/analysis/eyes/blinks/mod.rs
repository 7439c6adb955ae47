//! Blinks and winks: dips of the lids against the person's own recent opening.
//!
//! A dip is judged by its prominence, the lower of the openings before and after it less the lowest
//! between, in parts of the recent opening: so narrow eyes, glasses and a camera below the face,
//! behind which lids never seem to meet, do not count.

mod looks;
#[cfg(test)]
mod tests;
mod tuning;

use std::collections::VecDeque;

use crate::analysis::time::{BufferTime, seconds};
use crate::geometry::Sides;

use self::looks::{BlinkLooks, EyeLooks};
use self::tuning::{LOOK, TUNING};

/// A blink, or a wink of one eye, that is over.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Blink {
    /// Which eyes closed.
    pub eyes: Sides<bool>,
    /// When the lids had come a fifth of their way down.
    pub onset: BufferTime,
    /// When they were lowest.
    pub lowest: BufferTime,
    /// When a fifth of their way up was left.
    pub offset: BufferTime,
    /// How far they came down, in parts of the person's recent opening.
    pub amplitude: f64,
    /// Parts of the recent opening a second, from onset to the lowest point.
    pub closing_speed: f64,
    /// The same from the lowest point to the offset.
    pub reopening_speed: f64,
}

impl Blink {
    /// Whether both eyes closed.
    pub fn is_of_both(&self) -> bool {
        self.eyes.left && self.eyes.right
    }
}

/// The eyes on one frame.
#[derive(Debug, Clone, Copy)]
pub struct LidSample {
    /// The frame's time.
    pub time: BufferTime,
    /// How far the lids of each eye are apart, in eye widths.
    pub apertures: Sides<f64>,
    /// How much each eye's picture differs from its usual look, 0..1.
    pub changes: Sides<f64>,
    /// Whether something seems to lie before the eyes.
    pub covered: bool,
    /// The head's pitch in degrees.
    pub pitch: f64,
}

impl LidSample {
    fn both(&self) -> f64 {
        self.apertures.mean()
    }
}

/// How far lids are apart in a sample: of both eyes, or of one.
type Opening = fn(&LidSample) -> f64;

/// Finds blinks while the video runs: each is told within half a second of its lowest point.
#[derive(Debug, Default)]
pub struct BlinkDetector {
    samples: VecDeque<LidSample>,
    /// The end of the blink told last.
    told: Option<BufferTime>,
    looks: BlinkLooks,
}

/// How a dip of both eyes is shaped.
#[derive(Debug, Clone, Copy)]
struct DipShape {
    /// Eye widths by which the lids come down, and the same in parts of the recent opening.
    depth: f64,
    prominence: f64,
    /// Seconds at half its depth.
    width: f64,
}

/// A dip, by the places of its parts in the samples.
struct Dip {
    lowest: usize,
    /// The highest opening before and after the lowest.
    before: f64,
    after: f64,
}

impl BlinkDetector {
    /// The eyes cannot be seen now.
    pub fn interrupt(&mut self) {
        self.samples.clear();
    }

    /// Takes in the lids on the next frame; the blink or wink that is over.
    pub fn observe(&mut self, sample: LidSample) -> Option<Blink> {
        let last = self.samples.back();
        if last.is_some_and(|last| sample.time.since(last.time) > TUNING.gap) {
            self.samples.clear();
        }
        self.samples.push_back(sample);
        let old = |first: &LidSample| sample.time.since(first.time) > TUNING.memory + TUNING.after;
        while self.samples.front().is_some_and(old) {
            self.samples.pop_front();
        }
        let (blink, look) = self.blink(sample.time)?;
        self.told = Some(sample.time);
        if blink.is_of_both() {
            self.looks.learn(look);
        }
        Some(blink)
    }

    /// How far the lids have just come down, in parts of the recent opening.
    pub fn falling(&self) -> f64 {
        let Some(now) = self.samples.back() else {
            return 0.0;
        };
        let recent = self.samples.iter().rev();
        let recent = recent.take_while(|sample| now.time.since(sample.time) <= TUNING.before);
        let highest = recent.map(LidSample::both).fold(0.0, f64::max);
        (highest - now.both()) / self.scale(self.samples.len() - 1, LidSample::both)
    }

    /// The blink that was passing when the person was seen last: nothing more will show how far the
    /// lids come back.
    pub fn finish(&self) -> Option<Blink> {
        let dip = self.dip(self.samples.back()?.time)?;
        let floor = self.samples.get(dip.lowest)?.both();
        let came_back = dip.after >= floor + (dip.before - floor) / 2.0;
        let (blink, _) = came_back.then(|| self.judged(&dip)).flatten()?;
        Some(blink)
    }

    fn blink(&self, now: BufferTime) -> Option<(Blink, EyeLooks)> {
        if self.samples.len() < TUNING.fewest {
            return None;
        }
        let dip = self.dip(now)?;
        let lowest = self.samples.get(dip.lowest)?;
        let last = self.samples.back()?.both();
        let before_last = self.samples.get(self.samples.len() - 2)?.both();
        let floor = lowest.both();
        let way = dip.before - floor;
        let came_back = last >= floor + TUNING.recovered * way;
        let settled =
            last - before_last < TUNING.settled * way || last >= floor + TUNING.reopened * way;
        // Who looks down after a blink opens the eyes less than before it.
        let late = now.since(lowest.time) >= TUNING.late && dip.after >= floor + way / 2.0;
        if !(came_back && settled || late) {
            return None;
        }
        // Which eyes closed is seen once both are up again: one rises later than the other.
        let rested = now.since(lowest.time) >= TUNING.late;
        (self.judged(&dip)).filter(|(blink, _)| rested || blink.is_of_both())
    }

    /// The deepest dip that may be over at `now`.
    fn dip(&self, now: BufferTime) -> Option<Dip> {
        let newest = self.samples.len() - 1;
        let fresh = |sample: &LidSample| self.told.is_none_or(|told| sample.time > told);
        let candidates = self.samples.iter().enumerate().rev().skip(1);
        let candidates = candidates
            .take_while(|(_, sample)| now.since(sample.time) <= TUNING.after && fresh(sample));
        let (lowest, low) = candidates.min_by(|a, b| a.1.both().total_cmp(&b.1.both()))?;
        let (time, floor) = (low.time, low.both());
        let before = self.samples.range(..lowest).rev();
        let before = before
            .take_while(|sample| time.since(sample.time) <= TUNING.before && sample.both() >= floor)
            .map(LidSample::both)
            .reduce(f64::max)?;
        let after = self.samples.range(lowest + 1..=newest);
        let after = after.map(LidSample::both).reduce(f64::max)?;
        Some(Dip {
            lowest,
            before,
            after,
        })
    }

    /// The blink that a dip is, if it is one, and how the eyes' looks left what they were.
    fn judged(&self, dip: &Dip) -> Option<(Blink, EyeLooks)> {
        let lowest = self.samples.get(dip.lowest)?;
        let scale = self.scale(dip.lowest, LidSample::both);
        let depth = dip.before.min(dip.after) - self.floor(dip, LidSample::both);
        if depth < TUNING.noise * self.noise() {
            return None;
        }
        let level = |part: f64| lowest.both() + part * (dip.before.min(dip.after) - lowest.both());
        let [from, to] = self.crossings(dip, level(0.5))?;
        let prominence = depth / scale;
        let lasted = seconds(to.time.since(from.time));
        if prominence < TUNING.clear && lasted < TUNING.narrowest {
            return None;
        }
        let allowed = TUNING.width + TUNING.width_growth * (prominence - TUNING.clear).max(0.0);
        let width = self.width(dip, level(0.5))?;
        if width > allowed.min(TUNING.widest) {
            return None;
        }
        let nods = [from, to].map(|edge| (edge.pitch - lowest.pitch).abs());
        if nods.into_iter().any(|nod| nod > TUNING.nod) && prominence < TUNING.nod_prominence {
            return None;
        }
        let looks = self.looks_in(dip, [from.time, to.time]);
        let covered = [from, to].iter().any(|edge| edge.covered);
        if covered && looks.mean() < LOOK.least {
            return None;
        }
        let shape = DipShape {
            depth,
            prominence,
            width,
        };
        let (eyes, prominence) = self.eyes(dip, shape, looks)?;
        let amplitude = if eyes == Sides::alike(true) {
            (dip.before - self.floor(dip, LidSample::both)) / scale
        } else {
            prominence
        };
        let [onset, offset] = self.crossings(dip, level(1.0 - TUNING.edge))?;
        let speed = |from: BufferTime, to: BufferTime| {
            prominence * (1.0 - TUNING.edge) / seconds(to.since(from)).max(f64::MIN_POSITIVE)
        };
        let blink = Blink {
            eyes,
            onset: onset.time,
            lowest: lowest.time,
            offset: offset.time,
            amplitude: amplitude.min(1.0),
            closing_speed: speed(onset.time, lowest.time),
            reopening_speed: speed(lowest.time, offset.time),
        };
        Some((blink, looks))
    }

    /// Which eyes a dip closes, and its prominence in them; `None` where it is too shallow.
    fn eyes(&self, dip: &Dip, shape: DipShape, looks: EyeLooks) -> Option<(Sides<bool>, f64)> {
        let of_eye: [Opening; 2] = [|of| of.apertures.left, |of| of.apertures.right];
        let drops = of_eye.map(|eye| self.depth(dip, eye));
        let scales = of_eye.map(|eye| self.scale(dip.lowest, eye));
        let prominences = [0, 1].map(|eye| drops[eye] / scales[eye]);
        let eyes = looks.closed_eyes(prominences.into());
        if eyes == Sides::alike(true) {
            let enough = self.looks.enough(shape, looks);
            return enough.then_some((eyes, shape.prominence));
        }
        let deepest = |of: [f64; 2]| of.into_iter().fold(0.0, f64::max);
        let (drop, prominence) = (deepest(drops), deepest(prominences));
        looks
            .enough_of_one(drop, prominence)
            .then_some((eyes, prominence))
    }

    /// How far one eye's lids come down in a dip of both, in eye widths.
    fn depth(&self, dip: &Dip, eye: Opening) -> f64 {
        let Some(lowest) = self.samples.get(dip.lowest) else {
            return 0.0;
        };
        let near = |sample: &&LidSample| {
            sample.time.since(lowest.time) <= TUNING.after
                && lowest.time.since(sample.time) <= TUNING.before
        };
        let before = self.samples.range(..=dip.lowest).filter(near);
        let after = self.samples.range(dip.lowest + 1..).filter(near);
        let (before, after) = (before.map(eye), after.map(eye));
        before.fold(0.0, f64::max).min(after.fold(0.0, f64::max)) - self.floor(dip, eye)
    }

    /// The last sample before the lowest that is at `level` or above, and the first after it.
    fn crossings(&self, dip: &Dip, level: f64) -> Option<[LidSample; 2]> {
        let open = |sample: &&LidSample| sample.both() >= level;
        let from = self.samples.range(..dip.lowest).rev().find(open)?;
        let to = self.samples.range(dip.lowest + 1..).find(open)?;
        Some([*from, *to])
    }

    /// Seconds for which the opening is below `level`, between frames too.
    fn width(&self, dip: &Dip, level: f64) -> Option<f64> {
        let open = |index: &usize| self.samples[*index].both() >= level;
        let crossing = |open: usize, closed: usize| {
            let (open, closed) = (self.samples.get(open)?, self.samples.get(closed)?);
            let part = (level - closed.both()) / (open.both() - closed.both());
            let step = seconds(open.time.since(closed.time) + closed.time.since(open.time));
            Some((closed.time, part * step))
        };
        let from = (0..dip.lowest).rev().find(open)?;
        let to = (dip.lowest + 1..self.samples.len()).find(open)?;
        let ((first, before), (last, after)) = (crossing(from, from + 1)?, crossing(to, to - 1)?);
        Some(seconds(last.since(first)) + before + after)
    }

    /// The opening at the lowest point, which may fall between two frames where these are far
    /// apart: on average the lids went on for half a frame as fast as the slower of both ways.
    fn floor(&self, dip: &Dip, opening: Opening) -> f64 {
        let at = |index: usize| self.samples.get(index);
        let around = dip.lowest.checked_sub(1).and_then(at);
        let (Some(before), Some(low), Some(after)) = (around, at(dip.lowest), at(dip.lowest + 1))
        else {
            return TUNING.closed;
        };
        let step = seconds(low.time.since(before.time));
        let slower = opening(before).min(opening(after)) - opening(low);
        if step > TUNING.coarse {
            (opening(low) - slower.max(0.0) / 2.0).max(TUNING.closed.min(opening(low)))
        } else {
            opening(low)
        }
    }

    /// The recent opening beyond that of closed lids, as known at the sample `at`: the upper
    /// quartile, which a few blinks do not move.
    fn scale(&self, at: usize, opening: Opening) -> f64 {
        let mut openings: Vec<f64> = self.samples.range(..=at).map(opening).collect();
        openings.sort_by(f64::total_cmp);
        let open = openings.get(openings.len() * 3 / 4).copied();
        open.unwrap_or(TUNING.least_open).max(TUNING.least_open) - TUNING.closed
    }

    /// Standard deviation of the opening's noise, from the median of its second differences.
    fn noise(&self) -> f64 {
        let openings: Vec<f64> = self.samples.iter().map(LidSample::both).collect();
        let bends = openings.windows(3);
        let mut bends: Vec<f64> = bends
            .map(|of| (of[0] - 2.0 * of[1] + of[2]).abs())
            .collect();
        bends.sort_by(f64::total_cmp);
        // A normal value's median distance from 0 is .6745 deviations; second differences of noise
        // deviate by the root of six.
        let median = bends.get(bends.len() / 2).copied().unwrap_or_default();
        median / 0.6745 / 6f64.sqrt()
    }
}
