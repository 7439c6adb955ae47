//! People who left the picture and are remembered for as long as the user asks.
//!
//! They are known by coarse looks and by what of their mesh's shape is their own; no face-recognition net,
//! nothing kept beyond the run. It tells the people of one scene apart, not the people of a town:
//! docs/remember.md says how often it errs.

use std::time::Duration;

use crate::analysis::time::BufferTime;
use crate::analysis::track_id::TrackId;

use super::appearance::Appearance;
use super::face_shape::FaceShape;
use super::single::Track;

/// Distances of shape and looks up to which two faces may be one person's: of 23 people in two portraits each,
/// the same person's shapes lie .17 apart (median; .33 for nine in ten), others' .26 and more in 99 of 100
/// pairs; looks, in one studio's light, .05 (.10), others' .13 and more.
const SAME_SHAPE: f32 = 0.30;
const SAME_LOOKS: f32 = 0.20;
/// What a difference in shape weighs against one in looks.
const SHAPE_WEIGHT: f32 = 0.25;
/// People remembered at once; who left first is forgotten first.
const MOST: usize = 100;

/// The people who left.
#[derive(Default)]
pub struct People(Vec<Track>);

/// How unlike a face that was found is to a remembered one; `None` where they are not the same person's.
pub fn difference(known: &Track, looks: &Appearance, shape: &FaceShape) -> Option<f32> {
    let shapes = known.shape.as_ref()?.distance(shape);
    let looks = known.appearance.distance(looks);
    (shapes <= SAME_SHAPE && looks <= SAME_LOOKS).then_some(looks + SHAPE_WEIGHT * shapes)
}

impl People {
    /// Remembers who left.
    pub fn keep(&mut self, track: Track) {
        self.0.push(track);
    }

    /// Those who left, the first first.
    pub fn iter(&self) -> impl Iterator<Item = &Track> {
        self.0.iter()
    }

    /// Takes `id` back.
    pub fn take(&mut self, id: TrackId) -> Option<Track> {
        let place = self.0.iter().position(|track| track.id == id)?;
        Some(self.0.remove(place))
    }

    /// Forgets who left more than `remember` ago, or is one too many: their ids.
    pub fn expire(&mut self, time: BufferTime, remember: Duration) -> Vec<TrackId> {
        let surplus = self.0.len().saturating_sub(MOST);
        let mut gone: Vec<TrackId> = self.0.drain(..surplus).map(|track| track.id).collect();
        let expired = |track: &mut Track| time.since(track.seen) > remember;
        gone.extend(self.0.extract_if(.., expired).map(|track| track.id));
        gone
    }

    /// Forgets all: their ids.
    pub fn clear(&mut self) -> Vec<TrackId> {
        self.0.drain(..).map(|track| track.id).collect()
    }
}
