//! MediaPipe's face mesh: 478 points in a crop around one face.
//!
//! The network is a chain of 34 [`blaze_block`]s, at sides from 128 down to 2 pixels. It runs on
//! our own kernels, which take half of LiteRT's time: a library goes over the whole image for each
//! of its 200 layers, a block here goes row by row and finds the last layer's row in the
//! processor's cache. The points equal LiteRT's to a thousandth of a pixel of the crop.

mod blaze_block;
mod layers;
#[cfg(test)]
mod tests;

use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use once_cell::sync::Lazy;

use crate::runtime::threads::{ScratchPool, Threads};

use super::manifest::CheckedFile;
use crate::nn::kernels::{MAX_LANES, PointwiseConv, deinterleave_rgb_even_odd};
use crate::nn::tflite::TfliteError;

use blaze_block::{BlazeBlock, Scratch, split_rows};
use layers::Layers;

/// Side of the square input in pixels.
pub const SIDE: usize = 256;
/// Points the network gives.
pub const POINTS: usize = 478;

/// Side of the images, channels and number of blocks of each resolution; the first block of each
/// but the first downsamples.
const RESOLUTIONS: [(usize, usize, usize); 7] = [
    (FIRST_SIDE, FIRST_CHANNELS, 4),
    (64, 32, 5),
    (32, 64, 5),
    (16, 128, 5),
    (8, 128, 5),
    (4, 128, 5),
    (LAST_SIDE, LAST_CHANNELS, 5),
];
const FIRST_SIDE: usize = SIDE / 2;
const FIRST_CHANNELS: usize = 16;
const LAST_SIDE: usize = 2;
const LAST_CHANNELS: usize = 128;

/// Numbers in a plane of every other pixel of an input row, with the zero padding at its end.
const HALF_ROW: usize = FIRST_SIDE + 1;
/// Planes of an input row: even and odd pixels of three colours.
const PLANES: usize = 6;

/// Output of the network for one crop.
#[derive(Debug, Clone, PartialEq)]
pub struct CropMesh {
    /// x and y in pixels of the crop, z in the same unit (smaller is nearer to the camera).
    pub points: Vec<[f32; 3]>,
    /// Logit of the probability that a face is there and roughly upright in the crop.
    pub logit: f64,
}

/// The loaded network, which any number of threads may run.
pub struct FaceMesh(Arc<Weights>);

struct Weights {
    stem: PointwiseConv,
    blocks: Vec<BlazeBlock>,
    presence: PointwiseConv,
    points: PointwiseConv,
    /// As many as there ever were runs at the same time, of all elements.
    activations: ScratchPool<Activations>,
}

/// Buffers of one run: the images before and after a block, and a scratch value for each thread.
struct Activations {
    images: [Vec<f32>; 2],
    scratch: Vec<Scratch>,
}

impl FaceMesh {
    /// Loads the network from `file`; elements share its weights.
    ///
    /// # Errors
    /// The file is no network or not this one.
    pub(super) fn load(file: &CheckedFile) -> Result<Self, TfliteError> {
        static WEIGHTS: Lazy<Mutex<Weak<Weights>>> = Lazy::new(Mutex::default);
        let mut held = WEIGHTS.lock().unwrap_or_else(PoisonError::into_inner);
        let weights = match held.upgrade() {
            Some(weights) => weights,
            None => Arc::new(Weights::read(&file.data.bytes)?),
        };
        *held = Arc::downgrade(&weights);
        Ok(Self(weights))
    }

    /// Runs the network on an RGB crop of [`SIDE`] x [`SIDE`] pixels, given as its upper and its
    /// lower half; missing rows are black. The result does not depend on `threads`.
    pub fn read(&self, rgb: [&[u8]; 2], threads: &Threads) -> CropMesh {
        let read = |activations: &mut Activations| {
            let scratch = || Scratch::new(FIRST_SIDE, FIRST_CHANNELS);
            let count = threads.count();
            if activations.scratch.len() < count {
                activations.scratch.resize_with(count, scratch);
            }
            self.0.forward(activations, count, rgb, threads)
        };
        self.0.activations.with(Activations::default, read)
    }
}

impl Default for Activations {
    fn default() -> Self {
        let image = || vec![0.0; FIRST_SIDE * FIRST_SIDE * FIRST_CHANNELS];
        Self {
            images: [image(), image()],
            scratch: Vec::new(),
        }
    }
}

impl Weights {
    fn read(bytes: &[u8]) -> Result<Self, TfliteError> {
        let mut layers = Layers::new(bytes)?;
        let stem = layers.conv(FIRST_CHANNELS, 3, 3)?;
        let mut blocks = Vec::new();
        let mut from = FIRST_CHANNELS;
        for (side, channels, count) in RESOLUTIONS {
            for index in 0..count {
                let downsamples = index == 0 && side < FIRST_SIDE;
                blocks.push(BlazeBlock::new(
                    &mut layers,
                    side,
                    [from, channels],
                    downsamples,
                )?);
                from = channels;
            }
        }
        // The first head's number is of no use here.
        layers.head(1, LAST_SIDE, LAST_CHANNELS)?;
        Ok(Self {
            stem,
            blocks,
            presence: layers.head(1, LAST_SIDE, LAST_CHANNELS)?,
            points: layers.head(POINTS * 3, LAST_SIDE, LAST_CHANNELS)?,
            activations: ScratchPool::default(),
        })
    }

    /// The output for one crop, whose images are worked upon in so many `parts` at the same time.
    fn forward(
        &self,
        activations: &mut Activations,
        parts: usize,
        rgb: [&[u8]; 2],
        threads: &Threads,
    ) -> CropMesh {
        let [image, out] = &mut activations.images;
        let scratch = &mut activations.scratch[..parts];
        let stem = |rows: Range<usize>, out: &mut [f32], scratch: &mut Scratch| {
            let outs = out.chunks_exact_mut(FIRST_SIDE * FIRST_CHANNELS);
            for (y, out) in rows.clone().zip(outs) {
                self.stem_row(rgb, y, y == rows.start, out, scratch);
            }
        };
        split_rows(0..FIRST_SIDE, image, scratch, threads, &stem);
        for block in &self.blocks {
            block.forward(image, out, scratch, threads);
            std::mem::swap(image, out);
        }
        let last = last_pixels(image);
        let values = self.points.forward_pixel(&last);
        let logit = self.presence.forward_pixel(&last);
        let logit = logit.first().copied().unwrap_or(f32::MIN);
        let (points, _) = values.as_chunks::<3>();
        let finite = points.iter().flatten().all(|value| value.is_finite());
        CropMesh {
            points: points.to_vec(),
            logit: if finite && logit.is_finite() {
                f64::from(logit)
            } else {
                f64::MIN
            },
        }
    }

    /// Row `y` of the stem, a 3x3 convolution with stride 2, from rows 2y to 2y + 2 of the crop.
    /// Unless this is the `first` call, the row above left row 2y deinterleaved.
    fn stem_row(
        &self,
        rgb: [&[u8]; 2],
        y: usize,
        first: bool,
        out: &mut [f32],
        scratch: &mut Scratch,
    ) {
        let deinterleaved = &mut scratch.tmp_row[..3 * PLANES * HALF_ROW];
        if !first {
            deinterleaved.copy_within(2 * PLANES * HALF_ROW.., 0);
        }
        for (index, planes) in deinterleaved
            .chunks_exact_mut(PLANES * HALF_ROW)
            .enumerate()
        {
            if index > 0 || first {
                planes.fill(0.0);
                let row = 2 * y + index;
                let half = rgb.get(row / (SIDE / 2)).copied().unwrap_or_default();
                let row = half.chunks_exact(3 * SIDE).nth(row % (SIDE / 2));
                deinterleave_rgb_even_odd(row.unwrap_or_default(), planes, HALF_ROW);
            }
        }
        let im2col = scratch.im2col.chunks_exact_mut(FIRST_SIDE);
        for (index, patch) in im2col.take(27).enumerate() {
            let (row, column, colour) = (index / 9, index / 3 % 3, index % 3);
            let plane = row * PLANES + colour * 2 + column % 2;
            let start = plane * HALF_ROW + column / 2;
            patch.copy_from_slice(&deinterleaved[start..][..FIRST_SIDE]);
        }
        self.stem
            .forward(&scratch.im2col, FIRST_SIDE, &[], out, FIRST_SIDE);
    }
}

/// The last image as pixels x channels.
fn last_pixels(image: &[f32]) -> Vec<f32> {
    const PIXELS: usize = LAST_SIDE * LAST_SIDE;
    let planes = image.chunks_exact(PIXELS.next_multiple_of(MAX_LANES));
    let planes = planes.take(LAST_CHANNELS);
    let mut pixels = vec![0.0; PIXELS * LAST_CHANNELS];
    for (channel, plane) in planes.enumerate() {
        for (index, &value) in plane.iter().take(PIXELS).enumerate() {
            pixels[index * LAST_CHANNELS + channel] = value;
        }
    }
    pixels
}
