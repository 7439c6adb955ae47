//! Threads that let those of the pipeline go first.

use libc::{SCHED_BATCH, SCHED_OTHER, c_int, sched_getscheduler, sched_param, sched_setscheduler};

/// Lets this thread, and those that it starts, go on as long as nobody else is waiting: woken up, it does
/// not push aside the thread that woke it. On two processors a frame that is handed to such a thread would
/// else stay behind it until the scheduler's next tick (4 ms). A thread that the host gave another than the
/// usual policy keeps it.
pub fn enter() {
    turn(SCHED_OTHER, SCHED_BATCH);
}

/// What `work` gives; threads that it starts are as after [`enter`], this one is as before.
pub fn during<T>(work: impl FnOnce() -> T) -> T {
    struct Back(bool);
    impl Drop for Back {
        fn drop(&mut self) {
            if self.0 {
                turn(SCHED_BATCH, SCHED_OTHER);
            }
        }
    }
    let _back = Back(turn(SCHED_OTHER, SCHED_BATCH));
    work()
}

/// Gives this thread the policy `to` if it has `from`; whether it did.
fn turn(from: c_int, to: c_int) -> bool {
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
    fn threads_started_meanwhile_are_patient_and_the_starter_is_as_before() {
        let own = policy();
        let started = during(|| thread::spawn(policy).join().unwrap());
        assert_eq!((started, policy()), (SCHED_BATCH, own));
        assert!(
            thread::spawn(|| {
                enter();
                policy()
            })
            .join()
            .unwrap()
                == SCHED_BATCH
        );
    }
}
