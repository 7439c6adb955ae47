//! Finds and aligns the face that fills a single picture, for training and evaluation, by the code
//! that does so in a video.

use crate::models::{Folders, MESH_POINTS, ModelError, Models};
use crate::picture::{Colour, Picture, PictureError, PixelFormat, Plane};
use crate::runtime::threads::Threads;

use super::alignment::{Aligned, canvas};
use super::error::AnalysisError;
use super::mesh::{Mesh, MeshStage};
use super::track::PRESENCE_FLOOR;
use crate::geometry::{Point, RotatedRect};

/// A region in which the mesh is looked for.
struct SearchRegion {
    /// Its side, in sides of the picture.
    part: f64,
    /// Degrees by which the head is expected to lie, clockwise as seen.
    angle: f64,
    /// How far its middle lies from the picture's, in sides of the picture.
    shift: [f64; 2],
}

const fn trial(part: f64, angle: f64, shift: [f64; 2]) -> SearchRegion {
    SearchRegion { part, angle, shift }
}

const MIDDLE: [f64; 2] = [0.0, 0.0];

/// In the order of trial: a face that fills its picture needs room around it; then heads that lie
/// on a shoulder, small ones and those off the middle.
const TRIALS: [SearchRegion; 16] = [
    trial(1.4, 0.0, MIDDLE),
    trial(1.2, 0.0, MIDDLE),
    trial(1.7, 0.0, MIDDLE),
    trial(1.0, 0.0, MIDDLE),
    trial(1.4, 25.0, MIDDLE),
    trial(1.4, -25.0, MIDDLE),
    trial(1.4, 50.0, MIDDLE),
    trial(1.4, -50.0, MIDDLE),
    trial(0.75, 0.0, MIDDLE),
    trial(0.75, 0.0, [0.0, -0.15]),
    trial(1.0, 0.0, [0.15, 0.0]),
    trial(1.0, 0.0, [-0.15, 0.0]),
    trial(1.0, 25.0, MIDDLE),
    trial(1.0, -25.0, MIDDLE),
    trial(1.0, 0.0, [0.0, 0.15]),
    trial(1.2, 0.0, [0.0, -0.15]),
];

/// How often a face is looked at until its mesh is steady: a head that lies far over is read half
/// upright at first.
const MOST_LOOKS: usize = 6;
/// Radians by which the region of a steady mesh turns from one look to the next, at most: 2
/// degrees, the mesh's own tremble. Both set by hand, held by `tests/analysis/single_image.rs`.
const STEADY_ANGLE: f64 = 0.035;

/// The mesh without a video around it.
pub struct ImageMesher {
    stage: MeshStage,
}

impl ImageMesher {
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
        let side = side as f64;
        let mut doubtful = None;
        for trial in TRIALS {
            let place = [0, 1].map(|axis| middle[axis] + trial.shift[axis] * side);
            let guess = RotatedRect {
                angle: trial.angle.to_radians(),
                ..RotatedRect::square(place, trial.part * side)
            };
            let Some(first) = self.present_mesh(&picture, &guess)? else {
                continue;
            };
            match self.settled(&picture, &first)? {
                Some(mesh) => return Ok(mesh.points.try_into().ok()),
                // FaceObservation once, but not where it says it is: good enough only if nothing better comes.
                None => doubtful = doubtful.or(Some(first)),
            }
        }
        Ok(doubtful.and_then(|mesh| mesh.points.try_into().ok()))
    }

    /// The aligned face of `mesh`, [`EMOTION_SIDE`](crate::models::EMOTION_SIDE) squared bytes of
    /// brightness, in the same picture; `None` for a mesh so small or flat that it cannot be
    /// aligned.
    ///
    /// # Errors
    /// The picture has no or too few pixels, or the crop failed.
    pub fn aligned(
        &self,
        grey: &[u8],
        side: usize,
        mesh: &[Point],
    ) -> Result<Option<Vec<u8>>, AnalysisError> {
        let aligned = Aligned::cut(&picture(grey, side)?, mesh)?;
        Ok(aligned.map(|Aligned(bytes)| bytes))
    }

    /// The mesh that is found where it says it is; `None` where it is lost on the way there.
    fn settled(
        &mut self,
        picture: &Picture<'_>,
        first: &Mesh,
    ) -> Result<Option<Mesh>, AnalysisError> {
        let mut region = first.region();
        for _ in 1..MOST_LOOKS {
            let Some(mesh) = self.present_mesh(picture, &region)? else {
                return Ok(None);
            };
            let next = mesh.region();
            if (next.angle - region.angle).abs() < STEADY_ANGLE {
                return Ok(Some(mesh));
            }
            region = next;
        }
        self.present_mesh(picture, &region)
    }

    fn present_mesh(
        &mut self,
        picture: &Picture<'_>,
        region: &RotatedRect,
    ) -> Result<Option<Mesh>, AnalysisError> {
        let mesh = self.stage.read(picture, region, &Threads::default())?;
        Ok(mesh.filter(|mesh| mesh.presence >= PRESENCE_FLOOR))
    }

    /// The face of `mesh` on the canvas of the emotion net's training, [`super::CANVAS_SIDE`]
    /// squared bytes of brightness; `None` as for [`ImageMesher::aligned`].
    ///
    /// # Errors
    /// As of [`ImageMesher::aligned`].
    pub fn canvas(
        &self,
        grey: &[u8],
        side: usize,
        mesh: &[Point],
    ) -> Result<Option<Vec<u8>>, AnalysisError> {
        Ok(canvas(&picture(grey, side)?, mesh)?)
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
