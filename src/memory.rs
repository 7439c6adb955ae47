//! Memory that loading leaves behind.

use std::ffi::c_int;

unsafe extern "C" {
    fn malloc_trim(pad: usize) -> c_int;
}

/// Gives what was freed back to the system. Reading networks takes and frees blocks of their whole
/// size, which the C library would keep, once more for each element.
pub(super) fn give_back() {
    // SAFETY: the function may be called at any time by any thread, and touches freed memory only.
    unsafe { malloc_trim(0) };
}
