//! Named arrays of f32 in a safetensors file.

use safetensors::{Dtype, SafeTensorError, SafeTensors};

/// Why weights cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TensorFileError {
    /// A tensor is not in the file.
    #[error("it lacks the tensor {0}")]
    Missing(&'static str),
    /// A tensor has another shape, or other numbers than f32.
    #[error("its tensor {name} is {found:?}, not {expected:?} of f32")]
    Shape {
        /// Name of the tensor.
        name: &'static str,
        /// The shape it must have.
        expected: Vec<usize>,
        /// The shape it has.
        found: Vec<usize>,
    },
    /// The file cannot be read.
    #[error("it cannot be read")]
    Unreadable(#[from] std::io::Error),
    /// The file is no safetensors file.
    #[error("it is no safetensors file, or a damaged one")]
    Damaged(#[from] SafeTensorError),
}

/// The arrays of a file.
pub struct Tensors<'a>(SafeTensors<'a>);

impl<'a> Tensors<'a> {
    /// Those of the file's `bytes`.
    ///
    /// # Errors
    /// They are no safetensors file.
    pub fn new(bytes: &'a [u8]) -> Result<Self, TensorFileError> {
        Ok(Self(SafeTensors::deserialize(bytes)?))
    }

    /// The rows of the array `name` of `[rows, numbers in each]`.
    ///
    /// # Errors
    /// There is no such array.
    pub fn rows(
        &self,
        name: &'static str,
        shape: [usize; 2],
    ) -> Result<Vec<Vec<f32>>, TensorFileError> {
        let values = self.get(name, &shape)?;
        Ok(values.chunks(shape[1]).map(<[f32]>::to_vec).collect())
    }

    /// The numbers of the array `name` of this `shape`, the last dimension the fastest.
    ///
    /// # Errors
    /// There is no such array.
    pub fn get(&self, name: &'static str, shape: &[usize]) -> Result<Vec<f32>, TensorFileError> {
        let tensor = self.0.tensor(name);
        let tensor = tensor.map_err(|_| TensorFileError::Missing(name))?;
        if tensor.shape() != shape || tensor.dtype() != Dtype::F32 {
            return Err(TensorFileError::Shape {
                name,
                expected: shape.to_vec(),
                found: tensor.shape().to_vec(),
            });
        }
        let (words, _) = tensor.data().as_chunks::<4>();
        Ok(words.iter().map(|&word| f32::from_le_bytes(word)).collect())
    }
}
