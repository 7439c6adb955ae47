//! What the indices are made of: one frame of one face.

use crate::analysis::action_units::{ActionUnits, Au};
use crate::analysis::eyes::{Blink, Eyes};
use crate::analysis::head_pose::HeadPose;

/// One face on one frame, as far as indices go by it.
#[derive(Debug, Clone, Copy)]
pub struct FaceSample<'a> {
    /// How the head is turned.
    pub pose: HeadPose,
    /// `None` where the eyes cannot be measured.
    pub eyes: Option<&'a Eyes>,
    /// A blink or a wink that is over now.
    pub blink: Option<Blink>,
    /// `None` where Action Units are off.
    pub action_units: Option<&'a ActionUnits>,
    /// How far the lips are apart, in outer-eye distances; set by the stage's own measurement.
    pub mouth: Option<f64>,
}

impl FaceSample<'_> {
    /// Mean openness of both eyes.
    pub fn openness(&self) -> Option<f64> {
        self.eyes.map(|eyes| eyes.openness.mean())
    }

    /// The intensity of `unit`, 0..5; `None` where it is not read.
    pub fn intensity(&self, unit: Au) -> Option<f64> {
        let movement = self.action_units?.movement.as_ref()?;
        let seen = movement.seen.get(unit.index()).is_some_and(|seen| *seen);
        let intensity = movement.intensities.both.get(unit.index()).copied();
        intensity.filter(|_| seen)
    }
}
