//! The block that the network is made of, over and over.
//!
//! Half as many channels, each mixed with its neighbours, are added to what came in: a product, a depthwise
//! convolution and another product (an inverted bottleneck's opposite, as in MediaPipe's BlazeFace). Some
//! blocks halve the sides on the way.
//!
//! An image of at least [`WIDE`] pixels a side lies row by row, each row a band; a smaller one is one band.

use std::ops::Range;

use crate::models::kernels::{Depthwise, Framed, Place, Product, STEP, halve};
use crate::models::tflite::TfliteError;
use crate::runtime::threads::Threads;

use super::layers::Layers;

/// Sides from which on a row fills the widest vector.
const WIDE: usize = STEP;

/// A block for images of `side` pixels a side that come out.
pub struct Block {
    side: usize,
    /// Channels that come in, and that come out.
    channels: [usize; 2],
    /// Whether what comes in has twice the side.
    halves: bool,
    reduce: Product,
    mix: Depthwise,
    expand: Product,
}

/// What a thread writes on meanwhile.
pub struct Space {
    /// Pixels taken apart, as a product wants them.
    pub patches: Vec<f32>,
    /// Rows of which parts are of use.
    pub spare: Vec<f32>,
    framed: Vec<f32>,
    mixed: Vec<f32>,
    largest: Vec<f32>,
}

impl Space {
    /// Enough for every block of the network, whose first image has `side` pixels a side and `channels`.
    pub fn new(side: usize, channels: usize) -> Self {
        let pixels = side * channels;
        Self {
            patches: vec![0.0; 16 * pixels],
            spare: vec![0.0; 2 * pixels],
            framed: vec![0.0; (side + 2) * (side + 2) * channels / 2],
            mixed: vec![0.0; 4 * pixels],
            largest: vec![0.0; side * pixels / 4],
        }
    }
}

/// Numbers in a band of `pixels` and so many channels.
fn band(pixels: usize, channels: usize) -> usize {
    pixels.next_multiple_of(STEP) * channels
}

impl Block {
    /// The next block, from images of the `channels` given to such of the other number.
    ///
    /// # Errors
    /// Other layers come next.
    pub fn read(
        layers: &mut Layers,
        side: usize,
        channels: [usize; 2],
        halves: bool,
    ) -> Result<Self, TfliteError> {
        let [from, to] = channels;
        Ok(Self {
            side,
            channels,
            halves,
            reduce: layers.product(to / 2, if halves { 2 } else { 1 }, from)?,
            mix: layers.depthwise(to / 2)?,
            expand: layers.product(to, 1, to / 2)?,
        })
    }

    /// What becomes of `image`, into `out`: a part of its rows for each of the `spaces`.
    pub fn apply(&self, image: &[f32], out: &mut [f32], spaces: &mut [Space], threads: &Threads) {
        match spaces {
            [space, ..] if self.side < WIDE => self.whole(image, out, space),
            spaces => {
                let out = &mut out[..self.side * self.side * self.channels[1]];
                let rows = |rows: Range<usize>, out: &mut [f32], space: &mut Space| {
                    self.rows(rows, image, out, space);
                };
                share(0..self.side, out, spaces, threads, &rows);
            }
        }
    }

    /// Some rows of a wide image; of those that came in, one more on each side is looked at.
    fn rows(&self, rows: Range<usize>, image: &[f32], out: &mut [f32], space: &mut Space) {
        let (side, [from, to]) = (self.side, self.channels);
        let stride = side + 2;
        let high = rows.len() + 2;
        let plane = high * stride;
        let framed = &mut space.framed[..plane * to / 2];
        frame(framed, plane, stride, [rows.start == 0, rows.end == side]);
        let (row, quarter) = (side * to, side * from);
        for y in rows.start.saturating_sub(1)..(rows.end + 1).min(side) {
            let inside = &mut framed[(y + 1 - rows.start) * stride + 1..];
            if self.halves {
                let largest = match rows.contains(&y) {
                    true => &mut space.largest[(y - rows.start) * quarter..][..quarter],
                    false => &mut space.spare[..quarter],
                };
                let above = &image[4 * y * quarter..][..4 * quarter];
                let (upper, lower) = above.split_at(2 * quarter);
                let place = Place { plane: side, at: 0 };
                halve([upper, lower], side, &mut space.patches, largest, place);
                self.reduce.of(&space.patches, side, &[], inside, plane);
            } else {
                self.reduce.of(&image[y * row..], side, &[], inside, plane);
            }
        }
        let framed = Framed {
            planes: framed,
            plane,
            stride,
        };
        for (index, (y, out)) in rows.zip(out.chunks_exact_mut(row)).enumerate() {
            let mixed = &mut space.mixed[..row / 2];
            self.mix.of(&framed, index, side, mixed);
            let by = match self.halves {
                true => &space.largest[index * quarter..][..quarter],
                false => &image[y * row..][..row],
            };
            self.expand.of(mixed, side, by, out, side);
        }
    }

    /// All of an image that is not wide.
    fn whole(&self, image: &[f32], out: &mut [f32], space: &mut Space) {
        let (side, [from, to]) = (self.side, self.channels);
        let pixels = (side * side).next_multiple_of(STEP);
        let reduced = &mut space.spare[..band(side * side, to / 2)];
        if self.halves {
            let pair = &mut space.mixed[..4 * side * from];
            for y in 0..side {
                self.pair(image, y, pair);
                let (upper, lower) = pair.split_at(2 * side * from);
                let place = Place {
                    plane: pixels,
                    at: y * side,
                };
                let (quarters, largest) = (&mut space.patches, &mut space.largest);
                halve([upper, lower], side, quarters, largest, place);
            }
            self.reduce.of(&space.patches, pixels, &[], reduced, pixels);
        } else {
            self.reduce.of(image, pixels, &[], reduced, pixels);
        }
        let stride = side + 2;
        let length = (side * stride).next_multiple_of(STEP);
        // Room for the last vector of the row below the last.
        let plane = length + 2 * stride + STEP;
        let framed = &mut space.framed[..plane * to / 2];
        framed.fill(0.0);
        for (plane, reduced) in framed
            .chunks_exact_mut(plane)
            .zip(reduced.chunks_exact(pixels))
        {
            for (y, row) in reduced[..side * side].chunks_exact(side).enumerate() {
                plane[(y + 1) * stride + 1..][..side].copy_from_slice(row);
            }
        }
        let framed = Framed {
            planes: framed,
            plane,
            stride,
        };
        let mixed = &mut space.mixed[..length * to / 2];
        self.mix.of(&framed, 0, length, mixed);
        for (reduced, mixed) in reduced
            .chunks_exact_mut(pixels)
            .zip(mixed.chunks_exact(length))
        {
            for (y, row) in reduced[..side * side].chunks_exact_mut(side).enumerate() {
                row.copy_from_slice(&mixed[y * stride..][..side]);
            }
        }
        let by = match self.halves {
            true => &space.largest[..band(side * side, from)],
            false => &image[..band(side * side, to)],
        };
        self.expand.of(reduced, pixels, by, out, pixels);
    }

    /// The two rows of `image` that become row `y`, each as a band.
    fn pair(&self, image: &[f32], y: usize, pair: &mut [f32]) {
        let (wide, from) = (2 * self.side, self.channels[0]);
        if wide >= WIDE {
            pair.copy_from_slice(&image[y * pair.len()..][..pair.len()]);
            return;
        }
        let planes = image.chunks_exact((wide * wide).next_multiple_of(STEP));
        for (channel, plane) in planes.take(from).enumerate() {
            for row in 0..2 {
                let pixels = &plane[(2 * y + row) * wide..][..wide];
                pair[(row * from + channel) * wide..][..wide].copy_from_slice(pixels);
            }
        }
    }
}

/// Lets `work` make the `rows` that `out` holds, a part of them on each of the `spaces`.
pub fn share(
    rows: Range<usize>,
    out: &mut [f32],
    spaces: &mut [Space],
    threads: &Threads,
    work: &(impl Fn(Range<usize>, &mut [f32], &mut Space) + Sync),
) {
    match spaces {
        _ if rows.is_empty() => (),
        [] => (),
        [space] => work(rows, out, space),
        spaces => {
            let upper_rows = rows.len() / 2;
            let middle = rows.start + upper_rows;
            let (left, right) = spaces.split_at_mut(spaces.len() / 2);
            let (upper, lower) = out.split_at_mut(upper_rows * (out.len() / rows.len()));
            threads.join(
                || share(rows.start..middle, upper, left, threads, work),
                || share(middle..rows.end, lower, right, threads, work),
            );
        }
    }
}

/// Puts zeros around each plane: left and right, and above and below where those are `ends` of the image.
fn frame(planes: &mut [f32], plane: usize, stride: usize, ends: [bool; 2]) {
    for plane in planes.chunks_exact_mut(plane) {
        let last = plane.len() - stride;
        for row in plane.chunks_exact_mut(stride) {
            row[0] = 0.0;
            row[stride - 1] = 0.0;
        }
        let [above, below] = ends;
        if above {
            plane[..stride].fill(0.0);
        }
        if below {
            plane[last..].fill(0.0);
        }
    }
}
