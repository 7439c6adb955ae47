//! What lives from READY on: the analysis, the overlay, and how they are applied to a buffer.

use std::sync::Arc;
use std::time::{Duration, Instant};

use gst::prelude::*;
use gst_video::VideoInfo;

use crate::analysis::{Analyser, Baselines, Event, FrameTime};
use crate::metadata::{self, FaceMeta};
use crate::models::{self, ModelError, Models};
use crate::overlay::OverlayError;
use crate::picture::{self, Picture};
use crate::privacy::Sight;

use super::clock::{Clock, Stamp};
use super::drawing::{self, Drawing};
use super::mode::{LatencyMeter, Mode, ModeChoice, SkipWatch, Skips};
use super::patience::{Attempt, Failure, FrameError, Patience, Work, guarded};
use super::reader::{Frame, Reader, Reading};
use super::settings::Settings;
use super::stats::Stats;
use super::worker::Worker;

/// How long the end of a stream waits for the frames still being analysed.
pub const END_PATIENCE: Duration = Duration::from_millis(500);

/// Why a session could not begin.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// A model is missing or unusable.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The overlay's font is unusable.
    #[error(transparent)]
    Overlay(#[from] OverlayError),
}

/// How a frame was dealt with.
#[derive(Default)]
pub struct Outcome {
    /// What changed.
    pub events: Vec<Event>,
    /// What went wrong, the first time it does.
    pub failure: Option<Failure>,
    /// Whether upstream is live.
    pub live: bool,
    /// What the pipeline is to be told of skipped frames.
    pub skips: Option<Skips>,
    /// The latency in ns to report from now on, where it changed.
    pub latency: Option<u64>,
}

/// Where frames are analysed.
enum Engine {
    /// In the stream.
    Direct(Box<Reader>),
    /// Beside it.
    Beside(Worker),
    /// Nowhere: a stage never came back.
    Lost,
}

/// Analysis, overlay and what is known of the stream.
pub struct Session {
    engine: Engine,
    drawing: Drawing,
    patience_with_drawing: Patience,
    clock: Clock,
    info: Option<VideoInfo>,
    newest: Option<Arc<FaceMeta>>,
    unseen: u32,
    gave_up: bool,
    warned_of_frame: bool,
    stats: Arc<Stats>,
    mode: ModeChoice,
    latency: LatencyMeter,
    skips: SkipWatch,
    /// Tells those downstream how the stream is read; sent before a stream's first buffer.
    about: gst::Event,
}

impl Session {
    /// Loads the models; each person's neutral is kept in `baselines`.
    ///
    /// # Errors
    /// One of them is missing, damaged, or not what it should be.
    pub fn new(
        settings: &Settings,
        stats: Arc<Stats>,
        baselines: Baselines,
    ) -> Result<Self, SessionError> {
        let choice = settings.models();
        let about = metadata::event::session(&models::inventory(&choice)?, choice.emotions);
        let analyser = Analyser::with_baselines(Models::load(&choice)?, baselines);
        Ok(Self {
            about,
            engine: Engine::Direct(Box::new(Reader::new(analyser, Arc::clone(&stats)))),
            drawing: Drawing::new()?,
            patience_with_drawing: Patience::with(Work::Drawing),
            clock: Clock::default(),
            info: None,
            newest: None,
            unseen: 0,
            gave_up: false,
            warned_of_frame: false,
            stats,
            mode: ModeChoice::default(),
            latency: LatencyMeter::default(),
            skips: SkipWatch::default(),
        })
    }

    /// What those downstream are told before a stream's first buffer.
    pub fn about(&self) -> gst::Event {
        self.about.clone()
    }

    /// Frames have this format from now on. Faces are followed on if their picture only changes its
    /// format; another size ends them.
    pub fn set_info(&mut self, info: VideoInfo) -> Vec<Event> {
        let size = |info: &VideoInfo| (info.width(), info.height());
        let resized = self
            .info
            .as_ref()
            .is_some_and(|old| size(old) != size(&info));
        self.info = Some(info);
        self.warned_of_frame = false;
        match resized {
            true => self.reset(Duration::ZERO),
            false => Vec::new(),
        }
    }

    /// Forgets every face, as after a seek or at the end. Frames still being analysed are waited
    /// for no longer than `patience`, and dropped then.
    pub fn reset(&mut self, patience: Duration) -> Vec<Event> {
        self.clock.reset();
        self.forget(patience)
    }

    /// A stream begins: whatever the last one was like, this one has a chance.
    pub fn begin(&mut self) {
        self.mode = ModeChoice::default();
        self.latency = LatencyMeter::default();
        self.skips = SkipWatch::default();
        self.gave_up = false;
        self.patience_with_drawing = Patience::with(Work::Drawing);
        self.warned_of_frame = false;
        if let Engine::Direct(reader) = &mut self.engine {
            reader.begin();
        }
    }

    /// Stops analysing; `false` where a stage does not come back and the session is of no more use.
    pub fn rest(&mut self) -> bool {
        self.engage(Mode::Sync);
        !matches!(self.engine, Engine::Lost)
    }

    /// Reads the faces in `buffer`, which came in at `pad`, or offers it to be read; attaches the
    /// newest, and draws what `settings` ask for.
    pub fn process(
        &mut self,
        buffer: &mut gst::BufferRef,
        settings: &Settings,
        pad: &gst::Pad,
    ) -> Outcome {
        let start = Instant::now();
        let mut outcome = Outcome::default();
        let mode = self.mode.choose(settings.analysis_mode, pad);
        self.engage(mode);
        let read = guarded(|| self.try_read(buffer, settings, pad, &mut outcome));
        let seen = match read {
            Ok(seen) => seen,
            Err(error) => {
                self.failed(error, &mut outcome);
                None
            }
        };
        if !self.draw(buffer, seen, settings, &mut outcome) && settings.privacy().any() {
            drawing::blank(buffer);
        }
        let pts = buffer.pts().map(gst::ClockTime::nseconds);
        let age = self.newest.as_ref().zip(pts);
        let age = age.map_or(0, |(meta, pts)| pts.saturating_sub(meta.analysis_pts));
        let now = Instant::now();
        self.stats.passed(mode, now - start, age);
        outcome.skips = self.skips.due(self.stats.totals(), age, now);
        outcome.live = self.mode.live();
        if outcome.live {
            outcome.latency = self.latency.measure(mode, now - start);
        }
        outcome
    }

    /// Brings the reader to where `mode` wants it.
    fn engage(&mut self, mode: Mode) {
        let engine = std::mem::replace(&mut self.engine, Engine::Lost);
        self.engine = match (engine, mode) {
            (Engine::Direct(reader), Mode::Async) => {
                match Worker::start(reader, Arc::clone(&self.stats)) {
                    Ok(worker) => Engine::Beside(worker),
                    Err(reader) => reader.map_or(Engine::Lost, Engine::Direct),
                }
            }
            (Engine::Beside(worker), Mode::Sync) => {
                worker.stop().map_or(Engine::Lost, Engine::Direct)
            }
            (engine, _) => engine,
        };
    }

    fn forget(&mut self, patience: Duration) -> Vec<Event> {
        self.newest = None;
        self.unseen = 0;
        self.drawing.reset();
        match &mut self.engine {
            Engine::Direct(reader) => reader.reset(),
            Engine::Beside(worker) => {
                worker.reset(patience);
                worker.news().events
            }
            Engine::Lost => Vec::new(),
        }
    }

    /// Reads the frame, or offers it to be read, and attaches the newest faces; the frame's time in ns.
    fn try_read(
        &mut self,
        buffer: &mut gst::BufferRef,
        settings: &Settings,
        pad: &gst::Pad,
        outcome: &mut Outcome,
    ) -> Result<Option<u64>, FrameError> {
        let Some(info) = self.info.clone() else {
            return Ok(None);
        };
        let pts = buffer.pts().map(gst::ClockTime::nseconds);
        let duration = buffer.duration().or_else(|| frame_duration(&info));
        let step = self.clock.step(Stamp {
            pts,
            duration: duration.map(gst::ClockTime::nseconds),
            discont: buffer.flags().contains(gst::BufferFlags::DISCONT),
        });
        if step.leapt {
            outcome.events.extend(self.forget(Duration::ZERO));
        }
        let frame = Frame {
            pts: pts.unwrap_or(step.time),
            time: FrameTime {
                pts: step.time,
                skipped: self.unseen,
            },
        };
        let reading = match self.gave_up {
            true => Ok(()),
            false => self.read(buffer, &info, frame, settings, pad, outcome),
        };
        self.unseen = match reading {
            Ok(()) => 0,
            Err(_) => self.unseen.saturating_add(1),
        };
        reading?;
        if let Some(meta) = &self.newest {
            let attached = metadata::attach(buffer, meta, info.width(), info.height());
            attached.map_err(FrameError::Attach)?;
        }
        Ok(Some(frame.pts))
    }

    fn read(
        &mut self,
        buffer: &gst::BufferRef,
        info: &VideoInfo,
        frame: Frame,
        settings: &Settings,
        pad: &gst::Pad,
        outcome: &mut Outcome,
    ) -> Result<(), FrameError> {
        let mapped = picture::map(buffer, info).map_err(FrameError::Mapping)?;
        let picture = Picture::from_frame(&mapped, info)?;
        let settings = settings.analysis();
        let reading = match &mut self.engine {
            Engine::Direct(reader) => {
                self.newest = None;
                reader.read(&picture, frame, &settings)
            }
            Engine::Beside(worker) => {
                worker.offer(&picture, frame, settings);
                worker.news()
            }
            Engine::Lost => Reading::default(),
        };
        outcome.events.extend(reading.events);
        if let Some(mut meta) = reading.meta {
            metadata::into_stream_time(&mut meta, pad);
            self.newest = Some(meta);
        }
        if let Some(failure) = reading.failure {
            if failure.gave_up {
                self.gave_up = true;
                self.newest = None;
            }
            outcome.failure = Some(failure);
        }
        Ok(())
    }

    /// Covers and draws upon a frame of the time `seen`; `false` where nothing could be done to it.
    fn draw(
        &mut self,
        buffer: &mut gst::BufferRef,
        seen: Option<u64>,
        settings: &Settings,
        outcome: &mut Outcome,
    ) -> bool {
        let (Some(now), Some(info)) = (seen, &self.info) else {
            return false;
        };
        let sight = self.newest.as_ref().map(|meta| Sight {
            faces: &meta.faces,
            seen: meta.analysis_pts,
            now,
        });
        let drawing = &mut self.drawing;
        let attempt = self
            .patience_with_drawing
            .attempt(|| drawing.draw(buffer, info, sight, settings));
        match attempt {
            Attempt::Done(()) => true,
            Attempt::Failed { failure, .. } => {
                self.stats.failed();
                outcome.failure = outcome.failure.take().or(failure);
                false
            }
            Attempt::GivenUp => false,
        }
    }

    /// A failure outside of the analysis: the frame passes as it is.
    fn failed(&mut self, error: FrameError, outcome: &mut Outcome) {
        self.stats.failed();
        if !std::mem::replace(&mut self.warned_of_frame, true) {
            outcome.failure = Some(Failure {
                error,
                work: Work::Reading,
                gave_up: false,
            });
        }
    }
}

/// The time a frame lasts at the rate of the caps; `None` where they name none (0/1).
fn frame_duration(info: &VideoInfo) -> Option<gst::ClockTime> {
    let fps = info.fps();
    let frames = u64::try_from(fps.numer())
        .ok()
        .filter(|&frames| frames > 0)?;
    let seconds = u64::try_from(fps.denom()).ok()?;
    gst::ClockTime::SECOND.mul_div_floor(seconds, frames)
}
