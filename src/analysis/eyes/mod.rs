//! The eyes: how far open they are, blinks, drowsiness and where they look.

mod blinks;
mod gaze;
mod lids;

use std::collections::HashMap;

use super::head_pose::{Fit, HeadPose};
use super::track::Tracked;

pub use self::blinks::LONGEST_WINDOW;

pub(super) use self::lids::apertures;

use self::blinks::Blinks;
use self::lids::Lids;

/// Degrees between the face's direction and the camera's axis beyond which lids are not measured:
/// one eye's lids hide behind the nose or foreshorten.
const WIDEST: f64 = 30.0;
/// Outer-eye distance in pixels below which lids span too few pixels to be measured.
const SMALLEST: f64 = 30.0;

/// How eyes are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EyeSettings {
    /// Time in ns over which the part with closed eyes is measured, [`LONGEST_WINDOW`] at most.
    pub perclos_window: u64,
}

impl Default for EyeSettings {
    fn default() -> Self {
        Self {
            perclos_window: 60_000_000_000,
        }
    }
}

/// Where both eyes look on average, in degrees, with the signs of the head pose: 0 and 0 is straight
/// into the camera.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Gaze {
    /// Downwards is positive.
    pub pitch: f64,
    /// Towards the picture's right is positive.
    pub yaw: f64,
}

/// The eyes of a face in one frame.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Eyes {
    /// Of the person's left and right eye: 0 closed, 1 as open as the person's eyes mostly are.
    pub openness: [f64; 2],
    /// Intensity 0..5 of AU45: how far the lids are closed while a blink passes.
    pub blink: f64,
    /// Blinks in the last minute; of a face seen for less, as many as that would be in a minute, ten
    /// seconds at the least.
    pub blinks_per_minute: f64,
    /// Part of the window's time, 0..1, in which the lids covered four fifths of the eyes or more.
    pub perclos: f64,
    /// `None` while the eyes are closed.
    pub gaze: Option<Gaze>,
}

/// The stage; remembers each person's eyes.
#[derive(Default)]
pub struct EyeStage {
    people: HashMap<u32, Person>,
}

#[derive(Default)]
struct Person {
    lids: Lids,
    blinks: Blinks,
}

impl EyeStage {
    /// Forgets face `id`.
    pub fn forget(&mut self, id: u32) {
        self.people.remove(&id);
    }

    /// The eyes of a tracked face at `time` ns, and onset and end of
    /// a blink that is over now; `None` where the head is turned too far or the face too small.
    pub fn read(
        &mut self,
        tracked: &Tracked,
        fit: &Fit,
        pose: &HeadPose,
        time: u64,
        settings: &EyeSettings,
    ) -> Option<(Eyes, Option<[u64; 2]>)> {
        let person = self.people.entry(tracked.id).or_default();
        let mesh = &tracked.mesh;
        if pose.angle() > WIDEST || mesh.eye_distance() < SMALLEST {
            person.blinks.interrupt();
            return None;
        }
        let apertures = lids::apertures(&mesh.points, fit)?;
        let openness = person.lids.openness(apertures, time);
        let both = (openness[0] + openness[1]) / 2.0;
        let blinked = person.blinks.see(both, time);
        let eyes = Eyes {
            openness,
            blink: person.blinks.intensity(both, time),
            blinks_per_minute: person.blinks.per_minute(),
            perclos: person.blinks.perclos(settings.perclos_window),
            gaze: gaze::direction(&mesh.points, fit, openness),
        };
        Some((eyes, blinked))
    }
}
