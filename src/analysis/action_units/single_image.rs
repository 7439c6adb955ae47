//! Reads Action Units of bare meshes, for training and evaluation, by the code
//! that reads them in a video.

use crate::models::{ActionUnitModel, Blendshapes, Folders, ModelError, Models, SCORES};

use super::{ActionUnitError, ActionUnitStage, WIDEST, above, hog, mean, raw};
use crate::analysis::alignment::aligned_scale;
use crate::analysis::baseline::Baselines;
use crate::analysis::head_pose::Fit;
use crate::geometry::Point;

/// Blendshapes and Action Units without a video around them.
pub struct ImageActionUnits {
    stage: ActionUnitStage,
}

impl ImageActionUnits {
    /// Loads the nets and the weights.
    ///
    /// # Errors
    /// One of them is missing or damaged.
    pub fn load(folders: &Folders) -> Result<Self, ModelError> {
        Ok(Self::new(Models::action_units(folders)?))
    }

    /// Loads the nets alone: only the numbers that weights are learned from can be read.
    ///
    /// # Errors
    /// One of them is missing or damaged.
    pub fn untrained(folders: &Folders) -> Result<Self, ModelError> {
        Ok(Self::new(Models::untrained_action_units(folders)?))
    }

    fn new((blendshapes, model): (Blendshapes, ActionUnitModel)) -> Self {
        Self {
            stage: ActionUnitStage::new(blendshapes, model, Baselines::default()),
        }
    }

    /// The canonical face whose frame the shape's numbers are in.
    pub fn canonical(&self) -> &[[f64; 3]] {
        &self.stage.model.canonical
    }

    /// The numbers of the left and of the right half of the face of `mesh` (in pixels of any size);
    /// `None` where the head is turned too far for Action Units to be read.
    ///
    /// # Errors
    /// The blendshape net or the fit failed.
    pub fn numbers(&mut self, mesh: &[Point]) -> Result<Option<[Vec<f32>; 2]>, ActionUnitError> {
        let Some(fit) = observable(mesh)? else {
            return Ok(None);
        };
        let blendshapes = self.stage.blendshapes.read(mesh);
        let blendshapes = blendshapes?;
        Ok(Some(self.stage.halves.numbers(mesh, &fit, &blendshapes)))
    }

    /// The numbers of the look of the left and of the right half in the face's aligned `crop`; `None`
    /// where the mesh is too flat.
    pub fn look(&self, mesh: &[Point], crop: &[u8]) -> Option<[Vec<f32>; 2]> {
        Some(hog::halves(crop, aligned_scale(mesh)?))
    }

    /// The raw intensities of the face of `mesh` (in pixels of the picture; of any size where its
    /// aligned `crop` is not known); `None` where the head is turned too far for them to be read.
    ///
    /// # Errors
    /// The blendshape net or the fit failed.
    pub fn raw(
        &mut self,
        mesh: &[Point],
        crop: Option<&[u8]>,
    ) -> Result<Option<[f64; SCORES]>, ActionUnitError> {
        let Some(fit) = observable(mesh)? else {
            return Ok(None);
        };
        let scores = self.stage.scores(mesh, crop, &fit);
        let [left, right] = scores?;
        Ok(Some(raw(&mean(&left, &right))))
    }

    /// The intensities 0..5 of the face of `mesh` (in pixels of any size) above the mean person's neutral,
    /// by its shape alone; `None` where the head is turned too far for them to be read.
    ///
    /// # Errors
    /// The blendshape net or the fit failed.
    pub fn intensities(
        &mut self,
        mesh: &[Point],
    ) -> Result<Option<[f64; SCORES]>, ActionUnitError> {
        let Some(fit) = observable(mesh)? else {
            return Ok(None);
        };
        let [left, right] = self.stage.scores(mesh, None, &fit)?;
        let whole = mean(&left, &right);
        Ok(Some(above(&whole, &[0.0; SCORES], &self.stage.model)))
    }
}

/// The fit to a mesh whose head is turned to the camera enough.
fn observable(mesh: &[Point]) -> Result<Option<Fit>, ActionUnitError> {
    let fit = Fit::from_mesh(mesh)?;
    let angle = fit.pose([1.0; 2]).angle();
    Ok((angle <= WIDEST).then_some(fit))
}
