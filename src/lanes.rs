//! Threads that share the work on a frame.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::background;

/// Runs pieces of work side by side where there are threads for them, else one after the other: what comes
/// out is the same. Clones share their threads; the default has none but the caller's.
#[derive(Clone, Default)]
pub struct Lanes {
    pool: Option<Arc<ThreadPool>>,
}

impl Lanes {
    /// Lanes for `threads` threads; the caller's own where those are fewer than two, or the system
    /// has none to spare.
    pub fn new(threads: u32) -> Self {
        let build = || {
            let pool = ThreadPoolBuilder::new()
                .num_threads(threads as usize)
                .thread_name(|lane| format!("aliyarface-{lane}"))
                .start_handler(|_| background::enter());
            pool.build().ok().map(Arc::new)
        };
        Self {
            pool: if threads > 1 { build() } else { None },
        }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.pool
            .as_ref()
            .map_or(1, |pool| pool.current_num_threads())
    }

    /// What `work` gives, which is done in a lane where there are several, so that what it asks of them
    /// needs nobody to be woken first.
    pub fn within<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        match &self.pool {
            Some(pool) => pool.install(work),
            None => work(),
        }
    }

    /// What both give.
    pub fn both<A: Send, B: Send>(
        &self,
        first: impl FnOnce() -> A + Send,
        second: impl FnOnce() -> B + Send,
    ) -> (A, B) {
        match &self.pool {
            Some(pool) => pool.join(first, second),
            None => (first(), second()),
        }
    }

    /// What `work` gives for each item, in their order.
    pub fn each<I: Send, R: Send>(
        &self,
        items: Vec<I>,
        work: impl Fn(I) -> R + Send + Sync,
    ) -> Vec<R> {
        match &self.pool {
            Some(pool) if items.len() > 1 => pool.install(|| {
                let items = items.into_par_iter().with_max_len(1);
                items.map(work).collect()
            }),
            _ => items.into_iter().map(work).collect(),
        }
    }
}

/// Tools of which everybody who works at the same time needs one.
pub struct Tools<T>(Mutex<Vec<T>>);

impl<T> Default for Tools<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T> Tools<T> {
    /// Works with an idle tool, or one that is made if there is none.
    pub fn with<R>(&self, make: impl FnOnce() -> T, work: impl FnOnce(&mut T) -> R) -> R {
        let idle = self.idle().pop();
        let mut tool = idle.unwrap_or_else(make);
        let result = work(&mut tool);
        self.idle().push(tool);
        result
    }

    fn idle(&self) -> MutexGuard<'_, Vec<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use super::*;

    #[test]
    fn two_lanes_work_at_the_same_time_and_one_lane_in_turn() {
        let meeting = Barrier::new(2);
        let met = Lanes::new(2).both(|| meeting.wait().is_leader(), || meeting.wait().is_leader());
        assert!(met.0 != met.1);
        let order = Mutex::new(Vec::new());
        let note = |step| order.lock().unwrap().push(step);
        Lanes::new(1).both(|| note(1), || note(2));
        assert_eq!(*order.lock().unwrap(), [1, 2]);
    }

    #[test]
    fn results_keep_the_order_of_what_was_asked() {
        for threads in [1, 2, 4] {
            let squares = Lanes::new(threads).each((0..100).collect(), |number| number * number);
            assert!(
                squares
                    .iter()
                    .enumerate()
                    .all(|(index, &square)| square == index * index)
            );
        }
    }

    #[test]
    fn a_tool_is_made_only_when_all_others_are_in_use() {
        let (tools, made) = (Tools::default(), Mutex::new(0));
        let make = || *made.lock().unwrap() += 1;
        for _ in 0..3 {
            tools.with(make, |()| ());
        }
        assert_eq!(*made.lock().unwrap(), 1);
        tools.with(make, |()| tools.with(make, |()| ()));
        assert_eq!(*made.lock().unwrap(), 2);
    }

    #[test]
    #[should_panic(expected = "a stage broke")]
    fn a_panic_in_a_lane_reaches_the_caller() {
        Lanes::new(2).each(vec![1, 2, 3], |item| assert_ne!(item, 2, "a stage broke"));
    }
}
