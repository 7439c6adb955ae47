//! What changed: faces that came and went, labels that turned.

use std::collections::HashMap;

use super::emotion::Emotion;
use super::expression::{ExpressionEvent, ExpressionKind};
use super::face::Face;

/// How long a new label must hold before it is announced, in ns: a flicker is no change.
const HOLD: u64 = 200_000_000;

/// Something that happened to one face.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Track id.
    pub face: u32,
    /// When, in the time of the buffers, ns.
    pub time: u64,
    /// How long the state that ended had lasted, in ns.
    pub duration: u64,
    /// What.
    pub kind: EventKind,
}

/// Kinds of events.
#[derive(Debug, Clone, PartialEq)]
pub enum EventKind {
    /// A face was seen for the first time.
    Appeared,
    /// A face was last seen at the event's time and has not come back.
    Lost,
    /// A blink has passed; the event's time is its onset.
    Blink,
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

    /// A blink of `face` from onset to end.
    pub fn blink(face: u32, [onset, end]: [u64; 2]) -> Self {
        Self {
            face,
            time: onset,
            duration: end.saturating_sub(onset),
            kind: EventKind::Blink,
        }
    }
}

/// What was last announced of one face.
struct Announced {
    appeared: u64,
    label: String,
    since: u64,
    candidate: Option<(String, u64)>,
}

/// Watches the faces of successive frames.
#[derive(Default)]
pub struct Watcher(HashMap<u32, Announced>);

impl Watcher {
    /// The events of a frame at `time` ns that shows `faces`.
    pub fn watch(&mut self, faces: &[Face], time: u64) -> Vec<Event> {
        let mut events = Vec::new();
        for face in faces {
            let label = face
                .emotion
                .as_ref()
                .map_or(Emotion::UNKNOWN, Emotion::label);
            let announced = self.0.entry(face.id).or_insert_with(|| {
                events.push(Event {
                    face: face.id,
                    time,
                    duration: 0,
                    kind: EventKind::Appeared,
                });
                Announced {
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
    pub fn lost(&mut self, lost: &[(u32, u64)]) -> Vec<Event> {
        let known = lost
            .iter()
            .filter_map(|&(id, seen)| Some((id, seen, self.0.remove(&id)?)));
        known
            .map(|(face, time, announced)| Event {
                face,
                time,
                duration: time.saturating_sub(announced.appeared),
                kind: EventKind::Lost,
            })
            .collect()
    }
}

impl Announced {
    fn turned(&mut self, face: u32, label: &str, confidence: f64, time: u64) -> Option<Event> {
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
        if time.saturating_sub(since) < HOLD {
            return None;
        }
        self.candidate = None;
        let from = std::mem::replace(&mut self.label, label.to_owned());
        let lasted = since.saturating_sub(std::mem::replace(&mut self.since, since));
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
