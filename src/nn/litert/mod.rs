//! LiteRT: runs the `.tflite` networks on the CPU.
//!
//! The library is opened when the first network is loaded rather than linked: the plugin can be inspected on
//! a machine without it, and its copy of XNNPACK stays apart from libtorch's and the host's.

#[allow(unsafe_code)]
mod ffi;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use once_cell::sync::Lazy;

use crate::runtime::private::LibraryError;

use ffi::{CompiledModel, Model, TensorBuffer};

/// Why a network could not be loaded or run.
#[derive(Debug, thiserror::Error)]
pub enum LiteRtError {
    /// The library itself is missing or of another version.
    #[error("could not open LiteRT 2.1.4")]
    Library(#[from] LibraryError),
    /// A call of the library failed.
    #[error("LiteRT: {call} returned status {status}")]
    Status {
        /// Name of the C function.
        call: &'static str,
        /// Its `LiteRtStatus`.
        status: u32,
    },
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

/// The contents of a `.tflite` file.
pub struct ModelData {
    /// Their SHA-256, hexadecimal: equal contents are held once a process.
    pub sha256: String,
    /// The file, which LiteRT does not check: it must be known to be sound.
    pub bytes: Vec<u8>,
}

/// The models in use in this process, by the hash of their contents.
static MODELS: Lazy<Mutex<HashMap<String, Weak<Model>>>> = Lazy::new(Mutex::default);

/// The model of `file`, loaded if it is not in use yet.
fn shared(file: ModelData) -> Result<Arc<Model>, LiteRtError> {
    let mut models = MODELS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(model) = models.get(&file.sha256).and_then(Weak::upgrade) {
        return Ok(model);
    }
    let model = Arc::new(Model::new(file.bytes)?);
    models.retain(|_, model| model.strong_count() > 0);
    models.insert(file.sha256, Arc::downgrade(&model));
    Ok(model)
}

/// A compiled network with its own input and output buffers.
pub struct Net {
    compiled: CompiledModel,
    input: TensorBuffer,
    outputs: Vec<TensorBuffer>,
    results: Vec<Vec<f32>>,
}

impl Net {
    /// Loads the network in `file`.
    ///
    /// `input` is the shape of its only input (batch first); `outputs` are the f32 counts of its
    /// outputs, in the network's order; it runs on `threads` threads.
    ///
    /// # Errors
    /// The library is missing, the file is no network, or its tensors have other sizes.
    pub fn load(
        file: ModelData,
        input: &[i32],
        outputs: &[usize],
        threads: u32,
    ) -> Result<Self, LiteRtError> {
        let compiled = CompiledModel::new(shared(file)?, input, threads)?;
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

    /// Runs the network; `fill` writes its input.
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

    /// Output `index` of the last run; empty for an output that does not exist.
    pub fn output(&self, index: usize) -> &[f32] {
        self.results.get(index).map_or(&[], Vec::as_slice)
    }
}
