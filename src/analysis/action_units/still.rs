//! Reads Action Units of bare meshes, for training and evaluation, by the code
//! that reads them in a video.

use crate::models::{Folders, ModelError, Models};

use super::super::AnalysisError;
use super::super::baseline::Baselines;
use super::super::geometry::Point;
use super::super::head_pose::Fit;
use super::{ACTION_UNIT_COUNT, ActionUnitStage, WIDEST, mean, raw};

/// Blendshapes and Action Units without a video around them.
pub struct StillReader {
    stage: ActionUnitStage,
}

impl StillReader {
    /// Loads the nets and the weights.
    ///
    /// # Errors
    /// One of them is missing or damaged.
    pub fn load(folders: &Folders) -> Result<Self, ModelError> {
        let (blendshapes, model) = Models::action_units(folders)?;
        Ok(Self {
            stage: ActionUnitStage::new(blendshapes, model, Baselines::default()),
        })
    }

    /// The canonical face whose frame the shape's numbers are in.
    pub fn canonical(&self) -> &[[f64; 3]] {
        &self.stage.model.canonical
    }

    /// The numbers of the whole face of `mesh` (in pixels of any size); `None` where the head is
    /// turned too far for Action Units to be read.
    ///
    /// # Errors
    /// The blendshape net or the fit failed.
    pub fn numbers(&mut self, mesh: &[Point]) -> Result<Option<Vec<f32>>, AnalysisError> {
        let Some(fit) = observable(mesh)? else {
            return Ok(None);
        };
        let blendshapes = self.stage.blendshapes.read(mesh);
        let blendshapes = blendshapes.map_err(AnalysisError::ActionUnits)?;
        let [left, right] = self.stage.halves.numbers(mesh, &fit, &blendshapes);
        let numbers = left.iter().zip(right);
        Ok(Some(
            numbers.map(|(left, right)| (left + right) / 2.0).collect(),
        ))
    }

    /// The raw intensities of the face of `mesh` (in pixels of any size); `None` where the head is
    /// turned too far for them to be read.
    ///
    /// # Errors
    /// The blendshape net or the fit failed.
    pub fn raw(
        &mut self,
        mesh: &[Point],
    ) -> Result<Option<[f64; ACTION_UNIT_COUNT]>, AnalysisError> {
        let Some(fit) = observable(mesh)? else {
            return Ok(None);
        };
        let scores = self.stage.scores(mesh, &fit);
        let [left, right] = scores.map_err(AnalysisError::ActionUnits)?;
        Ok(Some(raw(&mean(&left, &right))))
    }
}

/// The fit to a mesh whose head is turned to the camera enough.
fn observable(mesh: &[Point]) -> Result<Option<Fit>, AnalysisError> {
    let fit = Fit::of(mesh).map_err(AnalysisError::Pose)?;
    let angle = fit.pose([1.0; 2]).angle();
    Ok((angle <= WIDEST).then_some(fit))
}
