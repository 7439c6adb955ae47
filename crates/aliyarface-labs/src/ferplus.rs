//! FER2013's faces with FER+'s votes, as they lie in an `.npz` file.

use std::path::Path;

use anyhow::{Result, ensure};
use tch::{Kind, Tensor};

use crate::npz::Arrays;

/// Side of a picture in pixels.
pub const SIDE: usize = 48;
/// How many emotions there are votes for.
pub const CLASSES: usize = 8;
/// The emotions in the order of the votes, which is the net's; two columns, unknown and not-a-face,
/// follow.
pub const EMOTIONS: [&str; CLASSES] = [
    "neutral",
    "happiness",
    "surprise",
    "sadness",
    "anger",
    "disgust",
    "fear",
    "contempt",
];
/// Columns of votes.
const VOTES: usize = 10;

/// What the voters said of one face, by the protocol of Barsoum et al. 2016 (arXiv 1608.01041):
/// single votes are slips; a face whose winner is no emotion is left out.
pub struct Votes {
    /// Share of each emotion among the votes for emotions.
    pub shares: [f64; CLASSES],
    /// The emotion with the most votes.
    pub winner: usize,
    /// Whether the winner has more than half of all votes.
    pub majority: bool,
}

impl Votes {
    fn of(counts: &[u8]) -> Option<Self> {
        let counts: Vec<u32> = counts
            .iter()
            .map(|&count| if count > 1 { u32::from(count) } else { 0 })
            .collect();
        let most = *counts.iter().max()?;
        let winner = counts.iter().position(|&count| count == most)?;
        if most == 0 || winner >= CLASSES {
            return None;
        }
        let emotions: u32 = counts[..CLASSES].iter().sum();
        let mut shares = [0.0; CLASSES];
        for (share, &count) in shares.iter_mut().zip(&counts) {
            *share = f64::from(count) / f64::from(emotions);
        }
        let total: u32 = counts.iter().sum();
        Some(Self {
            shares,
            winner,
            majority: 2 * most > total,
        })
    }
}

/// A file's pictures, and what was said of each.
pub struct Ferplus {
    /// N x 48 x 48 bytes of brightness.
    pub pictures: Tensor,
    /// `None` where no emotion wins.
    pub votes: Vec<Option<Votes>>,
}

impl Ferplus {
    /// Reads the arrays `x` (N x 48 x 48 bytes) and `v` (N x 10 votes).
    pub fn read(file: &Path) -> Result<Self> {
        let mut arrays = Arrays::open(file)?;
        let pictures = arrays.get("x")?.f_to_kind(Kind::Uint8)?;
        let votes = arrays.get("v")?.f_to_kind(Kind::Uint8)?;
        let (sizes, side) = (pictures.size(), SIDE as i64);
        ensure!(
            sizes.len() == 3
                && sizes[1..] == [side, side]
                && votes.size() == [sizes[0], VOTES as i64],
            "{}: x must be N x {side} x {side} and v N x {VOTES}",
            file.display()
        );
        let counts: Vec<u8> = votes.f_contiguous()?.f_view([-1])?.try_into()?;
        Ok(Self {
            pictures,
            votes: counts.chunks(VOTES).map(Votes::of).collect(),
        })
    }
}
