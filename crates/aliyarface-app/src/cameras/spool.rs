//! Events on this machine's disk until the broker has them: in order, and each once.
//!
//! A worker appends to a file of its own, which it locks; the file beside it says how many bytes of it are delivered. What a
//! worker left that died is delivered by the next one that starts with the same folder.

use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

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
    waiting: u64,
    lost: u64,
}

impl Spool {
    /// A new file in `folder`.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn new(folder: &Path, worker: &str) -> Result<Arc<Self>> {
        fs::create_dir_all(folder)
            .with_context(|| format!("{} cannot be made", folder.display()))?;
        let path = folder.join(format!("{worker}.jsonl"));
        Self::open(path).map(Arc::new)
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
        let kept = Kept {
            file,
            path,
            written: whole,
            delivered,
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

impl Kept {
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
mod tests {
    use super::*;

    fn event(seq: u64) -> Spooled {
        let event = FleetEvent {
            camera: "door".to_owned(),
            epoch: 3,
            seq,
            worker: "one".to_owned(),
            at_ms: 0,
            stream_time: None,
            events: Vec::new(),
        };
        Spooled { event, late: false }
    }

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("aliyarface-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        folder
    }

    fn next(spool: &Spool) -> Option<u64> {
        let (event, end) = spool.next()?;
        spool.acknowledge(end).unwrap();
        Some(event.unwrap().event.seq)
    }

    #[test]
    fn events_come_out_in_order_and_the_file_is_empty_then() {
        let folder = folder("spool-order");
        let spool = Spool::new(&folder, "one").unwrap();
        assert!((1..=3).all(|seq| spool.add(&event(seq))));
        assert_eq!(spool.waiting(), 3);
        assert_eq!(
            (1..=3).map(|_| next(&spool)).collect::<Vec<_>>(),
            [Some(1), Some(2), Some(3)]
        );
        assert_eq!(fs::metadata(folder.join("one.jsonl")).unwrap().len(), 0);
        assert!(spool.add(&event(4)));
        assert_eq!((next(&spool), next(&spool)), (Some(4), None));
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn what_a_dead_worker_left_is_found_without_what_was_told_and_without_half_a_line() {
        let folder = folder("spool-left");
        let spool = Spool::new(&folder, "one").unwrap();
        assert!((1..=3).all(|seq| spool.add(&event(seq))));
        assert_eq!(next(&spool), Some(1));
        assert!(
            Spool::left(&folder).is_empty(),
            "one who lives is left alone"
        );
        drop(spool);
        let mut file = OpenOptions::new()
            .append(true)
            .open(folder.join("one.jsonl"))
            .unwrap();
        file.write_all(b"{\"event\":").unwrap();
        drop(file);
        let left = Spool::left(&folder);
        assert_eq!(left[0].waiting(), 2);
        assert_eq!(
            [next(&left[0]), next(&left[0]), next(&left[0])],
            [Some(2), Some(3), None]
        );
        fs::remove_dir_all(folder).unwrap();
    }
}
