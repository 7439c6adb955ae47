//! ResNet-18 (He et al. 2016) in libtorch, from weights with torchvision's names.
//!
//! Each batch norm is folded into the convolution before it and weights are laid out channels
//! last, which halves the time on a CPU; the results stay the same but for rounding.

use std::collections::HashMap;

use tch::{Kind, Tensor};

use super::NetworkError;

/// Epsilon of torchvision's batch norms.
const EPSILON: f64 = 1e-5;
const BLOCKS_A_LAYER: usize = 2;
const WIDTHS: [i64; 4] = [64, 128, 256, 512];

struct Convolution {
    weight: Tensor,
    bias: Tensor,
    stride: i64,
    padding: i64,
}

struct Block {
    first: Convolution,
    second: Convolution,
    shortcut: Option<Convolution>,
}

/// The network; its input is N x 3 x S x S (or N x 1, as the first convolution has it).
pub struct ResNet18 {
    stem: Convolution,
    blocks: Vec<Block>,
    head: Tensor,
    head_bias: Tensor,
}

// SAFETY: after loading, the tensors are only read, which libtorch allows from several threads.
#[allow(unsafe_code)]
unsafe impl Sync for ResNet18 {}

/// Name of the one-number weight by which logits are divided, so that probabilities are calibrated
/// (Guo et al. 2017, "On calibration of modern neural networks"). A file without it is taken as it
/// is.
pub const TEMPERATURE: &str = "temperature";

/// Named tensors, taken out one by one and checked against the shape they must have.
struct Weights(HashMap<String, Tensor>);

impl Weights {
    fn take(&mut self, name: &str, shape: &[i64]) -> Result<Tensor, NetworkError> {
        let tensor = self
            .0
            .remove(name)
            .ok_or_else(|| NetworkError::NoWeight(name.to_owned()))?;
        if tensor.size() != shape {
            return Err(NetworkError::WeightShape {
                name: name.to_owned(),
                expected: shape.to_vec(),
                found: tensor.size(),
            });
        }
        Ok(tensor.f_to_kind(Kind::Float)?)
    }

    fn convolution(
        &mut self,
        convolution: &str,
        norm: &str,
        [outputs, inputs, side, stride]: [i64; 4],
    ) -> Result<Convolution, NetworkError> {
        let shape = [outputs, inputs, side, side];
        let weight = self.take(&format!("{convolution}.weight"), &shape)?;
        let mut of_norm = |part: &str| self.take(&format!("{norm}.{part}"), &[outputs]);
        let (gain, shift) = (of_norm("weight")?, of_norm("bias")?);
        let (mean, variance) = (of_norm("running_mean")?, of_norm("running_var")?);
        let gain = gain.f_div(&variance.f_add_scalar(EPSILON)?.f_sqrt()?)?;
        let weight = weight.f_mul(&gain.f_view([outputs, 1, 1, 1])?)?;
        Ok(Convolution {
            weight: channels_last(&weight)?,
            bias: shift.f_sub(&mean.f_mul(&gain)?)?,
            stride,
            padding: side / 2,
        })
    }

    fn block(&mut self, name: &str, inputs: i64, outputs: i64) -> Result<Block, NetworkError> {
        let stride = if inputs == outputs { 1 } else { 2 };
        let mut half = |index: usize, inputs, stride| {
            let (convolution, norm) = (format!("{name}.conv{index}"), format!("{name}.bn{index}"));
            self.convolution(&convolution, &norm, [outputs, inputs, 3, stride])
        };
        let (first, second) = (half(1, inputs, stride)?, half(2, outputs, 1)?);
        let shortcut = match stride {
            1 => None,
            _ => Some(self.convolution(
                &format!("{name}.downsample.0"),
                &format!("{name}.downsample.1"),
                [outputs, inputs, 1, stride],
            )?),
        };
        Ok(Block {
            first,
            second,
            shortcut,
        })
    }
}

/// The same values in the layout in which libtorch's convolutions are quickest on a CPU.
fn channels_last(tensor: &Tensor) -> Result<Tensor, NetworkError> {
    let last = tensor.f_permute([0, 2, 3, 1])?.f_contiguous()?;
    Ok(last.f_permute([0, 3, 1, 2])?)
}

impl Convolution {
    fn forward(&self, input: &Tensor) -> Result<Tensor, NetworkError> {
        let (stride, padding) = ([self.stride; 2], [self.padding; 2]);
        let bias = Some(&self.bias);
        Ok(input.f_conv2d(&self.weight, bias, stride, padding, [1, 1], 1)?)
    }
}

impl Block {
    fn forward(&self, input: &Tensor) -> Result<Tensor, NetworkError> {
        let middle = self.first.forward(input)?.f_relu_()?;
        let mut sum = self.second.forward(&middle)?;
        let added = match &self.shortcut {
            Some(shortcut) => sum.f_add_(&shortcut.forward(input)?),
            None => sum.f_add_(input),
        };
        Ok(added?.f_relu_()?)
    }
}

impl ResNet18 {
    /// Builds the network for `classes` classes.
    ///
    /// # Errors
    /// A weight is missing or has another shape.
    pub fn new(weights: Vec<(String, Tensor)>, classes: usize) -> Result<Self, NetworkError> {
        let mut weights = Weights(weights.into_iter().collect());
        let classes = classes as i64;
        let channels = match weights.0.get("conv1.weight").map(Tensor::size).as_deref() {
            Some(&[_, 1, _, _]) => 1,
            _ => 3,
        };
        let stem = weights.convolution("conv1", "bn1", [WIDTHS[0], channels, 7, 2])?;
        let mut blocks = Vec::with_capacity(WIDTHS.len() * BLOCKS_A_LAYER);
        let mut inputs = WIDTHS[0];
        for (layer, outputs) in WIDTHS.into_iter().enumerate() {
            for block in 0..BLOCKS_A_LAYER {
                let name = format!("layer{}.{block}", layer + 1);
                blocks.push(weights.block(&name, inputs, outputs)?);
                inputs = outputs;
            }
        }
        let mut head = weights.take("fc.weight", &[classes, inputs])?;
        let mut head_bias = weights.take("fc.bias", &[classes])?;
        if weights.0.contains_key(TEMPERATURE) {
            let temperature = weights.take(TEMPERATURE, &[1])?;
            head = head.f_div(&temperature)?;
            head_bias = head_bias.f_div(&temperature)?;
        }
        Ok(Self {
            stem,
            blocks,
            head,
            head_bias,
        })
    }

    /// Channels of the input.
    pub fn channels(&self) -> i64 {
        self.stem.weight.size().get(1).copied().unwrap_or(3)
    }

    /// Logits, N x classes.
    ///
    /// # Errors
    /// libtorch refused an operation.
    pub fn forward(&self, input: &Tensor) -> Result<Tensor, NetworkError> {
        let input = channels_last(input)?;
        let stem = self.stem.forward(&input)?.f_relu_()?;
        let mut features = stem.f_max_pool2d([3, 3], [2, 2], [1, 1], [1, 1], false)?;
        for block in &self.blocks {
            features = block.forward(&features)?;
        }
        let pooled = features.f_mean_dim([2i64, 3].as_slice(), false, Kind::Float)?;
        Ok(pooled.f_linear(&self.head, Some(&self.head_bias))?)
    }
}
