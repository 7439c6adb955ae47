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

/// Distances of shape and looks up to which two faces may be one person's: of 23 people in two portraits each,
/// the same person's shapes lie .17 apart (median; .33 for nine in ten), others' .26 and more in 99 of 100
/// pairs; looks, in one studio's light, .05 (.10), others' .13 and more.
const SAME_SHAPE: f32 = 0.30;
const SAME_LOOKS: f32 = 0.20;
/// What a difference in shape weighs against one in looks.
const SHAPE_WEIGHT: f32 = 0.25;
/// People remembered at once; who left first is forgotten first.
const MOST: usize = 100;

/// What a person is known again by.
#[derive(Debug, Clone, PartialEq)]
pub struct Person {
    /// The id.
    pub id: TrackId,
    /// How the face looks.
    pub appearance: Appearance,
    /// Its own shape.
    pub shape: FaceShape,
    /// When it was last seen.
    pub seen: BufferTime,
}

impl Person {
    /// How unlike a face that was found is; `None` where it is not this person's.
    pub fn difference(&self, looks: &Appearance, shape: &FaceShape) -> Option<f32> {
        difference((&self.appearance, &self.shape), (looks, shape))
    }
}

/// How unlike two faces are; `None` where they are not the same person's.
pub fn difference(
    (known_looks, known_shape): (&Appearance, &FaceShape),
    (looks, shape): (&Appearance, &FaceShape),
) -> Option<f32> {
    let shapes = known_shape.distance(shape);
    let looks = known_looks.distance(looks);
    (shapes <= SAME_SHAPE && looks <= SAME_LOOKS).then_some(looks + SHAPE_WEIGHT * shapes)
}

/// The people who left.
#[derive(Default)]
pub struct People(Vec<Person>);

impl People {
    /// Remembers who left, or whom another analysis remembers.
    pub fn keep(&mut self, person: Person) {
        self.0.retain(|known| known.id != person.id);
        self.0.push(person);
    }

    /// Those who left, the first first.
    pub fn iter(&self) -> impl Iterator<Item = &Person> {
        self.0.iter()
    }

    /// Takes `id` back.
    pub fn take(&mut self, id: TrackId) -> Option<Person> {
        let place = self.0.iter().position(|person| person.id == id)?;
        Some(self.0.remove(place))
    }

    /// Forgets who left more than `remember` ago, or is one too many: their ids.
    pub fn expire(&mut self, time: BufferTime, remember: Duration) -> Vec<TrackId> {
        let surplus = self.0.len().saturating_sub(MOST);
        let mut gone: Vec<TrackId> = self.0.drain(..surplus).map(|person| person.id).collect();
        let expired = |person: &mut Person| time.since(person.seen) > remember;
        gone.extend(self.0.extract_if(.., expired).map(|person| person.id));
        gone
    }

    /// Forgets all: their ids.
    pub fn clear(&mut self) -> Vec<TrackId> {
        self.0.drain(..).map(|person| person.id).collect()
    }
}
