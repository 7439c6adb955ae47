//! How far the border of the upper lip's red rose between two moments, by what the lip looks like.

use crate::geometry::Sides;

use super::HUNDREDTHS;
use super::crop::EYE_DISTANCE;
use super::linear::solve;
use super::upper_lip::{KNOTS, LEVELS, PARTS, UpperLipLook};

/// Where a strip is led by itself: its ends and the border.
const ENDS: usize = PARTS + 1;
/// Unknowns: how far each of those moved, and how much darker all is.
const UNKNOWNS: usize = ENDS + 1;
/// Rounds of linearising, with levels averaged over so many to either side.
const ROUNDS: [(usize, usize); 2] = [(5, 1), (4, 0)];
/// What is expected of movements, and of those of neighbours against each other, in pixels, where a level is right
/// to one of 256. Set by hand, held by the tests below.
const FARTHEST: f64 = 2.0;
const STRETCH: [f64; PARTS] = [0.8, 1.9];

impl UpperLipLook {
    /// How far the border of the red rose from `rest` until now in each half, in hundredths of the outer-eye
    /// distance, with the head's own movement taken off; `None` where the two do not compare.
    pub fn border_rise(&self, rest: &Self) -> Option<Sides<f64>> {
        if rest.reference != self.reference {
            return None;
        }
        let head = self.head - rest.head;
        let half = |rest: &[f32; LEVELS], now: &[f32; LEVELS], steps: [f64; PARTS]| {
            let down = border_fall(rest, now, steps)?;
            Some((head - down) * HUNDREDTHS / EYE_DISTANCE)
        };
        Sides::new(
            half(&rest.levels.left, &self.levels.left, rest.steps.left),
            half(&rest.levels.right, &self.levels.right, rest.steps.right),
        )
        .both()
    }
}

/// How far the border between a strip's parts moved down, in pixels: least squares by Gauss and Newton.
fn border_fall(rest: &[f32; LEVELS], now: &[f32; LEVELS], steps: [f64; PARTS]) -> Option<f64> {
    let places: [f64; LEVELS] = std::array::from_fn(|index| {
        let above = index.min(KNOTS[1]);
        above as f64 * steps[0] + (index - above) as f64 * steps[1]
    });
    let mut found = [0.0; UNKNOWNS];
    for (rounds, reach) in ROUNDS {
        let (rest, now) = (blurred(rest, reach), blurred(now, reach));
        for _ in 0..rounds {
            let (mut matrix, mut right) = expectation(&found);
            for (index, (rest, place)) in rest.iter().zip(places).enumerate() {
                let shares = shares(index);
                let moved = shares
                    .iter()
                    .zip(&found)
                    .map(|(share, found)| share * found);
                let there = place + moved.sum::<f64>();
                let level = |place: f64| level_at(&now, &places, place);
                let (Some(here), Some(above), Some(below)) =
                    (level(there), level(there - 0.5), level(there + 0.5))
                else {
                    continue;
                };
                let residual = here + found[ENDS] - rest;
                let mut slopes = [1.0; UNKNOWNS];
                for (slope, share) in slopes.iter_mut().zip(shares) {
                    *slope = (below - above) * share;
                }
                for (row, slope) in slopes.iter().enumerate() {
                    for (column, other) in slopes.iter().enumerate() {
                        matrix[row][column] += slope * other;
                    }
                    right[row] -= slope * residual;
                }
            }
            for (found, step) in found.iter_mut().zip(solve(matrix, right)?) {
                *found += step;
            }
        }
    }
    Some(found[1])
}

/// The normal equations of what is expected of movements alone.
fn expectation(found: &[f64; UNKNOWNS]) -> ([[f64; UNKNOWNS]; UNKNOWNS], [f64; UNKNOWNS]) {
    let (mut matrix, mut right) = ([[0.0; UNKNOWNS]; UNKNOWNS], [0.0; UNKNOWNS]);
    for end in 0..ENDS {
        let near = FARTHEST.powi(-2);
        matrix[end][end] += near;
        right[end] -= near * found[end];
    }
    for (end, stretch) in STRETCH.into_iter().enumerate() {
        let (next, alike) = (end + 1, stretch.powi(-2));
        matrix[end][end] += alike;
        matrix[next][next] += alike;
        matrix[end][next] -= alike;
        matrix[next][end] -= alike;
        right[end] += alike * (found[next] - found[end]);
        right[next] -= alike * (found[next] - found[end]);
    }
    (matrix, right)
}

/// How much of each end's movement a level takes part in.
fn shares(index: usize) -> [f64; ENDS] {
    let part = usize::from(index >= KNOTS[1]);
    let within = (index - KNOTS[part]) as f64 / (KNOTS[part + 1] - KNOTS[part]) as f64;
    let mut shares = [0.0; ENDS];
    (shares[part], shares[part + 1]) = (1.0 - within, within);
    shares
}

/// The level at a place between those that are known; `None` beyond them.
fn level_at(levels: &[f64; LEVELS], places: &[f64; LEVELS], place: f64) -> Option<f64> {
    let after = places.partition_point(|&other| other <= place);
    let before = after.checked_sub(1)?;
    let (from, to) = (places.get(before)?, places.get(after)?);
    let part = (place - from) / (to - from);
    Some(levels.get(before)? * (1.0 - part) + levels.get(after)? * part)
}

/// Each level averaged with as many as `reach` to either side.
fn blurred(levels: &[f32; LEVELS], reach: usize) -> [f64; LEVELS] {
    std::array::from_fn(|index| {
        let near = index.saturating_sub(reach)..(index + reach + 1).min(LEVELS);
        let total = near.len() as f64;
        let near = levels.get(near).into_iter().flatten();
        near.copied().map(f64::from).sum::<f64>() / total
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::time::BufferTime;

    #[test]
    fn the_border_of_the_red_is_led_whatever_head_light_and_the_lower_lip_do() {
        let rest = UpperLipLook::drawn(0.0, [0.0; 2], 1.0);
        for border in [0.0, -0.3, 0.4, -1.0] {
            for (gap, head, light) in [(0.0, 0.0, 1.0), (1.5, 0.0, 1.0), (1.0, 0.6, 1.02)] {
                let now = UpperLipLook::drawn(head, [border, gap], light);
                let found = now.border_rise(&rest).unwrap();
                for found in found.into_array() {
                    let off = (found * EYE_DISTANCE / HUNDREDTHS - border).abs();
                    assert!(
                        off < 0.05 + 0.35 * border.abs(),
                        "{border} {gap} {head} {light}: {found}"
                    );
                }
            }
        }
    }

    #[test]
    fn looks_of_two_references_do_not_compare() {
        let first = UpperLipLook::drawn(0.0, [0.0; 2], 1.0);
        let second = UpperLipLook {
            reference: BufferTime::from_millis(1),
            ..first.clone()
        };
        assert_eq!(second.border_rise(&first), None);
        assert!(first.border_rise(&first).is_some());
    }
}
