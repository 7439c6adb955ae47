//! What changed: faces that came and went, labels that turned.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use super::emotion::Emotion;
use super::event_name::EventName;
use super::expression::{ExpressionEvent, ExpressionKind};
use super::eyes::Blink;
use super::face::Face;
use super::indices::IndexEvent;
use super::time::BufferTime;
use super::track_id::TrackId;

/// How long a new label must hold before it is announced: a flicker is no change. Set by hand: two
/// runs of the net.
const HOLD: Duration = Duration::from_millis(200);

/// Something that happened to one face.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Track id.
    pub face: TrackId,
    /// When it began.
    pub time: BufferTime,
    /// How long the state that ended had lasted.
    pub duration: Duration,
    /// What happened.
    pub kind: EventKind,
}

/// Kinds of events.
#[derive(Debug, Clone, PartialEq)]
pub enum EventKind {
    /// A face was seen for the first time, or again after it had left.
    Appeared {
        /// Whether it is somebody who had left and was remembered.
        returned: bool,
    },
    /// A face was last seen at the event's time and has not come back.
    Lost,
    /// A blink or a wink has passed; the event's time is its onset.
    Blink(Blink),
    /// An index tells of something; the event's time is when it began.
    Index(EventName),
    /// The emotion label turned.
    EmotionChanged {
        /// Label before.
        from: String,
        /// Label now.
        to: String,
        /// Probability of the label now.
        confidence: f64,
    },
    /// A movement came and went; the event's time is its onset.
    Passed(ExpressionEvent),
}

impl Event {
    /// The event of a movement that is over; `None` for a blink, which the eyes tell of.
    pub fn passed(expression: &ExpressionEvent) -> Option<Self> {
        (expression.kind != ExpressionKind::Blink).then(|| Self {
            face: expression.face,
            time: expression.onset,
            duration: expression.duration(),
            kind: EventKind::Passed(expression.clone()),
        })
    }

    /// The event of a blink or a wink that is over.
    pub fn blink(face: TrackId, blink: &Blink) -> Self {
        Self {
            face,
            time: blink.onset,
            duration: blink.offset.since(blink.onset),
            kind: EventKind::Blink(*blink),
        }
    }

    /// The event of what an index tells of.
    pub fn index(face: TrackId, event: &IndexEvent) -> Self {
        Self {
            face,
            time: event.time,
            duration: event.duration,
            kind: EventKind::Index(event.name),
        }
    }
}

/// What was last announced of one face.
struct AnnouncedFace {
    appeared: BufferTime,
    label: String,
    since: BufferTime,
    candidate: Option<(String, BufferTime)>,
}

/// Watches the faces of successive frames.
#[derive(Default)]
pub struct FaceEventDetector {
    announced: HashMap<TrackId, AnnouncedFace>,
    /// Who left and is remembered.
    left: HashSet<TrackId>,
}

impl FaceEventDetector {
    /// The events of a frame at `time` that shows `faces`.
    pub fn watch(&mut self, faces: &[Face], time: BufferTime) -> Vec<Event> {
        let mut events = Vec::new();
        for face in faces {
            let label = face
                .emotion
                .as_ref()
                .map_or(Emotion::UNKNOWN, Emotion::label);
            let returned = self.left.remove(&face.id);
            let announced = self.announced.entry(face.id).or_insert_with(|| {
                events.push(Event {
                    face: face.id,
                    time,
                    duration: Duration::ZERO,
                    kind: EventKind::Appeared { returned },
                });
                AnnouncedFace {
                    appeared: time,
                    label: label.to_owned(),
                    since: time,
                    candidate: None,
                }
            });
            let confidence = face.emotion.as_ref().map_or(0.0, Emotion::confidence);
            events.extend(announced.turned(face.id, label, confidence, time));
        }
        events
    }

    /// The events of faces given up, each with the time at which it was last seen.
    pub fn lost(&mut self, lost: &[(TrackId, BufferTime)]) -> Vec<Event> {
        let known = lost
            .iter()
            .filter_map(|&(id, seen)| Some((id, seen, self.announced.remove(&id)?)));
        known
            .map(|(face, time, announced)| Event {
                face,
                time,
                duration: time.since(announced.appeared),
                kind: EventKind::Lost,
            })
            .collect()
    }
}

impl FaceEventDetector {
    /// The same of faces that left and are remembered.
    pub fn left(&mut self, left: &[(TrackId, BufferTime)]) -> Vec<Event> {
        self.left.extend(left.iter().map(|(id, _)| id));
        self.lost(left)
    }

    /// Forgets who had left.
    pub fn forget(&mut self, forgotten: &[TrackId]) {
        for id in forgotten {
            self.left.remove(id);
        }
    }
}

impl AnnouncedFace {
    fn turned(
        &mut self,
        face: TrackId,
        label: &str,
        confidence: f64,
        time: BufferTime,
    ) -> Option<Event> {
        if label == self.label {
            self.candidate = None;
            return None;
        }
        let since = match &self.candidate {
            Some((candidate, since)) if candidate == label => *since,
            _ => {
                self.candidate = Some((label.to_owned(), time));
                time
            }
        };
        if time.since(since) < HOLD {
            return None;
        }
        self.candidate = None;
        let from = std::mem::replace(&mut self.label, label.to_owned());
        let lasted = since.since(std::mem::replace(&mut self.since, since));
        Some(Event {
            face,
            time: since,
            duration: lasted,
            kind: EventKind::EmotionChanged {
                from,
                to: label.to_owned(),
                confidence,
            },
        })
    }
}
