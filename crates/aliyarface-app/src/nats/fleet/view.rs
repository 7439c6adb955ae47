//! What a worker or a page sees of the fleet, kept up by the broker's news.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use async_nats::jetstream::kv::{Entry, Operation, Store};
use futures_util::StreamExt;
use serde_json::from_slice;

use super::{Camera, Fleet, Lease, LeaseHistory, TTL, WorkerState};

/// After this long without news of a kind of key its watch is made anew: one may have been lost with the broker.
const SILENT: Duration = Duration::from_secs(20);
/// Before a watch that could not be made is tried again.
const PAUSE: Duration = Duration::from_millis(500);

/// For how long the broker's clock goes as this machine's does.
const STEADY: Duration = Duration::from_secs(600);

/// A key's new value, or its end.
pub struct Change {
    key: String,
    value: Option<Vec<u8>>,
    revision: u64,
    created_ms: u64,
}

impl From<Entry> for Change {
    fn from(entry: Entry) -> Self {
        let put = entry.operation == Operation::Put;
        Self {
            key: entry.key,
            value: put.then(|| entry.value.to_vec()),
            revision: entry.revision,
            created_ms: u64::try_from(entry.created.unix_timestamp_nanos() / 1_000_000)
                .unwrap_or(0),
        }
    }
}

/// A value, and when it came here.
#[derive(Debug, Clone)]
struct Received<T> {
    value: T,
    at: Instant,
}

/// See the module.
#[derive(Debug, Clone, Default)]
pub struct FleetView {
    /// The cameras, each with the revision of its last change.
    pub cameras: BTreeMap<String, (u64, Camera)>,
    /// Who had each camera last.
    pub held: BTreeMap<String, LeaseHistory>,
    leases: BTreeMap<String, Received<Lease>>,
    workers: BTreeMap<String, Received<WorkerState>>,
    /// A moment of this machine, and the broker's clock then.
    clock: Option<(Instant, u64)>,
}

/// Whether a key is of cameras or workers; jobs of archives lie in the same bucket.
pub fn is_ours(key: &str) -> bool {
    let kind = key.split_once('.').map_or("", |(kind, _)| kind);
    ["CAMS", "HELD", "LEASE", "WORKER"].contains(&kind)
}

impl FleetView {
    /// Takes a change; what cannot be read is passed over, as of a newer version.
    pub fn apply(&mut self, change: Change) {
        let Some((kind, name)) = change.key.split_once('.') else {
            return;
        };
        let (name, at) = (name.to_owned(), Instant::now());
        self.set_clock(at, change.created_ms);
        let Some(value) = change.value else {
            match kind {
                "CAMS" => drop(self.cameras.remove(&name)),
                "HELD" => drop(self.held.remove(&name)),
                "LEASE" => drop(self.leases.remove(&name)),
                "WORKER" => drop(self.workers.remove(&name)),
                _ => {}
            }
            return;
        };
        match kind {
            "CAMS" => {
                if let Ok(camera) = from_slice(&value) {
                    self.cameras.insert(name, (change.revision, camera));
                }
            }
            "HELD" => {
                if let Ok(held) = from_slice(&value) {
                    self.held.insert(name, held);
                }
            }
            "LEASE" => {
                if let Ok(value) = from_slice(&value) {
                    self.leases.insert(name, Received { value, at });
                }
            }
            "WORKER" => {
                if let Ok(value) = from_slice(&value) {
                    self.workers.insert(name, Received { value, at });
                }
            }
            _ => {}
        }
    }

    /// News come late, never early: the latest clock that they ask for is the broker's, until it is old.
    fn set_clock(&mut self, now: Instant, told_ms: u64) {
        let is_known = self.clock.is_some_and(|(at, ms)| {
            let since = now.saturating_duration_since(at);
            since < STEADY && ms + since.as_millis() as u64 >= told_ms
        });
        if !is_known {
            self.clock = Some((now, told_ms));
        }
    }

    /// The broker's clock, in ms since 1970; this machine's before the broker told anything.
    pub fn now_ms(&self) -> u64 {
        let (at, ms) = self.clock.unwrap_or_else(|| {
            let now = SystemTime::now().duration_since(UNIX_EPOCH);
            (Instant::now(), now.map_or(0, |now| now.as_millis() as u64))
        });
        ms + at.elapsed().as_millis() as u64
    }

    /// The leases that stand.
    pub fn leases(&self) -> BTreeMap<&str, &Lease> {
        living(&self.leases)
    }

    /// The workers that live.
    pub fn workers(&self) -> BTreeMap<&str, &WorkerState> {
        living(&self.workers)
    }

    /// Why a camera that nobody reads waits.
    pub fn waits(&self, camera: &str) -> Option<String> {
        let (workers, leases) = (self.workers(), self.leases());
        if leases.contains_key(camera) {
            return None;
        }
        let mut able = workers
            .iter()
            .filter(|(_, worker)| !worker.refused.contains_key(camera));
        let room = |(name, worker): (&&str, &&WorkerState)| {
            let held = leases.values().filter(|lease| lease.worker == **name);
            held.count() < worker.capacity
        };
        let mut refusals = workers
            .values()
            .filter_map(|worker| worker.refused.get(camera));
        Some(match (workers.is_empty(), able.clone().next().is_some()) {
            (true, _) => "no worker takes cameras".to_owned(),
            (_, false) => refusals.next().cloned().unwrap_or_default(),
            _ if able.any(room) => "a worker takes it soon".to_owned(),
            _ => "no worker has room".to_owned(),
        })
    }

    /// As a worker's news.
    #[cfg(test)]
    pub fn see_worker(&mut self, name: &str, value: WorkerState) {
        let at = Instant::now();
        self.workers.insert(name.to_owned(), Received { value, at });
    }

    /// As a lease's news.
    #[cfg(test)]
    pub fn see_lease(&mut self, name: &str, value: Lease) {
        let at = Instant::now();
        self.leases.insert(name.to_owned(), Received { value, at });
    }

    fn forget_old(&mut self) {
        self.leases.retain(|_, seen| seen.at.elapsed() < TTL * 2);
        self.workers.retain(|_, seen| seen.at.elapsed() < TTL * 2);
    }
}

fn living<T>(all: &BTreeMap<String, Received<T>>) -> BTreeMap<&str, &T> {
    let living = all.iter().filter(|(_, seen)| seen.at.elapsed() < TTL);
    living
        .map(|(name, seen)| (name.as_str(), &seen.value))
        .collect()
}

/// A view that the broker's news keep up, as long as somebody holds it.
pub fn watch(fleet: &Fleet) -> Arc<Mutex<FleetView>> {
    let view = Arc::new(Mutex::new(FleetView::default()));
    for (store, keys) in [
        (&fleet.state, &["CAMS.*", "HELD.*"][..]),
        (&fleet.leases, &["LEASE.*", "WORKER.*"]),
    ] {
        for key in keys {
            tokio::spawn(follow(store.clone(), key, Arc::downgrade(&view)));
        }
    }
    view
}

async fn follow(store: Store, key: &'static str, view: std::sync::Weak<Mutex<FleetView>>) {
    while view.strong_count() > 0 {
        if let Ok(mut news) = store.watch_with_history(key).await {
            while let Ok(Some(Ok(entry))) = tokio::time::timeout(SILENT, news.next()).await {
                let Some(view) = view.upgrade() else { return };
                let mut view = view.lock().unwrap_or_else(PoisonError::into_inner);
                view.apply(Change::from(entry));
                view.forget_old();
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(key: &str, value: Option<&str>) -> Change {
        Change {
            key: key.to_owned(),
            value: value.map(|value| value.as_bytes().to_vec()),
            revision: 7,
            created_ms: 5_000,
        }
    }

    #[test]
    fn the_broker_s_clock_is_the_latest_that_its_news_ask_for() {
        let mut view = FleetView::default();
        let begun = Instant::now();
        let at = |ms| begun + Duration::from_millis(ms);
        view.set_clock(at(0), 1_000_000);
        // An old value, told late, and one that was quicker than the first.
        view.set_clock(at(100), 5);
        view.set_clock(at(200), 1_000_250);
        assert_eq!(view.clock, Some((at(200), 1_000_250)));
        view.set_clock(at(300), 1_000_340);
        assert_eq!(view.clock, Some((at(200), 1_000_250)));
    }

    #[test]
    fn a_view_follows_what_the_broker_tells_and_passes_over_what_it_cannot_read() {
        let mut view = FleetView::default();
        view.apply(change("CAMS.door", Some(r#"{"uri":"rtsp://a/"}"#)));
        view.apply(change("CAMS.hall", Some("{}")));
        view.apply(change(
            "WORKER.one",
            Some(r#"{"capacity":2,"cost-ms":null,"spooled":0}"#),
        ));
        view.apply(change("JOB.one", Some("{}")));
        assert_eq!(view.cameras["door"].0, 7);
        assert_eq!(view.cameras.len(), 1);
        assert_eq!(view.workers()["one"].capacity, 2);
        view.apply(change("CAMS.door", None));
        view.apply(change("WORKER.one", None));
        assert!(view.cameras.is_empty() && view.workers().is_empty());
    }
}
