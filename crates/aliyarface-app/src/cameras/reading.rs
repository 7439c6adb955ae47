//! A camera that is read under a lease: its session, its events, the neutrals of its people.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::task::AbortHandle;

use super::spool::{Spool, Spooled};
use crate::nats::fleet::{Fleet, FleetEvent, FleetView, Lease, TTL};
use crate::serve::session::{EventPublisher, Outcome, Outlets, Session, Source, pause};
use crate::serve::settings::Settings;

/// How often the neutrals of a camera's people are kept.
const NEUTRALS: Duration = Duration::from_secs(5);
/// How soon neutrals are given again that were not taken yet.
const GIVEN_AGAIN: Duration = Duration::from_secs(1);
/// A session that ran for so long did well.
const RAN: Duration = Duration::from_secs(60);
/// A picture that has no result after this long gets none.
const LOST: Duration = Duration::from_secs(5);
/// A session that has pictures and gives no result for this long is begun anew.
const STUCK: Duration = Duration::from_secs(60);

/// Under what events are told.
#[derive(Debug)]
pub struct Fence {
    /// The fencing token.
    pub epoch: u64,
    /// Until when nobody else can have the lease.
    pub until: Instant,
    seq: u64,
}

/// See the module.
pub struct CameraReading {
    /// The revision of the camera's address and settings.
    pub camera: u64,
    /// The lease's last revision.
    pub revision: u64,
    name: String,
    worker: WorkerContext,
    source: Source,
    settings: Settings,
    fence: Arc<Mutex<Fence>>,
    session: Arc<Session>,
    neutrals: Arc<Mutex<Option<String>>>,
    keeper: AbortHandle,
    begins: u32,
    again: Option<Instant>,
    reason: Option<String>,
}

/// What all readings of a worker share.
#[derive(Clone)]
pub struct WorkerContext {
    /// Its name.
    pub name: String,
    /// The broker.
    pub fleet: Fleet,
    /// Where events wait for it.
    pub spool: Arc<Spool>,
    /// What the broker tells.
    pub view: Arc<Mutex<FleetView>>,
}

impl WorkerContext {
    /// What the broker told.
    pub fn view(&self) -> MutexGuard<'_, FleetView> {
        lock(&self.view)
    }
}

/// What a reading is made of.
pub struct ReadingOptions {
    /// The camera's name.
    pub name: String,
    /// The revision of the camera's address and settings.
    pub camera: u64,
    /// Where its pictures come from.
    pub source: Source,
    /// The element's properties.
    pub settings: Settings,
    /// The lease's epoch.
    pub epoch: u64,
    /// When the lease was asked for.
    pub asked: Instant,
    /// What is known of its people.
    pub neutrals: Option<Value>,
}

impl CameraReading {
    /// Begins a session.
    pub fn new(options: ReadingOptions, worker: &WorkerContext) -> Self {
        let fence = Arc::new(Mutex::new(Fence {
            epoch: options.epoch,
            until: options.asked + TTL,
            seq: 0,
        }));
        let neutrals = options.neutrals.map(|neutrals| neutrals.to_string());
        let neutrals = Arc::new(Mutex::new(neutrals));
        let publisher = event_publisher(&options.name, worker, &fence);
        let session = session(&options.source, &options.settings, publisher);
        let keeper = keep(&session, &options.name, &neutrals, &worker.fleet);
        Self {
            camera: options.camera,
            revision: options.epoch,
            name: options.name,
            worker: worker.clone(),
            source: options.source,
            settings: options.settings,
            fence,
            session,
            neutrals,
            keeper,
            begins: 1,
            again: None,
            reason: None,
        }
    }

    /// The lease stands until [`TTL`] after `asked`.
    pub fn renewed(&mut self, revision: u64, asked: Instant) {
        self.revision = revision;
        lock(&self.fence).until = asked + TTL;
    }

    /// The lease ended and was taken anew, by the same worker before any other.
    pub fn taken_anew(&mut self, epoch: u64, asked: Instant) {
        self.revision = epoch;
        *lock(&self.fence) = Fence {
            epoch,
            until: asked + TTL,
            seq: 0,
        };
    }

    /// The fencing token.
    pub fn epoch(&self) -> u64 {
        lock(&self.fence).epoch
    }

    /// The lease as it is told.
    pub fn lease(&self) -> Lease {
        let info = self.session.info();
        let state = serde_json::to_value(info.state).ok();
        let state = state.as_ref().and_then(Value::as_str).unwrap_or_default();
        let waits = self.again.is_some();
        let fence = lock(&self.fence);
        Lease {
            worker: self.worker.name.clone(),
            epoch: fence.epoch,
            state: if waits { "stalled" } else { state }.to_owned(),
            reason: info
                .reason
                .or_else(|| self.reason.clone().filter(|_| waits)),
            fps: (info.fps_read * 10.0).round() / 10.0,
            faces: info.faces,
            events: fence.seq,
        }
    }

    /// Looks after the session; processor time in ms that a picture cost, where it is known anew.
    pub fn poll(&mut self, now: Instant) -> Option<f64> {
        let session = &self.session;
        session.shared.give_up(LOST);
        session.reconnect(now);
        let cost = session.cost();
        if session.stuck() > STUCK {
            let reason = format!("nothing was read for {} s", STUCK.as_secs());
            session.shared.failed(&reason);
        }
        let reason = match session.shared.outcome() {
            Outcome::Open => {
                if session.began.elapsed() > RAN {
                    self.begins = 1;
                }
                return cost;
            }
            Outcome::Ended => {
                self.begins = 1;
                "its stream ended".to_owned()
            }
            Outcome::Failed(reason) => reason,
        };
        let again = *self.again.get_or_insert(now + pause(self.begins - 1));
        if now >= again {
            self.begin_anew();
        } else {
            self.reason = Some(reason);
            session.release();
        }
        cost
    }

    fn begin_anew(&mut self) {
        self.keeper.abort();
        self.session.end();
        let publisher = event_publisher(&self.name, &self.worker, &self.fence);
        self.session = session(&self.source, &self.settings, publisher);
        self.keeper = keep(
            &self.session,
            &self.name,
            &self.neutrals,
            &self.worker.fleet,
        );
        self.again = None;
        self.begins += 1;
    }

    /// Ends the session.
    pub fn end(&self) {
        self.keeper.abort();
        self.session.end();
    }
}

impl Drop for CameraReading {
    fn drop(&mut self) {
        self.end();
    }
}

fn session(source: &Source, settings: &Settings, publisher: EventPublisher) -> Arc<Session> {
    let outlets = Outlets {
        events: Some(publisher),
        ..Outlets::default()
    };
    let session = Arc::new(Session::new(source.clone(), settings.clone(), outlets));
    session.start(None);
    session
}

/// Puts each line with events on the disk, in the thread that heard of it.
fn event_publisher(
    name: &str,
    worker: &WorkerContext,
    fence: &Arc<Mutex<Fence>>,
) -> EventPublisher {
    let (camera, worker, fence) = (name.to_owned(), worker.clone(), fence.clone());
    Box::new(move |line| {
        let Ok(line) = serde_json::from_str::<Value>(line) else {
            return;
        };
        let Some(Value::Array(events)) = line.get("events") else {
            return;
        };
        let mut fence = lock(&fence);
        let event = FleetEvent {
            camera: camera.clone(),
            epoch: fence.epoch,
            seq: fence.seq + 1,
            worker: worker.name.clone(),
            at_ms: worker.view().now_ms(),
            stream_time: line.get("stream-time").and_then(Value::as_u64),
            events: events.clone(),
        };
        let late = Instant::now() > fence.until;
        // Under the lock, so that numbers and lines have one order.
        if worker.spool.add(&Spooled { event, late }) {
            fence.seq += 1;
        }
    })
}

/// Gives a session what is known of its people, and keeps what it learns of them.
fn keep(
    session: &Arc<Session>,
    name: &str,
    known: &Arc<Mutex<Option<String>>>,
    fleet: &Fleet,
) -> AbortHandle {
    let (session, name) = (session.clone(), name.to_owned());
    let (known, fleet) = (known.clone(), fleet.clone());
    let task = tokio::spawn(async move {
        let mut given = lock(&known).clone();
        while session.shared.outcome() == Outcome::Open {
            let (asked, taken) = (session.clone(), given.clone());
            let baselines = tokio::task::spawn_blocking(move || asked.baselines(taken)).await;
            if let Ok(Some(baselines)) = baselines {
                given = None;
                let news = lock(&known).as_ref() != Some(&baselines);
                if news && fleet.keep_neutrals(&name, &baselines).await.is_ok() {
                    *lock(&known) = Some(baselines);
                }
            }
            let wait = if given.is_some() {
                GIVEN_AGAIN
            } else {
                NEUTRALS
            };
            tokio::time::sleep(wait).await;
        }
    });
    task.abort_handle()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
