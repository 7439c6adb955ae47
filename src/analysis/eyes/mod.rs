//! The eyes: how far open they are, blinks, drowsiness and where they look.
//!
//! Numbers without a source of their own were set by hand; `tests/analysis/eyes.rs` holds them on
//! the labelled blinks of the sample clips.

mod appearance;
mod blink_rate;
mod blinks;
mod gaze;
mod lids;
mod visibility;

use std::collections::HashMap;
use std::convert::Infallible;
use std::time::Duration;

use super::observation::FaceObservation;
use super::quality::FacePart;
use super::stage::{FaceStage, Frame};
use super::time::BufferTime;
use super::track_id::TrackId;
use crate::geometry::Sides;

pub use self::blinks::Blink;
pub use self::visibility::EyeObstacle;

pub(super) use self::lids::apertures;

use self::appearance::EyeAppearance;
use self::blink_rate::BlinkRate;
use self::blinks::{BlinkDetector, LidSample};
use self::lids::Lids;
use self::visibility::Visibility;

/// Openness at which four fifths of the eye are covered (PERCLOS P80, Wierwille 1994).
pub const COVERED: f64 = 0.2;
/// Degrees between the face's direction and the camera's axis beyond which lids are not measured:
/// one eye's lids hide behind the nose or foreshorten.
const WIDEST: f64 = 30.0;
/// Outer-eye distance in pixels below which lids span too few pixels to be measured.
const SMALLEST: f64 = 30.0;

/// How long something must lie before the eyes: lids that close behind glasses pass for a cover.
const COVERED_FOR: Duration = Duration::from_millis(250);
/// How long eyes that are seen to blink count as uncovered, though clear glasses pass for a cover: people
/// blink ten to twenty times a minute.
const SEEN_THROUGH_FOR: Duration = Duration::from_secs(30);

/// Part of the recent opening by which lids must just have come down for a blink to pass.
const FALLING: f64 = 0.45;
/// Openness from which an eye is not closing, and below which it is shut: the mesh shows shut lids
/// up to .1 eye widths apart, a seventh of what open ones mostly are.
const CLOSING: [f64; 2] = [0.6, 0.15];
/// Highest intensity of an Action Unit.
const HIGHEST: f64 = 5.0;

/// The intensity 0..5 of an eye's closure, AU43, and while it blinks AU45; a shut eye is 5.
pub fn closure(openness: f64) -> f64 {
    let [open, shut] = CLOSING;
    HIGHEST * ((open - openness) / (open - shut)).clamp(0.0, 1.0)
}

/// Where both eyes look on average, in degrees, with the signs of the head pose: 0 and 0 is
/// straight into the camera.
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
    /// Of each eye: 0 closed, 1 as open as the person's eyes mostly are.
    pub openness: Sides<f64>,
    /// Intensity 0..5 of AU45: how far the lids are closed while a blink passes.
    pub blink: f64,
    /// Blinks in the last minute; of a face seen for less, as many as that would be in a minute,
    /// ten seconds at the least.
    pub blinks_per_minute: f64,
    /// `None` while the eyes are closed.
    pub gaze: Option<Gaze>,
    /// The blink or wink that was over last, from the frame on which it was.
    pub last_blink: Option<Blink>,
}

/// What was read of the eyes of one face.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EyeReading {
    /// `None` where the eyes cannot be measured.
    pub eyes: Option<Eyes>,
    /// Why they cannot.
    pub obstacle: Option<EyeObstacle>,
    /// A blink or a wink that is over now.
    pub blink: Option<Blink>,
}

/// The stage; remembers each person's eyes.
#[derive(Default)]
pub struct EyeStage {
    people: HashMap<TrackId, EyeHistory>,
}

#[derive(Default)]
struct EyeHistory {
    lids: Lids,
    appearance: EyeAppearance,
    blinks: BlinkDetector,
    blink_rate: BlinkRate,
    visibility: Visibility,
    /// Whether the eyes were ever seen without something before them, and since when it lies there.
    seen: bool,
    covered_since: Option<BufferTime>,
    /// When a blink was last seen through what passed for a cover.
    seen_through: Option<BufferTime>,
    last_blink: Option<Blink>,
}

impl FaceStage for EyeStage {
    type Settings = ();
    type Measurement = EyeReading;
    type Needs<'face> = ();
    type Reading = EyeReading;
    type Last = (TrackId, Blink);
    type Error = Infallible;

    fn measure(
        &mut self,
        frame: &Frame<'_>,
        faces: &[FaceObservation],
        (): &(),
    ) -> Result<Vec<EyeReading>, Infallible> {
        let time = frame.time.pts;
        let read = faces.iter().map(|face| {
            let person = self.people.entry(face.tracked.id).or_default();
            person.read(face, time)
        });
        Ok(read.collect())
    }

    fn conclude(&mut self, _: TrackId, _: BufferTime, reading: EyeReading, (): ()) -> EyeReading {
        reading
    }

    fn forget(&mut self, track: TrackId) -> Option<(TrackId, Blink)> {
        let blink = self.people.remove(&track)?.blinks.finish()?;
        Some((track, blink))
    }
}

impl EyeHistory {
    fn read(&mut self, face: &FaceObservation, time: BufferTime) -> EyeReading {
        let mesh = &face.tracked.mesh;
        let obstacle = self.obstacle(face, time);
        let covered = obstacle == Some(EyeObstacle::Covered);
        let apertures = lids::apertures(&mesh.points, &face.fit);
        let (true, Some(apertures)) = (covered || obstacle.is_none(), apertures) else {
            self.blinks.interrupt();
            return self.unseen(obstacle);
        };
        let aligned = face.aligned.as_ref();
        let changes = aligned.map(|aligned| self.appearance.observe(aligned, time));
        let blink = self.blinks.observe(LidSample {
            time,
            apertures,
            changes: changes.unwrap_or_default(),
            covered,
            pitch: face.pose.pitch,
        });
        let blinked = blink.is_some_and(|blink| blink.is_of_both());
        if covered && !blinked {
            return self.unseen(obstacle);
        }
        if blinked && (covered || self.seen_through.is_some()) {
            self.seen_through = Some(time);
        }
        let openness = self.lids.openness(apertures, time);
        let both = openness.mean();
        self.last_blink = blink.or(self.last_blink);
        self.blink_rate.observe(blinked, time);
        if let Some(blink) = blink.filter(Blink::is_of_both) {
            self.lids.blinked(&blink);
        }
        let falling = self.blinks.falling();
        // Behind rims and from below a blink leaves the eye half open: what has fallen counts too.
        let passing = closure(both).max(HIGHEST * falling.min(1.0));
        EyeReading {
            eyes: Some(Eyes {
                openness,
                blink: if falling >= FALLING { passing } else { 0.0 },
                blinks_per_minute: self.blink_rate.per_minute(),
                gaze: gaze::direction(&mesh.points, &face.fit, openness),
                last_blink: self.last_blink,
            }),
            obstacle: None,
            blink,
        }
    }

    /// Eyes that cannot be measured now.
    fn unseen(&mut self, obstacle: Option<EyeObstacle>) -> EyeReading {
        self.blink_rate.interrupt();
        EyeReading {
            eyes: None,
            obstacle,
            blink: None,
        }
    }

    /// Why the eyes cannot be measured, if they cannot.
    fn obstacle(&mut self, face: &FaceObservation, time: BufferTime) -> Option<EyeObstacle> {
        if face.pose.angle() > WIDEST {
            return Some(EyeObstacle::HeadTurned);
        }
        if face.tracked.mesh.eye_distance() < SMALLEST {
            return Some(EyeObstacle::SmallFace);
        }
        let aligned = face.aligned.as_ref();
        let hidden = aligned.and_then(|aligned| self.visibility.observe(aligned));
        let covered = self.covered(face.quality.visible.sees(FacePart::Eyes), time);
        hidden.or(covered.then_some(EyeObstacle::Covered))
    }

    /// Whether something lies before the eyes, and not only for as long as lids close.
    fn covered(&mut self, seen: bool, time: BufferTime) -> bool {
        if seen {
            (self.seen, self.covered_since) = (true, None);
            return false;
        }
        if let Some(through) = self.seen_through
            && time.since(through) < SEEN_THROUGH_FOR
        {
            return false;
        }
        let since = *self.covered_since.get_or_insert(time);
        !self.seen || time.since(since) >= COVERED_FOR
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_before_the_eyes_for_no_longer_than_lids_close_covers_nothing() {
        let at = |ms: u64| BufferTime::from_nanos(ms * 1_000_000);
        let mut person = EyeHistory::default();
        assert!(person.covered(false, at(0)), "eyes that were never seen");
        assert!(!person.covered(true, at(33)));
        assert!(!person.covered(false, at(66)));
        assert!(!person.covered(false, at(266)));
        assert!(!person.covered(true, at(300)));
        assert!(!person.covered(false, at(333)));
        assert!(person.covered(false, at(600)), "a hand that stays");
        assert!(!person.covered(true, at(633)));
    }

    #[test]
    fn eyes_that_were_seen_to_blink_are_not_covered_for_half_a_minute() {
        let at = |seconds: u64| BufferTime::from_nanos(seconds * 1_000_000_000);
        let mut person = EyeHistory::default();
        assert!(person.covered(false, at(0)));
        person.seen_through = Some(at(10));
        assert!(!person.covered(false, at(39)));
        assert!(person.covered(false, at(40)));
    }
}
