//! The thread that speaks with the server: it connects, and connects again.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::backoff::Backoff;
use super::encoder::PictureFormat;
use super::link::{LinkEnd, ServerLink};
use super::link_error::LinkError;
use super::mailbox::{LinkState, Mailbox};
use super::options::Options;
use super::protocol::DeviceMessage;
use super::session::{ServerEndpoint, SessionRequest};

/// How long a connection must have given results for the next wait to begin anew.
const STEADY: Duration = Duration::from_secs(3);
/// A wait that nobody ends but a stop.
const FOR_EVER: Duration = Duration::from_secs(86_400);

/// The thread's own.
pub struct LinkWorker {
    mailbox: Arc<Mailbox>,
    options: Options,
    /// The session on the server, and what it was begun with.
    session: Option<(String, SessionRequest)>,
    backoff: Backoff,
    /// A trouble was told, and nothing was read since.
    warned: bool,
}

impl LinkWorker {
    /// Nothing is connected yet.
    pub fn new(mailbox: Arc<Mailbox>, options: Options) -> Self {
        Self {
            mailbox,
            options,
            session: None,
            backoff: Backoff::default(),
            warned: false,
        }
    }

    /// Works until it is told to stop.
    pub fn run(mut self) {
        match ServerEndpoint::new(&self.options.server) {
            Ok(server) => self.serve(&server),
            Err(error) => {
                self.lost(error);
                self.rest(FOR_EVER);
            }
        }
        self.mailbox.lock().ended = true;
        self.mailbox.wake();
    }

    fn serve(&mut self, server: &ServerEndpoint) {
        while let Some(format) = self.first_picture() {
            let began = Instant::now();
            match self.connect(server, &format) {
                Ok(mut link) => match link.run(&mut self.warned) {
                    LinkEnd::Stopped => break,
                    LinkEnd::OtherPictures => {}
                    LinkEnd::Lost(error) => {
                        if link.has_read() && began.elapsed() > STEADY {
                            self.backoff.succeeded();
                        }
                        self.fail(error);
                    }
                },
                Err(error) => self.fail(error),
            }
        }
        self.mailbox.lock().link = LinkState::Lost;
        if let Some((session, _)) = self.session.take() {
            server.end(&session);
        }
    }

    /// Waits for a picture; `None` where the thread is to stop.
    fn first_picture(&self) -> Option<Arc<PictureFormat>> {
        let mut state = self.mailbox.lock();
        loop {
            if state.stopping {
                return None;
            }
            if let Some(job) = &state.waiting {
                return Some(Arc::clone(&job.format));
            }
            let deadline = Instant::now() + Duration::from_secs(3600);
            state = self.mailbox.wait_while(state, deadline, |state| {
                !state.stopping && state.waiting.is_none()
            });
        }
    }

    fn connect(
        &mut self,
        server: &ServerEndpoint,
        format: &PictureFormat,
    ) -> Result<ServerLink, LinkError> {
        let wanted = self.options.session(format);
        let known = self.session.take();
        if let Some((session, of)) = known {
            if of != wanted {
                server.end(&session);
            } else if let Some(socket) = server.join(&session)? {
                self.session = Some((session, of));
                return Ok(self.connected(socket));
            }
        }
        let session = server.begin(&wanted)?;
        let socket = server.join(&session);
        // Where it cannot be joined, it is not to count against the server's limit.
        let socket = match socket {
            Ok(Some(socket)) => socket,
            Ok(None) => return Err(LinkError::Foreign("its session is not there".to_owned())),
            Err(error) => {
                server.end(&session);
                return Err(error);
            }
        };
        self.session = Some((session, wanted));
        Ok(self.connected(socket))
    }

    fn connected(&self, socket: super::link::Socket) -> ServerLink {
        let mut state = self.mailbox.lock();
        state.link = LinkState::Connected;
        state.epoch += 1;
        // A new element on the server knows nobody.
        state.end_wanted = false;
        // What was said of faces was said of another run's.
        state
            .outbox
            .retain(|say| !matches!(say, DeviceMessage::Baselines(_)));
        if let Some(introduction) = state.introduction.clone() {
            state.outbox.push_front(introduction);
        }
        state.figures.connections += 1;
        state.figures.server_action_units = None;
        drop(state);
        self.mailbox.notify();
        let Options { encoding, crop, .. } = &self.options;
        ServerLink::new(socket, Arc::clone(&self.mailbox), *encoding, crop.clone())
    }

    /// Tells of a trouble, and waits before the next try.
    fn fail(&mut self, error: LinkError) {
        if matches!(error, LinkError::Ended(_)) {
            self.session = None;
        }
        let wait = if error.is_final() {
            self.backoff.after_refusal()
        } else {
            self.backoff.after_failure(chance())
        };
        self.lost(error);
        self.rest(wait);
    }

    fn lost(&mut self, error: LinkError) {
        let mut state = self.mailbox.lock();
        state.link = LinkState::Lost;
        state.figures.error = Some(error.name());
        if !std::mem::replace(&mut self.warned, true) {
            state.error = Some(error);
        }
        drop(state);
        self.mailbox.notify();
    }

    fn rest(&self, wait: Duration) {
        let deadline = Instant::now() + wait;
        let state = self.mailbox.lock();
        drop(
            self.mailbox
                .wait_while(state, deadline, |state| !state.stopping),
        );
    }
}

/// A number in 0..1 that differs from device to device.
fn chance() -> f64 {
    (RandomState::new().hash_one(0) >> 11) as f64 / (1u64 << 53) as f64
}
