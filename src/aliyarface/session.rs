//! What lives from READY on: the analyser, the overlay, and how they are applied to a buffer.

use std::panic::{AssertUnwindSafe, catch_unwind};

use gst::prelude::*;
use gst_video::VideoInfo;

use crate::analysis::{Analyser, AnalysisError, Event, Face};
use crate::metadata::{self, FaceMeta};
use crate::models::{self, ModelError, Models};
use crate::overlay::{Overlay, OverlayError};
use crate::picture::{self, Picture, PictureError, PictureMut};

use super::clock::Clock;
use super::settings::Settings;

/// Failures in a row after which analysis is given up.
const PATIENCE: u32 = 3;

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

/// Why a frame leaves as it came.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// The buffer does not hold what its caps say.
    #[error("the frame does not match its caps")]
    Mapping(#[source] glib::BoolError),
    /// The frame cannot be seen as a picture.
    #[error("the frame cannot be read")]
    Picture(#[from] PictureError),
    /// A stage failed.
    #[error("the analysis failed")]
    Analysis(#[from] AnalysisError),
    /// A stage panicked.
    #[error("the analysis broke down: {0}")]
    Panic(String),
    /// The meta could not be attached.
    #[error("the faces could not be attached to the buffer")]
    Attach(#[source] glib::BoolError),
}

impl FrameError {
    /// Whether the frame is to blame rather than the analysis.
    fn is_of_frame(&self) -> bool {
        matches!(self, Self::Mapping(_) | Self::Picture(_))
    }
}

/// How a frame was dealt with.
#[derive(Default)]
pub struct Outcome {
    /// What changed.
    pub events: Vec<Event>,
    /// What went wrong, the first time it does.
    pub warning: Option<FrameError>,
    /// Whether this failure was the one too many.
    pub gave_up: bool,
}

/// Analyser, overlay and what is known of the stream.
pub struct Session {
    analyser: Analyser,
    overlay: Overlay,
    clock: Clock,
    info: Option<VideoInfo>,
    failures: u32,
    warned_of_frame: bool,
    warned_of_analysis: bool,
    /// Tells those downstream how the stream is read; sent before a stream's first buffer.
    about: gst::Event,
}

impl Session {
    /// Loads the models.
    ///
    /// # Errors
    /// One of them is missing, damaged, or not what it should be.
    pub fn new(settings: &Settings) -> Result<Self, SessionError> {
        let choice = settings.models();
        let about = metadata::event::session(&models::inventory(&choice)?, choice.emotions);
        Ok(Self {
            about,
            analyser: Analyser::new(Models::load(&choice)?),
            overlay: Overlay::new()?,
            clock: Clock::default(),
            info: None,
            failures: 0,
            warned_of_frame: false,
            warned_of_analysis: false,
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
        if resized { self.reset() } else { Vec::new() }
    }

    /// Forgets every face, as after a seek or at the end.
    pub fn reset(&mut self) -> Vec<Event> {
        self.clock.reset();
        self.analyser.reset()
    }

    /// Reads the faces in `buffer`, attaches them, and draws what `settings` ask for.
    pub fn process(&mut self, buffer: &mut gst::BufferRef, settings: &Settings) -> Outcome {
        let mut outcome = Outcome::default();
        if self.failures >= PATIENCE {
            return outcome;
        }
        // A panic that reached the base class would make it swallow every later event, EOS
        // included, and a host waiting for a frame would wait for ever.
        let caught = catch_unwind(AssertUnwindSafe(|| {
            self.try_process(buffer, settings, &mut outcome.events)
        }));
        match caught.unwrap_or_else(|panic| Err(FrameError::Panic(words(&*panic)))) {
            Ok(()) => self.failures = 0,
            Err(err) => self.failed(err, &mut outcome),
        }
        outcome
    }

    fn try_process(
        &mut self,
        buffer: &mut gst::BufferRef,
        settings: &Settings,
        events: &mut Vec<Event>,
    ) -> Result<(), FrameError> {
        let Some(info) = self.info.clone() else {
            return Ok(());
        };
        let pts = buffer.pts().map(gst::ClockTime::nseconds);
        let duration = buffer.duration().or_else(|| frame_duration(&info));
        let duration = duration.map(gst::ClockTime::nseconds);
        let step = self.clock.step(pts, duration);
        if step.leapt {
            events.extend(self.analyser.reset());
        }
        let (faces, changes) = self.read(buffer, &info, step.time, settings)?;
        events.extend(changes);
        self.write(buffer, &info, faces, pts.unwrap_or(step.time), settings)
    }

    fn read(
        &mut self,
        buffer: &gst::BufferRef,
        info: &VideoInfo,
        time: u64,
        settings: &Settings,
    ) -> Result<(Vec<Face>, Vec<Event>), FrameError> {
        let frame = picture::map(buffer, info).map_err(FrameError::Mapping)?;
        let picture = Picture::from_frame(&frame, info)?;
        let analysis = self
            .analyser
            .analyse(&picture, time, &settings.analysis())?;
        Ok((analysis.faces, analysis.events))
    }

    fn write(
        &mut self,
        buffer: &mut gst::BufferRef,
        info: &VideoInfo,
        faces: Vec<Face>,
        analysis_pts: u64,
        settings: &Settings,
    ) -> Result<(), FrameError> {
        let style = settings.style();
        if style.parts.any() && !faces.is_empty() {
            let mut frame = picture::map_mut(buffer, info).map_err(FrameError::Mapping)?;
            let mut picture = PictureMut::from_frame(&mut frame, info)?;
            self.overlay.draw(&mut picture, &faces, &style);
        }
        let meta = FaceMeta {
            analysis_pts,
            faces,
        };
        metadata::attach(buffer, &meta, info.width(), info.height()).map_err(FrameError::Attach)
    }

    fn failed(&mut self, err: FrameError, outcome: &mut Outcome) {
        let warned = match err.is_of_frame() {
            true => &mut self.warned_of_frame,
            false => &mut self.warned_of_analysis,
        };
        let first = !std::mem::replace(warned, true);
        if !err.is_of_frame() {
            self.failures += 1;
            outcome.gave_up = self.failures == PATIENCE;
        }
        if matches!(err, FrameError::Panic(_)) {
            outcome.events.extend(self.analyser.reset());
        }
        outcome.warning = (first || outcome.gave_up).then_some(err);
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

fn words(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "unknown reason".to_owned())
}
