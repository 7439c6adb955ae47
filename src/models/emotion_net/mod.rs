//! The emotion network: aligned grey faces in, class probabilities out. It runs in libtorch, which a library
//! of our own holds (`crates/aliyarface-torch`).

#[allow(unsafe_code)]
mod ffi;

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};
use std::thread;

use once_cell::sync::Lazy;

use crate::runtime::private::{self, LibraryError};
use crate::runtime::{analysis_slots, malloc, panics};

use ffi::{Network, Torch};

/// Side in pixels of the aligned grey face the network reads.
pub const INPUT_SIDE: usize = 64;

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
    /// The library that runs the network is not there, or does not fit.
    #[error("libtorch: {0}")]
    Library(#[from] LibraryError),
    /// The device that was asked for is not there.
    #[error("libtorch finds no CUDA device")]
    NoCuda,
    /// The file is not such a network, or libtorch refused an operation.
    #[error("{0}")]
    Network(String),
}

/// A network and the names of its classes.
pub struct EmotionNet {
    network: Loading,
    labels: Arc<[String]>,
}

/// A network, or why it could not be loaded, once that is known.
type Loading = Arc<OnceLock<Result<Network, String>>>;

type Shared = HashMap<(PathBuf, PathBuf, Device), Weak<EmotionNet>>;
static SHARED: Lazy<Mutex<Shared>> = Lazy::new(Mutex::default);

/// How much of a network's loading is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoadWait {
    /// All of it: the file may hold anything.
    Whole,
    /// None: the file is known to be sound, and whoever first asks for probabilities waits.
    Nothing,
}

/// Opens libtorch, and sets the threads of its operators for all networks of this process: its own threads spin for
/// milliseconds beside those of the other networks.
///
/// # Errors
/// The library is not there, or does not fit.
pub fn open(threads: u32) -> Result<(), EmotionNetError> {
    Torch::get()?.set_up(threads)
}

impl EmotionNet {
    /// The network of these files, loaded if no element of this process holds it yet.
    ///
    /// # Errors
    /// A file cannot be read, or its network does not fit the labels; where the loading is not waited for, the
    /// second is told by [`EmotionNet::probabilities`].
    pub fn shared(
        weights: &Path,
        labels: &Path,
        device: Device,
        wait: LoadWait,
    ) -> Result<Arc<Self>, EmotionNetError> {
        let key = (weights.to_owned(), labels.to_owned(), device);
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(net) = shared.get(&key).and_then(Weak::upgrade) {
            return Ok(net);
        }
        let net = Arc::new(match wait {
            LoadWait::Whole => Self::load(weights, labels, device)?,
            LoadWait::Nothing => Self::load_beside(weights, labels, device)?,
        });
        shared.retain(|_, net| net.strong_count() > 0);
        shared.insert(key, Arc::downgrade(&net));
        Ok(net)
    }

    /// Loads `weights` and checks with one run that they answer a score for each label.
    ///
    /// `.safetensors`, `.npz` and `.ot` files hold a ResNet-18 with torchvision's names, `.pt` files
    /// a TorchScript module from N x 3 x 64 x 64 to N x labels.
    ///
    /// # Errors
    /// A file cannot be read, its network does not fit the labels, or the device is not there.
    pub fn load(weights: &Path, labels: &Path, device: Device) -> Result<Self, EmotionNetError> {
        let labels = read_labels(labels)?;
        let network = Torch::get()?.load(weights, labels.len(), device)?;
        let network = Arc::new(OnceLock::from(Ok(network)));
        Ok(Self { network, labels })
    }

    /// As [`EmotionNet::load`], on a thread of its own: a first picture is searched for faces meanwhile.
    fn load_beside(weights: &Path, labels: &Path, device: Device) -> Result<Self, EmotionNetError> {
        let labels = read_labels(labels)?;
        let (torch, classes) = (Torch::get()?, labels.len());
        let network = Loading::default();
        let (theirs, file) = (Arc::clone(&network), weights.to_owned());
        let builder = thread::Builder::new().name("aliyarface-load".to_owned());
        let beside = builder.spawn(move || {
            theirs
                .get_or_init(|| load(torch, &file, classes, device))
                .is_ok()
        });
        if beside.is_err() {
            network.get_or_init(|| load(torch, weights, classes, device));
        }
        Ok(Self { network, labels })
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
        if faces.is_empty() {
            return Ok(Vec::new());
        }
        let batch: Vec<u8> = faces.iter().copied().flatten().copied().collect();
        let network = self.network.wait().as_ref();
        let network = network.map_err(|words| EmotionNetError::Network(words.clone()))?;
        let values = network.probabilities(&batch)?;
        let rows = values.chunks(self.labels.len());
        Ok(rows.map(<[_]>::to_vec).collect())
    }
}

impl Drop for EmotionNet {
    /// Waits for a loading that goes on: a program that links libtorch itself runs its destructors when it exits, and
    /// nothing may be at work in it then.
    fn drop(&mut self) {
        self.network.wait();
    }
}

/// Loads a network, or says why that cannot be, and gives back what only the loading needed.
fn load(
    torch: &'static Torch,
    file: &Path,
    classes: usize,
    device: Device,
) -> Result<Network, String> {
    let _running = analysis_slots::begin().ok_or_else(|| "the process exits".to_owned())?;
    let loaded = panics::catch(|| torch.load(file, classes, device));
    malloc::trim();
    private::unmap_idle_pages();
    loaded?.map_err(|err| err.to_string())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_that_is_loaded_beside_tells_what_is_wrong_when_it_is_asked() {
        let folder = std::env::temp_dir().join(format!("aliyarface-net-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let [weights, labels] = ["net.pt", "labels.txt"].map(|name| folder.join(name));
        fs::write(&weights, "no network").unwrap();
        fs::write(&labels, "calm\ncross\n").unwrap();
        open(1).unwrap();
        let shared = |wait| EmotionNet::shared(&weights, &labels, Device::Cpu, wait);
        assert!(shared(LoadWait::Whole).is_err());
        let net = shared(LoadWait::Nothing).unwrap();
        assert_eq!(net.labels().len(), 2);
        assert!(
            net.probabilities(&[]).unwrap().is_empty(),
            "nothing is waited for"
        );
        let asked = net.probabilities(&[&[0; INPUT_SIDE * INPUT_SIDE]]);
        assert!(
            matches!(asked, Err(EmotionNetError::Network(_))),
            "{:?}",
            asked.err()
        );
        fs::remove_dir_all(&folder).unwrap();
    }
}
