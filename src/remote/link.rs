//! A session's socket while it is open: pictures out, answers in, on one thread that waits for both.

mod answers;

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use tungstenite::{Error, Message, WebSocket};

use super::connection::Connection;
use super::crop::Crop;
use super::encoder::{Encoder, EncoderOptions};
use super::link_error::LinkError;
use super::mailbox::{Mailbox, PictureJob, Stamp};
use super::protocol::{self, DeviceMessage, END};
use super::window::SendWindow;

/// The socket.
pub type Socket = WebSocket<Connection>;

/// How long an answer may take; one that the stream waits for; the first ones of a connection, for which the server
/// loads models and libtorch adapts itself to them.
const SLOW: Duration = Duration::from_secs(6);
const SLOW_AND_AWAITED: Duration = Duration::from_secs(30);
const SLOW_AT_FIRST: Duration = Duration::from_secs(40);
/// Results after which a connection is no new one any more.
const FIRST: u64 = 30;
/// Where there are no pictures, something is said after this long, lest the server hang up.
const PING: Duration = Duration::from_secs(8);
/// How long the other side may say nothing to that.
const SILENCE: Duration = Duration::from_secs(20);

/// Why a socket is used no more.
pub enum LinkEnd {
    /// The thread is to stop.
    Stopped,
    /// Pictures are of another kind than the session was begun for.
    OtherPictures,
    /// It does not work any more.
    Lost(LinkError),
}

/// A picture on its way.
struct PendingPicture {
    seq: u32,
    /// Of the stream's end none.
    stamp: Option<Stamp>,
    epoch: u64,
    sent: Instant,
    submitted: Instant,
}

/// An open socket.
pub struct ServerLink {
    socket: Socket,
    mailbox: Arc<Mailbox>,
    encoding: EncoderOptions,
    crop: Option<Crop>,
    encoder: Option<Encoder>,
    pending_pictures: VecDeque<PendingPicture>,
    window: SendWindow,
    seq: u32,
    /// The time of the last picture sent: the server finds results by it.
    last_time: Option<u64>,
    colorimetry: Option<String>,
    /// Not all bytes are on the line yet.
    pending: bool,
    /// The next picture must stand alone.
    broken: bool,
    results: u64,
    unexpected: u64,
    last_sent: Instant,
    last_received: Instant,
}

impl ServerLink {
    /// A socket that was just opened.
    pub fn new(
        socket: Socket,
        mailbox: Arc<Mailbox>,
        encoding: EncoderOptions,
        crop: Option<Crop>,
    ) -> Self {
        let now = Instant::now();
        Self {
            socket,
            mailbox,
            encoding,
            crop,
            encoder: None,
            pending_pictures: VecDeque::new(),
            window: SendWindow::default(),
            seq: 0,
            last_time: None,
            colorimetry: None,
            pending: false,
            broken: true,
            results: 0,
            unexpected: 0,
            last_sent: now,
            last_received: now,
        }
    }

    /// Whether a picture was read over it.
    pub fn has_read(&self) -> bool {
        self.results > 0
    }

    /// Sends and receives until that ends; `told` is cleared by the first result.
    pub fn run(&mut self, warned: &mut bool) -> LinkEnd {
        let end = loop {
            match self.turn(warned) {
                Ok(None) => {}
                Ok(Some(end)) => break end,
                Err(error) => break LinkEnd::Lost(error),
            }
        };
        self.give_up();
        if matches!(end, LinkEnd::Stopped) {
            // The server ends the session a moment later in any case.
            let _ = self.socket.close(None);
            let _ = self.socket.flush();
        }
        end
    }

    fn turn(&mut self, warned: &mut bool) -> Result<Option<LinkEnd>, LinkError> {
        self.receive(warned)?;
        // Before pictures are compressed, which may take long: afterwards answers would wait that are not late.
        self.check_patience()?;
        if let Some(end) = self.send()? {
            return Ok(Some(end));
        }
        self.sleep()
            .map_err(|err| LinkError::Lost(err.to_string()))?;
        Ok(None)
    }

    /// Waits for bytes, for a picture, or for a moment.
    fn sleep(&self) -> io::Result<()> {
        let mut wanted = PollFlags::IN;
        if self.pending {
            wanted |= PollFlags::OUT;
        }
        let mut fds = [
            PollFd::new(self.socket.get_ref(), wanted),
            PollFd::from_borrowed_fd(self.mailbox.waker(), PollFlags::IN),
        ];
        let moment = Timespec {
            tv_sec: 0,
            tv_nsec: 250_000_000,
        };
        match poll(&mut fds, Some(&moment)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(err) => return Err(err.into()),
        }
        self.mailbox.clear_wakeups();
        Ok(())
    }

    /// Sends what there is to be sent.
    fn send(&mut self) -> Result<Option<LinkEnd>, LinkError> {
        if self.pending {
            self.flush()?;
        }
        loop {
            let mut state = self.mailbox.lock();
            if state.stopping {
                return Ok(Some(LinkEnd::Stopped));
            }
            if self.pending {
                return Ok(None);
            }
            if std::mem::take(&mut state.end_wanted) {
                let epoch = state.epoch;
                state.epoch += 1;
                drop(state);
                self.send_end(epoch)?;
                continue;
            }
            if let Some(message) = state.outbox.pop_front() {
                drop(state);
                self.send_message(&message)?;
                continue;
            }
            if self.pending_pictures.len() >= self.window.size() {
                return Ok(None);
            }
            let Some(job) = state.waiting.take() else {
                drop(state);
                return self.ping().map(|()| None);
            };
            let epoch = state.epoch;
            drop(state);
            if !self.is_for(&job) {
                let mut state = self.mailbox.lock();
                state.waiting.get_or_insert(job);
                return Ok(Some(LinkEnd::OtherPictures));
            }
            self.picture(job, epoch)?;
        }
    }

    /// Whether the session was begun for such pictures.
    fn is_for(&mut self, job: &PictureJob) -> bool {
        let colorimetry = job.format.info.colorimetry().to_string();
        *self.colorimetry.get_or_insert_with(|| colorimetry.clone()) == colorimetry
    }

    fn picture(&mut self, mut job: PictureJob, epoch: u64) -> Result<(), LinkError> {
        let failed = |_| LinkError::Encoder("an empty picture".to_owned());
        if let Some(crop) = &self.crop {
            let picture = job.snapshot.picture().map_err(failed)?;
            let boxes = crop.find(&picture).map_err(LinkError::Encoder)?;
            drop(picture);
            job.snapshot.keep_only(&boxes);
        }
        // Where the server lacks a picture, only a new encoder's first one can be decoded.
        let goes_on = |encoder: &Encoder| {
            encoder.is_for(&job.format) && (!self.broken || encoder.is_of_single_pictures())
        };
        let encoder = match self.encoder.take() {
            Some(encoder) if goes_on(&encoder) => encoder,
            _ => Encoder::new(&job.format, self.encoding)?,
        };
        let encoder = self.encoder.insert(encoder);
        let picture = job.snapshot.picture().map_err(failed)?;
        let encoded = encoder.encode(&picture)?;
        drop(picture);
        self.broken = false;
        let time = self
            .last_time
            .map_or(job.stamp.time, |last| job.stamp.time.max(last + 1));
        self.last_time = Some(time);
        let seq = self.next_seq();
        let parts = [&encoded.head[..], &encoded.data];
        let message = protocol::picture(encoded.flags, seq, time, &parts);
        self.pending_pictures.push_back(PendingPicture {
            seq,
            stamp: Some(job.stamp),
            epoch,
            sent: Instant::now(),
            submitted: job.submitted,
        });
        let mut state = self.mailbox.lock();
        state.spare.push(job.snapshot);
        state.figures.pictures += 1;
        state.figures.window = self.window.size();
        drop(state);
        self.write(Message::Binary(message.into()))
    }

    fn send_end(&mut self, epoch: u64) -> Result<(), LinkError> {
        let seq = self.next_seq();
        let now = Instant::now();
        self.pending_pictures.push_back(PendingPicture {
            seq,
            stamp: None,
            epoch,
            sent: now,
            submitted: now,
        });
        self.last_time = None;
        self.broken = true;
        let message = protocol::picture(END, seq, 0, &[]);
        self.write(Message::Binary(message.into()))
    }

    fn send_message(&mut self, message: &DeviceMessage) -> Result<(), LinkError> {
        match serde_json::to_string(message) {
            Ok(text) => self.write(Message::Text(text.into())),
            Err(err) => Err(LinkError::Encoder(err.to_string())),
        }
    }

    fn ping(&mut self) -> Result<(), LinkError> {
        if self.last_sent.elapsed() < PING {
            return Ok(());
        }
        self.write(Message::Ping(Vec::new().into()))
    }

    fn next_seq(&mut self) -> u32 {
        self.seq = self.seq.wrapping_add(1);
        self.seq
    }

    fn write(&mut self, message: Message) -> Result<(), LinkError> {
        let now = Instant::now();
        self.last_sent = now;
        self.mailbox.lock().figures.sent.count(message.len(), now);
        match self.socket.write(message) {
            Ok(()) => self.flush(),
            Err(Error::Io(err)) if err.kind() == io::ErrorKind::WouldBlock => {
                self.pending = true;
                Ok(())
            }
            Err(err) => Err(of_socket(err)),
        }
    }

    fn flush(&mut self) -> Result<(), LinkError> {
        match self.socket.flush() {
            Ok(()) => self.pending = false,
            Err(Error::Io(err)) if err.kind() == io::ErrorKind::WouldBlock => self.pending = true,
            Err(err) => return Err(of_socket(err)),
        }
        Ok(())
    }

    /// What is on its way gets no answer any more.
    fn give_up(&mut self) {
        for pending_picture in std::mem::take(&mut self.pending_pictures) {
            self.missed(&pending_picture);
        }
    }

    fn check_patience(&self) -> Result<(), LinkError> {
        let most = match (self.results, self.mailbox.lock().patient) {
            (0..FIRST, _) => SLOW_AT_FIRST,
            (_, true) => SLOW_AND_AWAITED,
            (_, false) => SLOW,
        };
        let late = self
            .pending_pictures
            .front()
            .is_some_and(|oldest| oldest.sent.elapsed() > most);
        let silent =
            self.last_sent > self.last_received && self.last_sent - self.last_received > SILENCE;
        if late {
            return Err(LinkError::Slow("a picture goes without a result"));
        }
        if silent && self.results > 0 {
            return Err(LinkError::Slow("it says nothing at all"));
        }
        Ok(())
    }
}

fn of_socket(err: Error) -> LinkError {
    match err {
        Error::Io(err) => LinkError::Lost(err.to_string()),
        Error::ConnectionClosed | Error::AlreadyClosed => {
            LinkError::Lost("the server closed it".to_owned())
        }
        err @ (Error::Capacity(_) | Error::Utf8(_)) => LinkError::Nonsense(err.to_string()),
        Error::Protocol(tungstenite::error::ProtocolError::ResetWithoutClosingHandshake) => {
            LinkError::Lost("it broke off".to_owned())
        }
        err => LinkError::Nonsense(err.to_string()),
    }
}

#[cfg(test)]
mod tests;
