//! The scheduling policy of threads that must not delay the host's.

use libc::{SCHED_BATCH, SCHED_OTHER, c_int, sched_getscheduler, sched_param, sched_setscheduler};

/// Gives this thread, and those that it starts, the policy `SCHED_BATCH`: woken up, it does not
/// preempt the thread that woke it. On two processors a frame that is handed to such a thread
/// would otherwise stay behind it until the scheduler's next tick (4 ms). A thread with another
/// policy than the usual one keeps it.
pub fn enter_batch() {
    replace_policy(SCHED_OTHER, SCHED_BATCH);
}

/// Runs `work`, whose new threads get the policy of [`enter_batch`]; this thread keeps its own.
pub fn with_batch_children<T>(work: impl FnOnce() -> T) -> T {
    struct Restore(bool);
    impl Drop for Restore {
        fn drop(&mut self) {
            if self.0 {
                replace_policy(SCHED_BATCH, SCHED_OTHER);
            }
        }
    }
    let _restore = Restore(replace_policy(SCHED_OTHER, SCHED_BATCH));
    work()
}

/// Gives this thread the policy `to` if it has `from`; returns whether it did.
fn replace_policy(from: c_int, to: c_int) -> bool {
    let parameters = sched_param { sched_priority: 0 };
    // SAFETY: both calls concern this thread alone, and the parameters outlive them.
    unsafe { sched_getscheduler(0) == from && sched_setscheduler(0, to, &parameters) == 0 }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    fn policy() -> c_int {
        // SAFETY: it concerns this thread alone.
        unsafe { sched_getscheduler(0) }
    }

    #[test]
    fn threads_started_meanwhile_are_batch_and_the_starter_keeps_its_policy() {
        let own = policy();
        let started = with_batch_children(|| thread::spawn(policy).join().unwrap());
        assert_eq!((started, policy()), (SCHED_BATCH, own));
        assert!(
            thread::spawn(|| {
                enter_batch();
                policy()
            })
            .join()
            .unwrap()
                == SCHED_BATCH
        );
    }
}
