//! Depthwise 3x3 convolution, stride 1: each channel is convolved with a kernel of its own.

use pulp::{Simd, WithSimd};

use super::load;
use crate::nn::tflite::Constant;
use crate::runtime::instructions::dispatch;

/// `out[c][x] = bias[c] + sum over i, j < 3 of weight[c][3i + j] * padded[c][row + i][x + j]`.
pub struct DepthwiseConv3x3 {
    weights: Vec<[f32; 9]>,
    bias: Vec<f32>,
}

/// Image planes with one pixel of padding on every side.
pub struct PaddedPlanes<'a> {
    /// The planes, one a channel.
    pub planes: &'a [f32],
    /// Numbers a plane.
    pub plane: usize,
    /// Numbers a row: the width of the image and two.
    pub stride: usize,
}

impl DepthwiseConv3x3 {
    /// From `weights` (1, 3, 3, channels) and `bias` (channels).
    pub fn new(weights: &Constant, bias: &Constant) -> Self {
        let channels = bias.values.len();
        let of_channel = |channel: usize| {
            std::array::from_fn(|place| weights.values[place * channels + channel])
        };
        Self {
            weights: (0..channels).map(of_channel).collect(),
            bias: bias.values.clone(),
        }
    }

    /// Convolves `pixels` numbers from the start of row `row` of the image in `padded`. Where
    /// those are more than a row, results at the padding between rows are meaningless. `out` holds
    /// channels x `pixels`.
    pub fn forward(&self, padded: &PaddedPlanes<'_>, row: usize, pixels: usize, out: &mut [f32]) {
        dispatch(Row {
            conv: self,
            padded,
            row,
            pixels,
            out,
        });
    }
}

struct Row<'a> {
    conv: &'a DepthwiseConv3x3,
    padded: &'a PaddedPlanes<'a>,
    row: usize,
    pixels: usize,
    out: &'a mut [f32],
}

impl WithSimd for Row<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let &PaddedPlanes {
            planes,
            plane,
            stride,
        } = self.padded;
        let planes = planes.chunks_exact(plane);
        let planes = planes.zip(self.out.chunks_exact_mut(self.pixels));
        let channels = self.conv.weights.iter().zip(&self.conv.bias);
        for ((plane, out), (weights, &bias)) in planes.zip(channels) {
            let weights = weights.map(|weight| simd.splat_f32s(weight));
            let rows: [&[f32]; 3] =
                std::array::from_fn(|below| &plane[(self.row + below) * stride..]);
            let (out, _) = S::as_mut_simd_f32s(out);
            for (at, out) in out.iter_mut().enumerate() {
                let at = at * S::F32_LANES;
                let mut sum = simd.splat_f32s(bias);
                for (row, weights) in rows.iter().zip(weights.as_chunks::<3>().0) {
                    for (right, &weight) in weights.iter().enumerate() {
                        let [pixels] = load::<S, 1>(&row[at + right..][..S::F32_LANES]);
                        sum = simd.mul_add_e_f32s(pixels, weight, sum);
                    }
                }
                *out = sum;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_channel_is_weighed_with_its_neighbours() {
        let (channels, width, height) = (3, 16, 2);
        let numbers = |count: usize, seed: usize| -> Vec<f32> {
            let number = |index: usize| ((index * 29 + seed) % 17) as f32 - 8.0;
            (0..count).map(number).collect()
        };
        let weights = Constant {
            shape: vec![1, 3, 3, channels],
            values: numbers(9 * channels, 1),
        };
        let bias = Constant {
            shape: vec![channels],
            values: numbers(channels, 2),
        };
        let stride = width + 2;
        let plane = stride * (height + 2);
        let planes = numbers(channels * plane, 3);
        let padded = PaddedPlanes {
            planes: &planes,
            plane,
            stride,
        };
        let mut out = vec![0.0; channels * width];
        for row in 0..height {
            DepthwiseConv3x3::new(&weights, &bias).forward(&padded, row, width, &mut out);
            for channel in 0..channels {
                for x in 0..width {
                    let mut sum = bias.values[channel];
                    for (place, weights) in weights.values.chunks(channels).enumerate() {
                        let (down, right) = (place / 3, place % 3);
                        let pixel = planes[channel * plane + (row + down) * stride + x + right];
                        sum += weights[channel] * pixel;
                    }
                    assert_eq!(out[channel * width + x], sum);
                }
            }
        }
    }
}
