//! Analyses on a server: frames are sent as they come, results are taken as they are, and where none come this
//! machine may read in its place.

mod choice;
mod crop;
mod figures;
mod handed_on;
mod identities;
mod local;
mod neutrals;
mod people;
mod results;
mod settings;
mod waiting;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use gst_video::VideoInfo;

use crate::analysis::{AnalysisSettings, Baselines};
use crate::models::ModelChoice;
use crate::picture::{Orientation, Picture};
use crate::remote::{Client, LinkState, Options, PictureFormat, Stamp};

use super::super::log::CAT;
use super::super::mode::Mode;
use super::super::stats::Stats;
use super::{AnalysisReport, FrameTimes};

pub use choice::{RemoteChoice, RemoteNotice};
use identities::{AnalyserRun, Identities};
use local::LocalAnalysis;
use neutrals::counts;
use people::KnownPeople;
pub use settings::Stages;

/// How long frames may go without a result before this machine reads them; the same before the first result,
/// for which the server loads models.
const LATE: Duration = Duration::from_millis(1500);
const LATE_AT_FIRST: Duration = Duration::from_secs(6);
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
    people: KnownPeople,
    /// What of this machine's people was taken in.
    local_people: u64,
    /// The neutrals by the ids that are told.
    baselines: Baselines,
    /// What of them was told: imports, calibrations, resets.
    sent_counts: [u64; 3],
    settings: Option<AnalysisSettings>,
    format: Option<Arc<PictureFormat>>,
    mode: Mode,
    stats: Arc<Stats>,
    /// Given so far.
    frames: u64,
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
            people: KnownPeople::default(),
            local_people: 0,
            sent_counts: counts(&baselines),
            baselines,
            settings: None,
            format: None,
            mode: Mode::Sync,
            stats,
            frames: 0,
            ended: None,
            newest: 0,
            unanswered: None,
            has_read: false,
            waited_out: false,
        }
    }

    /// Frames are read so from now on.
    pub fn set_mode(&mut self, mode: Mode) {
        if std::mem::replace(&mut self.mode, mode) == mode {
            return;
        }
        if let Some(client) = &self.client {
            client.set_patient(self.waits());
        }
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
        self.people = KnownPeople::default();
        self.settings = None;
        self.ended = None;
        self.newest = 0;
        self.unanswered = None;
        self.has_read = false;
    }

    /// What a user is to be told, once an outage.
    pub fn take_notice(&self) -> Option<RemoteNotice> {
        let client = self.client.as_ref()?;
        if let Some(error) = client.take_error() {
            return Some(RemoteNotice::Unavailable {
                text: error.to_string(),
                fallback: self.choice.fallback,
            });
        }
        if client.take_recovery() {
            return Some(RemoteNotice::Recovered);
        }
        client
            .take_action_units()
            .map(RemoteNotice::OtherActionUnits)
    }

    /// Sends a frame; what came of it, or in async mode, of those before it.
    pub fn analyse(
        &mut self,
        picture: &Picture<'_>,
        times: FrameTimes,
        settings: AnalysisSettings,
    ) -> AnalysisReport {
        self.frames += 1;
        let stamp = Stamp {
            frame: self.frames,
            pts: times.pts,
            time: times.time.pts.nanos(),
        };
        let Some((client, format)) = self.client(&settings) else {
            return self.analyse_here(picture, times, settings);
        };
        self.send_changes(&client, &settings);
        self.unanswered.get_or_insert_with(Instant::now);
        if client.submit_latest(picture, &format, stamp) {
            self.stats.skipped(1);
        }
        match self.mode {
            Mode::Async => {
                let report = self.fetch(&client, None);
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
                if report.meta.is_some() || !self.choice.fallback {
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
                encoding: self.choice.encoding,
                settings: settings::all(self.choice.stages, settings),
                crop: self.choice.crop.then(|| crop::new(self.models.clone())),
            };
            self.settings = Some(*settings);
            let client = Client::start(options).map_err(|err| {
                gst::error!(CAT, "no thread for the server: {err}");
            });
            let client = Arc::new(client.ok()?);
            client.set_patient(self.waits());
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
        late || client.link() == LinkState::Lost
    }

    /// Reads the frame on this machine.
    fn analyse_here(
        &mut self,
        picture: &Picture<'_>,
        times: FrameTimes,
        settings: AnalysisSettings,
    ) -> AnalysisReport {
        if !self.local.is_active() {
            let known = self.people.handed_on().collect();
            self.local.memory.gallery.give(known);
        }
        let mut report = self.local.analyse(picture, times, settings, self.mode);
        let run = AnalyserRun::Local(self.local.run);
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
            let learned = self.local.memory.baselines.export();
            self.note_neutrals(run, &learned);
        }
        self.note_local_people();
        report
    }
}
