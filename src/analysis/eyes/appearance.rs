//! How much the picture of each eye differs from how it has looked of late.
//!
//! Closing lids cover the iris and change the pattern between the eye's corners, whatever light is
//! mirrored over the lids and however little the mesh follows them.

use std::time::Duration;

use crate::analysis::alignment::Aligned;
use crate::analysis::time::{BufferTime, seconds};
use crate::geometry::Sides;

use super::visibility::{CENTRES, patch};

/// Rows of the aligned face from an eye's centre that show the eye: seven tenths of its width.
const ROWS: [isize; 2] = [-4, 4];
/// Time in which an eye's usual look follows a change: a blink is over in a third of it.
const LEARNING: Duration = Duration::from_secs(1);
/// Variance, in squared levels, that is added to an eye's own: the noise of a flat patch is no pattern.
const FLOOR: f64 = 16.0;

/// How one person's eyes have looked of late.
#[derive(Debug, Default)]
pub struct EyeAppearance {
    usual: Option<Sides<Vec<f64>>>,
    seen: Option<BufferTime>,
}

impl EyeAppearance {
    /// Takes in the next aligned face; how much each eye differs from its usual look: 0 not at all, 1 as
    /// much as what has nothing in common with it.
    pub fn observe(&mut self, aligned: &Aligned, time: BufferTime) -> Sides<f64> {
        let [right, left] = CENTRES.map(|centre| pattern(&patch(aligned, centre, ROWS)));
        let now = Sides::new(left, right);
        let since = self.seen.replace(time).map(|seen| time.since(seen));
        let Some(usual) = &mut self.usual else {
            self.usual = Some(now);
            return Sides::default();
        };
        let learning = seconds(since.unwrap_or_default()) / seconds(LEARNING);
        let change = |now: &[f64], usual: &mut [f64]| {
            let change = difference(now, usual);
            for (usual, now) in usual.iter_mut().zip(now) {
                *usual += learning.min(1.0) * (now - *usual);
            }
            change
        };
        Sides::new(
            change(&now.left, &mut usual.left),
            change(&now.right, &mut usual.right),
        )
    }
}

/// Levels of a patch less their mean.
fn pattern(levels: &[u8]) -> Vec<f64> {
    let sum: f64 = levels.iter().copied().map(f64::from).sum();
    let mean = sum / levels.len().max(1) as f64;
    levels
        .iter()
        .map(|&level| f64::from(level) - mean)
        .collect()
}

/// One less the correlation of two patterns.
fn difference(a: &[f64], b: &[f64]) -> f64 {
    let product = |a: &[f64], b: &[f64]| {
        let sum: f64 = a.iter().zip(b).map(|(a, b)| a * b).sum();
        sum / a.len().max(1) as f64 + FLOOR
    };
    1.0 - product(a, b) / (product(a, a) * product(b, b)).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::EMOTION_SIDE;

    /// A face of even skin with irises that go down to so many rows below the eyes' centres.
    fn face(skin: u8, iris: u8, rows: usize) -> Aligned {
        let mut levels = vec![skin; EMOTION_SIDE * EMOTION_SIDE];
        for [x, y] in CENTRES {
            for row in y - 3..y - 3 + rows {
                levels[row * EMOTION_SIDE + x - 2..=row * EMOTION_SIDE + x + 2].fill(iris);
            }
        }
        Aligned(levels)
    }

    #[test]
    fn closing_lids_change_an_eye_s_look_and_light_does_not() {
        let at = |frame: u64| BufferTime::from_nanos(frame * 33_333_333);
        let mut eyes = EyeAppearance::default();
        let mut change = |face: &Aligned, frame| eyes.observe(face, at(frame)).mean();
        assert_eq!(change(&face(150, 40, 6), 0), 0.0);
        assert!(change(&face(150, 40, 6), 1) < 1e-9);
        assert!(change(&face(170, 60, 6), 2) < 0.01, "more light");
        assert!(change(&face(120, 30, 6), 3) < 0.01, "less light");
        assert!(change(&face(150, 40, 1), 4) > 0.3);
        assert!(change(&face(150, 40, 6), 5) < 0.05, "open again");
    }

    #[test]
    fn an_eye_that_stays_as_it_is_becomes_usual() {
        let mut eyes = EyeAppearance::default();
        let mut last = 0.0;
        for frame in 0..90u64 {
            let rows = if frame < 30 { 6 } else { 1 };
            let time = BufferTime::from_nanos(frame * 33_333_333);
            last = eyes.observe(&face(150, 40, rows), time).mean();
        }
        assert!(last < 0.05, "{last}");
    }
}
