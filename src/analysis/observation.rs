//! A face on a frame, as the stages that read its expression get it.

use crate::picture::Picture;

use super::alignment::Aligned;
use super::error::AnalysisError;
use super::head_pose::{Fit, HeadPose};
use super::quality::{self, Quality, QualityStage};
use super::timing::{Stage, Timing};
use super::track::Tracked;
use crate::runtime::threads::Threads;

/// A followed face, and what its picture and mesh say without a net.
pub struct FaceObservation {
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

impl FaceObservation {
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
                Aligned::cut(picture, &face.mesh.points)
            })
        });
        let faces = tracked.into_iter().zip(crops);
        let observed = timing.of(Stage::Pose, || {
            threads.map(faces.collect(), |(tracked, aligned)| {
                Self::of(size, tracked, aligned?)
            })
        });
        let observed = observed.into_iter().map(|observed| {
            let (mut observed, blur) = observed?;
            observed.quality = qualities.read(&observed.tracked, blur, &observed.pose);
            Ok(observed)
        });
        observed.collect()
    }

    /// A face whose quality is not known yet, and how blurred it is.
    fn of(
        size: [f64; 2],
        tracked: Tracked,
        aligned: Option<Aligned>,
    ) -> Result<(Self, f64), AnalysisError> {
        let blur = aligned.as_ref().map_or(Ok(1.0), quality::blur);
        let fit = Fit::from_mesh(&tracked.mesh.points)?;
        let observed = Self {
            pose: fit.pose(size),
            quality: Quality::default(),
            tracked,
            aligned,
            fit,
        };
        Ok((observed, blur?))
    }
}
