//! What all requests share.

use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Result;
use axum::http::StatusCode;
use tokio::sync::RwLock;
use tokio::time::timeout;

use super::Options;
use super::auth::{Auth, random_text};
use super::notify::Notifier;
use super::problem::Problem;
use super::quota::Quota;
use super::recordings::Recordings;
use super::session::{Outlets, Session, Source, State};
use super::settings::{Profile, Settings};
use super::sources::Sources;
use super::uploads::{SAMPLE, Uploads};
use crate::nats::fleet::{Fleet, FleetView, watch};

/// A session without pictures and readers ends after this long.
const IDLE: Duration = Duration::from_secs(60);
/// A session that has pictures to read and gives no result for this long fails.
const STUCK: Duration = Duration::from_secs(60);
/// A picture that has no result after this long gets none.
const LOST: Duration = Duration::from_secs(5);
/// The same of a device's, which gives its pictures up itself: one whose result comes late after all would be read
/// twice if it were told that it was left out.
const LOST_OF_DEVICE: Duration = STUCK;
/// One that ended is still there for its records for this long.
const KEPT: Duration = Duration::from_secs(600);

/// See the module.
#[derive(Clone)]
pub struct App(Arc<Inner>);

/// The parts of [`App`].
pub struct Inner {
    /// Who may ask.
    pub auth: Auth,
    /// Names of this machine in the network.
    pub hosts: Vec<String>,
    /// Whether it is reached over TLS.
    pub encrypted: bool,
    /// Files that were sent.
    pub uploads: Uploads,
    /// Whether a test picture was read.
    pub ready: AtomicBool,
    /// Whether the server ends, and its sessions with it.
    pub ending: AtomicBool,
    /// Sessions that began, ever.
    pub began: AtomicU64,
    /// Addresses that may be fetched.
    pub sources: Sources,
    /// What is kept of sessions.
    pub recordings: Recordings,
    /// Those who are told of events.
    pub notifier: Notifier,
    /// How many sessions there may be.
    pub quota: Quota,
    /// What the operator lets every session say.
    pub profile: Option<Profile>,
    /// Cameras of workers, where a broker is named.
    pub fleet: Option<Watched>,
    sessions: Mutex<Sessions>,
    /// Read as long as a WebSocket is open.
    sockets: RwLock<()>,
}

/// A broker's cameras and workers.
pub struct Watched {
    /// The broker.
    pub fleet: Fleet,
    view: Arc<Mutex<FleetView>>,
}

impl Watched {
    /// Kept up from now on.
    pub fn new(fleet: Fleet) -> Self {
        let view = watch(&fleet);
        Self { fleet, view }
    }

    /// As they are now.
    pub fn view(&self) -> MutexGuard<'_, FleetView> {
        self.view.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Default)]
struct Sessions {
    all: BTreeMap<String, Arc<Session>>,
    /// Sessions by the key of the request that made them.
    keys: BTreeMap<String, String>,
}

impl std::ops::Deref for App {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl App {
    /// Nothing is served yet.
    ///
    /// # Errors
    /// The folder of uploads cannot be made.
    pub fn new(
        auth: Auth,
        options: &Options,
        folder: &Path,
        hosts: Vec<String>,
        encrypted: bool,
        fleet: Option<Watched>,
    ) -> Result<Self> {
        Ok(Self(Arc::new(Inner {
            auth,
            hosts,
            encrypted,
            uploads: Uploads::new(options.max_upload << 20, sample(options))?,
            ready: AtomicBool::new(false),
            ending: AtomicBool::new(false),
            began: AtomicU64::new(0),
            sources: Sources::new(&options.source, options.private_sources)?,
            recordings: Recordings::new(options.recordings.as_deref(), options.recording_hours)?,
            notifier: Notifier::new(options, folder)?,
            quota: Quota::new(options.max_sessions),
            profile: options.profile,
            fleet,
            sessions: Mutex::default(),
            sockets: RwLock::default(),
        })))
    }

    /// The session called `id`.
    ///
    /// # Errors
    /// There is none.
    pub fn session(&self, id: &str) -> Result<Arc<Session>, Problem> {
        let session = self.sessions().all.get(id).cloned();
        session.ok_or_else(|| Problem::not_found("session"))
    }

    /// All sessions, the oldest first.
    pub fn all(&self) -> Vec<Arc<Session>> {
        let mut all: Vec<_> = self.sessions().all.values().cloned().collect();
        all.sort_by_key(|session| session.began);
        all
    }

    /// Begins a session, or finds the one that a request with the same `key` began.
    ///
    /// # Errors
    /// There are as many as this machine can carry, the upload is not known, or no recording is kept.
    pub fn begin(
        &self,
        source: &Source,
        settings: &Settings,
        key: Option<String>,
        record: bool,
    ) -> Result<(Arc<Session>, bool), Problem> {
        let mut sessions = self.sessions();
        let known = key.as_ref().and_then(|key| sessions.keys.get(key));
        if let Some(session) = known.and_then(|id| sessions.all.get(id)) {
            return Ok((session.clone(), false));
        }
        let over =
            |session: &&Arc<Session>| matches!(session.info().state, State::Ended | State::Failed);
        let open = sessions
            .all
            .values()
            .filter(|session| !over(session))
            .count();
        let most = self.quota.most();
        if open >= most {
            let detail = format!("this machine carries {most} sessions at once");
            return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail).retry_after(10));
        }
        let file = match source {
            Source::Camera | Source::Device(_) | Source::Address(..) => None,
            Source::Upload(upload) => Some(self.uploads.path(upload)?),
        };
        let id = random_text();
        let recording = record.then(|| self.recordings.begin(&id)).transpose();
        let recording =
            recording.map_err(|err| Problem::new(StatusCode::CONFLICT, format!("{err:#}")))?;
        let mut settings = settings.clone();
        settings.profile = self.profile;
        let outlets = Outlets {
            session: id.clone(),
            notifier: self.notifier.clone(),
            recording,
            events: None,
        };
        let session = Arc::new(Session::new(source.clone(), settings, outlets));
        self.began.fetch_add(1, Ordering::Relaxed);
        if let Some(key) = key {
            sessions.keys.insert(key, id.clone());
        }
        sessions.all.insert(id, session.clone());
        // Others need not wait while its process starts.
        drop(sessions);
        session.start(file);
        Ok((session, true))
    }

    /// Ends a session and forgets its records.
    ///
    /// # Errors
    /// There is none.
    pub fn remove(&self, id: &str) -> Result<(), Problem> {
        let session = {
            let mut sessions = self.sessions();
            sessions.keys.retain(|_, session| session != id);
            sessions.all.remove(id)
        };
        session.ok_or_else(|| Problem::not_found("session"))?.end();
        Ok(())
    }

    /// Ends what nobody feeds or reads, and forgets what ended long ago.
    pub fn watch(&self) {
        for session in self.all() {
            let over = matches!(session.info().state, State::Ended | State::Failed);
            let idle = session.idle();
            session.shared.give_up(if session.source.is_device() {
                LOST_OF_DEVICE
            } else {
                LOST
            });
            session.reconnect(Instant::now());
            if let Some(ms) = session.cost() {
                self.quota.learn(ms);
            }
            if !over && session.stuck() > STUCK {
                let reason = format!("nothing was read for {} s", STUCK.as_secs());
                session.shared.failed(&reason);
            }
            if over {
                session.release();
            }
            if over && idle > KEPT {
                let _ = self.remove(&session.id);
            } else if !over && session.source.is_fed() && idle > IDLE {
                session.end();
            }
        }
        self.uploads.forget_old();
        self.recordings.forget_old();
    }

    /// Ends every session, since the server ends.
    pub fn end_all(&self) {
        self.ending.store(true, Ordering::Relaxed);
        for session in self.all() {
            session.end();
        }
    }

    /// Does the `work` of an open WebSocket, for which the server waits before it ends.
    pub async fn hold_open(self, work: impl Future<Output = ()>) {
        let _open = self.sockets.read().await;
        work.await;
    }

    /// Waits until every WebSocket has said that the session is over, `longest` at the most: to the HTTP server an
    /// upgraded connection is one that ended.
    pub async fn wait_for_sockets(&self, longest: Duration) {
        // One that is still open then is cut off.
        let _ = timeout(longest, self.sockets.write()).await;
    }

    /// Reads a test picture: from then on the server is ready.
    pub fn test_frame(&self) {
        match super::session::test() {
            Ok(()) => {
                self.ready.store(true, Ordering::Relaxed);
                // Where there is no sample the first sessions tell.
                let sample = self.uploads.path(SAMPLE).ok();
                if let Some(Ok(ms)) = sample.map(|sample| super::session::cost(&sample)) {
                    self.quota.learn(ms);
                }
            }
            Err(err) => eprintln!("aliyarface: not ready: {err:#}; 'aliyarface doctor' says more"),
        }
    }

    fn sessions(&self) -> MutexGuard<'_, Sessions> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The clip that the page offers: the one that was named, else that of set-up.
fn sample(options: &Options) -> Option<PathBuf> {
    let fetched = || {
        let folder = std::env::var_os("ALIYARFACE_SAMPLES")?;
        Some(PathBuf::from(folder).join("WolfgangLanger_Pexels.mp4"))
    };
    let sample = options.sample.clone().or_else(fetched);
    sample.filter(|sample| sample.is_file())
}
