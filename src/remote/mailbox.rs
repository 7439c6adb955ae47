//! What the stream and the thread that speaks with the server leave for each other.

use std::collections::VecDeque;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustix::event::{EventfdFlags, eventfd};

use crate::analysis::{Face, KnownPerson, Neutral};
use crate::metadata::FaceStructures;
use crate::picture::Snapshot;
use crate::record;
use crate::runtime::waiting;

use super::encoder::PictureFormat;
use super::link_error::LinkError;
use super::meter::Meter;
use super::protocol::DeviceMessage;

/// Results that wait for a stream that does not fetch them; older ones go.
const KEPT: usize = 256;
/// Answers over which the lag is told.
const LAGS: usize = 256;

/// Which frame, and when it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stamp {
    /// Its number: times may be equal.
    pub frame: u64,
    /// Its PTS in ns.
    pub pts: u64,
    /// Its time for the analysis, in ns.
    pub time: u64,
}

/// A picture to be sent.
pub struct PictureJob {
    /// Its pixels.
    pub snapshot: Snapshot,
    /// What they are like.
    pub format: Arc<PictureFormat>,
    /// When it is.
    pub stamp: Stamp,
    /// When the stream gave it.
    pub submitted: Instant,
}

/// What came of a picture.
#[derive(Debug)]
pub enum Outcome {
    /// The faces on it and what happened.
    Read {
        /// The faces, their ids the server's.
        faces: Vec<Face>,
        /// Their structures, ready to be attached.
        structures: FaceStructures,
        /// What happened since the picture before.
        events: Vec<record::Event>,
        /// The people's neutrals, now and then.
        neutrals: Option<Vec<Neutral>>,
        /// Those who are remembered, as far as that has changed.
        people: Vec<KnownPerson>,
    },
    /// The server left it out, or its answer never came.
    Missed,
    /// The stream's end was answered.
    Ended(Vec<record::Event>),
}

/// An answer.
#[derive(Debug)]
pub struct Delivered {
    /// Of which frame.
    pub stamp: Stamp,
    /// Of which run of the server's element: ids of two are not the same.
    pub epoch: u64,
    /// What came of it.
    pub outcome: Outcome,
}

/// How it stands with the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LinkState {
    /// No try has ended yet.
    #[default]
    Connecting,
    /// Pictures can be sent.
    Connected,
    /// It is tried again and again.
    Lost,
}

/// What `stats` tells.
#[derive(Debug, Clone, Default)]
pub struct Figures {
    /// Bytes of pictures.
    pub sent: Meter,
    /// Bytes of results.
    pub received: Meter,
    /// From the stream's giving a picture to its result, newest last.
    pub lags: VecDeque<Duration>,
    /// Pictures sent.
    pub pictures: u64,
    /// Results that came.
    pub results: u64,
    /// Pictures the server left out or never answered.
    pub missed: u64,
    /// Pictures that a newer one replaced before they could be sent.
    pub replaced: u64,
    /// Answers to nothing that was asked.
    pub unexpected: u64,
    /// Connections made.
    pub connections: u64,
    /// Why nothing is read, until something is.
    pub error: Option<&'static str>,
    /// Pictures that may be on their way at once.
    pub window: usize,
    /// Action Units that the server knows, where it is known that they are not as many as here.
    pub server_action_units: Option<usize>,
}

impl Figures {
    /// A result came `lag` after its picture.
    pub fn lagged(&mut self, lag: Duration) {
        if self.lags.len() == LAGS {
            self.lags.pop_front();
        }
        self.lags.push_back(lag);
    }
}

/// What both sides see.
#[derive(Default)]
pub struct MailboxState {
    /// The newest picture.
    pub waiting: Option<PictureJob>,
    /// Memory of pictures done with.
    pub spare: Vec<Snapshot>,
    /// Answers the stream has not fetched.
    pub delivered: VecDeque<Delivered>,
    /// What is to be said to the server.
    pub outbox: VecDeque<DeviceMessage>,
    /// What each connection begins with.
    pub introduction: Option<DeviceMessage>,
    /// The stream broke: the server is to be told before the next picture.
    pub end_wanted: bool,
    /// Grows with each connection and each end.
    pub epoch: u64,
    /// How it stands with the server.
    pub link: LinkState,
    /// What is to be told on the bus.
    pub error: Option<LinkError>,
    /// A result came after a trouble was told.
    pub recovered: bool,
    /// The server knows so many Action Units, other than here: to be told on the bus.
    pub action_units: Option<usize>,
    /// Numbers for `stats`.
    pub figures: Figures,
    /// The stream waits for each result, and would rather wait on than be read anew.
    pub patient: bool,
    /// The thread is to end.
    pub stopping: bool,
    /// The thread has ended.
    pub ended: bool,
}

impl MailboxState {
    /// Leaves an answer for the stream.
    pub fn deliver(&mut self, delivered: Delivered) {
        if self.delivered.len() == KEPT {
            self.delivered.pop_front();
        }
        self.delivered.push_back(delivered);
    }
}

/// The state, and how each side wakes the other.
pub struct Mailbox {
    state: Mutex<MailboxState>,
    changed: Condvar,
    waker: OwnedFd,
}

impl Mailbox {
    /// An empty one.
    ///
    /// # Errors
    /// The system has no file descriptor to spare.
    pub fn new() -> std::io::Result<Self> {
        Ok(Self {
            state: Mutex::default(),
            changed: Condvar::new(),
            waker: eventfd(0, EventfdFlags::NONBLOCK | EventfdFlags::CLOEXEC)?,
        })
    }

    /// The state.
    pub fn lock(&self) -> MutexGuard<'_, MailboxState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells both sides that something changed.
    pub fn wake(&self) {
        self.changed.notify_all();
        // A full counter wakes as well.
        let _ = rustix::io::write(&self.waker, &1u64.to_ne_bytes());
    }

    /// Tells the stream alone.
    pub fn notify(&self) {
        self.changed.notify_all();
    }

    /// What becomes readable when [`Mailbox::wake`] was called.
    pub fn waker(&self) -> BorrowedFd<'_> {
        self.waker.as_fd()
    }

    /// Takes the calls of [`Mailbox::wake`] so far as heard.
    pub fn clear_wakeups(&self) {
        let _ = rustix::io::read(&self.waker, &mut [0u8; 8]);
    }

    /// Waits while `condition` holds, but not beyond `deadline`.
    pub fn wait_while<'a>(
        &'a self,
        state: MutexGuard<'a, MailboxState>,
        deadline: Instant,
        condition: impl FnMut(&mut MailboxState) -> bool,
    ) -> MutexGuard<'a, MailboxState> {
        waiting::wait_while(&self.changed, state, deadline, condition)
    }
}
