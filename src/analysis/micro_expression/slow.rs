//! Expressions that last: a face leaves its rest for more than half a second and returns.

use super::away::{Away, LEFT, distance};
use super::explained::mouth_stirs_before;
use super::expression::MicroExpression;
use super::history::{History, Moment};
use super::noise::Noise;
use super::regions::{COUNT, Displacements, REGIONS};
use super::signs::{CLOSED, GLANCE};

/// Time in ns over which rest is averaged.
const REST_TIME: f64 = 1_500_000_000.0;
/// Time in ns over which the face is averaged.
const FACE_TIME: f64 = 80_000_000.0;
/// How far a face that has left its rest is from it at the least, in hundredths of the outer-eye distance.
const LEAST: f64 = 0.45;
/// Longest way in ns from rest to where a face has left it: what takes longer drifts.
const WAY: u64 = 600_000_000;
/// Part of [`LEFT`] below which a face has not begun to leave.
const BEGUN: f64 = 0.3;
/// What a region wanders by itself in [`WAY`], in hundredths: before anything is known of the person,
/// and at the least.
const WANDERING: [f64; 2] = [0.25, 0.07];

/// A face at rest.
#[derive(Clone, Copy)]
struct Rest {
    moved: Displacements,
    head: [f64; 5],
    gaze: [f64; 2],
    open: [f64; 2],
}

/// Watches one face.
pub struct Slow {
    rest: Option<Rest>,
    face: Displacements,
    wandering: Noise,
    /// When the last expression was over, in ns: what was before is no rest.
    over: u64,
    away: Option<Away>,
}

impl Default for Slow {
    fn default() -> Self {
        Self {
            rest: None,
            face: [[0.0; 2]; COUNT],
            wandering: Noise::new(WANDERING[0], WANDERING[1]),
            over: 0,
            away: None,
        }
    }
}

impl Slow {
    /// Takes in `now`, the newest moment of `history`, `elapsed` ns after the one before; the expression that
    /// ended on it.
    pub fn watch(
        &mut self,
        id: u32,
        history: &History,
        now: &Moment,
        elapsed: f64,
    ) -> Option<MicroExpression> {
        let Some(rest) = &mut self.rest else {
            (self.rest, self.face, self.over) = (Some(Rest::of(now)), now.moved, now.time);
            return None;
        };
        approach(&mut self.face, &now.moved, elapsed / FACE_TIME);
        let elsewhere = rest.eyes_are_elsewhere(now, GLANCE);
        if self.away.is_none() {
            rest.approach(now, elapsed / REST_TIME);
        }
        let from = now.time.saturating_sub(WAY).max(self.over);
        if let Some(before) = history.at(from) {
            let way = off(&self.face, &before, elsewhere);
            let deviations = self.wandering.deviations();
            let gone = distance(&way, &deviations);
            let anew = match &mut self.away {
                None => {
                    self.wandering.learn(&way, elapsed);
                    true
                }
                Some(away) => away.is_left(&way, gone),
            };
            if anew && gone > LEFT && farthest(&way) > LEAST {
                let near = history.course(from, now.time).filter(|(_, moved)| {
                    distance(&off(moved, &before, elsewhere), &deviations) < BEGUN * gone
                });
                let onset = near.last().map_or(from, |(time, _)| time);
                rest.moved = before;
                rest.head = now.head;
                let mut away = Away::new(onset, now.time, gone, way, deviations);
                away.speaks = mouth_stirs_before(history, onset);
                self.away = Some(away);
                return None;
            }
        }
        let away = self.away.as_mut()?;
        let turn = (0..3).map(|axis| (now.head[axis] - rest.head[axis]).abs());
        away.turn = turn.fold(away.turn, f64::max);
        away.looked |= rest.eyes_are_elsewhere(now, GLANCE / 2.0);
        let there = off(&self.face, &rest.moved, elsewhere);
        if !away.ends(there, now.time) {
            return None;
        }
        let away = self.away.take()?;
        self.over = now.time;
        let moved = self.face;
        *rest = Rest {
            moved,
            ..Rest::of(now)
        };
        let lasted = away.lasted(elapsed);
        lasted.then(|| away.expression(id, now.time))?
    }

    /// Where the regions are at rest.
    pub fn rest(&self) -> Option<&Displacements> {
        self.rest.as_ref().map(|rest| &rest.moved)
    }

    /// Forgets the face.
    pub fn reset(&mut self) {
        *self = Self::default();
    }
}

impl Rest {
    fn of(moment: &Moment) -> Self {
        Self {
            moved: moment.moved,
            head: moment.head,
            gaze: moment.signs.gaze,
            open: moment.signs.open,
        }
    }

    fn approach(&mut self, now: &Moment, share: f64) {
        approach(&mut self.moved, &now.moved, share);
        let share = share.min(1.0);
        let follow = |rest: &mut [f64], now: &[f64]| {
            for (rest, now) in rest.iter_mut().zip(now) {
                *rest += share * (now - *rest);
            }
        };
        follow(&mut self.head, &now.head);
        follow(&mut self.gaze, &now.signs.gaze);
        follow(&mut self.open, &now.signs.open);
    }

    /// Whether the eyes are closed or their irises farther than `glance` from where they were.
    fn eyes_are_elsewhere(&self, now: &Moment, glance: f64) -> bool {
        let [x, y] = [0, 1].map(|axis| now.signs.gaze[axis] - self.gaze[axis]);
        let closed = now.signs.open.iter().zip(self.open);
        x.hypot(y) > glance || closed.into_iter().any(|(now, rest)| *now < CLOSED * rest)
    }
}

/// How far a face is from where it was before, its lids left out where the eyes are `elsewhere`.
fn off(face: &Displacements, before: &Displacements, elsewhere: bool) -> Displacements {
    let mut off = [[0.0; 2]; COUNT];
    let pairs = face.iter().zip(before).zip(&REGIONS);
    for (off, ((face, before), region)) in off.iter_mut().zip(pairs) {
        if !(elsewhere && region.part.is_of_eye()) {
            *off = [face[0] - before[0], face[1] - before[1]];
        }
    }
    off
}

/// The distance of the region that is farthest away.
fn farthest(off: &Displacements) -> f64 {
    off.iter().map(|[x, y]| x.hypot(*y)).fold(0.0, f64::max)
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
    use super::super::expression::{ExpressionKind, Side};
    use super::super::regions::{Part, index};
    use super::*;

    /// What the lip corners of a face do, and what it is told to have done; `course` and `drift` give, at a
    /// time in ms, hundredths of a smile and of a wandering chin.
    fn seen(course: impl Fn(u64) -> f64, drift: impl Fn(u64) -> f64) -> Vec<MicroExpression> {
        let (mut slow, mut history) = (Slow::default(), History::default());
        let frames = (0..600u64).filter_map(|frame| {
            let mut moved = [[0.0; 2]; COUNT];
            for side in [Side::Left, Side::Right] {
                let corner = index(Part::LipCorner, side).unwrap();
                moved[corner] = [0.8, 1.0].map(|part| part * course(frame * 16));
            }
            moved[index(Part::Chin, Side::Both).unwrap()] = [drift(frame * 16); 2];
            let moment = Moment {
                moved,
                ..Moment::at_rest(frame * 16_000_000)
            };
            history.push(moment.clone());
            slow.watch(1, &history, &moment, 16e6)
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
        assert_eq!(seen[0].action_units[0].code, "AU12");
        assert!(
            seen[0].onset.abs_diff(2_000_000_000) < 100_000_000,
            "{seen:?}"
        );
        assert!(
            seen[0].offset.abs_diff(4_000_000_000) < 150_000_000,
            "{seen:?}"
        );
    }

    #[test]
    fn a_face_that_drifts_hides_no_smile_and_one_smile_does_not_hide_the_next() {
        let smiles = |time| smile(time, 3000, 4500) + smile(time, 5300, 6600);
        let seen = seen(smiles, |time| time as f64 / 2000.0);
        assert_eq!(seen.len(), 2, "{seen:?}");
        for (seen, onset) in seen.iter().zip([3_000_000_000u64, 5_300_000_000]) {
            assert!(seen.onset.abs_diff(onset) < 150_000_000, "{seen:?}");
        }
    }

    #[test]
    fn a_change_that_stays_hides_no_smile() {
        let chin = |time: u64| if time > 1500 { 2.0 } else { 0.0 };
        let seen = seen(|time| smile(time, 3500, 5000), chin);
        assert_eq!(seen.len(), 1, "{seen:?}");
        assert!(
            seen[0].onset.abs_diff(3_500_000_000) < 150_000_000,
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
