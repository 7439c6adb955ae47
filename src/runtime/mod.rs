//! What every stage asks of the process it runs in: threads, scheduling, slots for analyses, memory, libraries,
//! the processor's vectors, and panics as errors.

#[allow(unsafe_code)]
pub mod analysis_slots;
pub mod instructions;
#[allow(unsafe_code)]
pub mod malloc;
pub mod panics;
pub mod private;
#[allow(unsafe_code)]
pub mod sched;
pub mod threads;
pub mod waiting;
