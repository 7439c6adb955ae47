//! Freed memory that glibc keeps.
//!
//! glibc has eight arenas a processor, and keeps what was freed in an arena for the threads that use it
//! next. A pipeline starts new threads each time, and chance gives them other arenas than the last ones,
//! until each has grown to what a stream needs: `docs/soak.md` has the measurements.

use std::fs;

/// Memory of a process, in bytes, beyond which nothing is returned. `malloc_trim` locks one arena after the
/// other and goes over everything that is free in it: .1 s and more in a heap of 2 GB, in which the host's
/// threads wait for memory. What a stream of ours leaves behind is small beside such a heap.
const LARGEST_TRIMMED: u64 = 512 << 20;

/// Returns freed memory to the system (`malloc_trim(0)`), unless the process holds much: after networks were
/// read, which takes and frees blocks of their whole size, and around a stream.
pub fn trim() {
    if anonymous_memory().is_some_and(|bytes| bytes <= LARGEST_TRIMMED) {
        // SAFETY: the function may be called at any time by any thread, and touches freed memory only.
        unsafe { libc::malloc_trim(0) };
    }
}

/// Bytes of this process's memory that no file is behind, the heap above all; in some ten microseconds.
fn anonymous_memory() -> Option<u64> {
    let pages = fs::read_to_string("/proc/self/statm").ok()?;
    let mut pages = pages.split(' ').map(str::parse::<u64>);
    let (resident, shared) = (pages.nth(1)?.ok()?, pages.next()?.ok()?);
    // SAFETY: it asks for a constant.
    let page = u64::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).ok()?;
    Some(resident.saturating_sub(shared) * page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_block_counts_as_anonymous_memory() {
        let before = anonymous_memory().unwrap();
        // Hidden from the optimiser, which would not take memory that nobody reads; large, as other
        // tests take and free memory meanwhile.
        let block = std::hint::black_box(vec![1u8; 256 << 20]);
        let after = anonymous_memory().unwrap();
        drop(block);
        assert!(after > before + (128 << 20), "{before} {after}");
    }
}
