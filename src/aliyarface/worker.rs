//! Analyses beside the stream: a thread that always takes the newest frame.
//!
//! The stream leaves a copy of each frame in a mailbox with room for one; a frame that is still
//! there when the next one comes is skipped. So the lag is one frame's analysis however slow that
//! is, and the stream waits for nothing but its own copying.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::analysis::{AnalysisSettings, Event};
use crate::picture::{Picture, Snapshot};
use crate::runtime::sched;

use super::reader::{Frame, Reader, Reading};
use super::stats::Stats;

/// How long a stop waits for the frame being analysed; after that the thread is left to itself.
const STOP_PATIENCE: Duration = Duration::from_secs(2);

/// A thread that owns the reader for as long as it runs.
pub struct Worker {
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
    /// The reader, while the thread does not have it.
    reader: Option<Box<Reader>>,
    /// The newest frame.
    waiting: Option<Job>,
    /// Memory of frames done with.
    spare: Vec<Snapshot>,
    /// What came out since the stream last asked.
    news: Reading,
    busy: bool,
    reset_wanted: bool,
    stopping: bool,
}

struct Job {
    snapshot: Snapshot,
    frame: Frame,
    settings: AnalysisSettings,
    offered: Instant,
}

enum Task {
    Analyse(Job),
    Reset,
    Stop,
}

impl Worker {
    /// Starts a thread around `reader`.
    ///
    /// # Errors
    /// Gives the reader back where the system has no thread to spare.
    pub fn start(reader: Box<Reader>, stats: Arc<Stats>) -> Result<Self, Option<Box<Reader>>> {
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                reader: Some(reader),
                ..State::default()
            }),
            changed: Condvar::new(),
        });
        let (theirs, their_stats) = (Arc::clone(&shared), Arc::clone(&stats));
        let thread = thread::Builder::new().name("aliyarface".into());
        let life = move || {
            sched::enter_batch();
            theirs.serve(&their_stats);
        };
        match thread.spawn(life) {
            Ok(_) => Ok(Self {
                shared,
                stats,
                stopped: false,
            }),
            Err(_) => Err(shared.lock().reader.take()),
        }
    }

    /// Leaves a copy of `picture` for the thread, in place of one that still waits.
    pub fn offer(&self, picture: &Picture<'_>, mut frame: Frame, settings: AnalysisSettings) {
        let mut snapshot = {
            let mut state = self.shared.lock();
            match state.waiting.take() {
                Some(missed) => {
                    self.stats.skipped(1);
                    let skipped = missed.frame.time.skipped.saturating_add(1);
                    frame.time.skipped = frame.time.skipped.saturating_add(skipped);
                    missed.snapshot
                }
                None => state.spare.pop().unwrap_or_default(),
            }
        };
        snapshot.take(picture);
        self.shared.lock().waiting = Some(Job {
            snapshot,
            frame,
            settings,
            offered: Instant::now(),
        });
        self.shared.changed.notify_all();
    }

    /// What came out since the last call.
    pub fn news(&self) -> Reading {
        std::mem::take(&mut self.shared.lock().news)
    }

    /// Forgets every face. Within `patience` the frames on their way are still read; those that
    /// take longer are dropped. The events reach [`Worker::news`] when the thread comes to it.
    pub fn reset(&self, patience: Duration) {
        let deadline = Instant::now() + patience;
        let mut state = self.shared.wait_until_idle(self.shared.lock(), deadline);
        if let Some(missed) = state.waiting.take() {
            self.stats.skipped(1);
            state.spare.push(missed.snapshot);
        }
        state.reset_wanted = true;
        state.news.meta = None;
        self.shared.changed.notify_all();
        drop(self.shared.wait_until_idle(state, deadline));
    }

    /// Ends the thread and takes the reader back; `None` where the frame being analysed takes too
    /// long, or never ends: the thread then ends by itself, or with the process.
    pub fn stop(mut self) -> Option<Box<Reader>> {
        self.end()
    }

    fn end(&mut self) -> Option<Box<Reader>> {
        if std::mem::replace(&mut self.stopped, true) {
            return None;
        }
        let mut state = self.shared.lock();
        state.stopping = true;
        self.shared.changed.notify_all();
        let deadline = Instant::now() + STOP_PATIENCE;
        let mut state = self
            .shared
            .wait_while(state, deadline, |state| state.reader.is_none());
        state.reader.take()
    }
}

impl Drop for Worker {
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
        let left = deadline.saturating_duration_since(Instant::now());
        let waited = self.changed.wait_timeout_while(state, left, condition);
        waited.unwrap_or_else(PoisonError::into_inner).0
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

    /// The thread's life.
    fn serve(&self, stats: &Stats) {
        let Some(mut reader) = self.lock().reader.take() else {
            return;
        };
        loop {
            match self.next() {
                Task::Analyse(job) => {
                    stats.waited(job.offered.elapsed());
                    let reading = job.read(&mut reader);
                    self.deliver(job, reading);
                }
                Task::Reset => {
                    let events = reader.reset();
                    self.was_reset(events);
                }
                Task::Stop => break,
            }
        }
        self.lock().reader = Some(reader);
        self.changed.notify_all();
    }

    fn next(&self) -> Task {
        let mut state = self.lock();
        loop {
            if state.stopping {
                return Task::Stop;
            }
            if state.reset_wanted {
                return Task::Reset;
            }
            if let Some(job) = state.waiting.take() {
                state.busy = true;
                return Task::Analyse(job);
            }
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn deliver(&self, job: Job, mut reading: Reading) {
        let mut state = self.lock();
        state.busy = false;
        state.spare.push(job.snapshot);
        if state.reset_wanted {
            // The frame is of the time before the reset.
            reading.meta = None;
        }
        state.news.update(reading);
        drop(state);
        self.changed.notify_all();
    }

    fn was_reset(&self, events: Vec<Event>) {
        let mut state = self.lock();
        state.reset_wanted = false;
        state.news.events.extend(events);
        drop(state);
        self.changed.notify_all();
    }
}

impl Job {
    fn read(&self, reader: &mut Reader) -> Reading {
        match self.snapshot.picture() {
            Ok(picture) => reader.read(&picture, self.frame, &self.settings),
            // Only where nothing was ever left in it.
            Err(_) => Reading::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::FrameTime;
    use crate::picture::{Colour, PixelFormat, Plane};

    fn frame(pts: u64) -> Frame {
        let time = FrameTime { pts, skipped: 0 };
        Frame { pts, time }
    }

    #[test]
    fn the_frame_that_waits_is_the_newest_and_knows_how_many_it_replaced() {
        let worker = Worker {
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
            worker.offer(&picture, frame(pts), AnalysisSettings::default());
        }
        let state = worker.shared.lock();
        let waiting = state.waiting.as_ref().unwrap().frame;
        assert_eq!((waiting.pts, waiting.time.skipped), (4, 4));
        assert!(state.spare.is_empty(), "one snapshot serves all five");
        assert_eq!(worker.stats.totals().skipped, 4);
    }
}
