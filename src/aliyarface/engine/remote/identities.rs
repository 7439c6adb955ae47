//! One person, one id, whoever reads the frames.
//!
//! Each run of an analyser counts faces from 1. Here its ids become those that the element tells: a face that
//! was just seen where another analyser now sees one goes on under its id, and only what is new is announced.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use crate::analysis::{BufferTime, Event, EventKind, Face, Rect, TrackId};

/// How long a face of one analyser is looked for in the results of the next.
const CARRIED: Duration = Duration::from_secs(15);
/// How long the next one has to find it.
const SETTLING: Duration = Duration::from_secs(1);
/// How far a face may have moved meanwhile, in sizes of its box.
const MOVED: f64 = 0.8;
/// People whose ids are kept after they left, for a run that remembers them.
const LEFT: usize = 1024;

/// Which run of which analyser results are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Run {
    /// Of a server.
    Remote(u64),
    /// Of this machine.
    Local(u64),
}

/// A face that was told of.
#[derive(Debug, Clone, Copy)]
struct Known {
    id: TrackId,
    rect: Rect,
    appeared: BufferTime,
    seen: BufferTime,
}

/// The ids told, and those behind them.
#[derive(Debug, Default)]
pub struct Identities {
    run: Option<Run>,
    /// By the analyser's id.
    ids: HashMap<TrackId, TrackId>,
    /// Those of faces that this run has told lost, by the analyser's id: it gives one again to who returns.
    left: BTreeMap<TrackId, TrackId>,
    known: Vec<Known>,
    /// Faces of the run before that this one has not found yet.
    carried: Vec<Known>,
    /// When this run gave its first result.
    began: BufferTime,
    last: u32,
}

impl Identities {
    /// Gives `faces` and `events` of the frame at `time`, read by `run`, the ids that are told. Faces that
    /// got theirs just now: the analyser's id and that.
    pub fn take(
        &mut self,
        run: Run,
        time: BufferTime,
        faces: &mut [Face],
        events: &mut Vec<Event>,
    ) -> Vec<(TrackId, TrackId)> {
        self.enter(run, time);
        let mut named = Vec::new();
        let mut went_on = Vec::new();
        for face in faces.iter_mut() {
            let own = face.id;
            let told = match self
                .ids
                .get(&own)
                .copied()
                .or_else(|| self.back(face, time))
            {
                Some(told) => told,
                None => {
                    let (told, is_carried) = self.name(face, time);
                    self.ids.insert(own, told);
                    named.push((own, told));
                    went_on.extend(is_carried.then_some(own));
                    told
                }
            };
            face.id = told;
            for expression in &mut face.micro_expressions {
                expression.face = told;
            }
            if let Some(known) = self.known.iter_mut().find(|known| known.id == told) {
                known.rect = face.rect;
                known.seen = time;
            }
        }
        self.rename(events, &went_on);
        events.splice(..0, self.settle(time));
        named
    }

    /// The same for events alone, which came with the end of `run`.
    pub fn take_events(&mut self, run: Run, events: &mut Vec<Event>) {
        if self.run == Some(run) {
            self.rename(events, &[]);
        } else {
            events.clear();
        }
    }

    /// The stream ended or broke: the events of the faces that are known.
    pub fn end(&mut self) -> Vec<Event> {
        self.run = None;
        self.ids.clear();
        self.left.clear();
        let carried = self.carried.drain(..);
        carried
            .chain(self.known.drain(..))
            .map(|known| known.lost())
            .collect()
    }

    /// The id behind one that was told, in the current run.
    pub fn own(&self, told: TrackId) -> Option<TrackId> {
        let mut ids = self.ids.iter();
        ids.find(|(_, id)| **id == told).map(|(own, _)| *own)
    }

    /// The id told for one of `run`.
    pub fn told(&self, run: Run, own: TrackId) -> Option<TrackId> {
        (self.run == Some(run))
            .then(|| self.ids.get(&own).copied())
            .flatten()
    }

    fn enter(&mut self, run: Run, time: BufferTime) {
        if self.run == Some(run) {
            return;
        }
        self.run = Some(run);
        self.began = time;
        self.ids.clear();
        self.left.clear();
        let known = std::mem::take(&mut self.known);
        self.carried.extend(known);
    }

    /// The id that was told for a face that had left and that the analyser knows again.
    fn back(&mut self, face: &Face, time: BufferTime) -> Option<TrackId> {
        let told = self.left.remove(&face.id)?;
        self.ids.insert(face.id, told);
        self.known.push(Known {
            id: told,
            rect: face.rect,
            appeared: time,
            seen: time,
        });
        Some(told)
    }

    /// The id to tell for a face that this run has not shown before, and whether it is one from before.
    fn name(&mut self, face: &Face, time: BufferTime) -> (TrackId, bool) {
        let near = |known: &Known| {
            let distance = distance(&known.rect, &face.rect);
            (distance < MOVED && time.since(known.seen) <= CARRIED).then_some(distance)
        };
        let candidates = self.carried.iter().enumerate();
        let candidates = candidates.filter_map(|(at, known)| Some((at, near(known)?)));
        let nearest = candidates.min_by(|(_, a), (_, b)| a.total_cmp(b));
        if let Some((at, _)) = nearest {
            let known = self.carried.swap_remove(at);
            self.known.push(known);
            return (known.id, true);
        }
        self.last += 1;
        let id = TrackId::new(self.last);
        self.known.push(Known {
            id,
            rect: face.rect,
            appeared: time,
            seen: time,
        });
        (id, false)
    }

    /// Gives `events` the ids that are told. What is told of nobody known, or again, goes.
    fn rename(&mut self, events: &mut Vec<Event>, went_on: &[TrackId]) {
        events.retain_mut(|event| {
            let Some(&told) = self.ids.get(&event.face) else {
                return false;
            };
            let repeated =
                matches!(event.kind, EventKind::Appeared { .. }) && went_on.contains(&event.face);
            let lost = event.kind == EventKind::Lost;
            if lost {
                self.ids.remove(&event.face);
                self.left.insert(event.face, told);
                if self.left.len() > LEFT {
                    self.left.pop_first();
                }
                if let Some(at) = self.known.iter().position(|known| known.id == told) {
                    let known = self.known.swap_remove(at);
                    // Who appeared to another analyser has been there for longer.
                    event.duration = event.time.since(known.appeared);
                }
            }
            event.face = told;
            if let EventKind::Passed(expression) = &mut event.kind {
                expression.face = told;
            }
            !repeated
        });
    }

    /// The events of faces that this run does not find.
    fn settle(&mut self, time: BufferTime) -> Vec<Event> {
        if time.since(self.began) < SETTLING {
            return Vec::new();
        }
        self.carried.drain(..).map(|known| known.lost()).collect()
    }
}

impl Known {
    fn lost(self) -> Event {
        Event {
            face: self.id,
            time: self.seen,
            duration: self.seen.since(self.appeared),
            kind: EventKind::Lost,
        }
    }
}

/// Distance of two boxes' middles in sizes of the larger.
fn distance(a: &Rect, b: &Rect) -> f64 {
    let centre = |rect: &Rect| [rect.x + rect.width / 2.0, rect.y + rect.height / 2.0];
    let ([ax, ay], [bx, by]) = (centre(a), centre(b));
    let width = a.width.max(b.width).max(f64::MIN_POSITIVE);
    let height = a.height.max(b.height).max(f64::MIN_POSITIVE);
    ((ax - bx) / width).hypot((ay - by) / height)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEW: EventKind = EventKind::Appeared { returned: false };

    fn face(id: u32, x: f64) -> Face {
        Face {
            id: TrackId::new(id),
            rect: Rect {
                x,
                y: 0.4,
                width: 0.2,
                height: 0.2,
            },
            ..Face::default()
        }
    }

    fn event(id: u32, kind: EventKind, seconds: u64) -> Event {
        Event {
            face: TrackId::new(id),
            time: at(seconds),
            duration: Duration::ZERO,
            kind,
        }
    }

    fn at(seconds: u64) -> BufferTime {
        BufferTime::from_nanos(seconds * 1_000_000_000)
    }

    fn ids(faces: &[Face]) -> Vec<u32> {
        faces.iter().map(|face| face.id.number()).collect()
    }

    #[test]
    fn who_is_read_by_another_analyser_keeps_the_id_and_is_not_announced_again() {
        let mut identities = Identities::default();
        let mut faces = [face(1, 0.1), face(2, 0.6)];
        let mut events = vec![event(1, NEW, 0), event(2, NEW, 0)];
        identities.take(Run::Remote(1), at(0), &mut faces, &mut events);
        assert_eq!((ids(&faces), events.len()), (vec![1, 2], 2));
        // The other one found them the other way round, and a third.
        let mut faces = [face(1, 0.62), face(2, 0.12), face(3, 0.35)];
        let mut events = (1..4).map(|id| event(id, NEW, 3)).collect();
        let named = identities.take(Run::Local(0), at(3), &mut faces, &mut events);
        assert_eq!(ids(&faces), [2, 1, 3]);
        assert_eq!(named.len(), 3);
        assert_eq!(events, [event(3, NEW, 3)]);
        let mut events = vec![event(2, EventKind::Lost, 5)];
        identities.take(Run::Local(0), at(5), &mut [], &mut events);
        assert_eq!(events[0].face, TrackId::new(1));
        assert_eq!(
            events[0].duration,
            Duration::from_secs(5),
            "since the first saw it"
        );
    }

    #[test]
    fn who_is_not_found_again_is_told_lost_once_and_the_id_is_never_given_again() {
        let mut identities = Identities::default();
        identities.take(Run::Remote(1), at(0), &mut [face(1, 0.1)], &mut Vec::new());
        let mut events = Vec::new();
        let mut faces = [face(1, 0.7)];
        identities.take(Run::Remote(2), at(2), &mut faces, &mut events);
        assert_eq!((ids(&faces), events.len()), (vec![2], 0));
        identities.take(Run::Remote(2), at(4), &mut [face(1, 0.7)], &mut events);
        assert_eq!(events, [event(1, EventKind::Lost, 0)]);
        assert_eq!(identities.end().len(), 1);
        let mut faces = [face(1, 0.7)];
        identities.take(Run::Remote(3), at(5), &mut faces, &mut Vec::new());
        assert_eq!(ids(&faces), [3], "after an end everybody is new");
    }

    #[test]
    fn who_left_and_is_remembered_comes_back_under_the_id_that_was_told() {
        let mut identities = Identities::default();
        identities.take(Run::Local(1), at(0), &mut [face(1, 0.7)], &mut Vec::new());
        // On the server the person is number 4.
        let mut faces = [face(4, 0.7)];
        identities.take(Run::Remote(1), at(2), &mut faces, &mut Vec::new());
        assert_eq!(ids(&faces), [1]);
        let mut lost = vec![event(4, EventKind::Lost, 3)];
        identities.take(Run::Remote(1), at(3), &mut [], &mut lost);
        assert_eq!(lost[0].face, TrackId::new(1));
        let back = EventKind::Appeared { returned: true };
        let (mut faces, mut events) = (
            [face(5, 0.4), face(4, 0.1)],
            vec![event(4, back.clone(), 9)],
        );
        let named = identities.take(Run::Remote(1), at(9), &mut faces, &mut events);
        assert_eq!(ids(&faces), [2, 1]);
        assert_eq!(events, [event(1, back, 9)]);
        assert_eq!(
            named.len(),
            1,
            "who was remembered needs no neutral from here"
        );
    }

    #[test]
    fn what_is_told_of_nobody_known_is_not_passed_on() {
        let mut identities = Identities::default();
        let mut events = vec![event(9, EventKind::Lost, 1), event(1, NEW, 1)];
        identities.take(Run::Remote(1), at(1), &mut [face(1, 0.1)], &mut events);
        assert_eq!(events, [event(1, NEW, 1)]);
        identities.take_events(Run::Remote(7), &mut events);
        assert!(events.is_empty());
    }
}
