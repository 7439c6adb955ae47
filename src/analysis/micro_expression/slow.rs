//! Expressions that last: a face leaves its rest for more than half a second and returns.

use super::expression::{ExpressionKind, MicroExpression};
use super::judge::{LONGEST, confidence};
use super::regions::{COUNT, Displacements, REGIONS};
use super::units::{emotion, units};

/// Time in ns over which rest is averaged.
const REST_TIME: f64 = 1_500_000_000.0;
/// Time in ns over which the face is averaged.
const FACE_TIME: f64 = 80_000_000.0;
/// Distance from rest, in hundredths of the outer-eye distance, from which a region has left it.
const LEFT: f64 = 2.5;
/// Part of the farthest distance below which it is back.
const BACK: f64 = 0.4;
/// How long a face may stay away before that is its new rest, in ns.
const NEW_REST: u64 = 6_000_000_000;
/// Degrees of head movement beyond which nothing slow can be told from it.
const HEAD: f64 = 4.0;
/// What a region wanders by itself over seconds, in hundredths.
const WANDERING: f64 = 0.5;

/// A face away from its rest.
struct Away {
    onset: u64,
    apex: u64,
    farthest: f64,
    there: Displacements,
    turned: bool,
}

/// Watches one face.
#[derive(Default)]
pub struct Slow {
    rest: Option<Displacements>,
    face: Displacements,
    head: [f64; 5],
    away: Option<Away>,
}

impl Slow {
    /// Takes in a frame `elapsed` ns after the last; the expression that ended on it.
    pub fn watch(
        &mut self,
        id: u32,
        time: u64,
        elapsed: f64,
        moved: &Displacements,
        head: [f64; 5],
    ) -> Option<MicroExpression> {
        let Some(rest) = &mut self.rest else {
            (self.rest, self.face, self.head) = (Some(*moved), *moved, head);
            return None;
        };
        approach(&mut self.face, moved, elapsed / FACE_TIME);
        let mut off = [[0.0; 2]; COUNT];
        for ((off, face), rest) in off.iter_mut().zip(&self.face).zip(rest.iter()) {
            *off = [face[0] - rest[0], face[1] - rest[1]];
        }
        let distance = farthest(&off);
        let turn = (0..3).map(|axis| (head[axis] - self.head[axis]).abs());
        let turned = turn.fold(0.0, f64::max) > HEAD;
        let Some(away) = &mut self.away else {
            approach(rest, moved, elapsed / REST_TIME);
            let share = (elapsed / REST_TIME).min(1.0);
            for (rest, now) in self.head.iter_mut().zip(head) {
                *rest += share * (now - *rest);
            }
            if distance > LEFT {
                self.away = Some(Away {
                    onset: time,
                    apex: time,
                    farthest: distance,
                    there: off,
                    turned,
                });
            }
            return None;
        };
        away.turned |= turned;
        if distance > away.farthest {
            (away.apex, away.farthest, away.there) = (time, distance, off);
        }
        let back = distance < BACK * away.farthest;
        if !back && time < away.onset + NEW_REST {
            return None;
        }
        let away = self.away.take()?;
        if !back || away.turned {
            (self.rest, self.head) = (Some(self.face), head);
            return None;
        }
        (time - away.onset > LONGEST + elapsed as u64).then(|| away.expression(id, time))
    }

    /// Where the regions are at rest.
    pub fn rest(&self) -> Option<&Displacements> {
        self.rest.as_ref()
    }

    /// Forgets the face.
    pub fn reset(&mut self) {
        *self = Self::default();
    }
}

impl Away {
    fn expression(self, face: u32, offset: u64) -> MicroExpression {
        let deviations = [[WANDERING; 2]; COUNT];
        let (action_units, _) = units(&self.there, &deviations);
        let peak = self.farthest / WANDERING;
        MicroExpression {
            face,
            onset: self.onset,
            apex: self.apex,
            offset,
            kind: ExpressionKind::Macro,
            emotion: Some(emotion(&action_units).to_owned()),
            action_units,
            peak,
            confidence: confidence(peak),
        }
    }
}

/// The distance of the region that is farthest away; eyes are left out, they follow the gaze.
fn farthest(off: &Displacements) -> f64 {
    let regions = off.iter().zip(&REGIONS);
    regions
        .filter(|(_, region)| !region.part.is_of_eye())
        .map(|([x, y], _)| x.hypot(*y))
        .fold(0.0, f64::max)
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
            slow.watch(1, frame * 16_000_000, 16e6, &moved, [0.0; 5])
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
