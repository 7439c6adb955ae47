//! Who is remembered, carried between the server and this machine: who reads next knows those again who had left.

use std::collections::BTreeMap;

use crate::analysis::{KnownPerson, TrackId};
use crate::remote::Client;
use crate::remote::protocol::{DeviceMessage, ResultPerson};

use super::RemoteEngine;
use super::handed_on::handed_on;
use super::identities::AnalyserRun;

/// People kept, at most; who was seen longest ago goes first.
const MOST: usize = 100;

/// The people by the ids that are told.
#[derive(Debug, Default)]
pub struct KnownPeople(BTreeMap<TrackId, KnownPerson>);

impl KnownPeople {
    /// Takes in `people`, each where it was not seen later; whether that changed anything.
    pub fn learn(&mut self, people: impl Iterator<Item = KnownPerson>) -> bool {
        let mut changed = false;
        for person in people {
            let newer = |known: &KnownPerson| known.seen >= person.seen;
            if !self.0.get(&person.id).is_some_and(newer) {
                self.0.insert(person.id, person);
                changed = true;
            }
        }
        while self.0.len() > MOST {
            let oldest = self.0.values().min_by_key(|person| person.seen);
            let Some(id) = oldest.map(|person| person.id) else {
                break;
            };
            self.0.remove(&id);
        }
        changed
    }

    /// Forgets all; whether there was anybody.
    pub fn forget(&mut self) -> bool {
        !std::mem::take(&mut self.0).is_empty()
    }

    /// Them, by ids that an analysis gives to nobody itself.
    pub fn handed_on(&self) -> impl Iterator<Item = KnownPerson> {
        self.0.values().map(|person| KnownPerson {
            id: handed_on(person.id),
            ..person.clone()
        })
    }
}

impl RemoteEngine {
    /// Keeps whom `run` knows, by the ids that are told.
    pub(super) fn note_people(&mut self, run: AnalyserRun, known: Vec<KnownPerson>) {
        let identities = &self.identities;
        let published = known.into_iter().filter_map(|person| {
            let id = identities.person(run, person.id)?;
            Some(KnownPerson { id, ..person })
        });
        if self.people.learn(published) {
            self.introduce();
        }
    }

    /// Keeps whom this machine knows, where that has changed.
    pub(super) fn note_local_people(&mut self) {
        let gallery = &self.local.memory.gallery;
        if gallery.changes() != self.local_people {
            let (known, changes) = gallery.known();
            self.local_people = changes;
            self.note_people(AnalyserRun::Local(self.local.run), known);
        }
    }

    /// Forgets them.
    pub(super) fn forget_people(&mut self) {
        self.local.memory.gallery.withdraw();
        if self.people.forget() {
            self.introduce();
        }
    }

    /// Leaves word of them for the next connection.
    fn introduce(&self) {
        if let Some(client) = &self.client {
            introduce(client, &self.people);
        }
    }
}

fn introduce(client: &Client, people: &KnownPeople) {
    let people = people.handed_on().map(|person| ResultPerson::new(&person));
    let people: Vec<_> = people.collect();
    client.set_introduction((!people.is_empty()).then_some(DeviceMessage::People(people)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::BufferTime;

    fn person(id: u32, seen: u64) -> KnownPerson {
        KnownPerson {
            id: TrackId::new(id),
            seen: BufferTime::from_nanos(seen),
            features: vec![seen as f32],
        }
    }

    #[test]
    fn the_newest_look_at_a_person_is_kept_and_the_oldest_person_goes_first() {
        let mut people = KnownPeople::default();
        assert!(people.learn([person(1, 10), person(2, 20)].into_iter()));
        assert!(!people.learn([person(1, 5), person(2, 20)].into_iter()));
        assert!(people.learn([person(1, 15)].into_iter()));
        let published: Vec<_> = people.handed_on().collect();
        assert_eq!(published[0].features, [15.0]);
        assert_eq!(published[0].id, handed_on(TrackId::new(1)));
        people.learn((3..200).map(|id| person(id, u64::from(id) * 10)));
        assert_eq!(people.handed_on().count(), MOST);
        let kept = |id| {
            people
                .handed_on()
                .any(|known| known.id == handed_on(TrackId::new(id)))
        };
        assert!(!kept(1) && !kept(2) && kept(199));
        assert!(people.forget() && !people.forget());
    }
}
