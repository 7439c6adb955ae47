//! Nods, shakes and tilts of the head.

use std::collections::VecDeque;

use crate::analysis::head_pose::HeadPose;
use crate::analysis::time::{BufferTime, seconds};

use super::event::IndexEvent;
use crate::analysis::event_name::EventName;

/// What gestures are told by: a nod or a shake swings there and back at one to five turns a second
/// (Kapoor & Picard 2001 model both as such swings); the degrees stand well above the mesh's tremble
/// of one, and were chosen on synthetic courses (`indices/tests.rs`).
struct Tuning {
    /// Degrees that a swing of a nod and of a shake must span.
    nod: f64,
    shake: f64,
    /// Swings that a nod and a shake need.
    nod_swings: usize,
    shake_swings: usize,
    /// Seconds that one swing may take.
    swing: f64,
    /// Part of a swing that the other angle may span: else the head turns aslant.
    other: f64,
    /// Degrees of roll, against the usual, from which the head is tilted, and to which it comes back.
    tilt: f64,
    level: f64,
    /// Seconds that a tilt must last.
    tilted: f64,
    /// Seconds over which the usual roll is learned.
    usual: f64,
}

const TUNING: Tuning = Tuning {
    nod: 5.0,
    shake: 7.0,
    nod_swings: 2,
    shake_swings: 3,
    swing: 0.8,
    other: 0.7,
    tilt: 12.0,
    level: 8.0,
    tilted: 0.5,
    usual: 20.0,
};

/// Follows one person's head.
#[derive(Debug, Default)]
pub struct GestureDetector {
    nod: Swings,
    shake: Swings,
    usual_roll: Option<f64>,
    tilted_since: Option<BufferTime>,
}

impl GestureDetector {
    /// Takes in the head on a frame at `time`, `elapsed` seconds after the last; the gestures that
    /// are over.
    pub fn observe(
        &mut self,
        pose: &HeadPose,
        (time, elapsed): (BufferTime, f64),
        events: &mut Vec<IndexEvent>,
    ) {
        let [pitch, yaw] = [pose.pitch, pose.yaw];
        let nod = self
            .nod
            .observe((time, pitch, yaw), TUNING.nod, TUNING.nod_swings);
        events.extend(nod.map(|[from, to]| IndexEvent::since(EventName::Nod, from, to)));
        let shake = self
            .shake
            .observe((time, yaw, pitch), TUNING.shake, TUNING.shake_swings);
        events.extend(shake.map(|[from, to]| IndexEvent::since(EventName::Shake, from, to)));
        events.extend(self.tilt(pose.roll, time, elapsed));
    }

    fn tilt(&mut self, roll: f64, time: BufferTime, elapsed: f64) -> Option<IndexEvent> {
        let usual = self.usual_roll.get_or_insert(roll);
        let off = (roll - *usual).abs();
        *usual += (elapsed / TUNING.usual).min(1.0) * (roll - *usual);
        match self.tilted_since {
            None if off >= TUNING.tilt => self.tilted_since = Some(time),
            Some(from) if off < TUNING.level => {
                self.tilted_since = None;
                let lasted = seconds(time.since(from)) >= TUNING.tilted;
                return lasted.then(|| IndexEvent::since(EventName::Tilt, from, time));
            }
            _ => {}
        }
        None
    }
}

/// A turn of the head: its angle, and that about the other axis.
#[derive(Debug, Clone, Copy)]
struct Turn {
    time: BufferTime,
    angle: f64,
    other: f64,
}

/// Swings of one angle to and fro.
#[derive(Debug, Default)]
struct Swings {
    /// Where the head turned back, and where it may turn back next.
    turns: VecDeque<Turn>,
    extreme: Option<Turn>,
    rises: bool,
}

impl Swings {
    /// The first and the last moment of swings of `least` degrees that are over: `wanted` of them or
    /// more.
    fn observe(
        &mut self,
        (time, angle, other): (BufferTime, f64, f64),
        least: f64,
        wanted: usize,
    ) -> Option<[BufferTime; 2]> {
        let now = Turn { time, angle, other };
        let extreme = *self.extreme.get_or_insert(now);
        let further = (angle > extreme.angle) == self.rises && angle != extreme.angle;
        if further {
            self.extreme = Some(now);
        } else if (angle - extreme.angle).abs() >= least {
            self.turns.push_back(extreme);
            self.extreme = Some(now);
            self.rises = !self.rises;
        } else if self.turns.is_empty() && seconds(time.since(extreme.time)) > TUNING.swing {
            // Slow drifts: the swing may begin from here, either way.
            self.extreme = Some(now);
        }
        let last = self.turns.back()?;
        let resting = seconds(time.since(self.extreme.map_or(last.time, |turn| turn.time)));
        if resting <= TUNING.swing {
            return None;
        }
        let end = self.extreme?;
        let mut turns: Vec<Turn> = self.turns.drain(..).collect();
        turns.push(end);
        self.extreme = Some(now);
        let swings = turns.windows(2).rev();
        let quick = swings.take_while(|swing| {
            let [from, to] = [swing[0], swing[1]];
            let across = (to.other - from.other).abs();
            let span = (to.angle - from.angle).abs();
            seconds(to.time.since(from.time)) <= TUNING.swing && across <= TUNING.other * span
        });
        let count = quick.count();
        let first = turns.get(turns.len() - 1 - count)?;
        (count >= wanted).then_some([first.time, end.time])
    }
}
