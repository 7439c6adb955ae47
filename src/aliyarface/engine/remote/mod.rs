//! Analyses on a server: frames are sent as they come, results are taken as they are, and where none come this
//! machine may read in its place.

mod choice;
mod crop;
mod figures;
mod identities;
mod local;
mod neutrals;
mod settings;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use gst_video::VideoInfo;

use crate::analysis::{AnalysisSettings, Baselines, BufferTime, Event, Face, Group};
use crate::metadata::FaceMeta;
use crate::models::ModelChoice;
use crate::picture::{Orientation, Picture};
use crate::record;
use crate::remote::{Client, Delivered, Link, Options, Outcome, PictureFormat, Stamp};

use super::super::log::CAT;
use super::super::mode::Mode;
use super::super::stats::Stats;
use super::{AnalysisReport, FrameTimes};

pub use choice::{RemoteChoice, RemoteNotice};
use identities::{Identities, Run};
use local::LocalAnalysis;
use neutrals::counts;
pub use settings::Stages;

/// How long frames may go without a result before this machine reads them; the same before the first result,
/// for which the server loads models.
const LATE: Duration = Duration::from_millis(1500);
const LATE_AT_FIRST: Duration = Duration::from_secs(6);
/// How long a stream that waits for its results waits for one, and for the first.
const PATIENCE: Duration = Duration::from_secs(8);
const PATIENCE_AT_FIRST: Duration = Duration::from_secs(60);
/// How long such a stream waits for a lost server, an outage, where nobody reads in its place.
const OUTAGE: Duration = Duration::from_secs(3);
/// Frames between two looks at what this machine has learned of people.
const LEARNED: u64 = 60;

/// The engine.
pub struct RemoteEngine {
    choice: RemoteChoice,
    models: ModelChoice,
    client: Option<Arc<Client>>,
    local: LocalAnalysis,
    local_results: Arc<AtomicU64>,
    identities: Identities,
    /// The neutrals by the ids that are told.
    baselines: Baselines,
    /// What of them was told: imports, calibrations, resets.
    told: [u64; 3],
    settings: Option<AnalysisSettings>,
    format: Option<Arc<PictureFormat>>,
    mode: Mode,
    stats: Arc<Stats>,
    /// Answers of this epoch and those before are of the time before the last reset.
    ended: Option<u64>,
    /// The time of the newest result.
    newest: u64,
    /// When the first frame came after the last result.
    unanswered: Option<Instant>,
    has_read: bool,
    waited_out: bool,
}

impl RemoteEngine {
    /// Nothing is connected before the first frame, and no model loaded before it is needed.
    pub fn new(
        choice: RemoteChoice,
        models: ModelChoice,
        baselines: Baselines,
        stats: Arc<Stats>,
    ) -> Self {
        Self {
            choice,
            client: None,
            local: LocalAnalysis::new(models.clone(), Arc::clone(&stats)),
            models,
            local_results: Arc::default(),
            identities: Identities::default(),
            told: counts(&baselines),
            baselines,
            settings: None,
            format: None,
            mode: Mode::Sync,
            stats,
            ended: None,
            newest: 0,
            unanswered: None,
            has_read: false,
            waited_out: false,
        }
    }

    /// Frames are read so from now on.
    pub fn set_mode(&mut self, mode: Mode) {
        self.mode = mode;
    }

    /// Whether a frame waits for its own result.
    pub fn waits(&self) -> bool {
        self.mode == Mode::Sync
    }

    /// Frames are like this from now on.
    pub fn set_format(&mut self, info: &VideoInfo, orientation: Orientation) {
        let format = PictureFormat {
            info: info.clone(),
            orientation,
        };
        if self.format.as_deref() != Some(&format) {
            self.format = Some(Arc::new(format));
        }
    }

    /// The stream ends: the connection is closed, a moment later where the server is slow.
    pub fn stop(&mut self) {
        self.client = None;
        self.stats.set_remote(None);
        self.local.stop();
        self.identities = Identities::default();
        self.settings = None;
        self.ended = None;
        self.newest = 0;
        self.unanswered = None;
        self.has_read = false;
    }

    /// What a user is to be told, once an outage.
    pub fn take_notice(&self) -> Option<RemoteNotice> {
        let client = self.client.as_ref()?;
        if let Some(trouble) = client.take_trouble() {
            return Some(RemoteNotice::Trouble {
                text: trouble.to_string(),
                fallback: self.choice.fallback,
            });
        }
        client.take_recovery().then_some(RemoteNotice::Recovered)
    }

    /// Sends a frame; what came of it, or in async mode, of those before it.
    pub fn analyse(
        &mut self,
        picture: &Picture<'_>,
        times: FrameTimes,
        settings: AnalysisSettings,
    ) -> AnalysisReport {
        let stamp = Stamp {
            pts: times.pts,
            time: times.time.pts.nanos(),
        };
        let Some((client, format)) = self.client(&settings) else {
            return self.analyse_here(picture, times, settings);
        };
        self.tell_changes(&client, &settings);
        self.unanswered.get_or_insert_with(Instant::now);
        if client.submit_latest(picture, &format, stamp) {
            self.stats.skipped(1);
        }
        match self.mode {
            Mode::Async => {
                let report = self.fetch(&client);
                if self.choice.fallback && self.is_late(&client) {
                    let mut here = self.analyse_here(picture, times, settings);
                    here.events.splice(..0, report.events);
                    here.meta = here.meta.or(report.meta);
                    return here;
                }
                report
            }
            Mode::Sync => {
                let report = self.wait(&client, picture, &format, stamp);
                let own = report
                    .meta
                    .as_ref()
                    .is_some_and(|meta| meta.analysis_pts == stamp.pts);
                if own || !self.choice.fallback {
                    return report;
                }
                let mut here = self.analyse_here(picture, times, settings);
                here.events.splice(..0, report.events);
                here
            }
        }
    }

    /// The client, started where there is none; `None` before the format is known or where the system has no
    /// thread to spare.
    fn client(&mut self, settings: &AnalysisSettings) -> Option<(Arc<Client>, Arc<PictureFormat>)> {
        let format = Arc::clone(self.format.as_ref()?);
        if self.client.is_none() {
            let options = Options {
                server: self.choice.server.clone(),
                travel: self.choice.travel,
                settings: settings::whole(self.choice.stages, settings),
                crop: self.choice.crop.then(|| crop::new(self.models.clone())),
            };
            self.settings = Some(*settings);
            let client = Client::start(options).map_err(|err| {
                gst::error!(CAT, "no thread for the server: {err}");
            });
            let client = Arc::new(client.ok()?);
            let figures = figures::of(&client, &self.local_results);
            self.stats.set_remote(Some(figures));
            self.client = Some(client);
        }
        Some((Arc::clone(self.client.as_ref()?), format))
    }

    /// Whether frames have gone without a result for too long.
    fn is_late(&self, client: &Client) -> bool {
        let most = if self.has_read { LATE } else { LATE_AT_FIRST };
        let late = self.unanswered.is_some_and(|since| since.elapsed() > most);
        late || client.link() == Link::Lost
    }

    /// Waits for the result of the frame `stamp`, where the server is there, or soon back.
    fn wait(
        &mut self,
        client: &Client,
        picture: &Picture<'_>,
        format: &Arc<PictureFormat>,
        stamp: Stamp,
    ) -> AnalysisReport {
        let mut whole = AnalysisReport::default();
        let mut sent_again = false;
        loop {
            let patience = if self.has_read {
                PATIENCE
            } else {
                PATIENCE_AT_FIRST
            };
            client.wait_for(stamp, Instant::now() + patience);
            whole.update(self.fetch(client));
            let own = whole
                .meta
                .as_ref()
                .is_some_and(|meta| meta.analysis_pts == stamp.pts);
            let lost = client.link() == Link::Lost;
            if own || (lost && (self.choice.fallback || self.waited_out)) {
                self.waited_out &= !own;
                return whole;
            }
            if lost {
                self.waited_out = !client.wait_until_connected(Instant::now() + OUTAGE);
            }
            if std::mem::replace(&mut sent_again, true) && !lost {
                return whole;
            }
            client.submit_latest(picture, format, stamp);
        }
    }

    /// Reads the frame on this machine.
    fn analyse_here(
        &mut self,
        picture: &Picture<'_>,
        times: FrameTimes,
        settings: AnalysisSettings,
    ) -> AnalysisReport {
        let mut report = self.local.analyse(picture, times, settings, self.mode);
        let run = Run::Local(self.local.run);
        let Some(meta) = &mut report.meta else {
            self.identities.take_events(run, &mut report.events);
            return report;
        };
        let meta = Arc::make_mut(meta);
        let time = times.time.pts;
        let named = self
            .identities
            .take(run, time, &mut meta.faces, &mut report.events);
        self.give_neutrals(None, &named);
        let count = self.local_results.fetch_add(1, Ordering::Relaxed);
        if count.is_multiple_of(LEARNED) {
            let learned = self.local.baselines.export();
            self.note_neutrals(run, &learned);
        }
        report
    }

    /// What came from the server since the last call.
    fn fetch(&mut self, client: &Client) -> AnalysisReport {
        let mut whole = AnalysisReport::default();
        for delivered in client.take_results() {
            if self.ended.is_some_and(|ended| delivered.epoch <= ended) {
                continue;
            }
            if let Some(report) = self.read(client, delivered) {
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
        let (mut faces, events, neutrals) = match outcome {
            Outcome::Read {
                faces,
                events,
                neutrals,
            } => (faces, events, neutrals),
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
        let run = Run::Remote(epoch);
        let mut events = read_events(&events);
        let time = BufferTime::from_nanos(stamp.time);
        let named = self.identities.take(run, time, &mut faces, &mut events);
        self.give_neutrals(Some(client), &named);
        if let Some(neutrals) = neutrals {
            self.note_neutrals(run, &neutrals);
        }
        // An answer that was overtaken says nothing of newer frames.
        let overtaken = stamp.time < self.newest;
        self.newest = self.newest.max(stamp.time);
        Some(AnalysisReport {
            meta: (!overtaken).then(|| Arc::new(meta(stamp.pts, faces))),
            events,
            failure: None,
        })
    }

    /// Forgets every face; the events of those that ended. The server's last events are waited for no longer
    /// than `patience`.
    pub fn reset(&mut self, patience: Duration) -> Vec<Event> {
        let mut events = Vec::new();
        if let Some(client) = self.client.clone() {
            events.extend(self.fetch(&client).events);
            let epoch = client.end();
            if !patience.is_zero() {
                client.wait_for_end(Instant::now() + patience);
            }
            for delivered in client.take_results() {
                let told = match delivered.outcome {
                    Outcome::Read { events, .. } | Outcome::Ended(events) => events,
                    Outcome::Missed => continue,
                };
                let mut told = read_events(&told);
                self.identities
                    .take_events(Run::Remote(delivered.epoch), &mut told);
                events.extend(told);
            }
            self.ended = Some(epoch);
        }
        let mut here = self.local.reset(patience);
        self.identities
            .take_events(Run::Local(self.local.run), &mut here);
        events.extend(here);
        events.extend(self.identities.end());
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

fn read_events(told: &[record::Event]) -> Vec<Event> {
    let events = told.iter().filter_map(|event| {
        let read = Event::try_from(event);
        read.map_err(|err| gst::warning!(CAT, "the server tells of no event: {err}"))
            .ok()
    });
    events.collect()
}
