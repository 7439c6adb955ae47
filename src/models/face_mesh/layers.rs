//! The network's layers as its file lists them.

use std::vec::IntoIter;

use crate::models::kernels::{Depthwise, Product};
use crate::models::tflite::{Constant, Kind, Operation, TfliteError, operations};

/// The layers that are still to come.
pub struct Layers {
    operations: IntoIter<Operation>,
}

impl Layers {
    /// All layers of the file `bytes`.
    ///
    /// # Errors
    /// The bytes are no such file.
    pub fn of(bytes: &[u8]) -> Result<Self, TfliteError> {
        let operations = operations(bytes)?.into_iter();
        Ok(Self { operations })
    }

    /// A convolution of `inputs` channels by weights of `size` pixels a side, with slopes after it.
    ///
    /// # Errors
    /// Another layer comes next.
    pub fn product(
        &mut self,
        outputs: usize,
        size: usize,
        inputs: usize,
    ) -> Result<Product, TfliteError> {
        let [weights, bias] = self.convolution(outputs, size, inputs)?;
        let [slopes] = self.next(Kind::Prelu, [&[1, 1, outputs]])?;
        Ok(Product::new(&weights, &bias, &slopes))
    }

    /// A convolution without slopes.
    ///
    /// # Errors
    /// Another layer comes next.
    pub fn head(
        &mut self,
        outputs: usize,
        size: usize,
        inputs: usize,
    ) -> Result<Product, TfliteError> {
        let [weights, bias] = self.convolution(outputs, size, inputs)?;
        Ok(Product::new(&weights, &bias, &Constant::default()))
    }

    fn convolution(
        &mut self,
        outputs: usize,
        size: usize,
        inputs: usize,
    ) -> Result<[Constant; 2], TfliteError> {
        let shapes: [&[usize]; 2] = [&[outputs, size, size, inputs], &[outputs]];
        self.next(Kind::Convolution, shapes)
    }

    /// A convolution of each of the `channels` by itself.
    ///
    /// # Errors
    /// Another layer comes next.
    pub fn depthwise(&mut self, channels: usize) -> Result<Depthwise, TfliteError> {
        let shapes: [&[usize]; 2] = [&[1, 3, 3, channels], &[channels]];
        let [weights, bias] = self.next(Kind::Depthwise, shapes)?;
        Ok(Depthwise::new(&weights, &bias))
    }

    fn next<const COUNT: usize>(
        &mut self,
        kind: Kind,
        shapes: [&[usize]; COUNT],
    ) -> Result<[Constant; COUNT], TfliteError> {
        let other = || TfliteError::Other {
            expected: format!("{kind:?} {shapes:?}"),
        };
        let operation = self.operations.next().ok_or_else(other)?;
        let constants: [Constant; COUNT] = operation.constants.try_into().map_err(|_| other())?;
        let mut pairs = constants.iter().zip(shapes);
        match operation.kind == kind && pairs.all(|(constant, shape)| constant.shape == shape) {
            true => Ok(constants),
            false => Err(other()),
        }
    }
}
