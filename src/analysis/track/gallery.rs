//! The people that an analysis knows, for another analysis that goes on in its place.
//!
//! What re-identification calls its gallery. A person is told as [`Features`]: numbers that tell the people of one
//! scene apart, and from which no face can be drawn.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::analysis::time::BufferTime;
use crate::analysis::track_id::TrackId;

use super::appearance::Appearance;
use super::face_shape::FaceShape;
use super::people::Person;

/// Time between two looks at those in view.
const PAUSE: Duration = Duration::from_secs(1);
/// People taken from another analysis at once, at most: as many as one remembers.
const MOST: usize = 100;

/// Looks and shape as numbers: those of [`Appearance`], then those of [`FaceShape`].
pub type Features = Vec<f32>;

/// A person as told to another analysis.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownPerson {
    /// The id.
    pub id: TrackId,
    /// When the face was last seen.
    pub seen: BufferTime,
    /// What it is known again by.
    pub features: Features,
}

/// Who is known; clones share it, so that any thread may ask and tell.
#[derive(Debug, Clone, Default)]
pub struct Gallery(Arc<Mutex<GalleryStore>>);

#[derive(Debug, Default)]
struct GalleryStore {
    known: Vec<KnownPerson>,
    given: Vec<KnownPerson>,
    recognised: Vec<TrackId>,
    changes: u64,
    looked: Option<BufferTime>,
}

impl Gallery {
    fn store(&self) -> MutexGuard<'_, GalleryStore> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whom the analysis knows, in view or not, as far as it remembers people; and a number that changes with it.
    pub fn known(&self) -> (Vec<KnownPerson>, u64) {
        let store = self.store();
        (store.known.clone(), store.changes)
    }

    /// The faces of the last frame whose ids were given by what they look like, not by following them.
    pub fn recognised(&self) -> Vec<TrackId> {
        self.store().recognised.clone()
    }

    /// Tells which those are.
    pub(super) fn set_recognised(&self, ids: impl Iterator<Item = TrackId>) {
        let mut store = self.store();
        store.recognised.clear();
        store.recognised.extend(ids);
    }

    /// The number alone.
    pub fn changes(&self) -> u64 {
        self.store().changes
    }

    /// Gives the analysis people whom another one knew; ids must be none that it gives itself.
    pub fn give(&self, people: Vec<KnownPerson>) {
        let mut store = self.store();
        store.given.extend(people);
        let surplus = store.given.len().saturating_sub(MOST);
        store.given.drain(..surplus);
    }

    /// Takes back whom the analysis has not taken in yet.
    pub fn withdraw(&self) {
        self.store().given.clear();
    }

    /// The people given since the last call, without those whose features are none.
    pub(super) fn take_given(&self) -> Vec<Person> {
        let given = std::mem::take(&mut self.store().given);
        given.iter().filter_map(KnownPerson::person).collect()
    }

    /// Whether those in view are to be told again.
    pub(super) fn is_due(&self, time: BufferTime) -> bool {
        let looked = self.store().looked;
        looked.is_none_or(|looked| time.since(looked) >= PAUSE)
    }

    /// Tells whom the analysis knows at `time`.
    pub(super) fn update(&self, known: impl Iterator<Item = Person>, time: BufferTime) {
        let known = known.map(|person| KnownPerson::new(&person)).collect();
        let mut store = self.store();
        store.looked = Some(time);
        if store.known != known {
            store.known = known;
            store.changes += 1;
        }
    }

    /// Tells that the analysis has forgotten everybody; who is given for the stream that begins now is kept.
    pub(super) fn clear(&self) {
        let mut store = self.store();
        store.looked = None;
        store.recognised.clear();
        if !std::mem::take(&mut store.known).is_empty() {
            store.changes += 1;
        }
    }
}

impl KnownPerson {
    fn new(person: &Person) -> Self {
        let mut features = person.appearance.features();
        features.extend(person.shape.features());
        Self {
            id: person.id,
            seen: person.seen,
            features,
        }
    }

    fn person(&self) -> Option<Person> {
        if !self.features.iter().all(|number| number.is_finite()) {
            return None;
        }
        let (looks, shape) = self.features.split_at_checked(Appearance::FEATURES)?;
        Some(Person {
            id: self.id,
            appearance: Appearance::from_features(looks)?,
            shape: FaceShape::from_features(shape, self.seen)?,
            seen: self.seen,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(id: u32, features: Features) -> KnownPerson {
        KnownPerson {
            id: TrackId::new(id),
            seen: BufferTime::from_nanos(7),
            features,
        }
    }

    fn features() -> Features {
        let count = Appearance::FEATURES + FaceShape::FEATURES;
        (0..count).map(|at| (at as f32 * 0.7).sin()).collect()
    }

    #[test]
    fn a_person_is_taken_as_told_and_told_again_the_same() {
        let gallery = Gallery::default();
        let told = known(3, features());
        gallery.give(vec![told.clone()]);
        let [person] = &gallery.take_given()[..] else {
            panic!("one person was given");
        };
        let again = KnownPerson::new(person);
        assert_eq!((again.id, again.seen), (told.id, told.seen));
        let pairs = again.features.iter().zip(&told.features);
        // A shape's direction has length 1, and its last number is a count.
        let looks = Appearance::FEATURES;
        assert!(pairs.take(looks).all(|(again, told)| again == told));
        let twice = KnownPerson::new(&again.person().unwrap());
        let pairs = twice.features.iter().zip(&again.features);
        assert!(pairs.clone().count() == features().len());
        assert!(pairs.into_iter().all(|(a, b)| (a - b).abs() < 1e-6));
        assert!(gallery.take_given().is_empty());
    }

    #[test]
    fn who_is_given_before_a_stream_begins_is_known_in_it_unless_taken_back() {
        let gallery = Gallery::default();
        gallery.give(vec![known(3, features())]);
        gallery.clear();
        assert_eq!(gallery.take_given().len(), 1);
        gallery.give(vec![known(3, features())]);
        gallery.withdraw();
        assert!(gallery.take_given().is_empty());
    }

    #[test]
    fn what_is_no_person_is_not_taken() {
        let gallery = Gallery::default();
        let mut not_finite = features();
        not_finite[5] = f32::NAN;
        let short = features()[1..].to_vec();
        let nothing = vec![0.0; features().len()];
        for strange in [not_finite, short, nothing, Vec::new()] {
            gallery.give(vec![known(1, strange)]);
            assert!(gallery.take_given().is_empty());
        }
        gallery.give((0..1000).map(|id| known(id, features())).collect());
        assert_eq!(gallery.take_given().len(), MOST);
    }
}
