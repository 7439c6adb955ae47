//! The network's layers as its file lists them.

use std::vec::IntoIter;

use crate::nn::kernels::{DepthwiseConv3x3, PointwiseConv};
use crate::nn::tflite::{Constant, OpKind, Operation, TfliteError, operations};

/// The layers that are still to come.
pub struct Layers {
    operations: IntoIter<Operation>,
}

impl Layers {
    /// All layers of the `.tflite` file `bytes`.
    ///
    /// # Errors
    /// The file is damaged.
    pub fn new(bytes: &[u8]) -> Result<Self, TfliteError> {
        let operations = operations(bytes)?.into_iter();
        Ok(Self { operations })
    }

    /// Takes a convolution (`inputs` to `outputs` channels, kernel `size` x `size`) and the PReLU
    /// after it.
    ///
    /// # Errors
    /// Another layer comes next.
    pub fn conv(
        &mut self,
        outputs: usize,
        size: usize,
        inputs: usize,
    ) -> Result<PointwiseConv, TfliteError> {
        let [weights, bias] = self.weights_and_bias(outputs, size, inputs)?;
        let [slopes] = self.next(OpKind::Prelu, [&[1, 1, outputs]])?;
        Ok(PointwiseConv::new(&weights, &bias, &slopes))
    }

    /// Takes a convolution without PReLU.
    ///
    /// # Errors
    /// Another layer comes next.
    pub fn head(
        &mut self,
        outputs: usize,
        size: usize,
        inputs: usize,
    ) -> Result<PointwiseConv, TfliteError> {
        let [weights, bias] = self.weights_and_bias(outputs, size, inputs)?;
        Ok(PointwiseConv::new(&weights, &bias, &Constant::default()))
    }

    fn weights_and_bias(
        &mut self,
        outputs: usize,
        size: usize,
        inputs: usize,
    ) -> Result<[Constant; 2], TfliteError> {
        let shapes: [&[usize]; 2] = [&[outputs, size, size, inputs], &[outputs]];
        self.next(OpKind::Convolution, shapes)
    }

    /// Takes a depthwise 3x3 convolution of `channels`.
    ///
    /// # Errors
    /// Another layer comes next.
    pub fn depthwise_conv(&mut self, channels: usize) -> Result<DepthwiseConv3x3, TfliteError> {
        let shapes: [&[usize]; 2] = [&[1, 3, 3, channels], &[channels]];
        let [weights, bias] = self.next(OpKind::Depthwise, shapes)?;
        Ok(DepthwiseConv3x3::new(&weights, &bias))
    }

    fn next<const COUNT: usize>(
        &mut self,
        kind: OpKind,
        shapes: [&[usize]; COUNT],
    ) -> Result<[Constant; COUNT], TfliteError> {
        let other = || TfliteError::Other {
            expected: format!("{kind:?} {shapes:?}"),
        };
        let operation = self.operations.next().ok_or_else(other)?;
        let constants: [Constant; COUNT] = operation.constants.try_into().map_err(|_| other())?;
        let mut pairs = constants.iter().zip(shapes);
        if operation.kind == kind && pairs.all(|(constant, shape)| constant.shape == shape) {
            Ok(constants)
        } else {
            Err(other())
        }
    }
}
