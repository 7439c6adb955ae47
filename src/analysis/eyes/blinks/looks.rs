//! What the picture of the eyes says of a dip of the mesh's lids.
//!
//! Behind glasses that mirror a light the mesh hardly follows the lids, and of one lid that closes alone
//! it shows half: the picture changes as in every blink of that person.

use std::collections::VecDeque;

use crate::analysis::time::BufferTime;
use crate::geometry::Sides;

use super::tuning::{LOOK, TUNING, WINK};
use super::{BlinkDetector, Dip, DipShape, LidSample};

/// How far each eye's look leaves, within a dip, what it is before and after it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct EyeLooks(Sides<f64>);

impl EyeLooks {
    /// The mean of both eyes.
    pub fn mean(self) -> f64 {
        self.0.mean()
    }

    fn stronger(self) -> f64 {
        self.0.left.max(self.0.right)
    }

    /// Which eyes closed in a dip of these prominences, each in parts of its own recent opening.
    pub fn closed_eyes(self, prominences: Sides<f64>) -> Sides<bool> {
        let deeper = prominences.left.max(prominences.right);
        let (strong, weak) = (self.stronger(), self.0.left.min(self.0.right));
        if strong >= WINK.telling_look && weak >= WINK.other_closed * strong {
            return Sides::alike(true);
        }
        let alike = prominences.left.min(prominences.right) >= WINK.alike * deeper;
        if strong >= WINK.telling_look && weak < WINK.other_open * strong && !alike {
            return self.0.map(|look| look >= strong);
        }
        let least = WINK.other_prominence.min(WINK.other_share * deeper);
        prominences.map(|prominence| prominence >= least)
    }

    /// Whether one eye that comes down so far, in eye widths and in parts of its recent opening, winks.
    pub fn enough_of_one(self, drop: f64, prominence: f64) -> bool {
        let (least_drop, least) = if self.stronger() >= WINK.look {
            (LOOK.drop, WINK.seen_prominence)
        } else {
            (TUNING.drop, WINK.prominence)
        };
        drop >= least_drop && prominence >= least
    }
}

/// How far the looks of a person's eyes left what they were in the last blinks.
#[derive(Debug, Default)]
pub(super) struct BlinkLooks(VecDeque<f64>);

impl BlinkLooks {
    /// Takes in what a blink of both eyes changed.
    pub fn learn(&mut self, looks: EyeLooks) {
        self.0.push_back(looks.mean());
        if self.0.len() > LOOK.most_blinks {
            self.0.pop_front();
        }
    }

    /// What the person's blinks mostly change, once a few are known.
    fn usual(&self) -> Option<f64> {
        let mut looks: Vec<f64> = self.0.iter().copied().collect();
        looks.sort_by(f64::total_cmp);
        let known = looks.len() >= LOOK.fewest_blinks;
        known.then(|| looks.get(looks.len() / 2).copied()).flatten()
    }

    /// Whether a dip of both eyes is deep enough for a blink, or so alike this person's blinks.
    pub fn enough(&self, shape: DipShape, looks: EyeLooks) -> bool {
        let (usual, look) = (self.usual(), looks.mean());
        if shape.prominence >= TUNING.prominence && shape.depth >= TUNING.drop {
            let unlike = usual.is_some_and(|usual| look < LOOK.like_blinks * usual);
            return shape.prominence >= LOOK.shallow || !unlike;
        }
        let known = usual.is_some() || look >= LOOK.strong;
        let least = if known {
            LOOK.seen_prominence
        } else {
            LOOK.unknown_prominence
        };
        let as_blinks = LOOK.as_blinks * usual.unwrap_or_default();
        shape.prominence >= least
            && shape.width >= LOOK.width
            && shape.depth >= LOOK.drop
            && look >= LOOK.least.max(as_blinks)
    }
}

impl BlinkDetector {
    /// How far the looks of the eyes leave what they are before and after a dip, whose half depth lies
    /// at these times.
    pub(super) fn looks_in(&self, dip: &Dip, [from, to]: [BufferTime; 2]) -> EyeLooks {
        let Some(lowest) = self.samples.get(dip.lowest) else {
            return EyeLooks::default();
        };
        let near = |sample: &&LidSample| {
            lowest.time.since(sample.time) <= TUNING.before
                && sample.time.since(lowest.time) <= TUNING.after
        };
        let of_eye: [fn(&LidSample) -> f64; 2] = [|of| of.changes.left, |of| of.changes.right];
        let looks = of_eye.map(|eye| {
            let (mut before, mut within, mut after) = (Vec::new(), 0.0f64, f64::INFINITY);
            for sample in self.samples.iter().filter(near) {
                match sample.time {
                    time if time <= from => before.push(eye(sample)),
                    time if time < to => within = within.max(eye(sample)),
                    _ => after = after.min(eye(sample)),
                }
            }
            before.sort_by(f64::total_cmp);
            let usual = before.get(before.len() / 2).copied().unwrap_or_default();
            within - usual.max(after)
        });
        EyeLooks(looks.into())
    }
}
