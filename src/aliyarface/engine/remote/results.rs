//! What comes from the server: each answer read under the ids that are told, and what ends with a stream.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::analysis::{BufferTime, Event, Face, Group};
use crate::metadata::FaceMeta;
use crate::record;
use crate::remote::{Client, Delivered, Outcome, Stamp};

use super::super::super::log::CAT;
use super::super::super::mode::Mode;
use super::super::AnalysisReport;
use super::RemoteEngine;
use super::identities::AnalyserRun;
use super::waiting::PATIENCE;

impl RemoteEngine {
    /// What came from the server since the last call; of frames other than `only`, where one is named, no faces.
    pub(super) fn fetch(&mut self, client: &Client, only: Option<Stamp>) -> AnalysisReport {
        let mut whole = AnalysisReport::default();
        for delivered in client.take_results() {
            if self.ended.is_some_and(|ended| delivered.epoch <= ended) {
                continue;
            }
            let wanted = only.is_none_or(|only| only == delivered.stamp);
            if let Some(mut report) = self.read(client, delivered) {
                report.meta = report.meta.filter(|_| wanted);
                whole.update(report);
            }
        }
        whole
    }

    fn read(&mut self, client: &Client, delivered: Delivered) -> Option<AnalysisReport> {
        let Delivered {
            stamp,
            epoch,
            outcome,
        } = delivered;
        let (mut faces, structures, events, neutrals, people) = match outcome {
            Outcome::Read {
                faces,
                structures,
                events,
                neutrals,
                people,
            } => (faces, structures, events, neutrals, people),
            Outcome::Missed => {
                self.stats.skipped(1);
                return None;
            }
            Outcome::Ended(_) => return None,
        };
        self.unanswered = None;
        self.has_read = true;
        self.waited_out = false;
        self.local.rest();
        self.stats.read_remotely(faces.len());
        let run = AnalyserRun::Remote(epoch);
        let mut events = read_events(&events);
        let time = BufferTime::from_nanos(stamp.time);
        let named = self.identities.take(run, time, &mut faces, &mut events);
        self.give_neutrals(Some(client), &named);
        if let Some(neutrals) = neutrals {
            self.note_neutrals(run, &neutrals);
        }
        self.note_people(run, people);
        // An answer that was overtaken says nothing of newer frames.
        let overtaken = stamp.time < self.newest;
        self.newest = self.newest.max(stamp.time);
        Some(AnalysisReport {
            meta: (!overtaken).then(|| Arc::new(meta(stamp.pts, faces))),
            structures: Some(structures),
            events,
            failure: None,
        })
    }

    /// Forgets every face; the events of those that ended. The server's last events are waited for no longer
    /// than `patience`.
    pub fn reset(&mut self, patience: Duration) -> Vec<Event> {
        let mut events = Vec::new();
        if let Some(client) = self.client.clone() {
            events.extend(self.fetch(&client, None).events);
            let epoch = client.end();
            // A file's last events are worth as long a wait as each of its frames.
            let end_patience = match self.mode {
                Mode::Sync if !patience.is_zero() => PATIENCE,
                _ => patience,
            };
            if !end_patience.is_zero() {
                client.wait_for_end(Instant::now() + end_patience);
            }
            for delivered in client.take_results() {
                let records = match delivered.outcome {
                    Outcome::Read { events, .. } | Outcome::Ended(events) => events,
                    Outcome::Missed => continue,
                };
                let mut ended = read_events(&records);
                self.identities
                    .take_events(AnalyserRun::Remote(delivered.epoch), &mut ended);
                events.extend(ended);
            }
            self.ended = Some(epoch);
        }
        let mut here = self.local.reset(patience);
        self.identities
            .take_events(AnalyserRun::Local(self.local.run), &mut here);
        events.extend(here);
        events.extend(self.identities.end());
        self.forget_people();
        self.newest = 0;
        self.unanswered = None;
        events
    }
}

fn meta(analysis_pts: u64, faces: Vec<Face>) -> FaceMeta {
    let sessions = faces.iter().filter_map(|face| face.session.as_ref());
    FaceMeta {
        analysis_pts,
        group: Group::from_sessions(sessions),
        faces,
    }
}

fn read_events(records: &[record::Event]) -> Vec<Event> {
    let events = records.iter().filter_map(|event| {
        let read = Event::try_from(event);
        read.map_err(|err| gst::warning!(CAT, "the server tells of no event: {err}"))
            .ok()
    });
    events.collect()
}
