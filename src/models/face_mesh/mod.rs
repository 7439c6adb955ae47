//! MediaPipe's face mesh: 478 points in a crop around one face.
//!
//! The network is a chain of 34 equal blocks, at sides from 128 down to 2 pixels. It is run by code of its
//! own since that takes half of the time: a library goes over the whole image for each of its 200 layers, a
//! block here goes row by row, and what it leaves in the processor's cache the next layer finds there.
//! What comes out is what LiteRT reads, to a thousandth of a pixel of the crop.

mod block;
mod layers;
#[cfg(test)]
mod tests;

use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use once_cell::sync::Lazy;

use crate::runtime::threads::{ScratchPool, Threads};

use super::kernels::{Product, separate};
use super::manifest::Checked;
use super::tflite::TfliteError;

use block::{Block, Space, share};
use layers::Layers;

/// Side of the square input in pixels.
pub const SIDE: usize = 256;
/// Points the network gives.
pub const POINTS: usize = 478;

/// Of the stages one after the other the side of their images, their channels and the number of their
/// blocks, of which the first halves the side but in the first stage.
const STAGES: [(usize, usize, usize); 7] = [
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

/// Length of a plane of every other pixel of an input's row, with the black one beyond its end.
const PLANE: usize = FIRST_SIDE + 1;
/// Planes of a row: three colours, two each.
const PLANES: usize = 6;

/// What the network sees in a crop.
#[derive(Debug, Clone, PartialEq)]
pub struct CropMesh {
    /// x and y in pixels of the crop, z in the same unit (smaller is nearer to the camera).
    pub points: Vec<[f32; 3]>,
    /// Logit of the probability that a face is there and roughly upright in the crop.
    pub logit: f64,
}

/// The loaded network, which any number of threads may ask.
pub struct FaceMesh {
    weights: Arc<Weights>,
    desks: ScratchPool<Desk>,
}

struct Weights {
    stem: Product,
    blocks: Vec<Block>,
    presence: Product,
    points: Product,
}

/// What a run writes on: the images between blocks, and a space for each lane.
struct Desk {
    images: [Vec<f32>; 2],
    spaces: Vec<Space>,
}

impl FaceMesh {
    /// Loads the network from `file`; elements share its weights.
    ///
    /// # Errors
    /// The file is no network or not this one.
    pub(super) fn load(file: &Checked) -> Result<Self, TfliteError> {
        static WEIGHTS: Lazy<Mutex<Weak<Weights>>> = Lazy::new(Mutex::default);
        let mut held = WEIGHTS.lock().unwrap_or_else(PoisonError::into_inner);
        let weights = match held.upgrade() {
            Some(weights) => weights,
            None => Arc::new(Weights::read(&file.bytes)?),
        };
        *held = Arc::downgrade(&weights);
        Ok(Self {
            weights,
            desks: ScratchPool::default(),
        })
    }

    /// Reads the face in an RGB crop of [`SIDE`] pixels a side, its upper and its lower half; rows that are
    /// missing are black. The `threads` share the work; what is read does not depend on them.
    pub fn read(&self, rgb: [&[u8]; 2], threads: &Threads) -> CropMesh {
        let read = |desk: &mut Desk| {
            let space = || Space::new(FIRST_SIDE, FIRST_CHANNELS);
            desk.spaces.resize_with(threads.count(), space);
            self.weights.read_on(desk, rgb, threads)
        };
        self.desks.with(Desk::default, read)
    }
}

impl Default for Desk {
    fn default() -> Self {
        let image = || vec![0.0; FIRST_SIDE * FIRST_SIDE * FIRST_CHANNELS];
        Self {
            images: [image(), image()],
            spaces: Vec::new(),
        }
    }
}

impl Weights {
    fn read(bytes: &[u8]) -> Result<Self, TfliteError> {
        let mut layers = Layers::of(bytes)?;
        let stem = layers.product(FIRST_CHANNELS, 3, 3)?;
        let mut blocks = Vec::new();
        let mut from = FIRST_CHANNELS;
        for (side, channels, count) in STAGES {
            for index in 0..count {
                let halves = index == 0 && side < FIRST_SIDE;
                blocks.push(Block::read(&mut layers, side, [from, channels], halves)?);
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
        })
    }

    fn read_on(&self, desk: &mut Desk, rgb: [&[u8]; 2], threads: &Threads) -> CropMesh {
        let [image, out] = &mut desk.images;
        let enter = |rows: Range<usize>, out: &mut [f32], space: &mut Space| {
            let outs = out.chunks_exact_mut(FIRST_SIDE * FIRST_CHANNELS);
            for (y, out) in rows.clone().zip(outs) {
                self.enter_row(rgb, y, y == rows.start, out, space);
            }
        };
        share(0..FIRST_SIDE, image, &mut desk.spaces, threads, &enter);
        for block in &self.blocks {
            block.apply(image, out, &mut desk.spaces, threads);
            std::mem::swap(image, out);
        }
        let last = last_pixels(image);
        let values = self.points.of_pixel(&last);
        let logit = self.presence.of_pixel(&last);
        let logit = logit.first().copied().unwrap_or(f32::MIN);
        let (points, _) = values.as_chunks::<3>();
        let finite = points.iter().flatten().all(|value| value.is_finite());
        CropMesh {
            points: points.to_vec(),
            logit: match finite && logit.is_finite() {
                true => f64::from(logit),
                false => f64::MIN,
            },
        }
    }

    /// Row `y` of the first layer, which halves the crop, from three rows of the crop, of which the upper one is that which the row
    /// above left as its lowest, unless this is the `first`.
    fn enter_row(
        &self,
        rgb: [&[u8]; 2],
        y: usize,
        first: bool,
        out: &mut [f32],
        space: &mut Space,
    ) {
        let separated = &mut space.spare[..3 * PLANES * PLANE];
        if !first {
            separated.copy_within(2 * PLANES * PLANE.., 0);
        }
        for (index, planes) in separated.chunks_exact_mut(PLANES * PLANE).enumerate() {
            if index > 0 || first {
                planes.fill(0.0);
                let row = 2 * y + index;
                let half = rgb.get(row / (SIDE / 2)).copied().unwrap_or_default();
                let row = half.chunks_exact(3 * SIDE).nth(row % (SIDE / 2));
                separate(row.unwrap_or_default(), planes, PLANE);
            }
        }
        let patches = space.patches.chunks_exact_mut(FIRST_SIDE);
        for (index, patch) in patches.take(27).enumerate() {
            let (row, column, colour) = (index / 9, index / 3 % 3, index % 3);
            let plane = row * PLANES + colour * 2 + column % 2;
            let start = plane * PLANE + column / 2;
            patch.copy_from_slice(&separated[start..][..FIRST_SIDE]);
        }
        self.stem
            .of(&space.patches, FIRST_SIDE, &[], out, FIRST_SIDE);
    }
}

/// The last image's pixels one after the other, each with all its channels.
fn last_pixels(image: &[f32]) -> Vec<f32> {
    const PIXELS: usize = LAST_SIDE * LAST_SIDE;
    let planes = image.chunks_exact(PIXELS.next_multiple_of(super::kernels::STEP));
    let planes = planes.take(LAST_CHANNELS);
    let mut pixels = vec![0.0; PIXELS * LAST_CHANNELS];
    for (channel, plane) in planes.enumerate() {
        for (index, &value) in plane.iter().take(PIXELS).enumerate() {
            pixels[index * LAST_CHANNELS + channel] = value;
        }
    }
    pixels
}
