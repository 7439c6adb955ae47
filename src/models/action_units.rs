//! The weights that turn a face's shape and look into Action Unit scores.

use std::path::Path;

use super::blendshapes::{BLENDSHAPES, Blendshapes};
use super::kernel_layer::{KERNEL_LAYOUTS, KernelLayer};
use super::linear_map::{LinearMap, SCORES};
use super::manifest::Folders;
use super::tensors::{TensorFileError, Tensors};
use super::{ModelError, Models};

/// Points of the canonical face mesh; the mesh net adds ten for the irises.
pub const CANONICAL_POINTS: usize = 468;
/// Length of the shape descriptor: the points in the canonical frame, the blendshapes and their
/// logarithms.
pub const SHAPE_NUMBERS: usize = CANONICAL_POINTS * 3 + BLENDSHAPES * 2;

/// Cells along each side of the aligned crop in the histogram of oriented gradients (Dalal and
/// Triggs 2005).
pub const HOG_CELLS: usize = 8;
/// Orientation bins of each cell.
pub const HOG_BINS: usize = 12;
/// Length of the appearance descriptor, a histogram of oriented gradients.
pub const HOG_NUMBERS: usize = HOG_CELLS * HOG_CELLS * HOG_BINS;

/// The weights; scores are in intensities of 0..5, not clipped.
#[derive(Debug, Clone, PartialEq)]
pub struct ActionUnitModel {
    /// The canonical face: x to the picture's right, y up, z towards the camera.
    pub canonical: Vec<[f64; 3]>,
    /// From the shape descriptor to scores; rendered heads at rest score 0 on average.
    pub shape: LinearMap,
    /// What the shape's map cannot say, part of the face by part; empty before it is learned.
    pub kernels: Vec<KernelLayer>,
    /// From the appearance descriptor to a correction of the scores; people at rest then score 0
    /// on average.
    pub hog: LinearMap,
    /// Standard deviation of the scores of people at rest.
    pub spread: [f64; SCORES],
    /// Intensity a score of small movements, those of less than a third of `full`.
    pub small: [f64; SCORES],
    /// Mean score of full movements (a true 4 to 5) of rendered heads; 0 where scores agree too little with
    /// the truth for strong ones to be stretched.
    pub full: [f64; SCORES],
}

impl ActionUnitModel {
    /// The scores of a half of a face by its shape descriptor `numbers`, of [`SHAPE_NUMBERS`].
    pub fn shape_scores(&self, numbers: &[f32]) -> [f64; SCORES] {
        let mut scores = self.shape.forward(numbers);
        for kernel in &self.kernels {
            kernel.add_to(&mut scores, numbers);
        }
        scores
    }
}

impl Models {
    /// Loads and checks what Action Units are read with.
    ///
    /// # Errors
    /// A file is missing, damaged, or not what it should be.
    pub fn action_units(folders: &Folders) -> Result<(Blendshapes, ActionUnitModel), ModelError> {
        Self::action_units_by(folders, ActionUnitModel::load)
    }

    /// What Action Units are learned with: as [`Models::action_units`], without weights.
    ///
    /// # Errors
    /// A file is missing, damaged, or not what it should be.
    pub fn untrained_action_units(
        folders: &Folders,
    ) -> Result<(Blendshapes, ActionUnitModel), ModelError> {
        Self::action_units_by(folders, ActionUnitModel::untrained)
    }

    fn action_units_by(
        folders: &Folders,
        load: fn(&Path) -> Result<ActionUnitModel, TensorFileError>,
    ) -> Result<(Blendshapes, ActionUnitModel), ModelError> {
        let blendshapes = Self::net(folders, "face_blendshapes.tflite", Blendshapes::load)?;
        let path = folders.model("action_units.safetensors")?;
        let model = load(&path).map_err(|source| ModelError::ActionUnits { path, source })?;
        Ok((blendshapes, model))
    }
}

impl ActionUnitModel {
    /// The canonical face of `file` with weights of 0, of whatever units those in the file are: what
    /// training starts from.
    ///
    /// # Errors
    /// It cannot be read, or holds no canonical face.
    pub fn untrained(file: &Path) -> Result<Self, TensorFileError> {
        let bytes = std::fs::read(file)?;
        let zeros = |width| LinearMap {
            rows: vec![vec![0.0; width]; SCORES],
            bias: vec![0.0; SCORES],
        };
        Ok(Self {
            canonical: canonical(&Tensors::new(&bytes)?)?,
            shape: zeros(SHAPE_NUMBERS),
            kernels: Vec::new(),
            hog: zeros(HOG_NUMBERS),
            spread: [0.0; SCORES],
            small: [0.0; SCORES],
            full: [0.0; SCORES],
        })
    }

    /// Reads `file`.
    ///
    /// # Errors
    /// It cannot be read, or holds other tensors.
    pub fn load(file: &Path) -> Result<Self, TensorFileError> {
        let bytes = std::fs::read(file)?;
        let tensors = Tensors::new(&bytes)?;
        Ok(Self {
            canonical: canonical(&tensors)?,
            shape: LinearMap {
                rows: tensors.rows("shape.weight", [SCORES, SHAPE_NUMBERS])?,
                bias: tensors.get("shape.bias", &[SCORES])?,
            },
            kernels: KERNEL_LAYOUTS
                .iter()
                .map(|layout| KernelLayer::load(&tensors, layout, SHAPE_NUMBERS))
                .collect::<Result<_, _>>()?,
            hog: LinearMap {
                rows: tensors.rows("look.weight", [SCORES, HOG_NUMBERS])?,
                bias: tensors.get("look.bias", &[SCORES])?,
            },
            spread: doubles(&tensors.get("rest.spread", &[SCORES])?),
            small: doubles(&tensors.get("small", &[SCORES])?),
            full: doubles(&tensors.get("full", &[SCORES])?),
        })
    }
}

fn canonical(tensors: &Tensors<'_>) -> Result<Vec<[f64; 3]>, TensorFileError> {
    let points = tensors.get("canonical", &[CANONICAL_POINTS, 3])?;
    let (points, _) = points.as_chunks::<3>();
    Ok(points.iter().map(|point| point.map(f64::from)).collect())
}

fn doubles(values: &[f32]) -> [f64; SCORES] {
    std::array::from_fn(|index| values.get(index).copied().map_or(0.0, f64::from))
}
