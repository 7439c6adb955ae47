//! From a region of the picture to the 478 points of the face in it.

use crate::models::{FaceMesh, MESH_SIDE, sigmoid};
use crate::picture::{BorderMode, Picture, PictureError};

use crate::geometry::landmarks::{self, OUTER_EYE_CORNERS};
use crate::geometry::{BBox, Point, RotatedRect};
use crate::runtime::threads::Threads;

/// How much larger than the face its region is, as in MediaPipe's graphs.
pub const MARGIN: f64 = 1.5;

/// A face's mesh in the picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Mesh {
    /// 478 points in pixels of the picture.
    pub points: Vec<Point>,
    /// Probability, 0..1, that a face is there.
    pub presence: f64,
    /// The logit of `presence`, which still tells hidden faces from free ones where the probability
    /// is saturated.
    pub logit: f64,
    /// The box around the points.
    pub bounds: BBox,
}

impl Mesh {
    /// Distance of the outer eye corners in pixels of the picture, as it would be seen frontally:
    /// depth counts.
    pub fn eye_distance(&self) -> f64 {
        landmarks::distance(&self.points, OUTER_EYE_CORNERS).unwrap_or_default()
    }

    /// Where to look for this face in the next frame: a square around its points, 1.5 times their
    /// box, level with the outer eye corners.
    pub fn region(&self) -> RotatedRect {
        let [left, right] = OUTER_EYE_CORNERS;
        let angle = match (self.points.get(left), self.points.get(right)) {
            (Some(a), Some(b)) => (b[1] - a[1]).atan2(b[0] - a[0]),
            _ => 0.0,
        };
        let side = MARGIN * self.bounds.width().max(self.bounds.height());
        RotatedRect {
            angle,
            ..RotatedRect::square(self.bounds.centre(), side)
        }
    }
}

/// Runs the mesh net on regions of a picture.
pub struct MeshStage {
    net: FaceMesh,
}

impl MeshStage {
    /// A stage around the loaded net.
    pub fn new(net: FaceMesh) -> Self {
        Self { net }
    }

    /// The face in `region`, the work being shared by `threads`; `None` where the net cannot be asked
    /// (a region of no size) or saw nothing it could place.
    ///
    /// # Errors
    /// The crop failed.
    pub fn read(
        &self,
        picture: &Picture<'_>,
        region: &RotatedRect,
        threads: &Threads,
    ) -> Result<Option<Mesh>, PictureError> {
        if !has_size(region) {
            return Ok(None);
        }
        let crop = region.crop(MESH_SIDE);
        let size = (MESH_SIDE, MESH_SIDE / 2);
        let half = |first_row| picture.rgb(&crop.below(first_row), size, BorderMode::Edge);
        let (upper, lower) = threads.join(|| half(0), || half(MESH_SIDE / 2));
        let (upper, lower) = (upper?, lower?);
        Ok(self.mesh_in_crop([upper.bytes(), lower.bytes()], region, threads))
    }

    /// As [`MeshStage::read`], with nothing finer than `grain` pixels of the net's own left of the
    /// crop: for faces that noise hides.
    ///
    /// # Errors
    /// The crop failed.
    pub fn read_denoised(
        &self,
        picture: &Picture<'_>,
        region: &RotatedRect,
        grain: f64,
        threads: &Threads,
    ) -> Result<Option<Mesh>, PictureError> {
        if !has_size(region) {
            return Ok(None);
        }
        let (crop, size) = (region.crop(MESH_SIDE), (MESH_SIDE, MESH_SIDE));
        let whole = picture.rgb_denoised(&crop, size, BorderMode::Edge, grain)?;
        let (upper, lower) = whole.bytes().split_at(whole.bytes().len() / 2);
        Ok(self.mesh_in_crop([upper, lower], region, threads))
    }

    /// What the net makes of the halves of a crop of `region`.
    fn mesh_in_crop(
        &self,
        halves: [&[u8]; 2],
        region: &RotatedRect,
        threads: &Threads,
    ) -> Option<Mesh> {
        let crop = region.crop(MESH_SIDE);
        // Picture pixels that a pixel of the crop spans.
        let scale = region.size[0] / MESH_SIDE as f64;
        let seen = self.net.read(halves, threads);
        let in_picture = |&[x, y, z]: &[f32; 3]| {
            let [x, y] = crop.apply([f64::from(x), f64::from(y)]);
            [x, y, f64::from(z) * scale]
        };
        let points: Vec<Point> = seen.points.iter().map(in_picture).collect();
        let logit = seen.logit;
        BBox::around(&points).map(|bounds| Mesh {
            points,
            presence: sigmoid(logit),
            logit,
            bounds,
        })
    }

    /// As [`MeshStage::read`], for each region: several are read one in each lane.
    ///
    /// # Errors
    /// A crop failed.
    pub fn read_each(
        &self,
        picture: &Picture<'_>,
        regions: &[RotatedRect],
        threads: &Threads,
    ) -> Result<Vec<Option<Mesh>>, PictureError> {
        if let [region] = regions {
            return Ok(vec![self.read(picture, region, threads)?]);
        }
        let alone = Threads::default();
        let read = |region: &RotatedRect| self.read(picture, region, &alone);
        threads
            .map(regions.iter().collect(), read)
            .into_iter()
            .collect()
    }
}

/// Whether the net can be asked about `region`.
fn has_size(region: &RotatedRect) -> bool {
    let mut sides = region.size.iter();
    sides.all(|side| side.is_finite() && *side >= 1.0)
}
