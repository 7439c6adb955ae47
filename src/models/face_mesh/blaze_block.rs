//! The residual bottleneck block of BlazeFace (Bazarevsky et al. 2019), of which the network is a
//! chain.
//!
//! ```text
//!            +--------------------- identity, or 2x2 max pool ----------------------+
//! input -----+                                                                      + -> PReLU -> out
//! (from)     +-> 1x1, or 2x2 stride 2 -> PReLU -> depthwise 3x3 -> 1x1 (expand) ----+        (to)
//!                (reduce: to / 2 channels)
//! ```
//! The shortcut fills the first `from` of `to` channels; the others get zeros.
//!
//! An image of at least [`WIDE`] pixels a side lies row by row, each row a band; a smaller one is
//! one band.

use std::ops::Range;

use crate::nn::kernels::{
    DepthwiseConv3x3, MAX_LANES, PaddedPlanes, PlaneLayout, PointwiseConv,
    space_to_depth_and_max_pool_2x2,
};
use crate::nn::tflite::TfliteError;
use crate::runtime::threads::Threads;

use super::layers::Layers;

/// Sides from which on a row fills the widest vector.
const WIDE: usize = MAX_LANES;

/// A block whose output has `side` pixels a side.
pub struct BlazeBlock {
    side: usize,
    /// Channels of the input and of the output.
    channels: [usize; 2],
    /// Whether the input has twice the side.
    downsamples: bool,
    reduce: PointwiseConv,
    depthwise: DepthwiseConv3x3,
    expand: PointwiseConv,
}

/// Intermediate results of one thread.
pub struct Scratch {
    /// Input patches, one row a tap of the kernel and input channel (im2col).
    pub im2col: Vec<f32>,
    /// A row or small image that is read right after it was written.
    pub tmp_row: Vec<f32>,
    padded: Vec<f32>,
    mixed: Vec<f32>,
    pooled: Vec<f32>,
}

impl Scratch {
    /// Enough for a network whose first image has `side` pixels a side and `channels`, and whose
    /// later ones are no larger.
    pub fn new(side: usize, channels: usize) -> Self {
        let pixels = side * channels;
        Self {
            im2col: vec![0.0; 16 * pixels],
            tmp_row: vec![0.0; 2 * pixels],
            padded: vec![0.0; (side + 2) * (side + 2) * channels / 2],
            mixed: vec![0.0; 4 * pixels],
            pooled: vec![0.0; side * pixels / 4],
        }
    }
}

/// Numbers in a band of `channels` planes of `pixels`, padded to whole vectors.
fn band_len(pixels: usize, channels: usize) -> usize {
    pixels.next_multiple_of(MAX_LANES) * channels
}

impl BlazeBlock {
    /// Takes the next block from `layers`; `channels` are those of the input and of the output.
    ///
    /// # Errors
    /// Other layers come next.
    pub fn new(
        layers: &mut Layers,
        side: usize,
        channels: [usize; 2],
        downsamples: bool,
    ) -> Result<Self, TfliteError> {
        let [from, to] = channels;
        Ok(Self {
            side,
            channels,
            downsamples,
            reduce: layers.conv(to / 2, if downsamples { 2 } else { 1 }, from)?,
            depthwise: layers.depthwise_conv(to / 2)?,
            expand: layers.conv(to, 1, to / 2)?,
        })
    }

    /// Runs the block on `image` into `out`, the output rows split among the `scratch` values.
    pub fn forward(
        &self,
        image: &[f32],
        out: &mut [f32],
        scratch: &mut [Scratch],
        threads: &Threads,
    ) {
        match scratch {
            [scratch, ..] if self.side < WIDE => self.forward_small(image, out, scratch),
            scratch => {
                let out = &mut out[..self.side * self.side * self.channels[1]];
                let rows = |rows: Range<usize>, out: &mut [f32], scratch: &mut Scratch| {
                    self.forward_rows(rows, image, out, scratch);
                };
                split_rows(0..self.side, out, scratch, threads, &rows);
            }
        }
    }

    /// Output rows `rows` of a wide image; the depthwise layer reads one more on each side.
    fn forward_rows(
        &self,
        rows: Range<usize>,
        image: &[f32],
        out: &mut [f32],
        scratch: &mut Scratch,
    ) {
        let (side, [from, to]) = (self.side, self.channels);
        let stride = side + 2;
        let high = rows.len() + 2;
        let plane = high * stride;
        let padded = &mut scratch.padded[..plane * to / 2];
        zero_padding(padded, plane, stride, [rows.start == 0, rows.end == side]);
        let (row, quarter) = (side * to, side * from);
        for y in rows.start.saturating_sub(1)..(rows.end + 1).min(side) {
            let inside = &mut padded[(y + 1 - rows.start) * stride + 1..];
            if self.downsamples {
                let pooled = if rows.contains(&y) {
                    &mut scratch.pooled[(y - rows.start) * quarter..][..quarter]
                } else {
                    &mut scratch.tmp_row[..quarter]
                };
                let input_rows = &image[4 * y * quarter..][..4 * quarter];
                let (upper, lower) = input_rows.split_at(2 * quarter);
                let layout = PlaneLayout {
                    stride: side,
                    offset: 0,
                };
                space_to_depth_and_max_pool_2x2(
                    [upper, lower],
                    side,
                    &mut scratch.im2col,
                    pooled,
                    layout,
                );
                self.reduce
                    .forward(&scratch.im2col, side, &[], inside, plane);
            } else {
                self.reduce
                    .forward(&image[y * row..], side, &[], inside, plane);
            }
        }
        let padded = PaddedPlanes {
            planes: padded,
            plane,
            stride,
        };
        for (index, (y, out)) in rows.zip(out.chunks_exact_mut(row)).enumerate() {
            let mixed = &mut scratch.mixed[..row / 2];
            self.depthwise.forward(&padded, index, side, mixed);
            let residual = if self.downsamples {
                &scratch.pooled[index * quarter..][..quarter]
            } else {
                &image[y * row..][..row]
            };
            self.expand.forward(mixed, side, residual, out, side);
        }
    }

    /// All rows of an image that is not wide.
    fn forward_small(&self, image: &[f32], out: &mut [f32], scratch: &mut Scratch) {
        let (side, [from, to]) = (self.side, self.channels);
        let pixels = (side * side).next_multiple_of(MAX_LANES);
        let reduced = &mut scratch.tmp_row[..band_len(side * side, to / 2)];
        if self.downsamples {
            let pair = &mut scratch.mixed[..4 * side * from];
            for y in 0..side {
                self.row_pair(image, y, pair);
                let (upper, lower) = pair.split_at(2 * side * from);
                let layout = PlaneLayout {
                    stride: pixels,
                    offset: y * side,
                };
                let (depth, pooled) = (&mut scratch.im2col, &mut scratch.pooled);
                space_to_depth_and_max_pool_2x2([upper, lower], side, depth, pooled, layout);
            }
            self.reduce
                .forward(&scratch.im2col, pixels, &[], reduced, pixels);
        } else {
            self.reduce.forward(image, pixels, &[], reduced, pixels);
        }
        let stride = side + 2;
        let length = (side * stride).next_multiple_of(MAX_LANES);
        // Room for the last vector of the row below the last.
        let plane = length + 2 * stride + MAX_LANES;
        let padded = &mut scratch.padded[..plane * to / 2];
        padded.fill(0.0);
        for (plane, reduced) in padded
            .chunks_exact_mut(plane)
            .zip(reduced.chunks_exact(pixels))
        {
            for (y, row) in reduced[..side * side].chunks_exact(side).enumerate() {
                plane[(y + 1) * stride + 1..][..side].copy_from_slice(row);
            }
        }
        let padded = PaddedPlanes {
            planes: padded,
            plane,
            stride,
        };
        let mixed = &mut scratch.mixed[..length * to / 2];
        self.depthwise.forward(&padded, 0, length, mixed);
        for (reduced, mixed) in reduced
            .chunks_exact_mut(pixels)
            .zip(mixed.chunks_exact(length))
        {
            for (y, row) in reduced[..side * side].chunks_exact_mut(side).enumerate() {
                row.copy_from_slice(&mixed[y * stride..][..side]);
            }
        }
        let residual = if self.downsamples {
            &scratch.pooled[..band_len(side * side, from)]
        } else {
            &image[..band_len(side * side, to)]
        };
        self.expand.forward(reduced, pixels, residual, out, pixels);
    }

    /// Rows 2y and 2y + 1 of the input `image`, each as a band.
    fn row_pair(&self, image: &[f32], y: usize, pair: &mut [f32]) {
        let (wide, from) = (2 * self.side, self.channels[0]);
        if wide >= WIDE {
            pair.copy_from_slice(&image[y * pair.len()..][..pair.len()]);
            return;
        }
        let planes = image.chunks_exact((wide * wide).next_multiple_of(MAX_LANES));
        for (channel, plane) in planes.take(from).enumerate() {
            for row in 0..2 {
                let pixels = &plane[(2 * y + row) * wide..][..wide];
                pair[(row * from + channel) * wide..][..wide].copy_from_slice(pixels);
            }
        }
    }
}

/// Calls `work` for a part of `rows`, and of `out` which holds them, with each of the `scratch`
/// values.
pub fn split_rows(
    rows: Range<usize>,
    out: &mut [f32],
    scratch: &mut [Scratch],
    threads: &Threads,
    work: &(impl Fn(Range<usize>, &mut [f32], &mut Scratch) + Sync),
) {
    match scratch {
        _ if rows.is_empty() => (),
        [] => (),
        [scratch] => work(rows, out, scratch),
        scratch => {
            let upper_rows = rows.len() / 2;
            let middle = rows.start + upper_rows;
            let (left, right) = scratch.split_at_mut(scratch.len() / 2);
            let (upper, lower) = out.split_at_mut(upper_rows * (out.len() / rows.len()));
            threads.join(
                || split_rows(rows.start..middle, upper, left, threads, work),
                || split_rows(middle..rows.end, lower, right, threads, work),
            );
        }
    }
}

/// Zeroes the padding of each plane: left and right, and above and below where those are `ends` of
/// the image.
fn zero_padding(planes: &mut [f32], plane: usize, stride: usize, ends: [bool; 2]) {
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
