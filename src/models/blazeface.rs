//! BlazeFace, in its two ranges: candidates for faces in a square crop.
//!
//! Anchors and decoding follow the models' cards (MediaPipe BlazeFace short range and full range
//! sparse): boxes and keypoints are offsets from fixed anchors of size one.

use super::manifest::CheckedFile;
use crate::nn::litert::{LiteRtError, Net};

/// Which of the two networks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Range {
    /// Faces that fill a good part of the crop (within about 2 m of a webcam).
    Short,
    /// Smaller faces too (within about 5 m).
    Full,
}

/// A candidate in fractions of the crop.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DetectorCandidate {
    /// Left, upper, right and lower edge.
    pub corners: [f64; 4],
    /// The eye at the crop's left and the one at its right.
    pub eyes: [[f64; 2]; 2],
    /// Probability of a face, 0..1.
    pub score: f64,
}

/// A loaded detector network.
pub struct BlazeFace {
    net: Net,
    range: Range,
    anchors: Vec<[f64; 2]>,
}

const VALUES_PER_ANCHOR: usize = 16;

impl Range {
    /// Side of the square input in pixels.
    pub const fn side(self) -> usize {
        match self {
            Self::Short => 128,
            Self::Full => 192,
        }
    }

    /// Score below which a candidate is not worth a closer look.
    pub const fn threshold(self) -> f64 {
        match self {
            Self::Short => 0.5,
            Self::Full => 0.4,
        }
    }

    /// Grids of anchors: cells a side and anchors a cell.
    const fn grids(self) -> &'static [(usize, usize)] {
        match self {
            Self::Short => &[(16, 2), (8, 6)],
            Self::Full => &[(48, 1)],
        }
    }
}

impl BlazeFace {
    /// Loads the network of `range` from `file`, to run on `threads` threads.
    ///
    /// # Errors
    /// The file is no network or not this one.
    pub fn load(file: CheckedFile, range: Range, threads: u32) -> Result<Self, LiteRtError> {
        let anchors = anchors(range);
        let side = range.side() as i32;
        let outputs = [anchors.len() * VALUES_PER_ANCHOR, anchors.len()];
        Ok(Self {
            net: Net::load(file.data, &[1, side, side, 3], &outputs, threads)?,
            range,
            anchors,
        })
    }

    /// Every candidate of at least `floor` (0..1) in an RGB crop of [`Range::side`] pixels a side.
    ///
    /// # Errors
    /// The network failed.
    pub fn candidates(
        &mut self,
        rgb: &[u8],
        floor: f64,
    ) -> Result<Vec<DetectorCandidate>, LiteRtError> {
        self.net.run(|input| {
            for (value, &byte) in input.iter_mut().zip(rgb) {
                *value = f32::from(byte) / 127.5 - 1.0;
            }
            Ok::<_, LiteRtError>(())
        })?;
        let (boxes, _) = self.net.output(0).as_chunks::<VALUES_PER_ANCHOR>();
        let logits = self.net.output(1);
        let side = self.range.side() as f64;
        let scored = boxes.iter().zip(logits).zip(&self.anchors);
        Ok(scored
            .filter_map(|((values, &logit), anchor)| {
                let score = sigmoid(f64::from(logit));
                let point = |x: f32, y: f32| {
                    [
                        f64::from(x) / side + anchor[0],
                        f64::from(y) / side + anchor[1],
                    ]
                };
                let [x, y, width, height, eye_x, eye_y, other_x, other_y, ..] = *values;
                let [x, y] = point(x, y);
                let half = [f64::from(width), f64::from(height)].map(|size| size / side / 2.0);
                let candidate = DetectorCandidate {
                    corners: [x - half[0], y - half[1], x + half[0], y + half[1]],
                    eyes: [point(eye_x, eye_y), point(other_x, other_y)],
                    score,
                };
                // A NaN score or box fails these comparisons and is dropped with the weak ones.
                let sound = candidate.corners.iter().all(|edge| edge.is_finite());
                (score >= floor && sound && half[0] > 0.0 && half[1] > 0.0).then_some(candidate)
            })
            .collect())
    }
}

fn anchors(range: Range) -> Vec<[f64; 2]> {
    let mut anchors = Vec::new();
    for &(cells, repeats) in range.grids() {
        let centre = |cell: usize| (cell as f64 + 0.5) / cells as f64;
        for y in 0..cells {
            for x in 0..cells {
                anchors.extend(std::iter::repeat_n([centre(x), centre(y)], repeats));
            }
        }
    }
    anchors
}

/// The logistic function.
pub fn sigmoid(logit: f64) -> f64 {
    1.0 / (1.0 + (-logit.clamp(-100.0, 100.0)).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_as_many_anchors_as_the_networks_have_outputs() {
        assert_eq!(anchors(Range::Short).len(), 896);
        assert_eq!(anchors(Range::Full).len(), 2304);
    }
}
