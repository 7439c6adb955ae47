//! Events on this machine's disk until the broker has them: in order, and each once.
//!
//! A worker appends to a file of its own, which it locks; the file beside it says how many bytes of it are delivered. What a
//! worker left that died is delivered by the next one that starts with the same folder.

mod sync;

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use self::sync::{Unsynced, keep_synced, sync_names};
use crate::nats::fleet::{Fleet, FleetEvent};

/// Bytes of a spool; events beyond are lost, and counted.
const LONGEST: u64 = 1 << 30;
/// Before the broker is asked again that was away.
const PAUSE: Duration = Duration::from_millis(500);

/// An event, and whether its lease stood when it was read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Spooled {
    /// The event.
    pub event: FleetEvent,
    /// The lease was not renewed in time: another worker may have read the same.
    pub late: bool,
}

/// See the module.
pub struct Spool {
    kept: Mutex<Kept>,
    news: Notify,
}

struct Kept {
    file: File,
    path: PathBuf,
    /// Bytes that were written, and those that are delivered.
    written: u64,
    delivered: u64,
    /// Something was written that a power cut may take.
    unsynced: bool,
    waiting: u64,
    lost: u64,
}

impl Spool {
    /// A new file in `folder`, which is synced each second.
    ///
    /// # Errors
    /// The folder cannot be written, or no thread can be started.
    pub fn new(folder: &Path, worker: &str) -> Result<Arc<Self>> {
        fs::create_dir_all(folder)
            .with_context(|| format!("{} cannot be made", folder.display()))?;
        let path = folder.join(format!("{worker}.jsonl"));
        sync_names(folder)
            .and_then(|()| sync_names(&path))
            .with_context(|| format!("{} cannot be synced", folder.display()))?;
        let spool = Arc::new(Self::open(path)?);
        keep_synced(&spool)?;
        Ok(spool)
    }

    /// What workers left that died.
    pub fn left(folder: &Path) -> Vec<Arc<Self>> {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        let paths = entries.map(|entry| entry.path());
        let files = paths.filter(|path| path.extension().is_some_and(|end| end == "jsonl"));
        // Whose lock is held lives.
        files
            .filter_map(|path| Self::open(path).ok().map(Arc::new))
            .collect()
    }

    fn open(path: PathBuf) -> Result<Self> {
        let mut options = OpenOptions::new();
        let mut file = options.create(true).read(true).append(true).open(&path)?;
        file.try_lock()?;
        let delivered = fs::read_to_string(path.with_extension("delivered")).unwrap_or_default();
        let delivered = delivered
            .trim()
            .parse()
            .unwrap_or(0)
            .min(file.metadata()?.len());
        let (mut whole, mut waiting) = (delivered, 0);
        file.seek(SeekFrom::Start(delivered))?;
        let mut lines = BufReader::new(&file);
        let mut line = Vec::new();
        // A line that a death cut short was delivered to nobody.
        while lines.read_until(b'\n', &mut line)? > 0 && line.ends_with(b"\n") {
            whole += line.len() as u64;
            waiting += 1;
            line.clear();
        }
        file.set_len(whole)?;
        // What a worker left that was killed may be in memory alone.
        file.sync_all()?;
        sync_names(&path)?;
        let kept = Kept {
            file,
            path,
            written: whole,
            delivered,
            unsynced: false,
            waiting,
            lost: 0,
        };
        Ok(Self {
            kept: Mutex::new(kept),
            news: Notify::new(),
        })
    }

    /// Appends an event; false where the disk does not take it.
    pub fn add(&self, event: &Spooled) -> bool {
        let mut kept = self.lock();
        let added = kept.add(event);
        if !added {
            kept.lost += 1;
            eprintln!(
                "aliyarface: {} takes no more events: {} are lost",
                kept.path.display(),
                kept.lost
            );
        }
        drop(kept);
        self.news.notify_one();
        added
    }

    /// Waits until the disk has what was added so far; does nothing where it has.
    ///
    /// # Errors
    /// The disk fails.
    fn sync(&self) -> io::Result<()> {
        let Some(unsynced) = self.lock().take_unsynced()? else {
            return Ok(());
        };
        let synced = unsynced.sync();
        if synced.is_err() {
            self.lock().unsynced = true;
        }
        synced
    }

    /// Events that wait.
    pub fn waiting(&self) -> u64 {
        self.lock().waiting
    }

    /// The next event, and where it ends.
    fn next(&self) -> Option<(Result<Spooled>, u64)> {
        let kept = self.lock();
        let mut file = File::open(&kept.path).ok()?;
        file.seek(SeekFrom::Start(kept.delivered)).ok()?;
        let mut line = Vec::new();
        BufReader::new(file).read_until(b'\n', &mut line).ok()?;
        let whole = line.ends_with(b"\n");
        whole.then(|| {
            let end = kept.delivered + line.len() as u64;
            (
                serde_json::from_slice(&line).context("a line of the spool is broken"),
                end,
            )
        })
    }

    /// The event that ends at `end` was delivered.
    fn acknowledge(&self, end: u64) -> Result<()> {
        let mut kept = self.lock();
        kept.delivered = end;
        kept.waiting = kept.waiting.saturating_sub(1);
        if kept.delivered == kept.written {
            // First the events: a number beyond the file's end counts as its end.
            kept.file.set_len(0)?;
            (kept.delivered, kept.written) = (0, 0);
            return kept.note(0);
        }
        kept.note(end)
    }

    /// Tells the broker each event, for ever.
    pub async fn deliver(self: Arc<Self>, fleet: Fleet) {
        loop {
            self.drain(&fleet, false).await;
            self.news.notified().await;
        }
    }

    /// Tells what a worker left that died, and removes its files.
    pub async fn deliver_rest(self: Arc<Self>, fleet: Fleet) {
        self.drain(&fleet, true).await;
        self.lock().remove();
    }

    /// Tells the broker what there is, however long it is away; `left` says that some may be stored already.
    pub async fn drain(&self, fleet: &Fleet, left: bool) {
        while let Some((event, end)) = self.next() {
            if let Ok(event) = event {
                let mut again = left;
                while let Err(err) = deliver(fleet, &event, again).await {
                    if !again {
                        eprintln!("aliyarface: events wait on this disk: {err:#}");
                        again = true;
                    }
                    tokio::time::sleep(PAUSE).await;
                }
            }
            if let Err(err) = self.acknowledge(end) {
                eprintln!("aliyarface: {err:#}");
            }
        }
    }

    /// Leaves nothing behind where nothing waits.
    pub fn remove_if_empty(&self) {
        let kept = self.lock();
        if kept.waiting == 0 {
            kept.remove();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Spool {
    fn drop(&mut self) {
        // Nobody is left to be told.
        let _ = self.sync();
    }
}

impl Kept {
    /// What is still to be synced.
    fn take_unsynced(&mut self) -> io::Result<Option<Unsynced>> {
        if !self.unsynced {
            return Ok(None);
        }
        let unsynced = Unsynced {
            events: self.file.try_clone()?,
            delivered: self.path.with_extension("delivered"),
        };
        self.unsynced = false;
        Ok(Some(unsynced))
    }

    fn add(&mut self, event: &Spooled) -> bool {
        let Ok(mut line) = serde_json::to_vec(event) else {
            return false;
        };
        line.push(b'\n');
        if self.written + line.len() as u64 > LONGEST {
            return false;
        }
        if self.file.write_all(&line).is_err() {
            // Half a line would hide the next one.
            let _ = self.file.set_len(self.written);
            return false;
        }
        self.written += line.len() as u64;
        self.waiting += 1;
        self.unsynced = true;
        true
    }

    fn remove(&self) {
        // What stays is found again by the next worker.
        let _ = fs::remove_file(&self.path);
        let _ = fs::remove_file(self.path.with_extension("delivered"));
    }

    fn note(&self, delivered: u64) -> Result<()> {
        let target = self.path.with_extension("delivered");
        let part = self.path.with_extension("part");
        fs::write(&part, delivered.to_string())?;
        Ok(fs::rename(part, target)?)
    }
}

/// Tells one event. `again` says that it may be stored already, without the broker's answer having come here.
async fn deliver(fleet: &Fleet, spooled: &Spooled, again: bool) -> Result<()> {
    let Spooled { event, late } = spooled;
    if *late {
        let held = fleet.held(&event.camera).await?;
        if held.is_none_or(|held| held.is_anothers(event.epoch, event.at_ms)) {
            // Another read the camera meanwhile, and told of the same.
            return Ok(());
        }
    }
    if again {
        // The broker's own memory of ids may be shorter than its absence.
        let last = fleet.last_event(&event.camera).await?;
        if last.is_some_and(|last| last.epoch == event.epoch && last.seq >= event.seq) {
            return Ok(());
        }
    }
    fleet.publish(event).await
}

#[cfg(test)]
mod tests;
