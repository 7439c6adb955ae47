//! A session: a pipeline with the element, the records it wrote, and how it fares.

mod device;
mod fetched;
mod info;
mod link;
mod pipeline;
mod rates;
mod records;
mod shared;
mod spans;
mod viewers;

use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use tokio::sync::mpsc::UnboundedSender;

pub use self::device::DeviceFormat;
pub use self::info::{SessionInfo, State};
pub use self::link::pause;
use self::pipeline::{Process, Reports, why};
pub use self::pipeline::{cost, probe, test};
pub use self::records::{RecordLine, RecordUpdate, thinned};
pub use self::shared::{Answer, EventPublisher, Outcome, Outlets, Shared};
pub use self::spans::Spans;
pub use self::viewers::ViewerMessage;
use super::child::wire::{ChildMessage, ChildNotice, Control, Job};
use super::message::{Codec, Message};
use super::settings::Settings;
use super::sources::SourceAddress;

/// Where a session's pictures come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A socket.
    Camera,
    /// A socket of an element of another machine.
    Device(DeviceFormat),
    /// An upload.
    Upload(String),
    /// An address, and what may be shown of it.
    Address(SourceAddress, String),
}

impl Source {
    /// Whether pictures come whether or not they are read.
    pub fn live(&self) -> bool {
        match self {
            Self::Camera | Self::Device(_) => true,
            Self::Upload(_) => false,
            Self::Address(address, _) => address.returns(),
        }
    }
}

impl Source {
    /// Whether pictures come over a socket.
    pub fn is_fed(&self) -> bool {
        matches!(self, Self::Camera | Self::Device(_))
    }

    /// Whether they come of a device.
    pub fn is_device(&self) -> bool {
        matches!(self, Self::Device(_))
    }
}

/// One session.
pub struct Session {
    /// Its name in addresses.
    pub id: String,
    /// Where its pictures come from.
    pub source: Source,
    /// When it began.
    pub began: Instant,
    /// What the pipeline and its readers share.
    pub shared: Arc<Shared>,
    input: Mutex<Input>,
    neutrals: Arc<Neutrals>,
    /// Processor time of its process, and pictures read, when they were last looked at.
    spent: Mutex<(Duration, u64)>,
}

/// The answer of a process that was asked for the people's neutrals.
#[derive(Default)]
struct Neutrals {
    told: Mutex<Option<Option<String>>>,
    news: Condvar,
}

/// What takes the pictures of a socket.
#[derive(Default)]
struct Input {
    /// The number of the socket that feeds it; an earlier one may close late.
    plug: u64,
    process: Option<Arc<Process>>,
    /// How the pictures of the socket are compressed; `None` before the first one.
    codec: Option<Codec>,
    /// A picture was left out: until one comes that needs no other, none can be decoded.
    broken: bool,
    last: Option<u64>,
    /// Added to the sender's times, so that they go on where an earlier socket ended.
    shift: u64,
    /// The socket of which it was told that its device knows other Action Units.
    other_units: Option<u64>,
}

/// Pictures that may wait; a sender keeps to three.
const WAITING: usize = 8;
/// How long neutrals may take.
const SOON: Duration = Duration::from_secs(10);
/// Time between the last picture of one socket and the first of the next, in ns.
const GAP: u64 = 1_000_000_000;

impl Session {
    /// A session that has no process yet.
    pub fn new(source: Source, settings: Settings, outlets: Outlets) -> Self {
        Self {
            id: outlets.session.clone(),
            began: Instant::now(),
            shared: Arc::new(Shared::new(settings, outlets, source.is_device())),
            source,
            input: Mutex::default(),
            neutrals: Arc::default(),
            spent: Mutex::default(),
        }
    }

    /// Starts its process, which reads `file`, waits for pictures or fetches them.
    pub fn start(&self, file: Option<PathBuf>) {
        let settings = self.shared.settings().clone();
        let film = self.shared.outlets.recording.is_some();
        let events_alone = self.shared.outlets.events.is_some();
        let job = match (&self.source, file) {
            (Source::Address(address, _), _) if events_alone => {
                Job::Events(address.clone(), settings)
            }
            (Source::Address(address, _), _) => Job::Address(address.clone(), settings, film),
            (_, Some(file)) => Job::File(file, settings),
            (Source::Device(device), None) => Job::Device {
                settings,
                exact: device.exact,
                colorimetry: device.colorimetry.clone(),
            },
            (_, None) => Job::Pictures(settings, film),
        };
        match Process::start(job) {
            Ok((process, reports)) => {
                let process = Arc::new(process);
                self.listen(&process, reports);
                self.input().process = Some(process);
            }
            Err(err) => self.shared.failed(&format!("{err:#}")),
        }
    }

    /// Takes what the process tells, until it is gone.
    fn listen(&self, process: &Arc<Process>, mut reports: Reports) {
        let (shared, neutrals) = (self.shared.clone(), self.neutrals.clone());
        let process = Arc::downgrade(process);
        let address = match &self.source {
            Source::Address(address, _) => Some(address.clone()),
            _ => None,
        };
        std::thread::spawn(move || {
            let returns = address.as_ref().is_some_and(SourceAddress::returns);
            let endless = address.as_ref().is_some_and(SourceAddress::endless);
            while let Some(message) = reports.next() {
                match message {
                    ChildMessage::Lines(text) => shared.lines(&text),
                    ChildMessage::Rows(text) => shared.rows(&text),
                    ChildMessage::Came(time) => shared.fetched(time),
                    ChildMessage::Shown(time, key, data) => {
                        let whole = shared.viewers.picture(time, key, &data);
                        if let Some(process) = process.upgrade().filter(|_| !whole) {
                            let _ = process.send(&Control::Watch(true));
                        }
                    }
                    ChildMessage::Film(data) => {
                        if let Some(recording) = &shared.outlets.recording {
                            recording.film(&data);
                        }
                    }
                    ChildMessage::Notice(ChildNotice::Film) => {
                        if let Some(recording) = &shared.outlets.recording {
                            recording.film_begins();
                        }
                    }
                    ChildMessage::Notice(ChildNotice::Ended) if endless => {
                        shared.link.lost(Instant::now(), "the stream ended");
                    }
                    ChildMessage::Notice(ChildNotice::Failed(reason)) if returns => {
                        shared.link.lost(Instant::now(), &reason);
                    }
                    ChildMessage::Result(time, packed) => shared.result(time, &packed),
                    ChildMessage::Notice(ChildNotice::Ended) => shared.ended(),
                    ChildMessage::Notice(ChildNotice::Failed(reason)) => shared.failed(&reason),
                    ChildMessage::Notice(ChildNotice::Baselines(told)) => {
                        *lock(&neutrals.told) = Some(told);
                        neutrals.news.notify_all();
                    }
                    ChildMessage::Notice(ChildNotice::FileInfo(_) | ChildNotice::Cost(_)) => {}
                }
            }
            // Who ends a session lets its process go first.
            if let Some(process) = process.upgrade() {
                shared.failed(&why(process.stop()));
            }
        });
    }

    /// A new socket feeds it, and an earlier one no more.
    pub fn plug(&self, answers: UnboundedSender<Answer>) -> u64 {
        let mut input = self.input();
        input.plug += 1;
        self.cut(&mut input);
        self.shared.answer_to(answers);
        input.plug
    }

    /// Takes a picture of the socket `plug`; an answer comes at once where it is left out.
    ///
    /// # Errors
    /// Another socket came, the session is over, or the pipeline does not start.
    pub fn push(&self, plug: u64, message: &Message) -> Result<Option<Answer>> {
        let mut input = self.input();
        if input.plug != plug {
            bail!("another socket feeds the session now");
        }
        if self.shared.outcome() != Outcome::Open {
            bail!("the session is over");
        }
        let Some(process) = input.process.clone() else {
            bail!("the session is over");
        };
        if input.codec != Some(message.codec) {
            input.codec = Some(message.codec);
            input.broken = true;
            self.shared.forget_waiting();
            // The sender's clock may have begun anew.
            let next = input.last.map_or(0, |last| last + GAP);
            input.shift = next.wrapping_sub(message.captured.wrapping_mul(1000));
        }
        let now = Instant::now();
        self.shared.came(now);
        if message.key {
            input.broken = false;
        }
        if input.broken || self.shared.waiting() >= WAITING {
            input.broken = !message.codec.alone();
            self.shared.skipped();
            return Ok(Some(Answer::skipped(message.seq)));
        }
        if self.source.is_device() {
            return self.push_device(&mut input, &process, message, now);
        }
        // Each picture has a time of its own, since its result is found by it.
        let time = message
            .captured
            .wrapping_mul(1000)
            .wrapping_add(input.shift);
        let time = input
            .last
            .map_or(time, |last| time.clamp(last + 1000, last + GAP));
        input.last = Some(time);
        self.shared.wait_for(time, message.seq, now);
        process.picture(message.codec, time, message.data)?;
        Ok(None)
    }

    /// The socket `plug` closed: what it fed goes, and the next one starts with a picture of its own.
    pub fn unplug(&self, plug: u64) {
        let mut input = self.input();
        if input.plug == plug {
            self.cut(&mut input);
        }
    }

    fn cut(&self, input: &mut Input) {
        input.codec = None;
        if self.source.is_device() {
            input.last = None;
        }
        if let Some(process) = &input.process {
            // One that is gone has nothing to cut.
            let _ = process.send(&Control::Cut);
        }
        self.shared.forget_waiting();
    }

    /// Gives back what a session that is over still holds.
    pub fn release(&self) {
        let process = self.input().process.take();
        drop(process);
    }

    /// Changes properties of the element, now and for its next pipelines.
    ///
    /// # Errors
    /// A value is out of range, or cannot change any more.
    pub fn change(&self, changes: &Settings) -> Result<(), String> {
        let input = self.input();
        let playing = input.codec.is_some() || !self.source.is_fed();
        self.shared.settings().change(changes, playing)?;
        if let Some(process) = &input.process {
            // A process that is gone ends the session.
            let _ = process.send(&Control::Change(changes.clone()));
        }
        Ok(())
    }

    /// Emits an action signal of the element; false where no picture came yet.
    pub fn signal(&self, name: &str) -> bool {
        let input = self.input();
        let process = input.process.as_ref();
        let process = process.filter(|_| self.shared.rates().last().is_some());
        process.is_some_and(|process| process.send(&Control::Signal(name.to_owned())).is_ok())
    }

    /// The people's neutrals as JSON, after those of `taken` are set; `None` where no picture came
    /// yet, or they cannot be taken.
    pub fn baselines(&self, taken: Option<String>) -> Option<String> {
        let process = self.input().process.clone()?;
        let mut told = lock(&self.neutrals.told);
        *told = None;
        let control = taken.map_or(Control::GiveBaselines, Control::TakeBaselines);
        process.send(&control).ok()?;
        let wait = self
            .neutrals
            .news
            .wait_timeout_while(told, SOON, |told| told.is_none());
        let (mut told, _) = wait.unwrap_or_else(PoisonError::into_inner);
        told.take().flatten()
    }

    /// The number of its process.
    pub fn process(&self) -> Option<u32> {
        self.input().process.as_ref().map(|process| process.id())
    }

    /// Ends it.
    pub fn end(&self) {
        // First, so that the end of its process is no failure.
        self.shared.ended();
        self.release();
    }

    fn send(&self, control: &Control) {
        let process = self.input().process.clone();
        if let Some(process) = process {
            // A process that is gone ends the session.
            let _ = process.send(control);
        }
    }

    fn input(&self) -> MutexGuard<'_, Input> {
        lock(&self.input)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
