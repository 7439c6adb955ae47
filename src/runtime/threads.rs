//! Threads that share the work on a frame.

use std::cell::Cell;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::available_parallelism;

use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use super::sched;

/// Threads that may share the work on a frame; results do not depend on their number. The default is
/// the caller's thread alone.
///
/// All elements of a process take turns with as many pools as its processors can keep busy. A frame
/// that finds every pool at work stays on its own thread: parting it would cost time and gain none.
#[derive(Clone, Default)]
pub struct Threads {
    pools: Option<Arc<Pools>>,
}

/// Pools of one size.
struct Pools {
    /// Of each pool, at least 2.
    threads: usize,
    most: usize,
    stock: Mutex<IdlePools>,
}

#[derive(Default)]
struct IdlePools {
    idle: Vec<ThreadPool>,
    made: usize,
}

/// A pool at work, which is idle again on drop.
struct Lease<'a> {
    pools: &'a Pools,
    pool: Option<ThreadPool>,
}

thread_local! {
    /// Whether this thread works on a frame without a pool.
    static ALONE: Cell<bool> = const { Cell::new(false) };
}

impl Pools {
    fn new(threads: usize, most: usize) -> Self {
        Self {
            threads,
            most,
            stock: Mutex::default(),
        }
    }

    /// Those of `threads` each that the process has, or new ones.
    fn shared(threads: usize) -> Arc<Self> {
        static SHARED: LazyLock<Mutex<HashMap<usize, Weak<Pools>>>> = LazyLock::new(Mutex::default);
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pools) = shared.get(&threads).and_then(Weak::upgrade) {
            return pools;
        }
        let processors = available_parallelism().map_or(1, usize::from);
        let pools = Arc::new(Self::new(threads, (processors / threads).max(1)));
        shared.insert(threads, Arc::downgrade(&pools));
        pools
    }

    fn stock(&self) -> MutexGuard<'_, IdlePools> {
        self.stock.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An idle pool; `None` where all are at work, or the system can start no thread.
    fn lease(&self) -> Option<Lease<'_>> {
        let mut stock = self.stock();
        if stock.idle.is_empty() && stock.made < self.most {
            let pool = ThreadPoolBuilder::new()
                .num_threads(self.threads)
                .thread_name(|index| format!("aliyarface-{index}"))
                .start_handler(|_| sched::enter_batch());
            let pool = pool.build().ok()?;
            stock.made += 1;
            stock.idle.push(pool);
        }
        let pool = stock.idle.pop()?;
        Some(Lease {
            pools: self,
            pool: Some(pool),
        })
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        self.pools.stock().idle.extend(self.pool.take());
    }
}

/// Runs `work` so that all of it stays on this thread: where every processor is at work already, parting it costs
/// time and gains none.
pub fn alone<R>(work: impl FnOnce() -> R) -> R {
    struct Restore(bool);
    impl Drop for Restore {
        fn drop(&mut self) {
            ALONE.set(self.0);
        }
    }
    let _restore = Restore(ALONE.replace(true));
    work()
}

fn in_pool() -> bool {
    rayon::current_thread_index().is_some()
}

impl Threads {
    /// Pools of `threads` workers, which the process shares. With fewer than two, or where the system
    /// can start none, work runs on the caller's thread.
    pub fn new(threads: u32) -> Self {
        Self {
            pools: (threads > 1).then(|| Pools::shared(threads as usize)),
        }
    }

    /// Number of threads that work at the same time on what this thread asks for, at least 1.
    pub fn count(&self) -> usize {
        match &self.pools {
            Some(_) if in_pool() => rayon::current_num_threads(),
            Some(pools) if !ALONE.get() => pools.threads,
            _ => 1,
        }
    }

    /// Runs `work` on a thread of an idle pool, or here: what it shares by `join` and `map` is shared
    /// with that pool alone.
    pub fn install<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        let pools = self.pools.as_ref().filter(|_| !in_pool() && !ALONE.get());
        let Some(pools) = pools else {
            return work();
        };
        let lease = pools.lease();
        match lease.as_ref().and_then(|lease| lease.pool.as_ref()) {
            Some(pool) => pool.install(work),
            None => alone(work),
        }
    }

    /// Runs both closures, in parallel where there are threads, as [`rayon::join`].
    pub fn join<A: Send, B: Send>(
        &self,
        first: impl FnOnce() -> A + Send,
        second: impl FnOnce() -> B + Send,
    ) -> (A, B) {
        match &self.pools {
            Some(_) if in_pool() => rayon::join(first, second),
            Some(_) if !ALONE.get() => self.install(|| self.join(first, second)),
            _ => (first(), second()),
        }
    }

    /// Maps `work` over the items in parallel; the results keep the items' order.
    pub fn map<I: Send, R: Send>(
        &self,
        items: Vec<I>,
        work: impl Fn(I) -> R + Send + Sync,
    ) -> Vec<R> {
        match &self.pools {
            Some(_) if items.len() > 1 && in_pool() => {
                let items = items.into_par_iter().with_max_len(1);
                items.map(work).collect()
            }
            Some(_) if items.len() > 1 && !ALONE.get() => self.install(|| self.map(items, work)),
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
    use std::thread;

    use super::*;

    /// Threads of a test's own: those of the process may be at work for other tests.
    fn own(threads: usize) -> Threads {
        Threads {
            pools: Some(Arc::new(Pools::new(threads, 1))),
        }
    }

    #[test]
    fn two_threads_work_at_the_same_time_and_one_thread_in_turn() {
        let meeting = Barrier::new(2);
        let met = own(2).join(|| meeting.wait().is_leader(), || meeting.wait().is_leader());
        assert!(met.0 != met.1);
        let order = Mutex::new(Vec::new());
        let note = |step| order.lock().unwrap().push(step);
        Threads::new(1).join(|| note(1), || note(2));
        assert_eq!(*order.lock().unwrap(), [1, 2]);
    }

    #[test]
    fn a_frame_that_finds_every_pool_at_work_stays_on_its_own_thread_until_one_is_idle_again() {
        let threads = own(2);
        let here = || thread::current().id();
        threads.install(|| {
            let other = threads.clone();
            let alone = thread::spawn(move || {
                let on = other.install(|| (other.count(), other.join(here, here), here()));
                (on, here())
            });
            let ((count, (first, second), within), own) = alone.join().unwrap();
            assert_eq!(
                (count, first, second, within),
                (1, own, own, own),
                "one thread"
            );
        });
        let caller = here();
        assert!(threads.install(|| here() != caller && threads.count() == 2));
    }

    #[test]
    fn elements_that_ask_for_as_many_threads_share_them() {
        let pools = || Threads::new(3).pools.unwrap();
        let first = pools();
        assert!(Arc::ptr_eq(&first, &pools()));
    }

    #[test]
    fn what_is_to_stay_on_its_own_thread_takes_no_idle_pool() {
        let here = || thread::current().id();
        let threads = own(2);
        let inside = alone(|| {
            (
                threads.count(),
                threads.install(here),
                threads.join(here, here),
            )
        });
        assert_eq!(inside, (1, here(), (here(), here())));
        assert_eq!(threads.count(), 2, "only meanwhile");
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
    fn a_panic_in_a_thread_reaches_the_caller_and_its_pool_works_on() {
        let threads = own(2);
        let broken = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            threads.map(vec![1, 2, 3], |item| assert_ne!(item, 2, "a stage broke"))
        }));
        assert!(broken.is_err());
        assert_eq!(threads.install(|| threads.count()), 2);
    }
}
