//! Action Units: which muscles of a face move, and how much.
//!
//! The mesh is brought into the canonical face's frame; its points, the blendshapes read from it
//! and the gradients of the aligned face give a score for each Action Unit by a linear map, for
//! each half of the face. What the person's own resting face scores is taken off. Scores and
//! intensities go from
//! 0 to 5, as FACS's letters A to E do; they are not validated against human coders.

mod closed_lids;
mod furrow;
mod hog;
mod shape;
mod single_image;
mod unit;

use std::convert::Infallible;

use crate::models::{ActionUnitModel, Blendshapes, LiteRtError, SCORES};

use super::alignment::{Aligned, aligned_scale};
use super::baseline::{BaselineState, Baselines, Scores};
use super::head_pose::{Fit, HeadPoseError};
use super::observation::FaceObservation;
use super::quality::VisibleParts;
use super::stage::{FaceStage, Frame};
use super::time::BufferTime;
use super::track_id::TrackId;
use crate::geometry::{Point, Sides};
use crate::picture::PictureError;

use self::furrow::Furrow;
use self::shape::Halves;

pub use self::single_image::ImageActionUnits;
pub use self::unit::{ACTION_UNITS, ActionUnit, Au, COUNT as ACTION_UNIT_COUNT, Tier};

/// Why Action Units could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ActionUnitError {
    /// The blendshape net failed.
    #[error("the blendshape network failed")]
    Blendshapes(#[from] LiteRtError),
    /// The head's pose in a single picture could not be computed.
    #[error(transparent)]
    HeadPose(#[from] HeadPoseError),
    /// What is between the brows could not be cut out.
    #[error(transparent)]
    Picture(#[from] PictureError),
}

/// Degrees between the face's direction and the camera's axis beyond which nothing is read: the
/// training heads end there, and half of the face is hidden soon after.
const WIDEST: f64 = 35.0;
/// Highest intensity: FACS' E.
const HIGHEST: f64 = 5.0;
/// Part of a full movement's score up to which a movement is small: noise and what the neighbours
/// of a muscle do to its place stay below it in `single_face.mp4`, on which it was chosen.
const SMALL: f64 = 0.35;
/// Width, in intensities, of the rounded step from no movement to some, set by hand: raw
/// intensities of still faces stay apart instead of all being 0.
const SOFTNESS: f64 = 0.3;

/// The intensities of the Action Units in one frame, in the order of [`ACTION_UNITS`], 0..5; the
/// blink, which comes last there, is the eyes' to measure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Intensities {
    /// Of the whole face: the mean of its halves.
    pub both: [f64; SCORES],
    /// Of the person's left half; the whole face's where the halves cannot differ.
    pub left: [f64; SCORES],
    /// Of the person's right half; the whole face's where the halves cannot differ.
    pub right: [f64; SCORES],
}

/// What is read of a face turned to the camera.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AuIntensities {
    /// How far the face is from the person's own neutral, on the curve of models/action_units.md.
    pub intensities: Intensities,
    /// How far it is from the mean person's neutral.
    pub raw: [f64; SCORES],
    /// Whether the part of the face in which each shows can be seen; the others are 0.
    pub seen: [bool; SCORES],
}

/// The Action Units of a face in one frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ActionUnits {
    /// `None` where the head is turned too far for them to be seen.
    pub movement: Option<AuIntensities>,
    /// How well the person's neutral is known.
    pub baseline: BaselineState,
}

/// What was measured of a face.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AuMeasurement {
    /// The scores of the person's left and of the right half.
    halves: [Scores; 2],
    /// Whether the part in which each unit shows can be seen.
    seen: [bool; SCORES],
    /// The furrow between the brows, where it is seen.
    furrow: Option<Furrow>,
}

impl AuIntensities {
    /// A face both of whose halves show `values`, and every unit of which can be seen.
    #[cfg(test)]
    pub fn symmetric(values: [f64; SCORES]) -> Self {
        Self {
            intensities: Intensities {
                both: values,
                left: values,
                right: values,
            },
            raw: values,
            seen: [true; SCORES],
        }
    }

    /// Sets what cannot be seen to 0.
    fn blank_unseen(&mut self) {
        let Intensities { both, left, right } = &mut self.intensities;
        for values in [both, left, right, &mut self.raw] {
            for (value, seen) in values.iter_mut().zip(self.seen) {
                if !seen {
                    *value = 0.0;
                }
            }
        }
    }
}

/// Which units show in parts that can be seen.
fn seen(visible: &VisibleParts) -> [bool; SCORES] {
    std::array::from_fn(|index| visible.sees(ACTION_UNITS[index].unit.part()))
}

/// The Action Unit stage.
pub struct ActionUnitStage {
    blendshapes: Blendshapes,
    model: ActionUnitModel,
    halves: Halves,
    baselines: Baselines,
}

impl ActionUnitStage {
    /// A stage around the loaded nets that keeps its neutrals in `baselines`.
    pub fn new(blendshapes: Blendshapes, model: ActionUnitModel, baselines: Baselines) -> Self {
        Self {
            halves: Halves::new(&model.canonical),
            blendshapes,
            model,
            baselines,
        }
    }

    /// The scores of the left and of the right half of the face of `mesh`, whose aligned crop is
    /// `crop`.
    fn scores(
        &mut self,
        mesh: &[Point],
        crop: Option<&[u8]>,
        fit: &Fit,
    ) -> Result<[Scores; 2], ActionUnitError> {
        let blendshapes = self.blendshapes.read(mesh)?;
        let halves = self.halves.numbers(mesh, fit, &blendshapes);
        let mut scores = halves.map(|numbers| self.model.shape_scores(&numbers));
        if let (Some(crop), Some(scale)) = (crop, aligned_scale(mesh)) {
            let looks = hog::halves(crop, scale);
            for (scores, look) in scores.iter_mut().zip(looks) {
                for (score, added) in scores.iter_mut().zip(self.model.hog.forward(&look)) {
                    *score += added;
                }
            }
        }
        Ok(scores)
    }
}

impl FaceStage for ActionUnitStage {
    type Settings = ();
    /// What was measured; `None` where the head is turned too far.
    type Measurement = Option<AuMeasurement>;
    /// How far the person's left and right eye are open, where that is known.
    type Needs<'face> = Option<Sides<f64>>;
    type Reading = ActionUnits;
    type Last = Infallible;
    type Error = ActionUnitError;

    fn measure(
        &mut self,
        frame: &Frame<'_>,
        faces: &[FaceObservation],
        (): &(),
    ) -> Result<Vec<Option<AuMeasurement>>, ActionUnitError> {
        let measured = faces.iter().map(|face| {
            if face.pose.angle() > WIDEST {
                return Ok(None);
            }
            let crop = face.aligned.as_ref();
            let crop = crop.map(|Aligned(bytes)| bytes.as_slice());
            let halves = self.scores(&face.tracked.mesh.points, crop, &face.fit)?;
            let seen = seen(&face.quality.visible);
            let furrow = if seen[Au::Au04.index()] {
                Furrow::measure(frame.picture, face)?
            } else {
                None
            };
            Ok(Some(AuMeasurement {
                halves,
                seen,
                furrow,
            }))
        });
        measured.collect()
    }

    fn conclude(
        &mut self,
        track: TrackId,
        time: BufferTime,
        measured: Option<AuMeasurement>,
        openness: Option<Sides<f64>>,
    ) -> ActionUnits {
        let Some(AuMeasurement {
            halves,
            seen,
            furrow,
        }) = measured
        else {
            return ActionUnits {
                movement: None,
                baseline: self.baselines.state(track, time),
            };
        };
        let [left, right] = halves;
        let mut both = mean(&left, &right);
        let known = self.baselines.neutral(track);
        for ((score, seen), known) in both.iter_mut().zip(seen).zip(known) {
            if !seen {
                // What is not seen says nothing of how the person rests.
                *score = known;
            }
        }
        let (neutral, baseline) = self.baselines.learn(track, time, &both, &self.model.spread);
        let above = |scores: &Scores| above(scores, &neutral, &self.model);
        let mut movement = AuIntensities {
            intensities: Intensities {
                both: above(&both),
                left: above(&left),
                right: above(&right),
            },
            raw: raw(&both),
            seen,
        };
        if let Some(openness) = openness {
            closed_lids::suppress_au07_when_closed(&mut movement, openness);
            closed_lids::close_by_openness(&mut movement, openness);
        }
        if let Some(furrow) = furrow {
            let calm = Furrow::is_calm(&movement);
            let above = self
                .baselines
                .furrow_above_calm(track, time, furrow.energy, calm);
            if let Some(above) = above {
                furrow.draw_brows(&mut movement, above);
            }
        }
        movement.blank_unseen();
        ActionUnits {
            movement: Some(movement),
            baseline,
        }
    }

    fn forget(&mut self, track: TrackId) -> Option<Infallible> {
        self.baselines.forget(track);
        None
    }
}

/// The scores of a whole face from those of its halves.
fn mean(left: &Scores, right: &Scores) -> Scores {
    std::array::from_fn(|index| (left[index] + right[index]) / 2.0)
}

/// Intensities of scores above `neutral`.
fn above(scores: &Scores, neutral: &Scores, model: &ActionUnitModel) -> [f64; SCORES] {
    std::array::from_fn(|index| {
        let moved = scores[index] - neutral[index];
        intensity(moved, model.small[index], model.full[index])
    })
}

/// The intensity of a score that lies `moved` above rest: `small` times it at first, as the
/// regression estimates it, then steeper, so that it is the highest at `full`; regression draws
/// strong movements towards the mean. Where `full` is 0 nothing is stretched.
fn intensity(moved: f64, small: f64, full: f64) -> f64 {
    let knee = SMALL * full;
    let beyond = (moved - knee).max(0.0);
    let stretched = if full > 0.0 && beyond > 0.0 {
        knee * small + beyond * (HIGHEST - knee * small) / (full - knee)
    } else {
        moved * small
    };
    stretched.clamp(0.0, HIGHEST)
}

/// Intensities of scores as they are, without hard edge at 0.
fn raw(scores: &Scores) -> [f64; SCORES] {
    let mut intensities = [0.0; SCORES];
    for (intensity, score) in intensities.iter_mut().zip(scores) {
        let steps = score / SOFTNESS;
        *intensity = (SOFTNESS * (steps.max(0.0) + (-steps.abs()).exp().ln_1p())).min(HIGHEST);
    }
    intensities
}

const _: () = assert!(
    SCORES < ACTION_UNIT_COUNT,
    "the last Action Unit is not scored"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_movement_reads_five_and_a_small_one_no_more_than_the_regression_says() {
        assert_eq!(intensity(2.5, 0.3, 2.5), HIGHEST);
        assert_eq!(intensity(9.0, 0.3, 2.5), HIGHEST);
        assert!((intensity(0.5, 0.3, 2.5) - 0.15).abs() < 1e-9);
        assert_eq!(intensity(-1.0, 0.3, 2.5), 0.0);
        let steps: Vec<f64> = (0..30)
            .map(|step| intensity(f64::from(step) * 0.1, 0.3, 2.5))
            .collect();
        assert!(
            steps
                .windows(2)
                .all(|pair| pair[0] <= pair[1] && pair[1] - pair[0] < 0.4)
        );
    }

    #[test]
    fn a_unit_that_is_read_badly_is_not_stretched() {
        assert!((intensity(3.0, 0.15, 0.0) - 0.45).abs() < 1e-9);
    }
}
