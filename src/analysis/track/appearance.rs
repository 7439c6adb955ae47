//! How a face looks, coarsely: enough to tell two people of one scene apart while they pass each
//! other, too little to know anybody by. It is forgotten with the track.

use crate::analysis::mesh::{MARGIN, Mesh};
use crate::picture::{BorderMode, Picture, PictureError};

/// Pixels a side of the face that is looked at, and cells a side of the grid over it.
const SIDE: usize = 48;
const CELLS: usize = 6;
/// Added to brightness and colours so that darkness is not divided by.
const FLOOR: f32 = 4.0;
/// What colour weighs against the pattern of brightness.
const COLOUR_WEIGHT: f32 = 2.0;
/// Logarithm of a ratio of colours below which there is none.
const COLOURLESS: f32 = 0.02;
/// Part of a new look that is learned a frame.
const LEARNING: f32 = 0.08;
/// Looks further apart than this are another person's, or a hidden face's: of 14 people in photos
/// and clips, one person's looks differ by .18 (median) to .34 (99 %), two people's by .53 (1 %) to
/// 1.25 (median).
pub const STRANGER: f32 = 0.42;

/// The pattern of brightness, freed of mean and contrast, and the colours of a grid of cells.
#[derive(Debug, Clone, PartialEq)]
pub struct Appearance {
    pattern: Vec<f32>,
    colours: Vec<[f32; 2]>,
}

impl Appearance {
    /// Numbers of [`Appearance::features`].
    pub const FEATURES: usize = 3 * CELLS * CELLS;

    /// As numbers: the pattern, then two of colour a cell.
    pub fn features(&self) -> Vec<f32> {
        let colours = self.colours.as_flattened();
        self.pattern.iter().chain(colours).copied().collect()
    }

    /// What [`Appearance::features`] gave; `None` for others.
    pub fn from_features(features: &[f32]) -> Option<Self> {
        if features.len() != Self::FEATURES {
            return None;
        }
        let (pattern, colours) = features.split_at_checked(CELLS * CELLS)?;
        Some(Self {
            pattern: pattern.to_vec(),
            colours: colours.as_chunks::<2>().0.to_vec(),
        })
    }

    /// The looks of a face: what its mesh spans, level with the eyes.
    ///
    /// # Errors
    /// The crop could not be made or averaged.
    pub fn from_mesh(picture: &Picture<'_>, mesh: &Mesh) -> Result<Self, PictureError> {
        let mut region = mesh.region();
        region.size = region.size.map(|side| side / MARGIN);
        let face = picture.rgb(&region.crop(SIDE), (SIDE, SIDE), BorderMode::Edge)?;
        let cells = face.cells(CELLS, CELLS)?;
        let cells = cells.iter().map(|cell| cell.map(f32::from));
        let cells: Vec<[f32; 3]> = cells.collect();
        let luma = |&[r, g, b]: &[f32; 3]| 0.299 * r + 0.587 * g + 0.114 * b;
        let lumas: Vec<f32> = cells.iter().map(luma).collect();
        let count = lumas.len().max(1) as f32;
        let mean = lumas.iter().sum::<f32>() / count;
        let variance = lumas.iter().map(|luma| (luma - mean).powi(2)).sum::<f32>() / count;
        let contrast = variance.sqrt() + FLOOR;
        let colour = |&[r, g, b]: &[f32; 3]| {
            let against_green = |value: f32| ((value + FLOOR) / (g + FLOOR)).ln();
            [against_green(r), against_green(b)]
        };
        Ok(Self {
            pattern: lumas.iter().map(|luma| (luma - mean) / contrast).collect(),
            colours: cells.iter().map(colour).collect(),
        })
    }

    /// How unlike two looks are; 0 is the same picture, [`STRANGER`] another person.
    pub fn distance(&self, other: &Self) -> f32 {
        let product = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
        let norms = product(&self.pattern, &self.pattern) * product(&other.pattern, &other.pattern);
        let likeness = product(&self.pattern, &other.pattern) / norms.sqrt().max(f32::MIN_POSITIVE);
        1.0 - likeness + COLOUR_WEIGHT * self.colour_distance(other)
    }

    /// How unlike the colours are; 0 where one of the pictures has none, as in a grey format.
    fn colour_distance(&self, other: &Self) -> f32 {
        if self.is_grey() || other.is_grey() {
            return 0.0;
        }
        let (ours, theirs) = (self.colours.as_flattened(), other.colours.as_flattened());
        let squares = ours.iter().zip(theirs).map(|(a, b)| (a - b).powi(2));
        (squares.sum::<f32>() / ours.len().max(1) as f32).sqrt()
    }

    fn is_grey(&self) -> bool {
        let mut colours = self.colours.as_flattened().iter();
        colours.all(|colour| colour.abs() < COLOURLESS)
    }

    /// Moves a little towards what was seen now, unless that is somebody else.
    pub fn learn(&mut self, seen: &Self) {
        if self.distance(seen) > STRANGER {
            return;
        }
        let towards = |ours: &mut [f32], seen: &[f32]| {
            for (ours, seen) in ours.iter_mut().zip(seen) {
                *ours += LEARNING * (seen - *ours);
            }
        };
        towards(&mut self.pattern, &seen.pattern);
        if self.is_grey() {
            self.colours.clone_from(&seen.colours);
        } else if !seen.is_grey() {
            towards(self.colours.as_flattened_mut(), seen.colours.as_flattened());
        }
    }
}
