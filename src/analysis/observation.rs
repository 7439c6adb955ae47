//! A face on a frame, as the stages that read its expression get it.

use crate::models::FacePartsNet;
use crate::picture::{Picture, PictureError};

use super::alignment::Aligned;
use super::head_pose::{Fit, HeadPose, HeadPoseError};
use super::quality::{self, Quality, QualityError, QualityStage, VisibleParts};
use super::timing::{Stage, Timing};
use super::track::TrackedFace;
use super::track_id::TrackId;
use crate::runtime::threads::Threads;

/// Why a face could not be observed.
#[derive(Debug, thiserror::Error)]
pub enum ObservationError {
    /// It could not be cut out.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// Its pose could not be computed.
    #[error(transparent)]
    HeadPose(#[from] HeadPoseError),
    /// Its quality could not be measured.
    #[error(transparent)]
    Quality(#[from] QualityError),
}

/// A followed face, and what its picture and mesh say without a net.
pub struct FaceObservation {
    /// Its id and mesh.
    pub tracked: TrackedFace,
    /// Its aligned crop; `None` where it is too small or flat for one.
    pub aligned: Option<Aligned>,
    /// How the mesh fits the canonical face.
    pub fit: Fit,
    /// How the head is turned.
    pub pose: HeadPose,
    /// How readable it is.
    pub quality: Quality,
}

/// Observes faces: alignment, head pose and quality.
pub struct Observer {
    parts: FacePartsNet,
    qualities: QualityStage,
}

/// A face whose quality is not rated yet, how blurred it is, and what can be seen of it.
type UnratedFace = (FaceObservation, f64, VisibleParts);

impl Observer {
    /// An observer with the net that tells which parts of a face can be seen.
    pub fn new(parts: FacePartsNet) -> Self {
        Self {
            parts,
            qualities: QualityStage::default(),
        }
    }

    /// Observes each face of `tracked` in `picture`, several at once where there are `threads`.
    ///
    /// # Errors
    /// A crop failed, or OpenCV could not fit or filter.
    pub fn observe(
        &mut self,
        picture: &Picture<'_>,
        tracked: Vec<TrackedFace>,
        threads: &Threads,
        timing: &mut Timing,
    ) -> Result<Vec<FaceObservation>, ObservationError> {
        let size = [picture.width() as f64, picture.height() as f64];
        let crops = timing.measure(Stage::ALIGNMENT, || {
            threads.map(tracked.iter().collect(), |face: &TrackedFace| {
                Aligned::cut(picture, &face.mesh.points)
            })
        });
        let faces = tracked.into_iter().zip(crops);
        let observed = timing.measure(Stage::POSE, || {
            threads.map(faces.collect(), |(tracked, aligned)| {
                self.unrated(size, tracked, aligned?)
            })
        });
        let observed = observed.into_iter().map(|observed| {
            let (mut observed, blur, visible) = observed?;
            let FaceObservation { tracked, pose, .. } = &observed;
            observed.quality = self.qualities.rate(tracked, blur, visible, pose);
            Ok(observed)
        });
        observed.collect()
    }

    /// Forgets `track`.
    pub fn forget(&mut self, track: TrackId) {
        self.qualities.forget(track);
    }

    fn unrated(
        &self,
        size: [f64; 2],
        tracked: TrackedFace,
        aligned: Option<Aligned>,
    ) -> Result<UnratedFace, ObservationError> {
        let blur = aligned.as_ref().map_or(Ok(1.0), quality::blur);
        let visible = aligned
            .as_ref()
            .map(|Aligned(crop)| self.parts.visible(crop));
        let visible = visible.map_or_else(VisibleParts::default, VisibleParts::from);
        let fit = Fit::from_mesh(&tracked.mesh.points)?;
        let observed = FaceObservation {
            pose: fit.pose(size),
            quality: Quality::default(),
            tracked,
            aligned,
            fit,
        };
        Ok((observed, blur?, visible))
    }
}
