//! What every stage asks of the process it runs in: threads, scheduling, memory, and panics as
//! errors.

#[allow(unsafe_code)]
pub mod malloc;
pub mod panics;
pub mod private;
#[allow(unsafe_code)]
pub mod sched;
pub mod threads;
