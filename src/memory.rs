//! Memory that was freed and that the C library keeps.
//!
//! glibc has arenas, eight a processor, and keeps what was freed in an arena for whoever works there next. A
//! pipeline has new threads at each start, and chance gives them other arenas than the last ones, until each
//! has grown to what a stream needs: `docs/soak.md` has the measurements.

/// Gives what was freed back to the system: after networks were read, which takes and frees blocks of their
/// whole size, and around a stream. It takes about a millisecond, in which other threads may wait for memory.
pub fn give_back() {
    // SAFETY: the function may be called at any time by any thread, and touches freed memory only.
    unsafe { libc::malloc_trim(0) };
}
