//! Analyses in the background: a thread that always takes the newest frame.
//!
//! The stream leaves a copy of each frame in a mailbox with room for one; a frame that is still
//! there when the next one comes is skipped. So the lag is one frame's analysis however slow that
//! is, and the stream waits for nothing but its own copying.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::analysis::{AnalysisSettings, Event};
use crate::picture::{Picture, Snapshot};
use crate::runtime::analysis_slots::{self, Slot};
use crate::runtime::{sched, threads, waiting};

use super::super::stats::Stats;
use super::guarded_analyser::{AnalysisReport, FrameTimes, GuardedAnalyser};

/// How long a stop waits for the frame being analysed; after that the thread is left to itself.
const STOP_PATIENCE: Duration = Duration::from_secs(2);

/// A thread that owns the analyser for as long as it runs.
pub struct BackgroundWorker {
    shared: Arc<Shared>,
    stats: Arc<Stats>,
    stopped: bool,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// While the thread does not have it.
    analyser: Option<Box<GuardedAnalyser>>,
    /// The newest frame.
    waiting: Option<AnalysisJob>,
    /// Memory of frames done with.
    spare: Vec<Snapshot>,
    /// What came out since the stream last asked.
    results: AnalysisReport,
    busy: bool,
    reset_wanted: bool,
    stopping: bool,
}

struct AnalysisJob {
    snapshot: Snapshot,
    times: FrameTimes,
    settings: AnalysisSettings,
    submitted: Instant,
}

enum Task {
    Analyse(Box<AnalysisJob>, Slot),
    Reset,
    Stop,
}

impl BackgroundWorker {
    /// Starts a thread around `analyser`.
    ///
    /// # Errors
    /// Gives the analyser back where the system has no thread to spare.
    pub fn start(
        analyser: Box<GuardedAnalyser>,
        stats: Arc<Stats>,
    ) -> Result<Self, Option<Box<GuardedAnalyser>>> {
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                analyser: Some(analyser),
                ..State::default()
            }),
            changed: Condvar::new(),
        });
        let (theirs, their_stats) = (Arc::clone(&shared), Arc::clone(&stats));
        let thread = thread::Builder::new().name("aliyarface".into());
        let run = move || {
            sched::enter_batch();
            theirs.serve(&their_stats);
        };
        match thread.spawn(run) {
            Ok(_) => Ok(Self {
                shared,
                stats,
                stopped: false,
            }),
            Err(_) => Err(shared.lock().analyser.take()),
        }
    }

    /// Leaves a copy of `picture` for the thread, in place of one that still waits.
    pub fn submit_latest(
        &self,
        picture: &Picture<'_>,
        mut times: FrameTimes,
        settings: AnalysisSettings,
    ) {
        let mut snapshot = {
            let mut state = self.shared.lock();
            match state.waiting.take() {
                Some(missed) => {
                    self.stats.skipped(1);
                    let skipped = missed.times.time.skipped.saturating_add(1);
                    times.time.skipped = times.time.skipped.saturating_add(skipped);
                    missed.snapshot
                }
                None => state.spare.pop().unwrap_or_default(),
            }
        };
        snapshot.take(picture);
        self.shared.lock().waiting = Some(AnalysisJob {
            snapshot,
            times,
            settings,
            submitted: Instant::now(),
        });
        self.shared.changed.notify_all();
    }

    /// What came out since the last call.
    pub fn take_results(&self) -> AnalysisReport {
        std::mem::take(&mut self.shared.lock().results)
    }

    /// Forgets every face. Within `patience` the frames on their way are still analysed; those that
    /// take longer are dropped. The events reach [`BackgroundWorker::take_results`] when the thread comes to it.
    pub fn reset(&self, patience: Duration) {
        let deadline = Instant::now() + patience;
        let mut state = self.shared.wait_until_idle(self.shared.lock(), deadline);
        if let Some(missed) = state.waiting.take() {
            self.stats.skipped(1);
            state.spare.push(missed.snapshot);
        }
        state.reset_wanted = true;
        state.results.meta = None;
        self.shared.changed.notify_all();
        drop(self.shared.wait_until_idle(state, deadline));
    }

    /// Ends the thread and takes the analyser back; `None` where the frame being analysed takes too
    /// long, or never ends: the thread then ends by itself, or with the process.
    pub fn stop(mut self) -> Option<Box<GuardedAnalyser>> {
        self.end()
    }

    fn end(&mut self) -> Option<Box<GuardedAnalyser>> {
        if std::mem::replace(&mut self.stopped, true) {
            return None;
        }
        let mut state = self.shared.lock();
        state.stopping = true;
        self.shared.changed.notify_all();
        let deadline = Instant::now() + STOP_PATIENCE;
        let mut state = self
            .shared
            .wait_while(state, deadline, |state| state.analyser.is_none());
        state.analyser.take()
    }
}

impl Drop for BackgroundWorker {
    fn drop(&mut self) {
        self.end();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait_while<'a>(
        &'a self,
        state: MutexGuard<'a, State>,
        deadline: Instant,
        condition: impl FnMut(&mut State) -> bool,
    ) -> MutexGuard<'a, State> {
        waiting::wait_while(&self.changed, state, deadline, condition)
    }

    fn wait_until_idle<'a>(
        &'a self,
        state: MutexGuard<'a, State>,
        deadline: Instant,
    ) -> MutexGuard<'a, State> {
        self.wait_while(state, deadline, |state| {
            state.busy || state.reset_wanted || state.waiting.is_some()
        })
    }

    /// What the thread does until it is stopped.
    fn serve(&self, stats: &Stats) {
        let Some(mut analyser) = self.lock().analyser.take() else {
            return;
        };
        loop {
            match self.next() {
                Task::Analyse(job, slot) => {
                    stats.waited(job.submitted.elapsed());
                    let mut report = if slot.saturated {
                        threads::alone(|| job.analyse(&mut analyser))
                    } else {
                        job.analyse(&mut analyser)
                    };
                    report.prepare();
                    drop(slot);
                    self.deliver(*job, report);
                }
                Task::Reset => {
                    let events = analyser.reset();
                    self.was_reset(events);
                }
                Task::Stop => break,
            }
        }
        self.lock().analyser = Some(analyser);
        self.changed.notify_all();
    }

    fn next(&self) -> Task {
        let mut slot = None;
        let mut state = self.lock();
        loop {
            if state.stopping {
                return Task::Stop;
            }
            if state.reset_wanted {
                return Task::Reset;
            }
            if state.waiting.is_some() && slot.is_none() {
                // A newer frame may come, or the stream end, while this thread waits.
                drop(state);
                slot = Some(analysis_slots::wait());
                state = self.lock();
                continue;
            }
            if let Some(slot) = slot.take()
                && let Some(job) = state.waiting.take()
            {
                state.busy = true;
                return Task::Analyse(Box::new(job), slot);
            }
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn deliver(&self, job: AnalysisJob, mut report: AnalysisReport) {
        let mut state = self.lock();
        state.busy = false;
        state.spare.push(job.snapshot);
        if state.reset_wanted {
            // The frame is of the time before the reset.
            report.meta = None;
        }
        state.results.update(report);
        drop(state);
        self.changed.notify_all();
    }

    fn was_reset(&self, events: Vec<Event>) {
        let mut state = self.lock();
        state.reset_wanted = false;
        state.results.events.extend(events);
        drop(state);
        self.changed.notify_all();
    }
}

impl AnalysisJob {
    fn analyse(&self, analyser: &mut GuardedAnalyser) -> AnalysisReport {
        match self.snapshot.picture() {
            Ok(picture) => analyser.analyse(&picture, self.times, &self.settings),
            // Only where nothing was ever left in it.
            Err(_) => AnalysisReport::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::FrameTime;
    use crate::picture::{Colour, PixelFormat, Plane};

    fn times(pts: u64) -> FrameTimes {
        let time = FrameTime::from(pts);
        FrameTimes { pts, time }
    }

    #[test]
    fn the_frame_that_waits_is_the_newest_and_knows_how_many_it_replaced() {
        let worker = BackgroundWorker {
            shared: Arc::new(Shared {
                state: Mutex::default(),
                changed: Condvar::new(),
            }),
            stats: Arc::default(),
            stopped: true,
        };
        let data = [0; 64];
        let planes = vec![Plane {
            data: &data,
            stride: 8,
        }];
        let picture = Picture::new(PixelFormat::Gray8, 8, 8, planes, Colour::BT601).unwrap();
        for pts in 0..5 {
            worker.submit_latest(&picture, times(pts), AnalysisSettings::default());
        }
        let state = worker.shared.lock();
        let waiting = state.waiting.as_ref().unwrap().times;
        assert_eq!((waiting.pts, waiting.time.skipped), (4, 4));
        assert!(state.spare.is_empty(), "one snapshot serves all five");
        assert_eq!(worker.stats.totals().skipped, 4);
    }
}
