//! Threads that share the work on a frame.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use super::sched;

/// A pool of worker threads, or the caller's thread alone; results do not depend on the number of
/// threads. Clones share the pool. The default is the caller's thread alone.
#[derive(Clone, Default)]
pub struct Threads {
    pool: Option<Arc<ThreadPool>>,
}

impl Threads {
    /// A pool of `threads` workers. With fewer than two, or where the system can start none, work
    /// runs on the caller's thread.
    pub fn new(threads: u32) -> Self {
        let build = || {
            let pool = ThreadPoolBuilder::new()
                .num_threads(threads as usize)
                .thread_name(|index| format!("aliyarface-{index}"))
                .start_handler(|_| sched::enter_batch());
            pool.build().ok().map(Arc::new)
        };
        Self {
            pool: if threads > 1 { build() } else { None },
        }
    }

    /// Number of threads that work at the same time, at least 1.
    pub fn count(&self) -> usize {
        self.pool
            .as_ref()
            .map_or(1, |pool| pool.current_num_threads())
    }

    /// Runs `work` on a thread of the pool, as [`ThreadPool::install`]: `join` and `map` within it
    /// wake one thread fewer.
    pub fn install<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        match &self.pool {
            Some(pool) => pool.install(work),
            None => work(),
        }
    }

    /// Runs both closures, in parallel where there are threads, as [`ThreadPool::join`].
    pub fn join<A: Send, B: Send>(
        &self,
        first: impl FnOnce() -> A + Send,
        second: impl FnOnce() -> B + Send,
    ) -> (A, B) {
        match &self.pool {
            Some(pool) => pool.join(first, second),
            None => (first(), second()),
        }
    }

    /// Maps `work` over the items in parallel; the results keep the items' order.
    pub fn map<I: Send, R: Send>(
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

/// Reusable scratch values; every thread that works at the same time gets its own.
pub struct ScratchPool<T>(Mutex<Vec<T>>);

impl<T> Default for ScratchPool<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T> ScratchPool<T> {
    /// Runs `work` with an idle value, or with a new one from `make` if all are in use.
    pub fn with<R>(&self, make: impl FnOnce() -> T, work: impl FnOnce(&mut T) -> R) -> R {
        let idle = self.idle().pop();
        let mut scratch = idle.unwrap_or_else(make);
        let result = work(&mut scratch);
        self.idle().push(scratch);
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
    fn two_threads_work_at_the_same_time_and_one_thread_in_turn() {
        let meeting = Barrier::new(2);
        let met =
            Threads::new(2).join(|| meeting.wait().is_leader(), || meeting.wait().is_leader());
        assert!(met.0 != met.1);
        let order = Mutex::new(Vec::new());
        let note = |step| order.lock().unwrap().push(step);
        Threads::new(1).join(|| note(1), || note(2));
        assert_eq!(*order.lock().unwrap(), [1, 2]);
    }

    #[test]
    fn results_keep_the_order_of_what_was_asked() {
        for threads in [1, 2, 4] {
            let squares = Threads::new(threads).map((0..100).collect(), |number| number * number);
            assert!(
                squares
                    .iter()
                    .enumerate()
                    .all(|(index, &square)| square == index * index)
            );
        }
    }

    #[test]
    fn a_scratch_value_is_made_only_when_all_others_are_in_use() {
        let (pool, made) = (ScratchPool::default(), Mutex::new(0));
        let make = || *made.lock().unwrap() += 1;
        for _ in 0..3 {
            pool.with(make, |()| ());
        }
        assert_eq!(*made.lock().unwrap(), 1);
        pool.with(make, |()| pool.with(make, |()| ()));
        assert_eq!(*made.lock().unwrap(), 2);
    }

    #[test]
    #[should_panic(expected = "a stage broke")]
    fn a_panic_in_a_thread_reaches_the_caller() {
        Threads::new(2).map(vec![1, 2, 3], |item| assert_ne!(item, 2, "a stage broke"));
    }
}
