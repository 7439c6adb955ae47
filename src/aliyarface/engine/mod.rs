//! Where frames are analysed: in the stream, or in the background.
//!
//! An engine that lies elsewhere, on another machine say, is one more variant: it is given frames
//! and asked for reports as the background worker is.

mod background;
mod guarded_analyser;

use std::sync::Arc;
use std::time::Duration;

use crate::analysis::{AnalysisSettings, Event};
use crate::picture::Picture;

use super::mode::Mode;
use super::stats::Stats;

pub use background::BackgroundWorker;
pub use guarded_analyser::{AnalysisReport, FrameTimes, GuardedAnalyser};

/// Where frames are analysed.
pub enum Engine {
    /// In the stream: a frame waits for its own analysis.
    InStream(Box<GuardedAnalyser>),
    /// On a thread of its own that takes the newest frame.
    Background(BackgroundWorker),
    /// Nowhere: a stage never came back.
    Stuck,
}

impl Engine {
    /// Takes the analyser to where `mode` wants it.
    pub fn switch(&mut self, mode: Mode, stats: &Arc<Stats>) {
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

    /// Whether results are of the very frame that was given.
    pub fn is_in_stream(&self) -> bool {
        matches!(self, Self::InStream(_))
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
            Self::Stuck => Vec::new(),
        }
    }
}
