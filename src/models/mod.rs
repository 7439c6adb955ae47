//! The networks by name: loading, checking and running them.
//!
//! The detectors and the blendshapes run in LiteRT, the emotion net in libtorch, the mesh, which
//! runs for every face on every frame, on our own kernels. Every two elements share detectors and
//! blendshapes. Weights are shared by all elements of a process and
//! freed with the last.

mod action_units;
mod blazeface;
mod blendshapes;
mod detector_pool;
mod emotion_net;
mod face_mesh;
mod face_parts;
mod face_shape;
mod kernel_layer;
mod linear_map;
mod manifest;
mod net_pool;
mod tensors;

use std::panic::resume_unwind;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::{self, available_parallelism};

pub use crate::nn::litert::LiteRtError;
use crate::nn::tflite::TfliteError;
use crate::opencv::{self, OpenCvError};
use crate::runtime::{analysis_slots, malloc, private, sched};

pub use action_units::{
    ActionUnitModel, CANONICAL_POINTS as CANONICAL_FACE_POINTS, HOG_BINS, HOG_CELLS, HOG_NUMBERS,
    SHAPE_NUMBERS,
};
pub use blazeface::{DetectorCandidate, Range, sigmoid};
pub use blendshapes::{
    BLENDSHAPES, Blendshapes, NAMES as BLENDSHAPE_NAMES, mirrored as mirrored_blendshapes,
};
pub use detector_pool::DetectorNet;
use emotion_net::LoadWait;
pub use emotion_net::{Device, EmotionNet, EmotionNetError, INPUT_SIDE as EMOTION_SIDE};
pub use face_mesh::{CropMesh, FaceMesh, POINTS as MESH_POINTS, SIDE as MESH_SIDE};
pub use face_parts::{FACE_PARTS, FacePartsNet};
pub use face_shape::{FaceShapeModel, SHAPE_DIRECTIONS, SHAPE_STEP};
pub use kernel_layer::{KERNEL_CENTRES, KERNEL_LAYOUTS, KernelLayer, KernelLayout};
pub use linear_map::{LinearMap, SCORES};
use manifest::CheckedFile;
pub use manifest::{Folders, ModelFile};
pub use tensors::TensorFileError;

/// Why the models could not be made ready.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// None of the folders holds the file.
    #[error("no {stage} model: {file} is in none of {folders}")]
    Missing {
        /// What the model is for.
        stage: String,
        /// Its file name.
        file: &'static str,
        /// The folders searched.
        folders: String,
    },
    /// The file is there but not what this version was built with.
    #[error("{} is damaged or of another version", path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
    },
    /// The file cannot be read.
    #[error("{} cannot be read", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The network in the file cannot be used.
    #[error("{} cannot be used", path.display())]
    Net {
        /// The file.
        path: PathBuf,
        /// Why.
        source: LiteRtError,
    },
    /// The mesh network in the file cannot be used.
    #[error("{} cannot be used", path.display())]
    Mesh {
        /// The file.
        path: PathBuf,
        /// Why.
        source: TfliteError,
    },
    /// The emotion network cannot be used.
    #[error("the emotion model {} cannot be used", path.display())]
    Emotion {
        /// The file.
        path: PathBuf,
        /// Why.
        source: EmotionNetError,
    },
    /// A user's own emotion network is not there, or may not be read.
    #[error("the emotion model {} cannot be read", path.display())]
    NoEmotion {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The Action Unit weights cannot be used.
    #[error("{} cannot be used", path.display())]
    ActionUnits {
        /// The file.
        path: PathBuf,
        /// Why.
        source: TensorFileError,
    },
    /// The weights that tell which parts of a face can be seen are not those of this version.
    #[error("the compiled-in net of face parts cannot be used")]
    FaceParts(#[source] TensorFileError),
    /// The weights that tell people's shapes apart are not those of this version.
    #[error("the compiled-in directions of face shapes cannot be used")]
    FaceShape(#[source] TensorFileError),
    /// The library that cuts faces out of pictures is not there, or does not fit.
    #[error(transparent)]
    OpenCv(#[from] OpenCvError),
    /// A stage asks for a file the manifest does not list.
    #[error("models/manifest.toml does not list {0}")]
    NotListed(String),
    /// The plugin was built without the feature `local`.
    #[error("this build of the plugin analyses on a server alone")]
    NotBuilt,
    /// The manifest itself cannot be parsed.
    #[error("models/manifest.toml cannot be parsed")]
    Manifest(#[from] toml::de::Error),
}

/// Stages of the emotion models in `models/manifest.toml`: for both devices, and for one.
const EMOTION: &str = "emotion";
const EMOTION_ON_CPU: &str = "emotion on cpu";
const EMOTION_ON_CUDA: &str = "emotion on cuda";
/// Stage of the Action Unit files in `models/manifest.toml`.
const ACTION_UNITS: &str = "action units";

/// Which models to load.
#[derive(Debug, Clone)]
pub struct ModelChoice {
    /// Where the bundled models lie.
    pub folders: Folders,
    /// A user's own emotion network in place of the bundled one.
    pub emotion_model: Option<PathBuf>,
    /// The class names of that network, one a line.
    pub emotion_labels: Option<PathBuf>,
    /// Whether to load an emotion network at all.
    pub emotions: bool,
    /// Whether to load what Action Units are read with.
    pub action_units: bool,
    /// Where the emotion network runs.
    pub device: Device,
    /// Threads of each network; 0 leaves the number to [`ModelChoice::face_threads`].
    pub threads: u32,
}

impl ModelChoice {
    /// Every bundled model, from `folders`.
    pub fn bundled(folders: Folders) -> Self {
        Self {
            folders,
            emotion_model: None,
            emotion_labels: None,
            emotions: true,
            action_units: true,
            device: Device::default(),
            threads: 0,
        }
    }

    /// Threads of the detectors, and those that share a frame: where none are asked for two, if
    /// the machine has them.
    pub fn face_threads(&self) -> u32 {
        let processors = || available_parallelism().map_or(1, usize::from);
        match self.threads {
            0 if processors() > 1 => 2,
            threads => threads.max(1),
        }
    }
}

/// Every network, ready to run.
pub struct Models {
    /// Near faces.
    pub near: DetectorNet,
    /// Far faces.
    pub far: DetectorNet,
    /// The mesh.
    pub mesh: FaceMesh,
    /// Which parts of a face can be seen.
    pub face_parts: FacePartsNet,
    /// What of a mesh's shape is a person's own.
    pub face_shape: FaceShapeModel,
    /// The emotion, if wanted.
    pub emotion: Option<Arc<EmotionNet>>,
    /// Blendshapes and the weights of the Action Units, if wanted.
    pub action_units: Option<(Blendshapes, ActionUnitModel)>,
    /// Threads that may work on a frame.
    pub threads: u32,
}

impl Models {
    /// Loads and checks every network.
    ///
    /// # Errors
    /// A file is missing, damaged, or not the network it should be.
    pub fn load(choice: &ModelChoice) -> Result<Self, ModelError> {
        sched::with_batch_children(|| Self::load_here(choice))
    }

    fn load_here(choice: &ModelChoice) -> Result<Self, ModelError> {
        let _running = analysis_slots::begin();
        malloc::note_host();
        let open = || emotion_net::open(choice.threads.max(1));
        // Opening libtorch takes longer than all the rest.
        let models = thread::scope(|scope| {
            let builder = thread::Builder::new().name("aliyarface-open".to_owned());
            let beside = choice.emotions.then(|| builder.spawn_scoped(scope, open));
            let mut models = Self::without_emotion(choice)?;
            if let Some(beside) = beside {
                let files = EmotionFiles::check(choice)?;
                let opened = match beside {
                    Ok(thread) => thread.join().unwrap_or_else(|panic| resume_unwind(panic)),
                    Err(_) => open(),
                };
                models.emotion = Some(files.load(opened, choice.device)?);
            }
            Ok::<_, ModelError>(models)
        })?;
        malloc::trim();
        private::unmap_idle_pages();
        analysis_slots::watch_exit();
        Ok(models)
    }

    /// Loads nothing.
    ///
    /// # Errors
    /// This build analyses on a server alone.
    #[cfg(not(feature = "local"))]
    pub fn detectors(_: &ModelChoice) -> Result<[DetectorNet; 2], ModelError> {
        Err(ModelError::NotBuilt)
    }

    /// Loads and checks the detectors alone, of near and of far faces.
    ///
    /// # Errors
    /// A file is missing, damaged, or not the network it should be.
    #[cfg(feature = "local")]
    pub fn detectors(choice: &ModelChoice) -> Result<[DetectorNet; 2], ModelError> {
        opencv::open()?;
        let detector = |file, range| {
            let (folders, threads) = (&choice.folders, choice.face_threads());
            Self::net(folders, file, |file| {
                DetectorNet::load(file, range, threads)
            })
        };
        Ok([
            detector("face_detector.tflite", Range::Short)?,
            detector("face_detection_full_range_sparse.tflite", Range::Full)?,
        ])
    }

    fn without_emotion(choice: &ModelChoice) -> Result<Self, ModelError> {
        let [near, far] = Self::detectors(choice)?;
        Ok(Self {
            near,
            far,
            mesh: Self::mesh(&choice.folders)?,
            face_parts: FacePartsNet::bundled().map_err(ModelError::FaceParts)?,
            face_shape: FaceShapeModel::bundled().map_err(ModelError::FaceShape)?,
            emotion: None,
            action_units: choice
                .action_units
                .then(|| Self::action_units(&choice.folders))
                .transpose()?,
            threads: choice.face_threads(),
        })
    }

    /// Loads and checks the mesh network alone.
    ///
    /// # Errors
    /// Its file is missing, damaged, or not the network it should be.
    pub fn mesh(folders: &Folders) -> Result<FaceMesh, ModelError> {
        let file = folders.read("face_landmarks_detector.tflite")?;
        FaceMesh::load(&file).map_err(|source| ModelError::Mesh {
            path: file.path,
            source,
        })
    }

    fn net<N>(
        folders: &Folders,
        file: &'static str,
        load: impl FnOnce(CheckedFile) -> Result<N, LiteRtError>,
    ) -> Result<N, ModelError> {
        let file = folders.read(file)?;
        let path = file.path.clone();
        load(file).map_err(|source| ModelError::Net { path, source })
    }
}

/// The labels of the bundled emotion net, in its order.
pub fn bundled_labels() -> Vec<String> {
    let labels = include_str!("../../models/emotion_labels.txt");
    labels.lines().map(str::to_owned).collect()
}

/// The files that [`Models::load`] reads for `choice`.
///
/// # Errors
/// A user's own emotion model cannot be read, or the manifest cannot be parsed.
pub fn inventory(choice: &ModelChoice) -> Result<Vec<ModelFile>, ModelError> {
    let mut files = manifest::files()?;
    let own = &choice.emotion_model;
    let bundled = choice.emotions && own.is_none();
    let other = match choice.device {
        Device::Cpu => EMOTION_ON_CUDA,
        Device::Cuda => EMOTION_ON_CPU,
    };
    files.retain(|file| bundled || !file.stage.starts_with(EMOTION));
    files.retain(|file| file.stage != other);
    files.retain(|file| file.stage != ACTION_UNITS || choice.action_units);
    if let (true, Some(path)) = (choice.emotions, own) {
        let file = ModelFile::at(path, EMOTION);
        files.push(file.map_err(|source| ModelError::NoEmotion {
            path: path.clone(),
            source,
        })?);
    }
    Ok(files)
}

/// The files of an emotion network.
struct EmotionFiles {
    weights: PathBuf,
    labels: PathBuf,
    wait: LoadWait,
}

impl EmotionFiles {
    /// Those of `choice`; the bundled ones are known to be sound then.
    fn check(choice: &ModelChoice) -> Result<Self, ModelError> {
        let weights = match &choice.emotion_model {
            Some(path) => path.clone(),
            None => choice.folders.model(match choice.device {
                Device::Cpu => "emotion_resnet18_int8.pt",
                // libtorch's int8 layers run on a processor alone.
                Device::Cuda => "emotion_resnet18.safetensors",
            })?,
        };
        let labels = match &choice.emotion_labels {
            Some(path) => path.clone(),
            None => choice.folders.model("emotion_labels.txt")?,
        };
        let bundled = choice.emotion_model.is_none() && choice.emotion_labels.is_none();
        let wait = match choice.device {
            Device::Cpu if bundled => LoadWait::Nothing,
            _ => LoadWait::Whole,
        };
        Ok(Self {
            weights,
            labels,
            wait,
        })
    }

    /// Loads them, once the library was `opened`.
    fn load(
        self,
        opened: Result<(), EmotionNetError>,
        device: Device,
    ) -> Result<Arc<EmotionNet>, ModelError> {
        let net = opened
            .and_then(|()| EmotionNet::shared(&self.weights, &self.labels, device, self.wait));
        net.map_err(|source| ModelError::Emotion {
            path: self.weights,
            source,
        })
    }
}
