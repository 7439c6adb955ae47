//! What a spool wrote, on the disk itself, where a power cut takes it no more.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};

use super::Spool;

/// Between two syncs: each takes a disk some milliseconds.
const INTERVAL: Duration = Duration::from_secs(1);

/// What is to be synced, apart from the spool's lock: events may be added meanwhile.
pub struct Unsynced {
    /// The file of the events.
    pub events: File,
    /// The file that says how many of them are delivered.
    pub delivered: PathBuf,
}

impl Unsynced {
    /// Waits until the disk has all of it. The number comes before the events: one of a file that was emptied since would
    /// call the new events delivered.
    ///
    /// # Errors
    /// The disk fails, or the folder is gone.
    pub fn sync(&self) -> io::Result<()> {
        match File::open(&self.delivered) {
            Ok(delivered) => delivered.sync_data()?,
            // Nothing was delivered yet.
            Err(err) if err.kind() == io::ErrorKind::NotFound => {}
            Err(err) => return Err(err),
        }
        sync_names(&self.delivered)?;
        self.events.sync_data()
    }
}

/// Waits until the disk knows the names in the folder of `path`.
///
/// # Errors
/// The disk fails, or the folder is gone.
pub fn sync_names(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) if folder.as_os_str().is_empty() => File::open(".")?.sync_all(),
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

/// Syncs `spool` on a thread of its own, once a second where something was added, until it is dropped.
///
/// # Errors
/// The system has no thread to spare.
pub fn keep_synced(spool: &Arc<Spool>) -> Result<()> {
    let spool = Arc::downgrade(spool);
    let thread = thread::Builder::new().name("spool-sync".to_owned());
    thread
        .spawn(move || sync_each_interval(&spool))
        .context("no thread can be started that syncs the spool")?;
    Ok(())
}

fn sync_each_interval(spool: &Weak<Spool>) {
    let mut failed = false;
    loop {
        thread::sleep(INTERVAL);
        let Some(spool) = spool.upgrade() else {
            return;
        };
        let synced = spool.sync();
        if let Err(err) = &synced
            && !failed
        {
            eprintln!(
                "aliyarface: the disk of the spool fails, and a power cut would lose events: {err}"
            );
        }
        failed = synced.is_err();
    }
}
