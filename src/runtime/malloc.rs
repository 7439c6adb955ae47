//! Freed memory that glibc keeps.
//!
//! glibc has eight arenas a processor, and keeps what was freed in an arena for the threads that use it
//! next. A pipeline starts new threads each time, and chance gives them other arenas than the last ones,
//! until each has grown to what a stream needs: `docs/soak.md` has the measurements.

use std::fs;
use std::sync::OnceLock;

/// Memory of a host, in bytes, beyond which nothing is returned. `malloc_trim` locks one arena after the other
/// and goes over everything that is free in it, while the host's threads wait for memory: 3 to 9 ms in a heap of
/// 64 MB of which every other block is free, 25 to 50 in one of 512 MB, 90 to 200 in one of 2 GB.
const LARGEST_HOST: u64 = 64 << 20;
/// Memory of the whole process, in bytes, beyond which nothing is returned: two streams with every stage need
/// it, so a host that has grown meanwhile, or that runs many streams, is left alone.
const LARGEST_PROCESS: u64 = 256 << 20;

/// What the process held before networks were first loaded.
static HOST: OnceLock<Option<u64>> = OnceLock::new();

/// Remembers how much the host holds; to be called before networks are first loaded.
pub fn note_host() {
    HOST.get_or_init(anonymous_memory);
}

/// Returns freed memory to the system (`malloc_trim(0)`), unless the host holds much: after networks were
/// read, which takes and frees blocks of their whole size, and around a stream.
pub fn trim() {
    if may_trim(*HOST.get_or_init(anonymous_memory), anonymous_memory()) {
        // SAFETY: the function may be called at any time by any thread, and touches freed memory only.
        unsafe { libc::malloc_trim(0) };
    }
}

/// Whether to trim where the `host` held so many bytes before it had networks, and the `process` has so many now.
fn may_trim(host: Option<u64>, process: Option<u64>) -> bool {
    host.is_some_and(|bytes| bytes <= LARGEST_HOST)
        && process.is_some_and(|bytes| bytes <= LARGEST_PROCESS)
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
    fn no_heap_is_trimmed_of_a_host_that_holds_much_or_of_which_nothing_is_known() {
        let mb = |megabytes: u64| Some(megabytes << 20);
        assert!(may_trim(mb(10), mb(200)));
        for (host, process) in [(mb(2048), mb(2300)), (mb(100), mb(200)), (mb(10), mb(300))] {
            assert!(!may_trim(host, process), "{host:?} {process:?}");
        }
        assert!(!may_trim(None, mb(200)) && !may_trim(mb(10), None));
    }

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
