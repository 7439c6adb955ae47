//! A session: a pipeline with the element, the records it wrote, and how it fares.

mod info;
mod message;
mod pipeline;
mod rates;
mod records;
mod settings;
mod shared;

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use gst::prelude::*;
use tokio::sync::mpsc::UnboundedSender;

pub use self::info::{SessionInfo, State};
pub use self::message::{Codec, Message};
use self::pipeline::Playing;
pub use self::records::{Line, News, thinned};
pub use self::settings::Settings;
use self::shared::Outcome;
pub use self::shared::{Answer, Shared};

/// Where a session's pictures come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A socket.
    Camera,
    /// An upload.
    Upload(String),
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
}

/// What takes the pictures of a socket.
#[derive(Default)]
struct Input {
    /// The number of the socket that feeds it; an earlier one may close late.
    plug: u64,
    playing: Option<Playing>,
    pictures: Option<(Codec, gst_app::AppSrc)>,
    /// A picture was left out: until one comes that needs no other, none can be decoded.
    broken: bool,
    last: Option<u64>,
    /// Added to the sender's times, so that they go on where an earlier socket ended.
    shift: u64,
}

/// Pictures that may wait; a sender keeps to three.
const WAITING: usize = 8;
/// Time between the last picture of one socket and the first of the next, in ns.
const GAP: u64 = 1_000_000_000;

impl Session {
    /// A session whose pictures will come over a socket.
    pub fn camera(id: String, settings: Settings) -> Self {
        Self::new(id, Source::Camera, settings)
    }

    /// A session that reads a file.
    ///
    /// # Errors
    /// The pipeline does not start.
    pub fn upload(id: String, upload: String, file: &Path, settings: Settings) -> Result<Self> {
        let session = Self::new(id, Source::Upload(upload), settings);
        let playing = Playing::file(file, &session.shared)?;
        session.input().playing = Some(playing);
        Ok(session)
    }

    fn new(id: String, source: Source, settings: Settings) -> Self {
        Self {
            id,
            source,
            began: Instant::now(),
            shared: Arc::new(Shared::new(settings)),
            input: Mutex::default(),
        }
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
        let changed = input
            .pictures
            .as_ref()
            .is_none_or(|(codec, _)| *codec != message.codec);
        if changed {
            let (playing, pictures) = Playing::camera(message.codec, &self.shared)?;
            input.playing = Some(playing);
            input.pictures = Some((message.codec, pictures));
            input.broken = true;
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
            input.broken = message.codec == Codec::H264;
            self.shared.skipped();
            return Ok(Some(Answer::skipped(message.seq)));
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
        let mut buffer = gst::Buffer::from_slice(message.data.to_vec());
        if let Some(buffer) = buffer.get_mut() {
            buffer.set_pts(gst::ClockTime::from_nseconds(time));
        }
        self.shared.wait_for(time, message.seq, now);
        let (_, pictures) = input.pictures.as_ref().context("no pipeline")?;
        pictures.push_buffer(buffer).context("the pipeline ended")?;
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
        input.playing = None;
        input.pictures = None;
        self.shared.forget_waiting();
    }

    /// Gives back what a pipeline that is over still holds.
    pub fn release(&self) {
        self.cut(&mut self.input());
    }

    /// Changes properties of the element, now and for its next pipelines.
    ///
    /// # Errors
    /// A value is out of range, or cannot change any more.
    pub fn change(&self, changes: &Settings) -> Result<(), String> {
        let input = self.input();
        let playing = input.playing.as_ref();
        self.shared.settings().change(changes, playing.is_some())?;
        if let Some(playing) = playing {
            changes.apply(&playing.reader);
        }
        Ok(())
    }

    /// Emits an action signal of the element; false where there is no pipeline yet.
    pub fn signal(&self, name: &str) -> bool {
        let input = self.input();
        let reader = input.playing.as_ref().map(|playing| &playing.reader);
        reader.is_some_and(|reader| {
            reader.emit_by_name::<()>(name, &[]);
            true
        })
    }

    /// Ends it.
    pub fn end(&self) {
        let playing = {
            let mut input = self.input();
            input.pictures = None;
            input.playing.take()
        };
        // It waits for the threads of the pipeline, which may be about to tell of themselves.
        drop(playing);
        self.shared.ended();
    }

    fn input(&self) -> MutexGuard<'_, Input> {
        self.input.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
