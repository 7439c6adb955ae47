//! What all requests share.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::available_parallelism;
use std::time::Duration;

use anyhow::Result;
use axum::http::StatusCode;

use super::Options;
use super::auth::{Auth, random_text};
use super::problem::Problem;
use super::session::{Session, Settings, Source, State};
use super::uploads::Uploads;

/// A session without pictures and readers ends after this long.
const IDLE: Duration = Duration::from_secs(60);
/// A session that has pictures to read and gives no result for this long fails.
const STUCK: Duration = Duration::from_secs(60);
/// A picture that has no result after this long gets none.
const LOST: Duration = Duration::from_secs(5);
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
    /// Sessions that began, ever.
    pub began: AtomicU64,
    sessions: Mutex<Sessions>,
    most: usize,
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
    pub fn new(auth: Auth, options: &Options, hosts: Vec<String>, encrypted: bool) -> Result<Self> {
        let processors = available_parallelism().map_or(1, usize::from);
        Ok(Self(Arc::new(Inner {
            auth,
            hosts,
            encrypted,
            uploads: Uploads::new(options.max_upload << 20, sample(options))?,
            ready: AtomicBool::new(false),
            began: AtomicU64::new(0),
            sessions: Mutex::default(),
            most: options.max_sessions.unwrap_or(2 * processors),
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
    /// There are as many as this machine can carry, or the upload is not known.
    pub fn begin(
        &self,
        source: &Source,
        settings: &Settings,
        key: Option<String>,
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
        if open >= self.most {
            let detail = format!("this machine carries {} sessions at once", self.most);
            return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail).retry_after(10));
        }
        let file = match source {
            Source::Camera => None,
            Source::Upload(upload) => Some(self.uploads.path(upload)?),
        };
        let id = random_text();
        let session = Arc::new(Session::new(id.clone(), source.clone(), settings.clone()));
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
            session.shared.give_up(LOST);
            if !over && session.stuck() > STUCK {
                let reason = format!("nothing was read for {} s", STUCK.as_secs());
                session.shared.failed(&reason);
            }
            if over {
                session.release();
            }
            if over && idle > KEPT {
                let _ = self.remove(&session.id);
            } else if !over && session.source == Source::Camera && idle > IDLE {
                session.end();
            }
        }
        self.uploads.forget_old();
    }

    /// Ends every session.
    pub fn end_all(&self) {
        for session in self.all() {
            session.end();
        }
    }

    /// Reads a test picture: from then on the server is ready.
    pub fn test_frame(&self) {
        match super::session::test() {
            Ok(()) => self.ready.store(true, Ordering::Relaxed),
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
