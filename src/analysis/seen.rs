//! A face on a frame, as the stages that read its expression get it.

use crate::picture::Picture;

use super::AnalysisError;
use super::alignment::Aligned;
use super::face::{Face, HeadPose, Quality};
use super::geometry::Point;
use super::head_pose::Fit;
use super::quality::{self, QualityStage};
use super::timing::{Stage, Timing};
use super::track::Tracked;
use crate::runtime::threads::Threads;

/// A followed face, and what its picture and mesh say without a net.
pub struct Seen {
    /// Its id and mesh.
    pub tracked: Tracked,
    /// Its aligned crop; `None` where it is too small or flat for one.
    pub aligned: Option<Aligned>,
    /// How the mesh fits the canonical face.
    pub fit: Fit,
    /// How the head is turned.
    pub pose: HeadPose,
    /// How readable it is.
    pub quality: Quality,
}

impl Seen {
    /// Looks at each face of `tracked` in `picture`.
    ///
    /// # Errors
    /// A crop failed, or OpenCV could not fit or filter.
    pub fn each(
        picture: &Picture<'_>,
        tracked: Vec<Tracked>,
        qualities: &mut QualityStage,
        threads: &Threads,
        timing: &mut Timing,
    ) -> Result<Vec<Self>, AnalysisError> {
        let size = [picture.width() as f64, picture.height() as f64];
        let crops = timing.of(Stage::Alignment, || {
            threads.map(tracked.iter().collect(), |face: &Tracked| {
                Aligned::of(picture, &face.mesh.points)
            })
        });
        let faces = tracked.into_iter().zip(crops);
        let seen = timing.of(Stage::Pose, || {
            threads.map(faces.collect(), |(tracked, aligned)| {
                Self::of(size, tracked, aligned?)
            })
        });
        let seen = seen.into_iter().map(|seen| {
            let (mut seen, blur) = seen?;
            seen.quality = qualities.read(&seen.tracked, blur, &seen.pose);
            Ok(seen)
        });
        seen.collect()
    }

    /// A face whose quality is not known yet, and how blurred it is.
    fn of(
        size: [f64; 2],
        tracked: Tracked,
        aligned: Option<Aligned>,
    ) -> Result<(Self, f64), AnalysisError> {
        let blur = aligned.as_ref().map_or(Ok(1.0), quality::blur);
        let fit = Fit::of(&tracked.mesh.points).map_err(AnalysisError::Pose)?;
        let seen = Self {
            pose: fit.pose(size),
            quality: Quality::default(),
            tracked,
            aligned,
            fit,
        };
        Ok((seen, blur.map_err(AnalysisError::Quality)?))
    }

    /// The face on a picture of `width` and `height` pixels, its expression not read.
    pub fn face(&self, [width, height]: [f64; 2]) -> Face {
        let mesh = &self.tracked.mesh;
        let in_fractions =
            |&[x, y, z]: &Point| [x / width, y / height, z / width].map(|value| value as f32);
        Face {
            id: self.tracked.id,
            rect: mesh.bounds.fractions([width, height]),
            score: mesh.presence,
            quality: self.quality,
            landmarks: mesh.points.iter().map(in_fractions).collect(),
            head_pose: self.pose,
            ..Face::default()
        }
    }
}
