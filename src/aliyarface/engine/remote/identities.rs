//! One person, one id, whoever reads the frames.
//!
//! Each run of an analyser counts faces from 1. Here its ids become those that the element tells: a face that
//! was just seen where another analyser now sees one goes on under its id, and only what is new is announced.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use crate::analysis::{BufferTime, Event, EventKind, Face, Rect, TrackId};

use super::handed_on::original;

/// How long a face of one analyser is looked for in the results of the next.
const CARRIED: Duration = Duration::from_secs(15);
/// How long the next one has to find it.
const SETTLING: Duration = Duration::from_secs(1);
/// How far a face may have moved meanwhile, in sizes of its box.
const MOVED: f64 = 0.8;
/// How long after it was last seen a face in the same place is taken as followed there, as the tracker takes it; after
/// that its id is as good as a guess.
const FOLLOWED: Duration = Duration::from_millis(1500);
/// People whose ids are kept after they left, for a run that remembers them.
const LEFT: usize = 1024;

/// Which run of which analyser results are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnalyserRun {
    /// Of a server.
    Remote(u64),
    /// Of this machine.
    Local(u64),
}

/// A face that was told of.
#[derive(Debug, Clone, Copy)]
struct IdentityRecord {
    id: TrackId,
    rect: Rect,
    appeared: BufferTime,
    seen: BufferTime,
    /// Whether the id was given by looks or after a gap, not by following the face.
    recognised: bool,
}

/// The ids told, and those behind them.
#[derive(Debug, Default)]
pub struct Identities {
    run: Option<AnalyserRun>,
    /// By the analyser's id.
    ids: HashMap<TrackId, TrackId>,
    /// Those of faces that this run has told lost, by the analyser's id: it gives one again to who returns.
    left: BTreeMap<TrackId, TrackId>,
    known: Vec<IdentityRecord>,
    /// Faces of the run before that this one has not found yet.
    carried: Vec<IdentityRecord>,
    /// When this run gave its first result.
    began: BufferTime,
    last: u32,
}

impl Identities {
    /// Gives `faces` and `events` of the frame at `time`, read by `run`, the ids that are told. Faces that
    /// got theirs just now: the analyser's id and that.
    pub fn take(
        &mut self,
        run: AnalyserRun,
        time: BufferTime,
        faces: &mut [Face],
        events: &mut Vec<Event>,
    ) -> Vec<(TrackId, TrackId)> {
        self.enter(run, time);
        let mut named = Vec::new();
        let (mut went_on, mut returned) = (Vec::new(), Vec::new());
        for face in faces.iter_mut() {
            let own = face.id;
            let published = match self
                .ids
                .get(&own)
                .copied()
                .or_else(|| self.back(face, time))
            {
                Some(published) => published,
                None => {
                    let known = self.handed(face, time);
                    returned.extend(matches!(known, Some((_, false))).then_some(own));
                    let (published, is_carried) = known.unwrap_or_else(|| self.name(face, time));
                    self.ids.insert(own, published);
                    named.push((own, published));
                    went_on.extend(is_carried.then_some(own));
                    published
                }
            };
            face.id = published;
            for expression in &mut face.micro_expressions {
                expression.face = published;
            }
            if let Some(known) = self.known.iter_mut().find(|known| known.id == published) {
                known.rect = face.rect;
                known.seen = time;
                known.recognised |= face.recognised;
                face.recognised = known.recognised;
            }
        }
        // The analyser itself has not seen who returns.
        for event in events
            .iter_mut()
            .filter(|event| returned.contains(&event.face))
        {
            if let EventKind::Appeared { returned } = &mut event.kind {
                *returned = true;
            }
        }
        self.rename(events, &went_on);
        events.splice(..0, self.settle(time));
        named
    }

    /// The same for events alone, which came with the end of `run`.
    pub fn take_events(&mut self, run: AnalyserRun, events: &mut Vec<Event>) {
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
    pub fn analyser_id(&self, published: TrackId) -> Option<TrackId> {
        let mut ids = self.ids.iter();
        ids.find(|(_, id)| **id == published).map(|(own, _)| *own)
    }

    /// The id told for one of `run`.
    pub fn announced(&self, run: AnalyserRun, own: TrackId) -> Option<TrackId> {
        (self.run == Some(run))
            .then(|| self.ids.get(&own).copied())
            .flatten()
    }

    /// The id told for the person whom `run` knows by `own`, in view or not.
    pub fn person(&self, run: AnalyserRun, own: TrackId) -> Option<TrackId> {
        let known = || self.ids.get(&own).or_else(|| self.left.get(&own));
        (self.run == Some(run))
            .then(|| known().copied().or_else(|| self.original(own)))
            .flatten()
    }

    /// The id told of somebody who was handed on.
    fn original(&self, own: TrackId) -> Option<TrackId> {
        original(own).filter(|published| published.number() <= self.last)
    }

    fn is_in_view(&self, published: TrackId) -> bool {
        self.known.iter().any(|known| known.id == published)
    }

    fn enter(&mut self, run: AnalyserRun, time: BufferTime) {
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
        let published = self.left.remove(&face.id)?;
        if self.is_in_view(published) {
            return None;
        }
        self.ids.insert(face.id, published);
        self.known
            .push(IdentityRecord::recognised(published, face, time));
        Some(published)
    }

    /// The id told of a face that the analyser knows from those before it, and whether it has not been told lost.
    fn handed(&mut self, face: &Face, time: BufferTime) -> Option<(TrackId, bool)> {
        let published = self
            .original(face.id)
            .filter(|published| !self.is_in_view(*published))?;
        let carried = self.carried.iter().position(|known| known.id == published);
        let new = IdentityRecord::recognised(published, face, time);
        let since = carried.map(|at| self.carried.swap_remove(at).appeared);
        self.known.push(IdentityRecord {
            appeared: since.unwrap_or(time),
            ..new
        });
        Some((published, carried.is_some()))
    }

    /// The id to tell for a face that this run has not shown before, and whether it is one from before.
    fn name(&mut self, face: &Face, time: BufferTime) -> (TrackId, bool) {
        let near = |known: &IdentityRecord| {
            let distance = distance(&known.rect, &face.rect);
            (distance < MOVED && time.since(known.seen) <= CARRIED).then_some(distance)
        };
        let candidates = self.carried.iter().enumerate();
        let candidates = candidates.filter_map(|(at, known)| Some((at, near(known)?)));
        let nearest = candidates.min_by(|(_, a), (_, b)| a.total_cmp(b));
        if let Some((at, _)) = nearest {
            let known = self.carried.swap_remove(at);
            let recognised = known.recognised || time.since(known.seen) > FOLLOWED;
            self.known.push(IdentityRecord {
                recognised,
                ..known
            });
            return (known.id, true);
        }
        self.last += 1;
        let id = TrackId::new(self.last);
        self.known.push(IdentityRecord {
            id,
            rect: face.rect,
            appeared: time,
            seen: time,
            recognised: false,
        });
        (id, false)
    }

    /// Gives `events` the ids that are told. What is told of nobody known, or again, goes.
    fn rename(&mut self, events: &mut Vec<Event>, went_on: &[TrackId]) {
        events.retain_mut(|event| {
            let Some(&published) = self.ids.get(&event.face) else {
                return false;
            };
            let repeated =
                matches!(event.kind, EventKind::Appeared { .. }) && went_on.contains(&event.face);
            let lost = event.kind == EventKind::Lost;
            if lost {
                self.ids.remove(&event.face);
                self.left.insert(event.face, published);
                if self.left.len() > LEFT {
                    self.left.pop_first();
                }
                if let Some(at) = self.known.iter().position(|known| known.id == published) {
                    let known = self.known.swap_remove(at);
                    // Who appeared to another analyser has been there for longer.
                    event.duration = event.time.since(known.appeared);
                }
            }
            event.face = published;
            if let EventKind::Passed(expression) = &mut event.kind {
                expression.face = published;
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

impl IdentityRecord {
    /// A face that was told before under `id`, seen again at `time`.
    fn recognised(id: TrackId, face: &Face, time: BufferTime) -> Self {
        Self {
            id,
            rect: face.rect,
            appeared: time,
            seen: time,
            recognised: true,
        }
    }

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
mod tests;
