//! Freed memory that glibc keeps.
//!
//! glibc has eight arenas a processor, and keeps what was freed in an arena for the threads that
//! use it next. A pipeline starts new threads each time, and chance gives them other arenas than
//! the last ones, until each has grown to what a stream needs: `docs/soak.md` has the
//! measurements.

/// Returns freed memory to the system (`malloc_trim(0)`): after networks were read, which takes
/// and frees blocks of their whole size, and around a stream. It takes about a millisecond, in
/// which other threads may wait for memory.
pub fn trim() {
    // SAFETY: the function may be called at any time by any thread, and touches freed memory only.
    unsafe { libc::malloc_trim(0) };
}
