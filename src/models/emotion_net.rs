//! The emotion network: aligned grey faces in, class probabilities out.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use once_cell::sync::Lazy;
use tch::{CModule, Cuda, Kind, TchError, Tensor};

use crate::runtime::panics;

use super::resnet::ResNet18;

/// Side in pixels of the aligned grey face the network reads.
pub const INPUT_SIDE: usize = 64;

/// Mean that is subtracted from brightness 0..1, as in training.
pub const MEAN: f32 = 0.5;
/// Standard deviation by which the difference is divided.
pub const STD: f32 = 0.25;

/// Where the emotion network runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, glib::Enum)]
#[enum_type(name = "GstAliyarFaceDevice")]
pub enum Device {
    /// On the processor.
    #[default]
    #[enum_value(name = "On the processor", nick = "cpu")]
    Cpu,
    /// On the first CUDA device, where libtorch has one.
    #[enum_value(name = "On the first CUDA device", nick = "cuda")]
    Cuda,
}

impl Device {
    fn to_torch(self) -> Result<tch::Device, EmotionNetError> {
        match self {
            Self::Cpu => Ok(tch::Device::Cpu),
            Self::Cuda if Cuda::is_available() => Ok(tch::Device::Cuda(0)),
            Self::Cuda => Err(EmotionNetError::NoCuda),
        }
    }
}

/// Why the emotion network could not be loaded or run.
#[derive(Debug, thiserror::Error)]
pub enum EmotionNetError {
    /// The labels file cannot be read.
    #[error("the labels file {} cannot be read", path.display())]
    Labels {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The labels file names nothing to tell apart.
    #[error("the labels file {} must hold two or more different names, one a line", .0.display())]
    TooFewLabels(PathBuf),
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
        /// What came.
        found: Vec<i64>,
    },
    /// The network answers with NaN or infinity.
    #[error("it answers with numbers that are not finite")]
    NotFinite,
    /// The device that was asked for is not there.
    #[error("libtorch finds no CUDA device")]
    NoCuda,
    /// The file broke what reads it down: some of the formats' readers do not expect damage.
    #[error("it is damaged: {}", .0.lines().next().unwrap_or_default())]
    Damaged(String),
    /// libtorch refused the file or an operation.
    #[error("libtorch: {}", first_line(.0))]
    Torch(#[from] TchError),
}

/// libtorch's messages carry a C++ stack trace; the first line says what is wrong.
fn first_line(err: &TchError) -> String {
    let text = err.to_string();
    text.lines().next().unwrap_or_default().to_owned()
}

enum Network {
    ResNet18(ResNet18),
    Script(CModule),
}

/// A network and the names of its classes.
pub struct EmotionNet {
    network: Network,
    labels: Arc<[String]>,
    device: tch::Device,
}

type Shared = HashMap<(PathBuf, PathBuf, Device), Weak<EmotionNet>>;
static SHARED: Lazy<Mutex<Shared>> = Lazy::new(Mutex::default);

impl EmotionNet {
    /// The network of these files, loaded if no element of this process holds it yet.
    ///
    /// # Errors
    /// A file cannot be read, or its network does not fit the labels.
    pub fn shared(
        weights: &Path,
        labels: &Path,
        device: Device,
    ) -> Result<Arc<Self>, EmotionNetError> {
        let key = (weights.to_owned(), labels.to_owned(), device);
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(net) = shared.get(&key).and_then(Weak::upgrade) {
            return Ok(net);
        }
        let net = Arc::new(Self::load(weights, labels, device)?);
        shared.retain(|_, net| net.strong_count() > 0);
        shared.insert(key, Arc::downgrade(&net));
        Ok(net)
    }

    /// Loads `weights` and checks with one run that they answer a score for each label.
    ///
    /// `.safetensors`, `.npz` and `.ot` files hold a ResNet-18 with torchvision's names, `.pt`
    /// files a TorchScript module from N x 3 x 64 x 64 to N x labels.
    ///
    /// # Errors
    /// A file cannot be read, its network does not fit the labels, or the device is not there.
    pub fn load(weights: &Path, labels: &Path, device: Device) -> Result<Self, EmotionNetError> {
        let device = device.to_torch()?;
        let labels = read_labels(labels)?;
        let read = panics::catch(|| Self::read(weights, labels.len(), device));
        let net = Self {
            network: read.map_err(EmotionNetError::Damaged)??,
            labels,
            device,
        };
        net.probabilities(&[&[0; INPUT_SIDE * INPUT_SIDE]])?;
        Ok(net)
    }

    fn read(
        weights: &Path,
        labels: usize,
        device: tch::Device,
    ) -> Result<Network, EmotionNetError> {
        let ending = weights.extension().and_then(|ending| ending.to_str());
        let resnet = |named: Vec<(String, Tensor)>| {
            let there = named.into_iter().map(|(name, weight)| {
                let weight = weight.f_to_device(device)?;
                Ok((name, weight))
            });
            let there = there.collect::<Result<_, EmotionNetError>>()?;
            ResNet18::new(there, labels).map(Network::ResNet18)
        };
        match ending {
            Some("safetensors") => resnet(Tensor::read_safetensors(weights)?),
            Some("npz") => resnet(Tensor::read_npz(weights)?),
            Some("ot") => resnet(Tensor::load_multi(weights)?),
            Some("pt" | "pth" | "ts") => {
                let mut module = CModule::load_on_device(weights, device)?;
                module.f_set_eval()?;
                Ok(Network::Script(module))
            }
            _ => Err(EmotionNetError::Ending),
        }
    }

    /// A ResNet-18 around weights with torchvision's names.
    ///
    /// # Errors
    /// A weight is missing or has another shape.
    pub fn resnet18(
        weights: Vec<(String, Tensor)>,
        labels: &[&str],
    ) -> Result<Self, EmotionNetError> {
        let network = Network::ResNet18(ResNet18::new(weights, labels.len())?);
        let labels = labels.iter().map(|&label| label.to_owned()).collect();
        Ok(Self {
            network,
            labels,
            device: tch::Device::Cpu,
        })
    }

    /// Names of the classes, in the order of the probabilities.
    pub fn labels(&self) -> &Arc<[String]> {
        &self.labels
    }

    /// The probability of each class for each face, all in one batch.
    ///
    /// A face is [`INPUT_SIDE`] x [`INPUT_SIDE`] bytes of brightness.
    ///
    /// # Errors
    /// libtorch refused an operation, or the answer has the wrong shape or is not finite.
    pub fn probabilities(&self, faces: &[&[u8]]) -> Result<Vec<Vec<f64>>, EmotionNetError> {
        let expected = [faces.len() as i64, self.labels.len() as i64];
        if faces.is_empty() {
            return Ok(Vec::new());
        }
        let logits = tch::no_grad(|| self.logits(faces))?;
        if logits.size() != expected {
            return Err(EmotionNetError::OutputShape {
                expected,
                found: logits.size(),
            });
        }
        let probabilities = logits.f_to_device(tch::Device::Cpu)?;
        let probabilities = probabilities.f_softmax(-1, Kind::Double)?.f_contiguous()?;
        let mut values = vec![0.0; faces.len() * self.labels.len()];
        let count = values.len();
        probabilities.f_copy_data(&mut values, count)?;
        if !values.iter().all(|value: &f64| value.is_finite()) {
            return Err(EmotionNetError::NotFinite);
        }
        Ok(values
            .chunks(self.labels.len())
            .map(<[_]>::to_vec)
            .collect())
    }

    fn logits(&self, faces: &[&[u8]]) -> Result<Tensor, EmotionNetError> {
        let normalised = |&byte: &u8| (f32::from(byte) / 255.0 - MEAN) / STD;
        let values: Vec<f32> = faces.iter().copied().flatten().map(normalised).collect();
        let side = INPUT_SIDE as i64;
        let grey = Tensor::f_from_slice(&values)?.f_view([-1, 1, side, side])?;
        let grey = grey.f_to_device(self.device)?;
        match &self.network {
            Network::ResNet18(net) => {
                net.forward(&grey.f_expand([-1, net.channels(), side, side], false)?)
            }
            Network::Script(module) => {
                let rgb = grey.f_expand([-1, 3, side, side], false)?.f_contiguous()?;
                Ok(module.forward_ts(&[rgb])?)
            }
        }
    }
}

fn read_labels(path: &Path) -> Result<Arc<[String]>, EmotionNetError> {
    let text = fs::read_to_string(path).map_err(|source| EmotionNetError::Labels {
        path: path.to_owned(),
        source,
    })?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let labels: Vec<String> = lines.map(str::to_owned).collect();
    let repeated = (1..labels.len()).any(|index| labels[..index].contains(&labels[index]));
    if labels.len() < 2 || repeated {
        return Err(EmotionNetError::TooFewLabels(path.to_owned()));
    }
    Ok(labels.into())
}
