//! Whom the tracker remembers: who comes back, who leaves, and what of them others are told.

use std::time::Duration;

use crate::analysis::time::BufferTime;

use super::appearance::Appearance;
use super::face_shape::FaceShape;
use super::people::{self, Person};
use super::single::Track;
use super::{TrackUpdate, Tracker, UntrackedFace};

impl Tracker {
    /// The track of a face that was not followed to where it is: of somebody who had left, if that can be told.
    pub(super) fn identified(&mut self, newcomer: &UntrackedFace, time: BufferTime) -> Track {
        let UntrackedFace { mesh, looks, shape } = newcomer;
        let back = shape.as_ref().and_then(|shape| self.recalled(looks, shape));
        let mut track = match back {
            Some(person) => Track::returned(person, mesh, looks, time),
            None => Track::new(self.new_id(), mesh, looks.clone(), time),
        };
        if let Some(shape) = shape {
            track.learn_shape(shape);
        }
        track
    }

    /// Who is out of sight, or had left, and is most like a face that was found.
    fn recalled(&mut self, looks: &Appearance, shape: &FaceShape) -> Option<Person> {
        let lost = self.lost_tracks.iter().filter_map(|track| {
            let known = (&track.appearance, track.shape.as_ref()?);
            Some((people::difference(known, (looks, shape))?, track.id))
        });
        let left = self.people.iter();
        let left = left.filter_map(|person| Some((person.difference(looks, shape)?, person.id)));
        let (_, id) = lost.chain(left).min_by(|a, b| a.0.total_cmp(&b.0))?;
        match self.lost_tracks.take(id) {
            Some(track) => track.person(),
            None => self.people.take(id),
        }
    }

    /// Tells those who would go on in its place whom this knows: when that changes, and now and then how those in view
    /// look.
    pub(super) fn update_gallery(
        &self,
        time: BufferTime,
        remember: Duration,
        followed: &TrackUpdate,
    ) {
        let recognised = followed.faces.iter().filter(|face| face.recognised);
        self.gallery.set_recognised(recognised.map(|face| face.id));
        if remember.is_zero() {
            return;
        }
        let changed = !followed.left.is_empty() || !followed.forgotten.is_empty();
        if changed || self.gallery.is_due(time) {
            let in_view = self.tracks.iter().chain(self.lost_tracks.iter());
            let in_view = in_view.filter_map(Track::person);
            let left = self.people.iter().cloned();
            self.gallery.update(left.chain(in_view), time);
        }
    }

    /// Gives up those out of sight too long: who is to be remembered has left.
    pub(super) fn part_with(
        &mut self,
        time: BufferTime,
        remember: Duration,
        followed: &mut TrackUpdate,
    ) {
        for track in self.lost_tracks.expire(time) {
            let parted = (track.id, track.seen);
            match track.person().filter(|_| !remember.is_zero()) {
                None => followed.lost.push(parted),
                Some(person) => {
                    followed.left.push(parted);
                    self.people.keep(person);
                }
            }
        }
        followed.forgotten = self.people.expire(time, remember);
    }
}
