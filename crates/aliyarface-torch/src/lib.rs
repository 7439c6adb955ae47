//! The emotion network in libtorch: aligned grey faces in, class probabilities out.
//!
//! Built as a library with a C interface ([`interface`]), which the plugin opens when an element becomes
//! ready: the plugin itself needs no libtorch, and no symbol of libtorch meets the host's.

#[allow(unsafe_code)]
pub mod interface;
mod resnet;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use tch::{CModule, Cuda, Kind, QEngine, TchError, Tensor};

pub use resnet::{ResNet18, TEMPERATURE};

/// Side in pixels of the aligned grey face the network reads.
pub const INPUT_SIDE: usize = 64;
/// Mean that is subtracted from brightness 0..1, as in training.
pub const MEAN: f32 = 0.5;
/// Standard deviation by which the difference is divided.
pub const STD: f32 = 0.25;

/// Why a network could not be loaded or run.
#[derive(Debug, thiserror::Error)]
pub enum NetworkError {
    /// A file ending that tells nothing of how to read it.
    #[error("weights end in .safetensors, .npz or .ot, TorchScript files in .pt")]
    Ending,
    /// A weight is not in the file.
    #[error("it lacks the weight {0} of a torchvision ResNet-18")]
    NoWeight(String),
    /// A weight has another shape.
    #[error("its weight {name} is {found:?}, not {expected:?}")]
    WeightShape {
        /// Name of the weight.
        name: String,
        /// The shape it must have.
        expected: Vec<i64>,
        /// The shape it has.
        found: Vec<i64>,
    },
    /// The network answers with something other than a row of class scores for each face.
    #[error("it answers {found:?} where {expected:?} (faces, labels) is expected")]
    OutputShape {
        /// Faces and labels.
        expected: [i64; 2],
        /// The shape of the answer.
        found: Vec<i64>,
    },
    /// The network answers with NaN or infinity.
    #[error("it answers with numbers that are not finite")]
    NotFinite,
    /// The device that was asked for is not there.
    #[error("libtorch finds no CUDA device")]
    NoCuda,
    /// A reader of the file panicked: some of the formats' readers do not expect damage.
    #[error("it is damaged: {}", .0.lines().next().unwrap_or_default())]
    Damaged(String),
    /// libtorch refused the file or an operation.
    #[error("libtorch: {}", first_line(.0))]
    Torch(#[from] TchError),
}

/// The first line of libtorch's message, without the C++ stack trace that follows.
fn first_line(err: &TchError) -> String {
    let text = err.to_string();
    text.lines().next().unwrap_or_default().to_owned()
}

enum Weights {
    ResNet18(ResNet18),
    Script(CModule),
}

/// A loaded network.
pub struct Network {
    weights: Weights,
    classes: usize,
    device: tch::Device,
}

/// Chooses operators that generate no machine code at run time: slower, but they work where a process may
/// have no memory that is both written and executed. For networks loaded afterwards.
///
/// # Errors
/// This libtorch has no such operators.
pub fn avoid_code_generation() -> Result<(), NetworkError> {
    Ok(QEngine::QNNPACK.set()?)
}

/// Sets the number of threads of each operator.
pub fn set_threads(threads: u32) {
    tch::set_num_threads(i32::try_from(threads.max(1)).unwrap_or(1));
}

/// Lets this thread have as many threads as [`set_threads`] said: OpenMP counts them for each caller, and what libtorch
/// calls without asking it (oneDNN) would start one a processor, which spin.
fn keep_threads() {
    tch::set_num_threads(tch::get_num_threads());
}

/// The first CUDA device.
///
/// # Errors
/// There is none.
pub fn cuda() -> Result<tch::Device, NetworkError> {
    if Cuda::is_available() {
        Ok(tch::Device::Cuda(0))
    } else {
        Err(NetworkError::NoCuda)
    }
}

impl Network {
    /// Loads `file` and checks with one run that it answers `classes` scores for a face.
    ///
    /// `.safetensors`, `.npz` and `.ot` files hold a ResNet-18 with torchvision's names, `.pt` files
    /// a TorchScript module from N x 3 x 64 x 64 to N x `classes`.
    ///
    /// # Errors
    /// The file cannot be read, or its network has another shape.
    pub fn load(file: &Path, classes: usize, device: tch::Device) -> Result<Self, NetworkError> {
        keep_threads();
        let read = catch_unwind(AssertUnwindSafe(|| read(file, classes, device)));
        let damaged = |panic: Box<dyn std::any::Any + Send>| {
            let text = panic.downcast_ref::<&str>().map(|&text| text.to_owned());
            let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
            NetworkError::Damaged(text.unwrap_or_else(|| "unknown reason".to_owned()))
        };
        let net = Self {
            weights: read.map_err(damaged)??,
            classes,
            device,
        };
        net.probabilities(&[0; INPUT_SIDE * INPUT_SIDE])?;
        Ok(net)
    }

    /// A ResNet-18 on the CPU around weights with torchvision's names.
    ///
    /// # Errors
    /// A weight is missing or has another shape.
    pub fn resnet18(weights: Vec<(String, Tensor)>, classes: usize) -> Result<Self, NetworkError> {
        Ok(Self {
            weights: Weights::ResNet18(ResNet18::new(weights, classes)?),
            classes,
            device: tch::Device::Cpu,
        })
    }

    /// Number of classes.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// Softmax probabilities, N x classes row by row, of N faces of [`INPUT_SIDE`] x [`INPUT_SIDE`] bytes of
    /// brightness each.
    ///
    /// # Errors
    /// libtorch refused an operation, or the answer has the wrong shape or is not finite.
    pub fn probabilities(&self, faces: &[u8]) -> Result<Vec<f64>, NetworkError> {
        let count = faces.len() / (INPUT_SIDE * INPUT_SIDE);
        if count == 0 {
            return Ok(Vec::new());
        }
        let expected = [count as i64, self.classes as i64];
        let logits = tch::no_grad(|| self.logits(faces))?;
        if logits.size() != expected {
            return Err(NetworkError::OutputShape {
                expected,
                found: logits.size(),
            });
        }
        let probabilities = logits.f_to_device(tch::Device::Cpu)?;
        let probabilities = probabilities.f_softmax(-1, Kind::Double)?.f_contiguous()?;
        let mut values = vec![0.0; count * self.classes];
        let len = values.len();
        probabilities.f_copy_data(&mut values, len)?;
        if values.iter().all(|value: &f64| value.is_finite()) {
            Ok(values)
        } else {
            Err(NetworkError::NotFinite)
        }
    }

    fn logits(&self, faces: &[u8]) -> Result<Tensor, NetworkError> {
        keep_threads();
        let normalised = |&byte: &u8| (f32::from(byte) / 255.0 - MEAN) / STD;
        let values: Vec<f32> = faces.iter().map(normalised).collect();
        let side = INPUT_SIDE as i64;
        let grey = Tensor::f_from_slice(&values)?.f_view([-1, 1, side, side])?;
        let grey = grey.f_to_device(self.device)?;
        match &self.weights {
            Weights::ResNet18(net) => {
                net.forward(&grey.f_expand([-1, net.channels(), side, side], false)?)
            }
            Weights::Script(module) => {
                // The optimiser gains nothing in a net whose operators are whole layers, and reads the formulas
                // of all gradients first. It is switched off for the thread that runs.
                tch::jit::f_set_graph_executor_optimize(false)?;
                let rgb = grey.f_expand([-1, 3, side, side], false)?.f_contiguous()?;
                Ok(module.forward_ts(&[rgb])?)
            }
        }
    }
}

fn read(file: &Path, classes: usize, device: tch::Device) -> Result<Weights, NetworkError> {
    let resnet = |named: Vec<(String, Tensor)>| {
        let there = named.into_iter().map(|(name, weight)| {
            let weight = weight.f_to_device(device)?;
            Ok((name, weight))
        });
        let there = there.collect::<Result<_, NetworkError>>()?;
        ResNet18::new(there, classes).map(Weights::ResNet18)
    };
    match file.extension().and_then(|ending| ending.to_str()) {
        Some("safetensors") => resnet(Tensor::read_safetensors(file)?),
        Some("npz") => resnet(Tensor::read_npz(file)?),
        Some("ot") => resnet(Tensor::load_multi(file)?),
        Some("pt" | "pth" | "ts") => {
            let mut module = CModule::load_on_device(file, device)?;
            module.f_set_eval()?;
            Ok(Weights::Script(module))
        }
        _ => Err(NetworkError::Ending),
    }
}
