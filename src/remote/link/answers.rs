//! What comes over the socket: results and words, each matched to the picture it is of.

use std::io;
use std::time::Instant;

use serde::Deserialize;
use tungstenite::{Error, Message};

use crate::analysis::{NEUTRAL_UNITS, Neutral, TrackId};
use crate::metadata::FaceStructures;

use super::super::link_error::LinkError;
use super::super::mailbox::{Delivered, Outcome, Stamp};
use super::super::protocol::{Answer, FrameResult, ResultNeutral, ResultPerson};
use super::{PendingPicture, ServerLink, of_socket};

/// Answers to nothing that was asked, after which the server is not believed any more.
const MOST_UNEXPECTED: u64 = 64;
/// The longest part of what a server says that a user is shown.
const QUOTED: usize = 120;

/// What a server says of a picture that it left out.
#[derive(Deserialize)]
struct Skipped {
    seq: u32,
}

impl ServerLink {
    /// Takes in all that came.
    pub(super) fn receive(&mut self, warned: &mut bool) -> Result<(), LinkError> {
        loop {
            let message = match self.socket.read() {
                Ok(message) => message,
                Err(Error::Io(err)) if err.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(err) => return Err(of_socket(err)),
            };
            let now = Instant::now();
            self.last_received = now;
            self.mailbox
                .lock()
                .figures
                .received
                .count(message.len(), now);
            match message {
                Message::Binary(bytes) => {
                    let answer = Answer::read(&bytes);
                    let answer = answer.map_err(|err| LinkError::Nonsense(err.to_string()))?;
                    self.answered(answer, now, warned)?;
                }
                Message::Text(text) => {
                    let skipped: Result<Skipped, _> = serde_json::from_str(&text);
                    let skipped = skipped.map_err(|err| LinkError::Nonsense(err.to_string()))?;
                    self.skipped(skipped.seq)?;
                }
                Message::Close(frame) => {
                    let reason = frame.map(|frame| quoted(&frame.reason));
                    let reason = reason.filter(|reason| !reason.is_empty());
                    return Err(reason.map_or_else(
                        || LinkError::Lost("the server closed it".to_owned()),
                        LinkError::Ended,
                    ));
                }
                Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
            }
        }
    }

    /// The picture `seq` on its way; an answer to another is of no use.
    fn take_pending(&mut self, seq: u32) -> Result<Option<PendingPicture>, LinkError> {
        let at = self
            .pending_pictures
            .iter()
            .position(|pending_picture| pending_picture.seq == seq);
        if let Some(pending_picture) = at.and_then(|at| self.pending_pictures.remove(at)) {
            return Ok(Some(pending_picture));
        }
        self.unexpected += 1;
        self.mailbox.lock().figures.unexpected += 1;
        if self.unexpected > MOST_UNEXPECTED {
            return Err(LinkError::Nonsense(
                "answers to nothing that was asked".to_owned(),
            ));
        }
        Ok(None)
    }

    fn answered(
        &mut self,
        answer: Answer,
        now: Instant,
        warned: &mut bool,
    ) -> Result<(), LinkError> {
        let Some(pending_picture) = self.take_pending(answer.seq)? else {
            return Ok(());
        };
        let mut result = answer.result;
        let events = std::mem::take(&mut result.events);
        let baselines = result.baselines.take();
        self.compare_action_units(baselines.as_deref().unwrap_or_default());
        let neutrals = baselines.map(|baselines| baselines.iter().filter_map(neutral).collect());
        let people = std::mem::take(&mut result.people);
        let people = people.into_iter().map(ResultPerson::known).collect();
        let Some(stamp) = pending_picture.stamp else {
            self.deliver(
                Stamp::default(),
                pending_picture.epoch,
                Outcome::Ended(events),
            );
            return Ok(());
        };
        let faces = FrameResult::faces(result);
        let faces = faces.map_err(|err| LinkError::Nonsense(err.to_string()))?;
        let structures = FaceStructures::new(&faces);
        let structures = structures.map_err(|err| LinkError::Nonsense(err.to_string()))?;
        self.results += 1;
        self.window
            .answered(now - pending_picture.sent, self.pending_pictures.len());
        let mut state = self.mailbox.lock();
        state.figures.results += 1;
        state.figures.lagged(now - pending_picture.submitted);
        state.figures.error = None;
        if std::mem::take(warned) {
            state.recovered = true;
        }
        drop(state);
        let outcome = Outcome::Read {
            faces,
            structures,
            events,
            neutrals,
            people,
        };
        self.deliver(stamp, pending_picture.epoch, outcome);
        Ok(())
    }

    /// Leaves word, once a connection, where the server's neutrals are of other Action Units than this device's.
    fn compare_action_units(&self, baselines: &[ResultNeutral]) {
        let mut counts = baselines.iter().map(|sent| sent.scores.len());
        if let Some(count) = counts.find(|&count| count != NEUTRAL_UNITS) {
            let mut state = self.mailbox.lock();
            if state.figures.server_action_units.replace(count).is_none() {
                state.action_units = Some(count);
            }
        }
    }

    fn skipped(&mut self, seq: u32) -> Result<(), LinkError> {
        let Some(pending_picture) = self.take_pending(seq)? else {
            return Ok(());
        };
        self.window.refused();
        // Pictures that are warned by what changed since this one cannot be decoded.
        self.broken = true;
        self.missed(&pending_picture);
        Ok(())
    }

    pub(super) fn missed(&self, pending_picture: &PendingPicture) {
        self.mailbox.lock().figures.missed += 1;
        if let Some(stamp) = pending_picture.stamp {
            self.deliver(stamp, pending_picture.epoch, Outcome::Missed);
        }
    }

    fn deliver(&self, stamp: Stamp, epoch: u64, outcome: Outcome) {
        self.mailbox.lock().deliver(Delivered {
            stamp,
            epoch,
            outcome,
        });
        self.mailbox.notify();
    }
}

fn neutral(sent: &ResultNeutral) -> Option<Neutral> {
    Some(Neutral {
        face: TrackId::new(sent.face_id),
        scores: sent.scores.as_slice().try_into().ok()?,
    })
}

fn quoted(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_control())
        .take(QUOTED)
        .collect()
}
