//! The stream's end: pictures in, results out, and nothing that waits unless it is asked to.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crate::picture::Picture;
use crate::runtime::sched;

use super::encoder::PictureFormat;
use super::link_error::LinkError;
use super::mailbox::{
    Delivered, Figures, LinkState, Mailbox, MailboxState, Outcome, PictureJob, Stamp,
};
use super::options::Options;
use super::protocol::DeviceMessage;
use super::worker::LinkWorker;

/// How long the end waits for the thread; after that the thread ends by itself.
const STOP_PATIENCE: Duration = Duration::from_millis(300);

/// A thread that speaks with a server for as long as this lives.
pub struct Client {
    mailbox: Arc<Mailbox>,
}

impl Client {
    /// Starts the thread. It connects once the first picture tells what pictures are like.
    ///
    /// # Errors
    /// The system has no thread or file descriptor to spare.
    pub fn start(options: Options) -> std::io::Result<Self> {
        let mailbox = Arc::new(Mailbox::new()?);
        let theirs = Arc::clone(&mailbox);
        let thread = thread::Builder::new().name("aliyarface-remote".into());
        thread.spawn(move || {
            // It compresses pictures, and the stream wakes it with each.
            sched::enter_batch();
            LinkWorker::new(theirs, options).run();
        })?;
        Ok(Self { mailbox })
    }

    /// Leaves a copy of `picture` to be sent, in place of one that still waits; `true` where one did.
    pub fn submit_latest(
        &self,
        picture: &Picture<'_>,
        format: &Arc<PictureFormat>,
        stamp: Stamp,
    ) -> bool {
        let (mut snapshot, replaced) = {
            let mut state = self.mailbox.lock();
            match state.waiting.take() {
                Some(missed) => {
                    state.figures.replaced += 1;
                    (missed.snapshot, true)
                }
                None => (state.spare.pop().unwrap_or_default(), false),
            }
        };
        snapshot.take(picture);
        self.mailbox.lock().waiting = Some(PictureJob {
            snapshot,
            format: Arc::clone(format),
            stamp,
            submitted: Instant::now(),
        });
        self.mailbox.wake();
        replaced
    }

    /// The answers that came since the last call.
    pub fn take_results(&self) -> Vec<Delivered> {
        self.mailbox.lock().delivered.drain(..).collect()
    }

    /// Waits for the answer of the frame `stamp`, at most until `deadline`, or until the server is lost. A
    /// server that is only being connected to is waited for.
    pub fn wait_for(&self, stamp: Stamp, deadline: Instant) {
        let state = self.mailbox.lock();
        drop(self.mailbox.wait_while(state, deadline, |state| {
            let answered = |delivered: &Delivered| delivered.stamp == stamp;
            state.link != LinkState::Lost && !state.delivered.iter().any(answered)
        }));
    }

    /// Waits for a lost server to be back, at most until `deadline`; whether it is.
    pub fn wait_until_connected(&self, deadline: Instant) -> bool {
        let state = self.mailbox.lock();
        let lost = |state: &mut MailboxState| state.link == LinkState::Lost;
        let state = self.mailbox.wait_while(state, deadline, lost);
        state.link != LinkState::Lost
    }

    /// The stream breaks or ends: pictures that wait are dropped, and the server forgets every face. Answers
    /// of this epoch and those before are of the time before.
    pub fn end(&self) -> u64 {
        let mut state = self.mailbox.lock();
        if let Some(missed) = state.waiting.take() {
            state.spare.push(missed.snapshot);
        }
        state.end_wanted = true;
        let epoch = state.epoch;
        drop(state);
        self.mailbox.wake();
        epoch
    }

    /// Waits until the end is answered, at most until `deadline`.
    pub fn wait_for_end(&self, deadline: Instant) {
        let state = self.mailbox.lock();
        if state.link != LinkState::Connected {
            return;
        }
        drop(self.mailbox.wait_while(state, deadline, |state| {
            let ended = |delivered: &Delivered| matches!(delivered.outcome, Outcome::Ended(_));
            state.link == LinkState::Connected && !state.delivered.iter().any(ended)
        }));
    }

    /// Sends something to the server, once it is connected.
    pub fn send(&self, message: DeviceMessage) {
        self.mailbox.lock().outbox.push_back(message);
        self.mailbox.wake();
    }

    /// What a server is told first at each connection from now on.
    pub fn set_introduction(&self, message: Option<DeviceMessage>) {
        self.mailbox.lock().introduction = message;
    }

    /// Whether the stream waits for each result: the server then has longer for it.
    pub fn set_patient(&self, patient: bool) {
        self.mailbox.lock().patient = patient;
    }

    /// How it stands with the server.
    pub fn link(&self) -> LinkState {
        self.mailbox.lock().link
    }

    /// What is to be told on the bus, once an outage.
    pub fn take_error(&self) -> Option<LinkError> {
        self.mailbox.lock().error.take()
    }

    /// Whether the server is back after a trouble was told; once.
    pub fn take_recovery(&self) -> bool {
        std::mem::take(&mut self.mailbox.lock().recovered)
    }

    /// How many Action Units the server knows where they are not as many as here; once a connection.
    pub fn take_action_units(&self) -> Option<usize> {
        self.mailbox.lock().action_units.take()
    }

    /// Whether the server can take this device's neutrals, as far as is known.
    pub fn shares_action_units(&self) -> bool {
        self.mailbox.lock().figures.server_action_units.is_none()
    }

    /// The numbers for `stats`, and how it stands with the server.
    pub fn figures(&self) -> (Figures, LinkState) {
        let state = self.mailbox.lock();
        (state.figures.clone(), state.link)
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.mailbox.lock().stopping = true;
        self.mailbox.wake();
        let deadline = Instant::now() + STOP_PATIENCE;
        let state = self.mailbox.lock();
        drop(
            self.mailbox
                .wait_while(state, deadline, |state| !state.ended),
        );
    }
}
