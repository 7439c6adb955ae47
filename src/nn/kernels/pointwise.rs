//! Pointwise (1x1) convolution, and larger ones over patches laid out by im2col: a matrix product.

use pulp::{Simd, WithSimd};

use super::load;
use crate::nn::tflite::Constant;
use crate::runtime::instructions::dispatch;

/// Output channels that are summed at the same time.
const OUTPUTS: usize = 8;

/// `out[o][x] = prelu_o(bias[o] + residual[o][x] + sum over i of weight[o][i] * band[i][x])`,
/// where `prelu_o(v) = max(v, 0) + slope[o] * min(v, 0)` (He et al. 2015).
pub struct PointwiseConv {
    inputs: usize,
    outputs: usize,
    /// For each group of outputs and each input, the weights of the group.
    weights: Vec<[f32; OUTPUTS]>,
    bias: Vec<[f32; OUTPUTS]>,
    slopes: Vec<[f32; OUTPUTS]>,
}

impl PointwiseConv {
    /// From `weights` (outputs, ..., inputs), whose dimensions after the first are flattened into
    /// inputs, `bias` (outputs) and `slopes` (outputs, or empty for slope 0).
    pub fn new(weights: &Constant, bias: &Constant, slopes: &Constant) -> Self {
        let outputs = bias.values.len();
        let inputs = weights.values.len() / outputs.max(1);
        let mut grouped = vec![[0.0; OUTPUTS]; outputs.div_ceil(OUTPUTS) * inputs];
        for (output, weights) in weights.values.chunks_exact(inputs.max(1)).enumerate() {
            let group = &mut grouped[output / OUTPUTS * inputs..][..inputs];
            for (group, &weight) in group.iter_mut().zip(weights) {
                group[output % OUTPUTS] = weight;
            }
        }
        Self {
            inputs,
            outputs,
            weights: grouped,
            bias: groups(&bias.values),
            slopes: groups(&slopes.values),
        }
    }

    /// Convolves `band` (inputs x `pixels`) into `out`, whose output channel n starts at `n *
    /// plane`. `residual` holds `pixels` numbers for each of the first outputs; it may be empty.
    pub fn forward(
        &self,
        band: &[f32],
        pixels: usize,
        residual: &[f32],
        out: &mut [f32],
        plane: usize,
    ) {
        dispatch(Band {
            conv: self,
            band: &band[..self.inputs * pixels],
            pixels,
            residual,
            out,
            plane,
        });
    }

    /// `bias + weight * inputs`, for a single pixel, without residual and PReLU.
    pub fn forward_pixel(&self, inputs: &[f32]) -> Vec<f32> {
        let mut outputs = Vec::with_capacity(self.bias.len() * OUTPUTS);
        let groups = self.weights.chunks_exact(self.inputs.max(1));
        for (weights, bias) in groups.zip(&self.bias) {
            outputs.extend(dispatch(Pixel {
                weights,
                inputs,
                bias,
            }));
        }
        outputs.truncate(self.outputs);
        outputs
    }
}

fn groups(values: &[f32]) -> Vec<[f32; OUTPUTS]> {
    let group = |values: &[f32]| {
        std::array::from_fn(|index| values.get(index).copied().unwrap_or_default())
    };
    values.chunks(OUTPUTS).map(group).collect()
}

struct Band<'a> {
    conv: &'a PointwiseConv,
    band: &'a [f32],
    pixels: usize,
    residual: &'a [f32],
    out: &'a mut [f32],
    plane: usize,
}

impl WithSimd for Band<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        // Eight sums of two vectors fit into the registers of all but AVX2, which has half as
        // many.
        let pairs = S::F32_LANES != 8;
        for group in 0..self.conv.bias.len() {
            let mut at = 0;
            while pairs && at + 2 * S::F32_LANES <= self.pixels {
                self.sum::<S, 2>(simd, group, at);
                at += 2 * S::F32_LANES;
            }
            while at < self.pixels {
                self.sum::<S, 1>(simd, group, at);
                at += S::F32_LANES;
            }
        }
    }
}

impl Band<'_> {
    /// The outputs of group `group` for `VECTORS` vectors of pixels, from pixel `at`.
    #[inline(always)]
    fn sum<S: Simd, const VECTORS: usize>(&mut self, simd: S, group: usize, at: usize) {
        let (inputs, len) = (self.conv.inputs, VECTORS * S::F32_LANES);
        let bias = &self.conv.bias[group];
        let mut sums: [[S::f32s; VECTORS]; OUTPUTS] =
            std::array::from_fn(|output| [simd.splat_f32s(bias[output]); VECTORS]);
        let weights = &self.conv.weights[group * inputs..][..inputs];
        for (plane, weights) in self.band.chunks_exact(self.pixels).zip(weights) {
            let pixels = load::<S, VECTORS>(&plane[at..][..len]);
            for (sums, &weight) in sums.iter_mut().zip(weights) {
                let weight = simd.splat_f32s(weight);
                for (sum, pixels) in sums.iter_mut().zip(pixels) {
                    *sum = simd.mul_add_e_f32s(weight, pixels, *sum);
                }
            }
        }
        let zero = simd.splat_f32s(0.0);
        let slopes = &self.conv.slopes[group];
        for (index, (sums, &slope)) in sums.iter_mut().zip(slopes).enumerate() {
            let output = group * OUTPUTS + index;
            let start = output * self.pixels + at;
            if let Some(residual) = self.residual.get(start..start + len) {
                for (sum, residual) in sums.iter_mut().zip(load::<S, VECTORS>(residual)) {
                    *sum = simd.add_f32s(*sum, residual);
                }
            }
            let slope = simd.splat_f32s(slope);
            let out = &mut self.out[output * self.plane + at..][..len];
            let (out, _) = S::as_mut_simd_f32s(out);
            for (out, &mut sum) in out.iter_mut().zip(sums) {
                let (above, below) = (simd.max_f32s(sum, zero), simd.min_f32s(sum, zero));
                *out = simd.mul_add_e_f32s(slope, below, above);
            }
        }
    }
}

struct Pixel<'a> {
    weights: &'a [[f32; OUTPUTS]],
    inputs: &'a [f32],
    bias: &'a [f32; OUTPUTS],
}

impl WithSimd for Pixel<'_> {
    type Output = [f32; OUTPUTS];

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) -> Self::Output {
        // Left to the compiler: vectors of as many outputs. Several sums, since one would wait for
        // itself.
        const SUMS: usize = 8;
        let mut sums = [[0.0; OUTPUTS]; SUMS];
        sums[0] = *self.bias;
        let (weights, rest) = self.weights.as_chunks::<SUMS>();
        let (inputs, last) = self.inputs.as_chunks::<SUMS>();
        let mut add = |sum: usize, weights: &[f32; OUTPUTS], input: f32| {
            for (sum, weight) in sums[sum].iter_mut().zip(weights) {
                *sum += weight * input;
            }
        };
        for (weights, inputs) in weights.iter().zip(inputs) {
            for index in 0..SUMS {
                add(index, &weights[index], inputs[index]);
            }
        }
        for (weights, &input) in rest.iter().zip(last) {
            add(0, weights, input);
        }
        std::array::from_fn(|output| sums.iter().map(|sums| sums[output]).sum())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(count: usize, seed: usize) -> Vec<f32> {
        (0..count)
            .map(|index| ((index * 37 + seed * 11) % 23) as f32 - 11.0)
            .collect()
    }

    fn constant(shape: &[usize], seed: usize) -> Constant {
        Constant {
            values: numbers(shape.iter().product(), seed),
            shape: shape.to_vec(),
        }
    }

    #[test]
    fn every_output_is_prelu_of_bias_residual_and_weighted_channels() {
        for (inputs, outputs, pixels) in [(3, 8, 16), (5, 16, 48), (1, 24, 32)] {
            let (weights, bias) = (
                constant(&[outputs, 1, 1, inputs], 1),
                constant(&[outputs], 2),
            );
            let slopes = constant(&[1, 1, outputs], 3);
            let conv = PointwiseConv::new(&weights, &bias, &slopes);
            let band = numbers(inputs * pixels, 4);
            // The first eight outputs alone have a residual.
            let residual = numbers(8 * pixels, 5);
            let plane = pixels + 7;
            let mut out = vec![f32::NAN; outputs * plane];
            conv.forward(&band, pixels, &residual, &mut out, plane);
            for output in 0..outputs {
                for pixel in 0..pixels {
                    let sum: f32 = (0..inputs)
                        .map(|input| {
                            weights.values[output * inputs + input] * band[input * pixels + pixel]
                        })
                        .sum();
                    let residual = residual
                        .get(output * pixels + pixel)
                        .copied()
                        .unwrap_or_default();
                    let sum = sum + bias.values[output] + residual;
                    let slope = if sum < 0.0 {
                        slopes.values[output]
                    } else {
                        1.0
                    };
                    assert_eq!(out[output * plane + pixel], slope * sum);
                }
                assert!(out[output * plane + pixels].is_nan());
            }
        }
    }

    #[test]
    fn a_single_pixel_needs_no_band() {
        let (weights, bias) = (constant(&[11, 1, 1, 6], 1), constant(&[11], 2));
        let pixel = numbers(6, 3);
        let outputs =
            PointwiseConv::new(&weights, &bias, &Constant::default()).forward_pixel(&pixel);
        assert_eq!(outputs.len(), 11);
        for (output, (weights, bias)) in outputs
            .iter()
            .zip(weights.values.chunks(6).zip(&bias.values))
        {
            let sum: f32 = weights.iter().zip(&pixel).map(|(a, b)| a * b).sum();
            assert_eq!(*output, sum + bias);
        }
    }
}
