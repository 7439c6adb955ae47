//! The analysis on this machine, for as long as the server gives no results: its models are loaded when they
//! are wanted for the first time, and not by the stream.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::thread;
use std::time::Duration;

use crate::analysis::{Analyser, AnalysisSettings, Event, Memory};
use crate::models::{ModelChoice, ModelError, Models};
use crate::picture::Picture;
use crate::runtime::sched;

use super::super::super::log::CAT;
use super::super::super::mode::Mode;
use super::super::super::stats::Stats;
use super::super::{AnalysisReport, Engine, FrameTimes, GuardedAnalyser};

/// How long a stream that waits for its results waits for models.
const LOADING: Duration = Duration::from_secs(30);

/// See the module.
pub struct LocalAnalysis {
    choice: ModelChoice,
    /// What it knows of people, by this analyser's own ids.
    pub memory: Memory,
    stats: Arc<Stats>,
    state: State,
    /// Whether it reads the frames now.
    active: bool,
    /// Grows each time it begins to.
    pub run: u64,
}

enum State {
    /// Not wanted yet.
    Unloaded,
    /// A thread loads the models.
    Loading(Receiver<Result<Box<GuardedAnalyser>, ModelError>>),
    /// Reads.
    Ready(Box<Engine>),
    /// Cannot.
    Failed,
}

impl LocalAnalysis {
    /// Nothing is loaded yet.
    pub fn new(choice: ModelChoice, stats: Arc<Stats>) -> Self {
        Self {
            choice,
            memory: Memory::default(),
            stats,
            state: State::Unloaded,
            active: false,
            run: 0,
        }
    }

    /// Whether it reads the frames now.
    pub fn is_active(&self) -> bool {
        self.active
    }

    /// Reads a frame, or leaves it to be read, once the models are there; in sync mode they are waited for.
    pub fn analyse(
        &mut self,
        picture: &Picture<'_>,
        times: FrameTimes,
        settings: AnalysisSettings,
        mode: Mode,
    ) -> AnalysisReport {
        self.load(mode);
        if !std::mem::replace(&mut self.active, true) {
            self.run += 1;
        }
        let State::Ready(engine) = &mut self.state else {
            return AnalysisReport::default();
        };
        engine.switch(mode, &self.stats);
        engine.analyse(picture, times, settings)
    }

    /// The server reads again; the models stay loaded for the next time.
    pub fn rest(&mut self) {
        if std::mem::take(&mut self.active) {
            drop(self.reset(Duration::ZERO));
        }
    }

    /// Forgets every face; the events of those that ended, by its own ids.
    pub fn reset(&mut self, patience: Duration) -> Vec<Event> {
        match &mut self.state {
            State::Ready(engine) => engine.reset(patience),
            _ => Vec::new(),
        }
    }

    /// The stream ends.
    pub fn stop(&mut self) {
        self.rest();
        if let State::Ready(engine) = &mut self.state {
            engine.switch(Mode::Sync, &self.stats);
            if engine.is_stuck() {
                self.state = State::Unloaded;
            }
        }
    }

    fn load(&mut self, mode: Mode) {
        if matches!(self.state, State::Unloaded) {
            let (choice, memory) = (self.choice.clone(), self.memory.clone());
            let stats = Arc::clone(&self.stats);
            let (sender, receiver) = channel();
            let thread = thread::Builder::new().name("aliyarface-load".into());
            let loading = thread.spawn(move || {
                sched::enter_batch();
                let analyser = Models::load(&choice).map(|models| {
                    let analyser = Analyser::with_memory(models, memory);
                    Box::new(GuardedAnalyser::new(analyser, stats))
                });
                // Who does not wait any more needs none.
                let _ = sender.send(analyser);
            });
            self.state = match loading {
                Ok(_) => State::Loading(receiver),
                Err(_) => State::Failed,
            };
        }
        let State::Loading(receiver) = &self.state else {
            return;
        };
        let loaded = match mode {
            Mode::Sync => receiver.recv_timeout(LOADING).ok(),
            Mode::Async => match receiver.try_recv() {
                Ok(loaded) => Some(loaded),
                Err(TryRecvError::Empty) => return,
                Err(TryRecvError::Disconnected) => None,
            },
        };
        self.state = match loaded {
            Some(Ok(analyser)) => State::Ready(Box::new(Engine::InStream(analyser))),
            Some(Err(err)) => {
                gst::warning!(CAT, "nothing is analysed on this machine: {err}");
                State::Failed
            }
            None => State::Failed,
        };
    }
}
