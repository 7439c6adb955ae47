//! When a face leaves its rest, and where its rest is.

use std::time::Duration;

use crate::analysis::time::{BufferTime, nanos};
use crate::analysis::track_id::TrackId;
use crate::geometry::Sides;

use super::super::context::Context;
use super::super::event::ExpressionEvent;
use super::super::history::Sample;
use super::super::noise_floor::NoiseFloor;
use super::super::regions::{Displacements, REGION_COUNT, REGIONS};
use super::super::speech_cues::mouth_moves_before;
use super::super::tuning::{CueTuning, ExpressionTuning};
use super::episode::{Episode, distance};

/// A face at rest.
#[derive(Clone, Copy)]
struct RestingFace {
    displacements: Displacements,
    head: [f64; 5],
    gaze: [f64; 2],
    open: Sides<f64>,
}

/// Watches one face.
pub struct MacroDetector {
    rest: Option<RestingFace>,
    face: Displacements,
    drift_noise: NoiseFloor,
    /// When the last expression was over: what was before is no rest.
    over: BufferTime,
    away: Option<Episode>,
}

impl MacroDetector {
    /// A detector that has seen nothing of the face.
    pub fn new(tuning: &ExpressionTuning) -> Self {
        Self {
            rest: None,
            face: [[0.0; 2]; REGION_COUNT],
            drift_noise: NoiseFloor::new(&tuning.noise, tuning.noise.drift),
            over: BufferTime::default(),
            away: None,
        }
    }

    /// Takes in `now`, the newest sample of the history, `elapsed` after the one before; the expression that
    /// ended on it.
    pub fn observe(
        &mut self,
        id: TrackId,
        context: Context<'_>,
        now: &Sample,
        elapsed: Duration,
    ) -> Option<ExpressionEvent> {
        let (history, tuning) = (context.history, &context.tuning.lasting);
        let cues = &context.tuning.cues;
        let Some(rest) = &mut self.rest else {
            (self.rest, self.face, self.over) =
                (Some(RestingFace::new(now)), now.displacements, now.time);
            return None;
        };
        approach(
            &mut self.face,
            &now.displacements,
            share(elapsed, tuning.face_time),
        );
        let elsewhere = rest.eyes_are_elsewhere(now, cues.glance, cues);
        if self.away.is_none() {
            rest.approach(now, share(elapsed, tuning.rest_time));
        }
        let from = (now.time - tuning.leaving).max(self.over);
        if let Some(before) = history.at(from) {
            let displacement = displacement_from(&self.face, &before, elsewhere);
            let deviations = self.drift_noise.deviations();
            let gone = distance(&displacement, &deviations);
            let anew = match &mut self.away {
                None => {
                    self.drift_noise.learn(&displacement, elapsed);
                    true
                }
                Some(away) => away.is_left(&displacement, gone, tuning),
            };
            if anew && gone > tuning.left && farthest(&displacement) > tuning.smallest {
                let near = history
                    .smoothed_between(from, now.time)
                    .filter(|(_, there)| {
                        distance(&displacement_from(there, &before, elsewhere), &deviations)
                            < tuning.begun * gone
                    });
                let onset = near.last().map_or(from, |(time, _)| time);
                rest.displacements = before;
                rest.head = now.head;
                let mut away = Episode::new(onset, now.time, gone, displacement, deviations);
                away.speaks = mouth_moves_before(context, onset);
                self.away = Some(away);
                return None;
            }
        }
        let away = self.away.as_mut()?;
        let turn = (0..3).map(|axis| (now.head[axis] - rest.head[axis]).abs());
        away.turn = turn.fold(away.turn, f64::max);
        away.looked |= rest.eyes_are_elsewhere(now, cues.glance / 2.0, cues);
        let there = displacement_from(&self.face, &rest.displacements, elsewhere);
        if !away.ends(there, now.time, tuning) {
            return None;
        }
        let away = self.away.take()?;
        self.over = now.time;
        *rest = RestingFace {
            displacements: self.face,
            ..RestingFace::new(now)
        };
        let lasted = away.lasted(elapsed, tuning);
        lasted.then(|| away.expression(id, now.time, context.tuning))?
    }

    /// Where the regions are at rest.
    pub fn rest(&self) -> Option<&Displacements> {
        self.rest.as_ref().map(|rest| &rest.displacements)
    }
}

impl RestingFace {
    fn new(sample: &Sample) -> Self {
        Self {
            displacements: sample.displacements,
            head: sample.head,
            gaze: sample.cues.gaze,
            open: sample.cues.eye_openness,
        }
    }

    fn approach(&mut self, now: &Sample, share: f64) {
        approach(&mut self.displacements, &now.displacements, share);
        let share = share.min(1.0);
        let follow = |rest: &mut [f64], now: &[f64]| {
            for (rest, now) in rest.iter_mut().zip(now) {
                *rest += share * (now - *rest);
            }
        };
        follow(&mut self.head, &now.head);
        follow(&mut self.gaze, &now.cues.gaze);
        let eyes = self.open.zip(now.cues.eye_openness);
        self.open = eyes.map(|(rest, now)| rest + share * (now - rest));
    }

    /// Whether the eyes are closed or their irises farther than `glance` from where they were.
    fn eyes_are_elsewhere(&self, now: &Sample, glance: f64, tuning: &CueTuning) -> bool {
        let [x, y] = [0, 1].map(|axis| now.cues.gaze[axis] - self.gaze[axis]);
        let eyes = now.cues.eye_openness.zip(self.open);
        let closed = eyes.map(|(now, rest)| now < tuning.closed * rest);
        x.hypot(y) > glance || closed.left || closed.right
    }
}

/// How far a face is from where it was before, its lids left out where the eyes are `elsewhere`.
fn displacement_from(
    face: &Displacements,
    before: &Displacements,
    elsewhere: bool,
) -> Displacements {
    let mut displacement = [[0.0; 2]; REGION_COUNT];
    let pairs = face.iter().zip(before).zip(&REGIONS);
    for (displacement, ((face, before), region)) in displacement.iter_mut().zip(pairs) {
        if !(elsewhere && region.part.is_of_eye()) {
            *displacement = [face[0] - before[0], face[1] - before[1]];
        }
    }
    displacement
}

/// The distance of the region that is farthest away.
fn farthest(displacement: &Displacements) -> f64 {
    displacement
        .iter()
        .map(|[x, y]| x.hypot(*y))
        .fold(0.0, f64::max)
}

/// The share of `elapsed` in `time`.
fn share(elapsed: Duration, time: Duration) -> f64 {
    nanos(elapsed) as f64 / nanos(time) as f64
}

fn approach(values: &mut Displacements, wanted: &Displacements, share: f64) {
    let share = share.min(1.0);
    for (values, wanted) in values.iter_mut().zip(wanted) {
        for (value, wanted) in values.iter_mut().zip(wanted) {
            *value += share * (wanted - *value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::expression::event::{ExpressionKind, Side};
    use crate::analysis::expression::history::History;
    use crate::analysis::expression::regions::{FlowRegion, index};

    /// What the lip corners of a face do, and what it is told to have done; `course` and `drift` give, at a
    /// time in ms, hundredths of a smile and of a drift_noise chin.
    fn seen(course: impl Fn(u64) -> f64, drift: impl Fn(u64) -> f64) -> Vec<ExpressionEvent> {
        let tuning = ExpressionTuning::default();
        let (mut detector, mut history) = (MacroDetector::new(&tuning), History::default());
        let frames = (0..600u64).filter_map(|frame| {
            let mut displacements = [[0.0; 2]; REGION_COUNT];
            for side in [Side::Left, Side::Right] {
                let corner = index(FlowRegion::LipCorner, side).unwrap();
                displacements[corner] = [0.8, 1.0].map(|part| part * course(frame * 16));
            }
            displacements[index(FlowRegion::Chin, Side::Both).unwrap()] = [drift(frame * 16); 2];
            let sample = Sample {
                displacements,
                ..Sample::at_rest(BufferTime::from_millis(frame * 16))
            };
            history.push(sample.clone());
            detector.observe(
                TrackId::new(1),
                Context::new(&history, &tuning),
                &sample,
                Duration::from_millis(16),
            )
        });
        frames.collect()
    }

    /// A smile from `from` to `to` that takes 300 ms to come and to go.
    fn smile(time: u64, from: u64, to: u64) -> f64 {
        let rise = (time.saturating_sub(from) as f64 / 300.0).min(1.0);
        let fall = (to.saturating_sub(time) as f64 / 300.0).min(1.0);
        8.0 * rise.min(fall)
    }

    fn still(_: u64) -> f64 {
        0.0
    }

    #[test]
    fn a_smile_of_two_seconds_is_an_expression_that_lasts() {
        let seen = seen(|time| smile(time, 2000, 4000), still);
        assert_eq!(seen.len(), 1, "{seen:?}");
        assert_eq!(seen[0].kind, ExpressionKind::Macro);
        assert_eq!(seen[0].action_units[0].code(), "AU12");
        assert!(
            seen[0].onset.abs_diff(BufferTime::from_millis(2000)) < Duration::from_millis(100),
            "{seen:?}"
        );
        assert!(
            seen[0].offset.abs_diff(BufferTime::from_millis(4000)) < Duration::from_millis(150),
            "{seen:?}"
        );
    }

    #[test]
    fn a_face_that_drifts_hides_no_smile_and_one_smile_does_not_hide_the_next() {
        let smiles = |time| smile(time, 3000, 4500) + smile(time, 5300, 6600);
        let seen = seen(smiles, |time| time as f64 / 2000.0);
        assert_eq!(seen.len(), 2, "{seen:?}");
        for (seen, onset) in seen.iter().zip([3000, 5300].map(BufferTime::from_millis)) {
            assert!(
                seen.onset.abs_diff(onset) < Duration::from_millis(150),
                "{seen:?}"
            );
        }
    }

    #[test]
    fn a_change_that_stays_hides_no_smile() {
        let chin = |time: u64| if time > 1500 { 2.0 } else { 0.0 };
        let seen = seen(|time| smile(time, 3500, 5000), chin);
        assert_eq!(seen.len(), 1, "{seen:?}");
        assert!(
            seen[0].onset.abs_diff(BufferTime::from_millis(3500)) < Duration::from_millis(150),
            "{seen:?}"
        );
    }

    #[test]
    fn what_is_short_stays_or_goes_to_and_fro_is_none() {
        assert!(seen(|time| smile(time, 2000, 2300), still).is_empty());
        assert!(seen(|time| smile(time, 2000, 60_000), still).is_empty());
        let wobble = |time: u64| (time as f64 / 60.0).sin().abs().max(0.5);
        assert!(seen(|time| wobble(time) * smile(time, 2000, 4000), still).is_empty());
        assert!(seen(still, |time| time as f64 / 1000.0).is_empty());
    }

    #[test]
    fn a_mouth_that_moved_before_speaks() {
        let syllables = |time: u64| {
            if (time / 150).is_multiple_of(2) {
                1.5
            } else {
                0.0
            }
        };
        let before = |time: u64| if time < 2000 { syllables(time) } else { 0.0 };
        assert!(seen(|time| smile(time, 2100, 4000), before).is_empty());
    }
}
