//! What a process may take that decodes what somebody else sent.

use std::fs;

use anyhow::{Context, Result};
use rustix::process::{Resource, Rlimit, setrlimit};
use rustix::thread::set_no_new_privs;

/// How much sooner than its parent the kernel ends such a process where memory is short.
const OOM: &str = "500";

/// What a process may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Address space in bytes: the libraries of the nets are mapped whole, some 3 GB of which a tenth
    /// is used.
    addresses: u64,
    /// The longest file that it may write in bytes.
    file: u64,
    /// Files that may be open.
    open: u64,
}

/// Of a server's session, which writes nothing but its log.
pub const SESSION: Limits = Limits {
    addresses: 6 << 30,
    file: 1 << 20,
    open: 256,
};

/// Of the reader of an archive's file: a large video needs more, and its output is written.
pub const READER: Limits = Limits {
    addresses: 16 << 30,
    file: 64 << 30,
    open: 256,
};

impl Limits {
    /// Limits this process, once and for all.
    ///
    /// # Errors
    /// The kernel refuses.
    pub fn apply(self) -> Result<()> {
        self.set().context("the limits cannot be set")
    }

    fn set(self) -> Result<()> {
        set_no_new_privs(true)?;
        for (resource, most) in [
            (Resource::As, self.addresses),
            (Resource::Core, 0),
            (Resource::Fsize, self.file),
            (Resource::Nofile, self.open),
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
}
