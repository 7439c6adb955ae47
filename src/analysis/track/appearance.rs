//! How a face looks, coarsely: enough to tell two people of one scene apart while they pass each
//! other, too little to know anybody by. It is forgotten with the track.

use crate::picture::{PictureError, Rgb};

/// Cells a side of the grid over the face's crop; the crop's outer part, which shows background, is
/// left out.
const CELLS: i32 = 8;
const INNER: std::ops::Range<usize> = 2..6;
/// Part of a new look that is learned a frame.
const LEARNING: f32 = 0.08;

/// Mean colours of a grid of cells, freed of overall brightness.
#[derive(Debug, Clone, PartialEq)]
pub struct Appearance(Vec<[f32; 3]>);

impl Appearance {
    /// The looks of the face in a mesh crop.
    ///
    /// # Errors
    /// The crop could not be averaged.
    pub fn of(crop: &Rgb) -> Result<Self, PictureError> {
        let cells = crop.cells(CELLS, CELLS)?;
        let inner = cells.iter().enumerate().filter(|(index, _)| {
            let side = CELLS as usize;
            INNER.contains(&(index / side)) && INNER.contains(&(index % side))
        });
        let cells: Vec<[f32; 3]> = inner.map(|(_, cell)| cell.map(f32::from)).collect();
        let values = cells.iter().flatten();
        let brightness = values.sum::<f32>() / (cells.len() * 3) as f32;
        let gain = 1.0 / brightness.max(1.0);
        Ok(Self(
            cells
                .iter()
                .map(|cell| cell.map(|value| value * gain))
                .collect(),
        ))
    }

    /// Mean difference of the cells; 0 is the same picture.
    pub fn distance(&self, other: &Self) -> f32 {
        let differences = self
            .0
            .iter()
            .zip(&other.0)
            .flat_map(|(a, b)| a.iter().zip(b).map(|(a, b)| (a - b).abs()));
        differences.sum::<f32>() / (self.0.len() * 3).max(1) as f32
    }

    /// Moves a little towards what was seen now.
    pub fn learn(&mut self, seen: &Self) {
        let ours = self.0.iter_mut().flatten();
        for (ours, seen) in ours.zip(seen.0.iter().flatten()) {
            *ours += LEARNING * (seen - *ours);
        }
    }
}
