//! What the process of a session may take.

use std::fs;

use anyhow::Result;
use rustix::process::{Resource, Rlimit, setrlimit};
use rustix::thread::set_no_new_privs;

/// Address space in bytes: the libraries of the nets are mapped whole.
const ADDRESSES: u64 = 6 << 30;
/// The longest file that may be written in bytes; nothing is to be written at all.
const FILES: u64 = 1 << 20;
/// Files that may be open.
const OPEN: u64 = 256;
/// How much sooner than the server the kernel ends it where memory is short.
const OOM: &str = "500";

/// Limits this process, once and for all.
///
/// # Errors
/// The kernel refuses.
pub fn apply() -> Result<()> {
    set_no_new_privs(true)?;
    for (resource, most) in [
        (Resource::As, ADDRESSES),
        (Resource::Core, 0),
        (Resource::Fsize, FILES),
        (Resource::Nofile, OPEN),
    ] {
        let limit = Rlimit {
            current: Some(most),
            maximum: Some(most),
        };
        setrlimit(resource, limit)?;
    }
    // A container may forbid it; the limits above hold nevertheless.
    let _ = fs::write("/proc/self/oom_score_adj", OOM);
    Ok(())
}
