//! Slots for analyses: not more in the background than there are processors, and none once the process exits.
//!
//! Streams that are analysed in the background at the same time only take the caches from each other, so each waits
//! for a processor, and takes its newest frame then. When the process exits, its libraries' destructors run while
//! its other threads go on: whoever calls `exit` waits for the analyses that run, and no new one begins.

use std::collections::VecDeque;
use std::process;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, Once, PoisonError};
use std::thread::{self, available_parallelism};
use std::time::{Duration, Instant};

/// How long a frame waits for a processor: longer than most analyses, and so short that one that never ends, and so
/// keeps its slot, holds no other stream up.
const PATIENCE: Duration = Duration::from_millis(50);
/// How long the end of the process waits for the analyses that run.
const EXIT_PATIENCE: Duration = Duration::from_secs(2);
/// How often it looks.
const EXIT_STEP: Duration = Duration::from_millis(1);

/// The analyses of a process, and those that wait to begin.
struct AnalysisSlots {
    running: AtomicUsize,
    ended: AtomicBool,
    slots: Mutex<Slots>,
}

struct Slots {
    taken: usize,
    next_ticket: u64,
    /// Those that wait, in their order: each has a condition variable of its own, so that none wakes for another's turn.
    waiting: VecDeque<(u64, Arc<Condvar>)>,
}

static PROCESS_SLOTS: AnalysisSlots = AnalysisSlots::new();

/// An analysis that runs.
pub struct RunningAnalysis(&'static AnalysisSlots);

/// A processor's worth of analyses in the background.
pub struct Slot {
    owner: &'static AnalysisSlots,
    /// Whether every processor had an analysis of its own once this was given.
    pub saturated: bool,
}

/// A turn for an analysis; `None` once the process exits.
pub fn begin() -> Option<RunningAnalysis> {
    PROCESS_SLOTS.begin()
}

/// Waits, though not for ever, until fewer analyses run in the background than there are processors.
pub fn wait() -> Slot {
    let processors = available_parallelism().map_or(1, usize::from);
    PROCESS_SLOTS.wait(processors, PATIENCE)
}

/// Lets the exit of this process wait for analyses. To be called once libraries are open: what is registered last
/// runs first, so their destructors come later.
pub fn watch_exit() {
    static REGISTERED: Once = Once::new();
    REGISTERED.call_once(|| {
        PROCESS.store(process::id(), Ordering::SeqCst);
        // SAFETY: the function may run at any time on any thread, and the plugin is never unloaded.
        unsafe { libc::atexit(at_exit) };
    });
}

/// The process that registered [`at_exit`]: in its forks nothing runs that could be waited for.
static PROCESS: AtomicU32 = AtomicU32::new(0);

extern "C" fn at_exit() {
    if process::id() == PROCESS.load(Ordering::SeqCst) {
        PROCESS_SLOTS.end(EXIT_PATIENCE);
    }
}

impl AnalysisSlots {
    const fn new() -> Self {
        Self {
            running: AtomicUsize::new(0),
            ended: AtomicBool::new(false),
            slots: Mutex::new(Slots {
                taken: 0,
                next_ticket: 0,
                waiting: VecDeque::new(),
            }),
        }
    }

    fn begin(&'static self) -> Option<RunningAnalysis> {
        self.running.fetch_add(1, Ordering::SeqCst);
        let turn = RunningAnalysis(self);
        (!self.ended.load(Ordering::SeqCst)).then_some(turn)
    }

    /// Without a lock: another thread may hold one for ever.
    fn end(&self, patience: Duration) {
        self.ended.store(true, Ordering::SeqCst);
        let deadline = Instant::now() + patience;
        while self.running.load(Ordering::SeqCst) > 0 && Instant::now() < deadline {
            thread::sleep(EXIT_STEP);
        }
    }

    fn wait(&'static self, slots: usize, patience: Duration) -> Slot {
        let mut state = self.lock();
        let ticket = state.next_ticket;
        state.next_ticket += 1;
        let condition = Arc::new(Condvar::new());
        state.waiting.push_back((ticket, Arc::clone(&condition)));
        let waited = condition.wait_timeout_while(state, patience, |state| {
            state.taken >= slots
                || state
                    .waiting
                    .front()
                    .is_some_and(|(first, _)| *first != ticket)
        });
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        state.waiting.retain(|(other, _)| *other != ticket);
        state.taken += 1;
        let saturated = state.taken >= slots || !state.waiting.is_empty();
        // There may be a slot for the next in line too.
        state.call_next();
        Slot {
            owner: self,
            saturated,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Slots> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Slots {
    /// Lets the next in line see whether a slot is free.
    fn call_next(&self) {
        if let Some((_, condition)) = self.waiting.front() {
            condition.notify_one();
        }
    }
}

impl Drop for RunningAnalysis {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut slots = self.owner.lock();
        slots.taken = slots.taken.saturating_sub(1);
        slots.call_next();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    fn own() -> &'static AnalysisSlots {
        Box::leak(Box::new(AnalysisSlots::new()))
    }

    #[test]
    fn who_waits_for_a_place_gets_it_in_order_and_one_that_is_never_returned_stops_nobody() {
        let owner = own();
        assert!(!owner.wait(2, PATIENCE).saturated, "a processor is free");
        let first = owner.wait(1, PATIENCE);
        assert!(first.saturated);
        let (send, receive) = mpsc::channel();
        let waiting = |name| {
            let send = send.clone();
            let thread = thread::spawn(move || {
                let slot = owner.wait(1, Duration::from_secs(60));
                send.send(name).unwrap();
                drop(slot);
            });
            while owner.lock().waiting.len() < name {
                thread::yield_now();
            }
            thread
        };
        let threads = [waiting(1), waiting(2), waiting(3)];
        assert!(receive.try_recv().is_err(), "the place is taken");
        drop(first);
        let order: Vec<usize> = receive.iter().take(3).collect();
        assert_eq!(order, [1, 2, 3]);
        for thread in threads {
            thread.join().unwrap();
        }

        std::mem::forget(owner.wait(1, PATIENCE));
        drop(owner.wait(1, Duration::from_millis(1)));
    }

    #[test]
    fn the_end_waits_for_what_runs_and_lets_nothing_begin() {
        let owner = own();
        let turn = owner.begin().unwrap();
        let (send, receive) = mpsc::channel();
        let end = thread::spawn(move || {
            owner.end(Duration::from_secs(60));
            send.send(()).unwrap();
        });
        while !owner.ended.load(Ordering::SeqCst) {
            thread::yield_now();
        }
        assert!(owner.begin().is_none());
        assert!(receive.try_recv().is_err(), "an analysis runs");
        drop(turn);
        receive.recv().unwrap();
        end.join().unwrap();
        // One that never ends is not waited for.
        let stuck = own();
        std::mem::forget(stuck.begin());
        stuck.end(Duration::from_millis(1));
    }
}
