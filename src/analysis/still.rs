//! Finds and aligns the face that fills a single picture, for training and evaluation, by the code
//! that does so in a video.

use crate::models::{Folders, MESH_POINTS, ModelError, Models};
use crate::picture::{Colour, Picture, PictureError, PixelFormat, Plane};

use super::AnalysisError;
use super::alignment::{Aligned, canvas};
use super::geometry::{Point, Region};
use super::mesh::{Mesh, MeshStage};
use super::track::PRESENCE_FLOOR;

/// Sides of the region in which the mesh is looked for, in sides of the picture, in the order of
/// trial: a face that fills its picture needs room around it.
const REGIONS: [f64; 4] = [1.4, 1.2, 1.7, 1.0];

/// The mesh without a video around it.
pub struct StillMesh {
    stage: MeshStage,
}

impl StillMesh {
    /// Loads the net.
    ///
    /// # Errors
    /// It is missing or damaged.
    pub fn load(folders: &Folders) -> Result<Self, ModelError> {
        let stage = MeshStage::new(Models::mesh(folders)?);
        Ok(Self { stage })
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
        let picture = picture(grey, side)?;
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

    /// The aligned face of `mesh`, [`EMOTION_SIDE`](crate::models::EMOTION_SIDE) squared bytes of
    /// brightness, in the same picture; `None` for a mesh so small or flat that it cannot be aligned.
    ///
    /// # Errors
    /// The picture has no or too few pixels, or the crop failed.
    pub fn aligned(
        &self,
        grey: &[u8],
        side: usize,
        mesh: &[Point],
    ) -> Result<Option<Vec<u8>>, AnalysisError> {
        let aligned = Aligned::of(&picture(grey, side)?, mesh)?;
        Ok(aligned.map(|Aligned(bytes)| bytes))
    }

    fn seen(
        &mut self,
        picture: &Picture<'_>,
        region: &Region,
    ) -> Result<Option<Mesh>, AnalysisError> {
        let mesh = self.stage.read(picture, region)?;
        Ok(mesh.filter(|mesh| mesh.presence >= PRESENCE_FLOOR))
    }

    /// The same face on the canvas of the emotion net's training, [`super::CANVAS_SIDE`] squared
    /// bytes of brightness; `None` where no mesh is found.
    ///
    /// # Errors
    /// As of [`StillMesh::mesh`].
    pub fn canvas(&mut self, grey: &[u8], side: usize) -> Result<Option<Vec<u8>>, AnalysisError> {
        match self.mesh(grey, side)? {
            Some(mesh) => Ok(canvas(&picture(grey, side)?, &mesh)?),
            None => Ok(None),
        }
    }
}

fn picture(grey: &[u8], side: usize) -> Result<Picture<'_>, PictureError> {
    let plane = Plane {
        data: grey,
        stride: side,
    };
    let colour = Colour {
        full_range: true,
        ..Colour::BT601
    };
    Picture::new(PixelFormat::Gray8, side, side, vec![plane], colour)
}
