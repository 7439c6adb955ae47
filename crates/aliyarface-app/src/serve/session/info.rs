//! A session as others see it.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use schemars::JsonSchema;
use serde::Serialize;

use super::shared::Outcome;
use super::{Session, Source};
use crate::serve::settings::{Profile, Settings};

/// A camera that gives nothing for so long stands still.
const STILL: Duration = Duration::from_secs(5);
/// A part of the pictures read below which a session is degraded.
const ENOUGH: f64 = 0.8;

/// How a session fares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// No picture was read yet.
    Starting,
    /// A person's neutral is being learned.
    Calibrating,
    /// Pictures are read.
    Live,
    /// More than a fifth of the pictures is skipped.
    Degraded,
    /// No picture comes.
    Stalled,
    /// It came to its end.
    Ended,
    /// It cannot go on; `reason` says why.
    Failed,
}

/// What is known of a session.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct SessionInfo {
    /// Its name in addresses.
    pub id: String,
    /// `camera`, `device`, `upload` or `uri`.
    pub source: &'static str,
    /// The upload that is read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upload: Option<String>,
    /// The address that is fetched, without name and password.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
    /// How it fares.
    pub state: State,
    /// Why it failed, or why no picture comes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The number of its process, while there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub process: Option<u32>,
    /// Seconds since it began.
    pub age: f64,
    /// Pictures a second that come.
    pub fps_in: f64,
    /// Pictures a second that are read.
    pub fps_read: f64,
    /// Median ms from a picture's coming to its result.
    pub latency_ms: Option<f64>,
    /// Pictures that came.
    pub frames_in: u64,
    /// Pictures that were read.
    pub frames_read: u64,
    /// Pictures that were not.
    pub skipped: u64,
    /// Faces in the newest picture.
    pub faces: u32,
    /// Number of the last record.
    pub last_record: u64,
    /// Whether clean video and records are kept.
    pub recorded: bool,
    /// What the operator lets the element say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<Profile>,
    /// The element's properties that were set.
    pub settings: Settings,
}

impl Session {
    /// What is known of it now.
    pub fn info(&self) -> SessionInfo {
        let shared = &self.shared;
        let (state, reason) = self.state();
        let now = Instant::now();
        // Before the rates are locked: who sends a picture locks them after the process.
        let process = self.process();
        let settings = shared.settings().clone();
        let rates = shared.rates();
        let [fps_in, fps_read] = rates.fps(now);
        let (source, upload, uri) = match &self.source {
            Source::Camera => ("camera", None, None),
            Source::Device(_) => ("device", None, None),
            Source::Upload(upload) => ("upload", Some(upload.clone()), None),
            Source::Address(_, shown) => ("uri", None, Some(shown.clone())),
        };
        SessionInfo {
            id: self.id.clone(),
            source,
            upload,
            uri,
            state,
            reason,
            process,
            age: (now - self.began).as_secs_f64(),
            fps_in: if self.source.live() { fps_in } else { fps_read },
            fps_read,
            latency_ms: rates.latency_ms(),
            frames_in: rates.frames_in.max(rates.frames_read),
            frames_read: rates.frames_read,
            skipped: rates.skipped,
            faces: shared.faces.load(Ordering::Relaxed),
            last_record: shared.records.last(),
            recorded: shared.outlets.recording.is_some(),
            profile: settings.profile,
            settings,
        }
    }

    fn state(&self) -> (State, Option<String>) {
        match self.shared.outcome() {
            Outcome::Ended => return (State::Ended, None),
            Outcome::Failed(reason) => return (State::Failed, Some(reason)),
            Outcome::Open => {}
        }
        let now = Instant::now();
        let rates = self.shared.rates();
        let [fps_in, fps_read] = rates.fps(now);
        if let Some(reason) = self.shared.link.status(now) {
            return (State::Stalled, Some(reason));
        }
        let camera = self.source.live();
        let quiet = now - rates.last().unwrap_or(self.began);
        let state = if camera && quiet > STILL {
            State::Stalled
        } else if rates.frames_read == 0 {
            State::Starting
        } else if camera && fps_read < fps_in * ENOUGH {
            State::Degraded
        } else if self.shared.calibrating.load(Ordering::Relaxed) {
            State::Calibrating
        } else {
            State::Live
        };
        (state, None)
    }

    /// For how long there was something to read and nothing was read.
    pub fn stuck(&self) -> Duration {
        let rates = self.shared.rates();
        let fed = rates.last_came();
        let read = rates.last_read().unwrap_or(self.began);
        match self.source {
            // Pictures come faster than they are read only until the socket is full.
            Source::Camera | Source::Device(_) | Source::Address(..) => {
                fed.map_or(Duration::ZERO, |fed| fed.saturating_duration_since(read))
            }
            Source::Upload(_) => read.elapsed(),
        }
    }

    /// For how long no picture came and nobody read.
    pub fn idle(&self) -> Duration {
        if self.shared.readers.load(Ordering::Relaxed) > 0 {
            return Duration::ZERO;
        }
        let last = self.shared.rates().last().unwrap_or(self.began);
        last.elapsed()
    }
}
