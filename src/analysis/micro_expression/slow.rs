//! Expressions that last: a face leaves its rest for more than half a second and returns.

use super::expression::{ExpressionKind, MicroExpression};
use super::history::Moment;
use super::judge::{LONGEST, confidence};
use super::noise::Noise;
use super::regions::{COUNT, Displacements, REGIONS};
use super::signs::{CLOSED, GLANCE};
use super::spotter::two_most;
use super::units::{emotion, units};

/// Time in ns over which rest is averaged.
const REST_TIME: f64 = 1_500_000_000.0;
/// Time in ns over which the face is averaged.
const FACE_TIME: f64 = 80_000_000.0;
/// How far a face that has left its rest is from it: in standard deviations of what it wanders, over its
/// two farthest regions, and in hundredths of the outer-eye distance.
const LEFT: f64 = 6.0;
const LEAST: f64 = 0.7;
/// Part of the farthest distance below which it is back.
const BACK: f64 = 0.4;
/// How long a face may stay away before that is its new rest, in ns.
const NEW_REST: u64 = 6_000_000_000;
/// Degrees of head movement beyond which nothing slow can be told from it.
const HEAD: f64 = 4.0;
/// What a region wanders by itself over seconds, in hundredths: before anything is known of the person,
/// and at the least.
const WANDERING: [f64; 2] = [0.4, 0.2];

/// A face at rest.
#[derive(Clone, Copy)]
struct Rest {
    moved: Displacements,
    head: [f64; 5],
    gaze: [f64; 2],
    open: [f64; 2],
}

/// A face away from its rest.
struct Away {
    onset: u64,
    apex: u64,
    farthest: f64,
    there: Displacements,
    deviations: Displacements,
    turned: bool,
}

/// Watches one face.
pub struct Slow {
    rest: Option<Rest>,
    face: Displacements,
    wandering: Noise,
    away: Option<Away>,
}

impl Default for Slow {
    fn default() -> Self {
        Self {
            rest: None,
            face: [[0.0; 2]; COUNT],
            wandering: Noise::new(WANDERING[0], WANDERING[1]),
            away: None,
        }
    }
}

impl Slow {
    /// Takes in a frame `elapsed` ns after the last; the expression that ended on it.
    pub fn watch(&mut self, id: u32, now: &Moment, elapsed: f64) -> Option<MicroExpression> {
        let Some(rest) = &mut self.rest else {
            (self.rest, self.face) = (Some(Rest::of(now)), now.moved);
            return None;
        };
        approach(&mut self.face, &now.moved, elapsed / FACE_TIME);
        let mut off = [[0.0; 2]; COUNT];
        for ((off, face), rest) in off.iter_mut().zip(&self.face).zip(&rest.moved) {
            *off = [face[0] - rest[0], face[1] - rest[1]];
        }
        if rest.eyes_are_elsewhere(now) {
            let lids = off.iter_mut().zip(&REGIONS);
            lids.filter(|(_, region)| region.part.is_of_eye())
                .for_each(|(off, _)| *off = [0.0; 2]);
        }
        let turn = (0..3).map(|axis| (now.head[axis] - rest.head[axis]).abs());
        let turned = turn.fold(0.0, f64::max) > HEAD;
        let Some(away) = &mut self.away else {
            let deviations = self.wandering.deviations();
            let distance = distance(&off, &deviations);
            self.wandering.learn(&off, elapsed);
            rest.approach(now, elapsed / REST_TIME);
            if distance > LEFT && farthest(&off) > LEAST {
                self.away = Some(Away {
                    onset: now.time,
                    apex: now.time,
                    farthest: distance,
                    there: off,
                    deviations,
                    turned,
                });
            }
            return None;
        };
        away.turned |= turned;
        let distance = distance(&off, &away.deviations);
        if distance > away.farthest {
            (away.apex, away.farthest, away.there) = (now.time, distance, off);
        }
        let back = distance < BACK * away.farthest;
        if !back && now.time < away.onset + NEW_REST {
            return None;
        }
        let away = self.away.take()?;
        if !back || away.turned {
            self.rest = Some(Rest {
                moved: self.face,
                ..Rest::of(now)
            });
            return None;
        }
        (now.time - away.onset > LONGEST + elapsed as u64).then(|| away.expression(id, now.time))
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

    fn eyes_are_elsewhere(&self, now: &Moment) -> bool {
        let [x, y] = [0, 1].map(|axis| now.signs.gaze[axis] - self.gaze[axis]);
        let closed = now.signs.open.iter().zip(self.open);
        x.hypot(y) > GLANCE || closed.into_iter().any(|(now, rest)| *now < CLOSED * rest)
    }
}

impl Away {
    fn expression(self, face: u32, offset: u64) -> MicroExpression {
        let (action_units, _) = units(&self.there, &self.deviations);
        MicroExpression {
            face,
            onset: self.onset,
            apex: self.apex,
            offset,
            kind: ExpressionKind::Macro,
            emotion: Some(emotion(&action_units).to_owned()),
            action_units,
            peak: self.farthest,
            confidence: confidence(self.farthest),
        }
    }
}

/// How far the two farthest regions are, in standard deviations.
fn distance(off: &Displacements, deviations: &Displacements) -> f64 {
    let far = off.iter().zip(deviations);
    two_most(far.map(|([x, y], [across, up])| (x / across).hypot(y / up)))
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
    use super::super::expression::Side;
    use super::super::regions::{Part, index};
    use super::*;

    /// The expressions of a face whose lip corners follow `course` (in ms, hundredths).
    fn seen(course: impl Fn(u64) -> f64) -> Vec<MicroExpression> {
        let mut slow = Slow::default();
        let frames = (0..600u64).filter_map(|frame| {
            let mut moved = [[0.0; 2]; COUNT];
            for side in [Side::Left, Side::Right] {
                let corner = index(Part::LipCorner, side).unwrap();
                moved[corner] = [0.8, 1.0].map(|part| part * course(frame * 16));
            }
            let moment = Moment {
                moved,
                ..Moment::at_rest(frame * 16_000_000)
            };
            slow.watch(1, &moment, 16e6)
        });
        frames.collect()
    }

    #[test]
    fn a_smile_of_two_seconds_is_an_expression_that_lasts() {
        let seen = seen(|time| {
            if (2000..4000).contains(&time) {
                8.0
            } else {
                0.0
            }
        });
        assert_eq!(seen.len(), 1, "{seen:?}");
        assert_eq!(seen[0].kind, ExpressionKind::Macro);
        assert_eq!(seen[0].action_units[0].code, "AU12");
        assert!(seen[0].onset.abs_diff(2_000_000_000) < 100_000_000);
        assert!(
            seen[0].offset.abs_diff(4_000_000_000) < 250_000_000,
            "{seen:?}"
        );
    }

    #[test]
    fn what_is_short_or_stays_is_none() {
        assert!(
            seen(|time| if (2000..2300).contains(&time) {
                8.0
            } else {
                0.0
            })
            .is_empty()
        );
        assert!(seen(|time| if time > 2000 { 8.0 } else { 0.0 }).is_empty());
    }
}
