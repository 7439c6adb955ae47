//! LiteRT: runs the `.tflite` networks on the CPU.
//!
//! `libLiteRt.so` is opened when the first network is loaded rather than linked: the plugin can be
//! inspected on a machine without it, and its copy of XNNPACK stays apart from libtorch's.

#[allow(unsafe_code)]
mod ffi;

use std::path::{Path, PathBuf};

use ffi::{CompiledModel, TensorBuffer};

/// Why a network could not be loaded or run.
#[derive(Debug, thiserror::Error)]
pub enum LiteRtError {
    /// The library itself is missing or of another version.
    #[error("could not open libLiteRt.so 2.1.4")]
    Library(#[from] libloading::Error),
    /// A call of the library failed.
    #[error("LiteRT: {call} returned status {status}")]
    Status {
        /// Name of the C function.
        call: &'static str,
        /// Its `LiteRtStatus`.
        status: u32,
    },
    /// The path cannot be passed to C.
    #[error("the path {0:?} holds a NUL byte")]
    Path(PathBuf),
    /// The network has other tensors than the stage expects.
    #[error("wrong network: {what} should hold {expected} numbers, it holds {found}")]
    Shape {
        /// Which tensor.
        what: String,
        /// Numbers the stage reads or writes.
        expected: usize,
        /// Numbers the network has.
        found: usize,
    },
}

/// One network, ready to run, with its own input and output buffers.
pub struct Net {
    compiled: CompiledModel,
    input: TensorBuffer,
    outputs: Vec<TensorBuffer>,
    results: Vec<Vec<f32>>,
}

impl Net {
    /// Loads the network in `file`.
    ///
    /// `input` is its only input's shape (batch first); `outputs` are the numbers of f32 values of
    /// its outputs, in the network's order.
    ///
    /// # Errors
    /// The library is missing, the file is no network, or its tensors have other sizes.
    pub fn load(file: &Path, input: &[i32], outputs: &[usize]) -> Result<Self, LiteRtError> {
        let compiled = CompiledModel::load(file, input)?;
        let inputs = compiled.input_count()?;
        if inputs != 1 {
            return Err(LiteRtError::Shape {
                what: "the list of inputs".into(),
                expected: 1,
                found: inputs,
            });
        }
        let found = compiled.output_shapes()?;
        if found.len() != outputs.len() {
            return Err(LiteRtError::Shape {
                what: "the list of outputs".into(),
                expected: outputs.len(),
                found: found.len(),
            });
        }
        for (index, (shape, &expected)) in found.iter().zip(outputs).enumerate() {
            let found = shape.iter().map(|&side| side.max(0) as usize).product();
            if found != expected {
                return Err(LiteRtError::Shape {
                    what: format!("output {index}"),
                    expected,
                    found,
                });
            }
        }
        let outputs_buffers = found
            .iter()
            .map(|shape| compiled.buffer(shape))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            input: compiled.buffer(input)?,
            outputs: outputs_buffers,
            results: outputs.iter().map(|&len| vec![0.0; len]).collect(),
            compiled,
        })
    }

    /// Runs the network on what `fill` writes into its input.
    ///
    /// # Errors
    /// The error of `fill`, or a failure inside the library.
    pub fn run<E>(&mut self, fill: impl FnOnce(&mut [f32]) -> Result<(), E>) -> Result<(), E>
    where
        E: From<LiteRtError>,
    {
        self.input.write(fill)?;
        self.compiled.run(&mut self.input, &mut self.outputs)?;
        for (buffer, result) in self.outputs.iter_mut().zip(&mut self.results) {
            buffer.read(result)?;
        }
        Ok(())
    }

    /// What the last run left in output `index`; empty for an output that does not exist.
    pub fn output(&self, index: usize) -> &[f32] {
        self.results.get(index).map_or(&[], Vec::as_slice)
    }
}
