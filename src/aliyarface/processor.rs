//! What is done with each frame from READY on: analysed, given its faces, covered and drawn upon.

use std::sync::Arc;
use std::time::{Duration, Instant};

use gst_video::VideoInfo;

use crate::analysis::{BufferTime, Event, FrameTime, Memory, Observability};
use crate::metadata::{self, FaceMeta, FaceStructures, StreamClock};
use crate::picture::{self, Orientation, Picture};
use crate::privacy::KnownFaces;

use super::effects::{self, FrameEffects, FrameInfo};
#[cfg(feature = "remote")]
use super::engine::RemoteNotice;
use super::engine::{AnalysisReport, Engine, FrameTimes};
use super::failures::{
    Failure, FailurePolicy, FrameError, FrameStep, StartError, StepOutcome, guarded,
};
use super::frame_clock::{FrameClock, FrameStamps, frame_duration};
use super::load::{LatencyMeter, SkipMonitor, SkippedFrames};
use super::mode::{Mode, ModeSelector};
use super::properties::Settings;
use super::start::Start;
use super::stats::Stats;
use super::upright;

/// How long the end of a stream waits for the frames still being analysed.
pub const END_PATIENCE: Duration = Duration::from_millis(500);

/// What came of a frame, to be published.
#[derive(Default)]
pub struct FrameReport {
    /// What changed.
    pub events: Vec<Event>,
    /// What went wrong, the first time it does.
    pub failure: Option<Failure>,
    /// Whether upstream is live.
    pub live: bool,
    /// Frames that were not analysed, when that is due to be told.
    pub skipped: Option<SkippedFrames>,
    /// The latency in ns to report from now on, where it changed.
    pub latency: Option<u64>,
    /// What is to be told of a server.
    #[cfg(feature = "remote")]
    pub remote: Option<RemoteNotice>,
}

/// A frame after its analysis.
#[derive(Default)]
struct AnalysedFrame {
    /// Its time in ns; `None` where it could not be read or given its faces.
    time: Option<u64>,
    events: Vec<Event>,
    failure: Option<Failure>,
}

/// Analysis, effects and what is known of the stream.
pub struct FrameProcessor {
    engine: Engine,
    effects: FrameEffects,
    access_policy: FailurePolicy,
    effects_policy: FailurePolicy,
    clock: FrameClock,
    info: Option<VideoInfo>,
    /// How frames are turned to be upright, as a tag of the stream tells.
    orientation: Orientation,
    newest: Option<Arc<FaceMeta>>,
    /// Since the last that was given to the engine.
    frames_skipped: u32,
    gave_up: bool,
    /// How fast the stream is played, and whether backwards.
    rate: f64,
    stats: Arc<Stats>,
    mode: ModeSelector,
    latency: LatencyMeter,
    skips: SkipMonitor,
    /// Tells those downstream how the stream is read; sent before a stream's first buffer.
    description: gst::Event,
}

impl FrameProcessor {
    /// Loads the models; what is known of people is kept in `memory`.
    ///
    /// # Errors
    /// One of them is missing, damaged, or not what it should be.
    pub fn new(settings: &Settings, stats: Arc<Stats>, memory: Memory) -> Result<Self, StartError> {
        let start = Start::new(settings, &stats, memory)?;
        Ok(Self {
            description: metadata::event::session(&start.description),
            engine: start.engine,
            effects: start.effects,
            access_policy: FailurePolicy::unlimited(FrameStep::Access),
            effects_policy: FailurePolicy::new(FrameStep::Effects),
            clock: FrameClock::default(),
            info: None,
            orientation: Orientation::default(),
            newest: None,
            frames_skipped: 0,
            gave_up: false,
            rate: 1.0,
            stats,
            mode: ModeSelector::default(),
            latency: LatencyMeter::default(),
            skips: SkipMonitor::default(),
        })
    }

    /// What those downstream are told before a stream's first buffer.
    pub fn description(&self) -> gst::Event {
        self.description.clone()
    }

    /// Frames have this format from now on. Faces are followed on if their picture only changes its
    /// format; another size ends them.
    pub fn set_info(&mut self, info: VideoInfo) -> Vec<Event> {
        let size = |info: &VideoInfo| (info.width(), info.height());
        let resized = self
            .info
            .as_ref()
            .is_some_and(|old| size(old) != size(&info));
        self.engine.set_format(&info, self.orientation);
        self.info = Some(info);
        self.access_policy = FailurePolicy::unlimited(FrameStep::Access);
        if resized {
            return self.reset(Duration::ZERO);
        }
        Vec::new()
    }

    /// The stream is played at this rate from now on; `true` where that is another than before and
    /// the stream was `flushed` for it: the next frame then follows the last one.
    pub fn set_rate(&mut self, rate: f64, flushed: bool) -> bool {
        let goes_on = flushed && rate != std::mem::replace(&mut self.rate, rate);
        self.clock.play(rate < 0.0, goes_on);
        goes_on
    }

    /// Frames are to be turned so from now on; turned otherwise they show other faces.
    pub fn set_orientation(&mut self, orientation: Orientation) -> Vec<Event> {
        if std::mem::replace(&mut self.orientation, orientation) == orientation {
            return Vec::new();
        }
        if let Some(info) = &self.info {
            self.engine.set_format(info, orientation);
        }
        self.reset(Duration::ZERO)
    }

    /// Forgets every face, as after a seek or at the end. Frames still being analysed are waited
    /// for no longer than `patience`, and dropped then.
    pub fn reset(&mut self, patience: Duration) -> Vec<Event> {
        let events = self.forget(patience);
        self.clock.reset();
        events
    }

    /// A stream begins: whatever the last one was like, this one has a chance.
    pub fn begin(&mut self) {
        self.mode = ModeSelector::default();
        self.latency = LatencyMeter::default();
        self.skips = SkipMonitor::default();
        self.gave_up = false;
        self.access_policy = FailurePolicy::unlimited(FrameStep::Access);
        self.effects_policy = FailurePolicy::new(FrameStep::Effects);
        self.engine.begin();
    }

    /// Stops analysing; `false` where a stage does not come back and this is of no more use.
    pub fn stop(&mut self) -> bool {
        self.engine.stop(&self.stats);
        !self.engine.is_stuck()
    }

    /// Analyses `buffer`, which came in at `pad`, or submits it to be analysed; attaches the newest
    /// faces, and covers and draws what `settings` ask for.
    pub fn process(
        &mut self,
        buffer: &mut gst::BufferRef,
        settings: &Settings,
        pad: &gst::Pad,
    ) -> FrameReport {
        let start = Instant::now();
        let mode = self.mode.select(settings.analysis_mode, pad);
        self.engine.switch(mode, &self.stats);
        let analysed = self.analyse(buffer, settings, pad);
        let attached = start.elapsed();
        let applied = self.apply_effects(buffer, analysed.time, settings, mode);
        if applied.is_err() && settings.privacy().any() {
            effects::blank(buffer);
        }
        let age = self.result_age(buffer);
        let now = Instant::now();
        self.stats.passed(mode, [attached, now - start], age);
        let live = self.mode.live();
        FrameReport {
            events: analysed.events,
            failure: analysed.failure.or(applied.err().flatten()),
            live,
            skipped: self.skips.due(self.stats.totals(), age, now),
            latency: live
                .then(|| self.latency.measure(mode, now - start))
                .flatten(),
            #[cfg(feature = "remote")]
            remote: self.engine.take_notice(),
        }
    }

    /// How much older than `buffer` the newest result is, in ns.
    fn result_age(&self, buffer: &gst::BufferRef) -> u64 {
        let pts = buffer.pts().map(gst::ClockTime::nseconds);
        let age = self.newest.as_ref().zip(pts);
        let time = |pts| self.clock.time_of(pts);
        age.map_or(0, |(meta, pts)| {
            time(pts).saturating_sub(time(meta.analysis_pts))
        })
    }

    fn forget(&mut self, patience: Duration) -> Vec<Event> {
        self.newest = None;
        self.frames_skipped = 0;
        self.effects.reset();
        let events = self.engine.reset(patience);
        self.in_buffer_time(events)
    }

    /// The events at the times of the buffers, where the analysis knows them at its own.
    fn in_buffer_time(&self, mut events: Vec<Event>) -> Vec<Event> {
        for event in &mut events {
            event.time = BufferTime::from_nanos(self.clock.pts_at(event.time.nanos()));
        }
        events
    }

    /// Analyses the frame, or submits it to be analysed, and attaches the newest faces.
    fn analyse(
        &mut self,
        buffer: &mut gst::BufferRef,
        settings: &Settings,
        pad: &gst::Pad,
    ) -> AnalysedFrame {
        let Some(info) = self.info.clone() else {
            return AnalysedFrame::default();
        };
        let mut analysed = AnalysedFrame::default();
        let times = self.follow_time(buffer, &info, &mut analysed.events);
        let report = guarded(|| self.run_engine(buffer, &info, times, settings));
        self.frames_skipped = match report {
            Ok(_) => 0,
            Err(_) => self.frames_skipped.saturating_add(1),
        };
        let attached = report.and_then(|report| {
            analysed.events.extend(self.in_buffer_time(report.events));
            analysed.failure = report.failure;
            let read = (report.meta, report.structures);
            guarded(|| self.attach(buffer, &info, read, (pad, settings)))
        });
        match self.access_policy.judge(attached) {
            StepOutcome::Done(()) => analysed.time = Some(times.pts),
            StepOutcome::Failed { failure, .. } => {
                self.stats.failed();
                analysed.failure = failure.or(analysed.failure);
            }
            StepOutcome::GivenUp => {}
        }
        analysed
    }

    /// When the frame is. Where it does not continue the last one, faces end, which `events` tell.
    fn follow_time(
        &mut self,
        buffer: &gst::BufferRef,
        info: &VideoInfo,
        events: &mut Vec<Event>,
    ) -> FrameTimes {
        let pts = buffer.pts().map(gst::ClockTime::nseconds);
        let duration = buffer.duration().or_else(|| frame_duration(info));
        let moment = self.clock.advance(FrameStamps {
            pts,
            duration: duration.map(gst::ClockTime::nseconds),
            discont: buffer.flags().contains(gst::BufferFlags::DISCONT),
        });
        if moment.discontinuity {
            events.extend(self.forget(Duration::ZERO));
        }
        FrameTimes {
            pts: pts.unwrap_or_else(|| self.clock.pts_at(moment.time)),
            time: FrameTime {
                pts: BufferTime::from_nanos(moment.time),
                skipped: self.frames_skipped,
            },
        }
    }

    /// Gives the frame to the engine, unless the analysis was given up.
    fn run_engine(
        &mut self,
        buffer: &gst::BufferRef,
        info: &VideoInfo,
        times: FrameTimes,
        settings: &Settings,
    ) -> Result<AnalysisReport, FrameError> {
        if self.gave_up {
            return Ok(AnalysisReport::default());
        }
        let mapped = picture::map(buffer, info).map_err(FrameError::Mapping)?;
        let picture = Picture::from_frame(&mapped, info)?;
        let view = picture.view().turned(self.orientation);
        let picture = picture.seen_as(view);
        if self.engine.is_in_stream() {
            self.newest = None;
        }
        let mut analysis = settings.analysis();
        let watched = analysis.micro_expressions;
        // Movements are as fast as they look only where the stream is played as it was filmed.
        analysis.micro_expressions &= self.rate == 1.0;
        let mut report = self.engine.analyse(&picture, times, analysis);
        if let (true, Some(meta)) = (watched && self.rate != 1.0, &mut report.meta) {
            report.structures = None;
            for face in &mut Arc::make_mut(meta).faces {
                face.micro_expression_limits = Some(Observability::PLAYBACK_RATE);
            }
        }
        self.gave_up = (report.failure.as_ref()).is_some_and(|failure| failure.gave_up);
        Ok(report)
    }

    /// Attaches the newest faces: `meta`, or those known before.
    fn attach(
        &mut self,
        buffer: &mut gst::BufferRef,
        info: &VideoInfo,
        (meta, mut structures): (Option<Arc<FaceMeta>>, Option<FaceStructures>),
        (pad, settings): (&gst::Pad, &Settings),
    ) -> Result<(), FrameError> {
        if meta.is_some() {
            self.newest = meta;
        }
        if self.gave_up {
            self.newest = None;
        }
        let Some(newest) = &self.newest else {
            return Ok(());
        };
        let mut published = settings.profile.permitted(newest);
        let size = [info.width(), info.height()];
        if !self.orientation.is_upright() {
            let meta = published.as_ref().unwrap_or(newest);
            let turned = self.orientation.turn_size(size).map(|side| side as usize);
            published = Some(upright::in_frame(meta, self.orientation, turned));
        }
        if published.is_some() {
            structures = None;
        }
        let meta = published.as_ref().unwrap_or(newest);
        let attached = metadata::attach(buffer, meta, structures, &StreamClock::of_pad(pad), size);
        attached.map_err(FrameError::Attach)
    }

    /// Covers and draws upon a frame of this `time`.
    ///
    /// # Errors
    /// Nothing could be done to it; what is to be told of that, the first time.
    fn apply_effects(
        &mut self,
        buffer: &mut gst::BufferRef,
        time: Option<u64>,
        settings: &Settings,
        mode: Mode,
    ) -> Result<(), Option<Failure>> {
        let (Some(now), Some(info)) = (time, &self.info) else {
            return Err(None);
        };
        let known = self.newest.as_ref().map(|meta| KnownFaces {
            faces: &meta.faces,
            seen: self.clock.time_of(meta.analysis_pts),
            now: self.clock.time_of(now),
        });
        let (effects, orientation) = (&mut self.effects, self.orientation);
        let frame = FrameInfo::new(info, orientation, mode);
        let attempt = self
            .effects_policy
            .attempt(|| effects.apply(buffer, &frame, known, settings));
        match attempt {
            StepOutcome::Done(()) => Ok(()),
            StepOutcome::Failed { failure, .. } => {
                self.stats.failed();
                Err(failure)
            }
            StepOutcome::GivenUp => Err(None),
        }
    }
}
