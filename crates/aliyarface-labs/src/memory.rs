//! What this process holds of memory, as the system and as the C library count it.

use anyhow::{Context, Result, ensure};

const MB: f64 = 1024.0 * 1024.0;

/// Lets glibc open no more than `most` arenas, as the host of a process may that starts pipelines all day: what
/// was freed in one thread then serves the next. To be called before there are threads.
///
/// # Errors
/// glibc refuses.
pub fn limit_arenas(most: u16) -> Result<()> {
    // SAFETY: it sets a number of the allocator's, under its own lock.
    #[allow(unsafe_code)]
    let set = unsafe { libc::mallopt(libc::M_ARENA_MAX, most.into()) };
    ensure!(set == 1, "glibc takes no limit of {most} arenas");
    Ok(())
}

/// Memory of this process in MB.
#[derive(Debug, Clone, Copy)]
pub struct Memory {
    /// Resident pages of every kind (`VmRSS`).
    pub resident: f64,
    /// Of the heap, what somebody holds: a leak makes it grow.
    pub used: f64,
    /// Of the heap, what was freed and is kept by the C library for whoever asks next.
    pub free: f64,
}

impl Memory {
    /// What it is now.
    ///
    /// # Errors
    /// The system does not say.
    pub fn now() -> Result<Self> {
        let status = std::fs::read_to_string("/proc/self/status")?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes = line.and_then(|line| line.split_whitespace().next());
        let kilobytes: f64 = kilobytes.context("no VmRSS")?.parse()?;
        // SAFETY: any thread may ask at any time; the heap's own books are read under its own locks.
        #[allow(unsafe_code)]
        let heap = unsafe { libc::mallinfo2() };
        Ok(Self {
            resident: kilobytes / 1024.0,
            used: (heap.uordblks + heap.hblkhd) as f64 / MB,
            free: heap.fordblks as f64 / MB,
        })
    }
}
