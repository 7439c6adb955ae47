//! Where frames are analysed: in the stream, in the background, or on a server.

mod background;
mod guarded_analyser;
#[cfg(feature = "remote")]
mod remote;

use std::sync::Arc;
use std::time::Duration;

use gst_video::VideoInfo;

use crate::analysis::{AnalysisSettings, Event};
use crate::picture::{Orientation, Picture};

use super::mode::Mode;
use super::stats::Stats;

pub use background::BackgroundWorker;
pub use guarded_analyser::{AnalysisReport, FrameTimes, GuardedAnalyser};
#[cfg(feature = "remote")]
pub use remote::{RemoteChoice, RemoteEngine, RemoteNotice, Stages};

/// Where frames are analysed.
pub enum Engine {
    /// In the stream: a frame waits for its own analysis.
    InStream(Box<GuardedAnalyser>),
    /// On a thread of its own that takes the newest frame.
    Background(BackgroundWorker),
    /// On a server, and where that fails, perhaps here.
    #[cfg(feature = "remote")]
    Remote(Box<RemoteEngine>),
    /// Nowhere: a stage never came back.
    Stuck,
}

impl Engine {
    /// Takes the analyser to where `mode` wants it.
    pub fn switch(&mut self, mode: Mode, stats: &Arc<Stats>) {
        #[cfg(feature = "remote")]
        if let Self::Remote(engine) = self {
            engine.set_mode(mode);
            return;
        }
        let engine = std::mem::replace(self, Self::Stuck);
        *self = match (engine, mode) {
            (Self::InStream(analyser), Mode::Async) => {
                match BackgroundWorker::start(analyser, Arc::clone(stats)) {
                    Ok(worker) => Self::Background(worker),
                    Err(analyser) => analyser.map_or(Self::Stuck, Self::InStream),
                }
            }
            (Self::Background(worker), Mode::Sync) => {
                worker.stop().map_or(Self::Stuck, Self::InStream)
            }
            (engine, _) => engine,
        };
    }

    /// A stream begins: whatever the last one was like, this one has a chance.
    pub fn begin(&mut self) {
        if let Self::InStream(analyser) = self {
            analyser.begin();
        }
    }

    /// A stream ends.
    pub fn stop(&mut self, stats: &Arc<Stats>) {
        #[cfg(feature = "remote")]
        if let Self::Remote(engine) = self {
            engine.stop();
            return;
        }
        self.switch(Mode::Sync, stats);
    }

    /// Frames are like this from now on.
    pub fn set_format(&mut self, info: &VideoInfo, orientation: Orientation) {
        #[cfg(feature = "remote")]
        if let Self::Remote(engine) = self {
            engine.set_format(info, orientation);
        }
        #[cfg(not(feature = "remote"))]
        let _ = (info, orientation);
    }

    /// What a user is to be told of a server.
    #[cfg(feature = "remote")]
    pub fn take_notice(&self) -> Option<RemoteNotice> {
        match self {
            Self::Remote(engine) => engine.take_notice(),
            _ => None,
        }
    }

    /// Whether results are of the very frame that was given.
    pub fn is_in_stream(&self) -> bool {
        match self {
            Self::InStream(_) => true,
            #[cfg(feature = "remote")]
            Self::Remote(engine) => engine.waits(),
            _ => false,
        }
    }

    /// Whether a stage never came back.
    pub fn is_stuck(&self) -> bool {
        matches!(self, Self::Stuck)
    }

    /// Gives a frame to be analysed; what came of it, or in the background, of those before it.
    pub fn analyse(
        &mut self,
        picture: &Picture<'_>,
        times: FrameTimes,
        settings: AnalysisSettings,
    ) -> AnalysisReport {
        match self {
            Self::InStream(analyser) => analyser.analyse(picture, times, &settings),
            Self::Background(worker) => {
                worker.submit_latest(picture, times, settings);
                worker.take_results()
            }
            #[cfg(feature = "remote")]
            Self::Remote(engine) => engine.analyse(picture, times, settings),
            Self::Stuck => AnalysisReport::default(),
        }
    }

    /// Forgets every face; the events of those that ended. Frames still being analysed are waited
    /// for no longer than `patience`, and dropped then.
    pub fn reset(&mut self, patience: Duration) -> Vec<Event> {
        match self {
            Self::InStream(analyser) => analyser.reset(),
            Self::Background(worker) => {
                worker.reset(patience);
                worker.take_results().events
            }
            #[cfg(feature = "remote")]
            Self::Remote(engine) => engine.reset(patience),
            Self::Stuck => Vec::new(),
        }
    }
}
