//! How many blinks were found, and how many were told of that were none.

use serde::Serialize;

/// Seconds by which a label may lie before a blink's onset or after its offset: who labels by hand
/// names the frame at which the eyes seem shut.
const TOLERANCE: f64 = 0.3;

/// A blink that the element told of: onset and offset in seconds of the stream.
pub type Told = [f64; 2];

/// What was found of all clips.
#[derive(Debug, Default, Serialize)]
pub struct Score {
    /// Labelled blinks.
    pub blinks: usize,
    /// Those that the element told of.
    pub found: usize,
    /// Blinks told of that were none.
    #[serde(rename = "false")]
    pub wrong: usize,
    /// Length of all clips.
    pub minutes: f64,
    /// F1 of the blinks.
    pub f1: f64,
}

impl Score {
    /// Takes in a clip of `seconds` whose blinks are at `times`; how many were found and how many are false.
    pub fn add(&mut self, times: &[f64], told: &[Told], seconds: f64) -> [usize; 2] {
        let found = found(times, told);
        let wrong = told.len() - found;
        self.blinks += times.len();
        self.found += found;
        self.wrong += wrong;
        self.minutes += seconds / 60.0;
        let missed = self.blinks - self.found;
        let errors = (missed + self.wrong) as f64;
        let twice = 2.0 * self.found as f64;
        self.f1 = if twice + errors > 0.0 {
            twice / (twice + errors)
        } else {
            1.0
        };
        [found, wrong]
    }
}

/// How many of the labelled `times` were told of, each by a blink of its own, the nearest first.
fn found(times: &[f64], told: &[Told]) -> usize {
    let mut pairs = Vec::new();
    for (label, time) in times.iter().enumerate() {
        for (blink, [onset, offset]) in told.iter().enumerate() {
            let off = (time - (onset + offset) / 2.0).abs();
            if (onset - TOLERANCE..=offset + TOLERANCE).contains(time) {
                pairs.push((off, label, blink));
            }
        }
    }
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut labels, mut blinks) = (Vec::new(), Vec::new());
    for (_, label, blink) in pairs {
        if !labels.contains(&label) && !blinks.contains(&blink) {
            labels.push(label);
            blinks.push(blink);
        }
    }
    labels.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_label_needs_a_blink_of_its_own_near_it() {
        let told = [[1.0, 1.2], [2.0, 2.2], [9.0, 9.3]];
        assert_eq!(found(&[1.1, 2.45, 5.0], &told), 2);
        assert_eq!(found(&[1.05, 1.15], &told), 1);
        assert_eq!(found(&[], &told), 0);
        assert_eq!(found(&[1.1, 1.6], &[[1.1, 1.3]]), 1);
    }
}
