//! Reads Action Units of single pictures and of bare meshes, for training and evaluation, by the code
//! that reads them in a video.

use crate::models::{FaceMesh, Folders, MESH_POINTS, ModelError, Models};
use crate::picture::{Colour, Picture, PixelFormat, Plane};

use super::super::AnalysisError;
use super::super::baseline::Baselines;
use super::super::geometry::{Point, Region};
use super::super::head_pose::Fit;
use super::super::mesh::{Mesh, MeshStage};
use super::super::track::PRESENCE_FLOOR;
use super::{ACTION_UNIT_COUNT, ActionUnitStage, WIDEST, mean, raw};

/// Sides of the region in which the mesh is looked for, in sides of the picture, in the order of
/// trial: a face that fills its picture needs room around it.
const REGIONS: [f64; 4] = [1.4, 1.2, 1.7, 1.0];

/// Mesh, blendshapes and Action Units without a video around them.
pub struct StillReader {
    mesh: MeshStage,
    stage: ActionUnitStage,
}

impl StillReader {
    /// Loads the nets and the weights.
    ///
    /// # Errors
    /// One of them is missing or damaged.
    pub fn load(folders: &Folders) -> Result<Self, ModelError> {
        let mesh: FaceMesh = Models::mesh(folders)?;
        let (blendshapes, model) = Models::action_units(folders)?;
        Ok(Self {
            mesh: MeshStage::new(mesh),
            stage: ActionUnitStage::new(blendshapes, model, Baselines::default()),
        })
    }

    /// The canonical face whose frame the shape's numbers are in.
    pub fn canonical(&self) -> &[[f64; 3]] {
        &self.stage.model.canonical
    }

    /// The mesh of the face that fills a square grey picture of `side` pixels, as a tracker would
    /// settle on it; `None` where none is found.
    ///
    /// # Errors
    /// The picture has no or too few pixels, the crop or the net failed.
    pub fn mesh(
        &mut self,
        grey: &[u8],
        side: usize,
    ) -> Result<Option<[Point; MESH_POINTS]>, AnalysisError> {
        let plane = Plane {
            data: grey,
            stride: side,
        };
        let colour = Colour {
            full_range: true,
            ..Colour::BT601
        };
        let picture = Picture::new(PixelFormat::Gray8, side, side, vec![plane], colour)?;
        let middle = [(side as f64 - 1.0) / 2.0; 2];
        for part in REGIONS {
            let guess = Region::square(middle, part * side as f64);
            let Some(first) = self.seen(&picture, &guess)? else {
                continue;
            };
            let second = self.seen(&picture, &first.region())?;
            let mesh = second.unwrap_or(first);
            return Ok(mesh.points.try_into().ok());
        }
        Ok(None)
    }

    fn seen(
        &mut self,
        picture: &Picture<'_>,
        region: &Region,
    ) -> Result<Option<Mesh>, AnalysisError> {
        let read = self.mesh.read(picture, region)?;
        let mesh = read.map(|(mesh, _)| mesh);
        Ok(mesh.filter(|mesh| mesh.presence >= PRESENCE_FLOOR))
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
