//! What a session's pipeline, its socket and its readers share.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use gstaliyarface::remote::protocol;
use serde::Deserialize;
use serde::de::IgnoredAny;
use tokio::sync::mpsc::UnboundedSender;

use super::link::Link;
use super::rates::Rates;
use super::records::{FEW, KEPT, Records};
use super::viewers::Viewers;
use crate::serve::child::wire::END_TIME;
use crate::serve::notify::Notifier;
use crate::serve::recordings::Recording;
use crate::serve::settings::Settings;

/// How many times longer a picture may take while its pipeline starts.
const COLD: u32 = 6;

/// What goes back over the socket for a picture.
#[derive(Debug, Clone)]
pub enum Answer {
    /// JSON.
    Text(Arc<str>),
    /// As the protocol of devices packs it.
    Result(Vec<u8>),
}

impl Answer {
    /// The picture was not read.
    pub fn skipped(seq: u32) -> Self {
        let text = format!(r#"{{"seq":{seq},"skipped":true}}"#);
        Self::Text(text.into())
    }
}

/// A picture that is being read.
struct Waiting {
    seq: u32,
    came: Instant,
}

/// Whether there will be more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It goes on.
    Open,
    /// It came to its end.
    Ended,
    /// It cannot go on.
    Failed(String),
}

/// What is looked at of a record.
#[derive(Deserialize)]
struct RecordHead<'a> {
    record: &'a str,
    timestamp: Option<u64>,
    #[serde(default)]
    objects: Vec<ObjectHead>,
    #[serde(default)]
    events: Option<Vec<IgnoredAny>>,
}

#[derive(Deserialize)]
struct ObjectHead {
    baseline: Option<String>,
}

/// Is told of a line with events.
pub type EventPublisher = Box<dyn Fn(&str) + Send + Sync>;

/// Where a session's records and events go beside its readers.
#[derive(Default)]
pub struct Outlets {
    /// The session's name.
    pub session: String,
    /// Those who are told of events.
    pub notifier: Notifier,
    /// What is kept, if that was asked for.
    pub recording: Option<Arc<Recording>>,
    /// Who alone reads it, told of each line with events; few lines are kept then, and no meshes told.
    pub events: Option<EventPublisher>,
}

/// See the module.
pub struct Shared {
    /// The records.
    pub records: Records,
    /// Faces in the newest picture.
    pub faces: AtomicU32,
    /// Whether a person's neutral is still being learned.
    pub calibrating: AtomicBool,
    /// Readers of the records, now.
    pub readers: AtomicU32,
    /// Events, ever.
    pub events: AtomicU64,
    /// Those who watch the pictures.
    pub viewers: Viewers,
    /// The connection to an address.
    pub link: Link,
    /// Where else records go.
    pub outlets: Outlets,
    device: bool,
    settings: Mutex<Settings>,
    rates: Mutex<Rates>,
    waiting: Mutex<BTreeMap<u64, Waiting>>,
    /// Whether the pipeline gave a result: before that it loads models.
    warm: AtomicBool,
    outcome: Mutex<Outcome>,
    answers: Mutex<Option<UnboundedSender<Answer>>>,
}

impl Shared {
    /// Nothing happened yet; pictures come of a `device` or of something else.
    pub fn new(settings: Settings, outlets: Outlets, device: bool) -> Self {
        Self {
            viewers: Viewers::default(),
            link: Link::default(),
            device,
            records: Records::new(if outlets.events.is_some() { FEW } else { KEPT }),
            faces: AtomicU32::new(0),
            calibrating: AtomicBool::new(false),
            readers: AtomicU32::new(0),
            events: AtomicU64::new(0),
            settings: Mutex::new(settings),
            rates: Mutex::default(),
            waiting: Mutex::default(),
            warm: AtomicBool::new(false),
            outcome: Mutex::new(Outcome::Open),
            answers: Mutex::default(),
            outlets,
        }
    }

    /// Takes lines that aliyarfaceexport wrote.
    pub fn lines(&self, text: &str) {
        for line in text.lines() {
            self.line(line);
        }
    }

    fn line(&self, text: &str) {
        let Ok(peek) = serde_json::from_str::<RecordHead>(text) else {
            return;
        };
        let events = peek.events.as_ref().map_or(0, Vec::len);
        self.events.fetch_add(events as u64, Ordering::Relaxed);
        if peek.record == "frame" {
            let now = Instant::now();
            self.warm.store(true, Ordering::Relaxed);
            // A device is told its own kind of results.
            let own = peek.timestamp.filter(|_| !self.device);
            let waited = own.and_then(|time| self.taken(time));
            if !self.device {
                let took = waited.as_ref().map(|waited| now - waited.came);
                lock(&self.rates).answered(now, took);
            }
            let faces = u32::try_from(peek.objects.len()).unwrap_or(u32::MAX);
            self.faces.store(faces, Ordering::Relaxed);
            let calibrating =
                |object: &ObjectHead| object.baseline.as_deref() == Some("calibrating");
            let calibrating = peek.objects.iter().any(calibrating);
            self.calibrating.store(calibrating, Ordering::Relaxed);
            if let Some(waited) = waited {
                let ms = (now - waited.came).as_secs_f64() * 1e3;
                let seq = waited.seq;
                let text = format!(r#"{{"seq":{seq},"server-ms":{ms:.2},"record":{text}}}"#);
                self.answer(Answer::Text(text.into()));
            }
        }
        let id = self.records.add(text, events > 0);
        if let Some(recording) = &self.outlets.recording {
            recording.line(text);
        }
        if events > 0 {
            let Outlets {
                session, notifier, ..
            } = &self.outlets;
            notifier.publish(session, id, text);
            if let Some(tell) = &self.outlets.events {
                tell(text);
            }
        }
    }

    /// A picture with time `time` was fetched and goes to be read.
    pub fn fetched(&self, time: u64) {
        let now = Instant::now();
        self.link.found();
        self.came(now);
        self.wait_for(time, self.viewers.number(time), now);
    }

    /// Takes what was read of the device's picture with this time.
    pub fn result(&self, time: u64, packed: &[u8]) {
        let now = Instant::now();
        self.warm.store(true, Ordering::Relaxed);
        let Some(Waiting { seq, came }) = self.taken(time) else {
            return;
        };
        if time != END_TIME {
            lock(&self.rates).answered(now, Some(now - came));
        }
        let us = u32::try_from((now - came).as_micros()).unwrap_or(u32::MAX);
        self.answer(Answer::Result(protocol::answer(seq, us, packed)));
    }

    /// Takes rows that aliyarfaceexport wrote.
    pub fn rows(&self, text: &str) {
        self.records.add_rows(text);
    }

    /// The picture with this time. Those before it will have no result: their decoder gave none.
    fn taken(&self, time: u64) -> Option<Waiting> {
        let mut waiting = lock(&self.waiting);
        let found = waiting.remove(&time)?;
        let later = waiting.split_off(&time);
        let lost = std::mem::replace(&mut *waiting, later);
        drop(waiting);
        for waited in lost.into_values() {
            self.skipped();
            self.answer(Answer::skipped(waited.seq));
        }
        Some(found)
    }

    /// From now on answers go to `answers`; an earlier socket gets no more.
    pub fn answer_to(&self, answers: UnboundedSender<Answer>) {
        *lock(&self.answers) = Some(answers);
    }

    fn answer(&self, answer: Answer) {
        if let Answer::Text(text) = &answer {
            self.viewers.text(text);
        }
        if let Some(answers) = lock(&self.answers).as_ref() {
            // A socket that closed needs no answer.
            let _ = answers.send(answer);
        }
    }

    /// A picture came.
    pub fn came(&self, now: Instant) {
        lock(&self.rates).came(now);
    }

    /// A picture will not be read.
    pub fn skipped(&self) {
        lock(&self.rates).skipped += 1;
    }

    /// The picture with time `time` is on its way.
    pub fn wait_for(&self, time: u64, seq: u32, came: Instant) {
        lock(&self.waiting).insert(time, Waiting { seq, came });
    }

    /// Pictures on their way.
    pub fn waiting(&self) -> usize {
        lock(&self.waiting).len()
    }

    /// Gives up pictures that are on their way for longer than `most`: a decoder may give none for what
    /// is broken, and says nothing.
    pub fn give_up(&self, most: Duration) {
        let now = Instant::now();
        let warm = self.warm.load(Ordering::Relaxed);
        let most = if warm { most } else { most * COLD };
        let mut waiting = lock(&self.waiting);
        let old = waiting.extract_if(.., |_, waited| now - waited.came > most);
        let old: Vec<_> = old.map(|(_, waited)| waited.seq).collect();
        drop(waiting);
        for seq in old {
            self.skipped();
            self.answer(Answer::skipped(seq));
        }
    }

    /// No picture is on its way any more.
    pub fn forget_waiting(&self) {
        self.warm.store(false, Ordering::Relaxed);
        lock(&self.waiting).clear();
    }

    /// The element's properties.
    pub fn settings(&self) -> MutexGuard<'_, Settings> {
        lock(&self.settings)
    }

    /// How fast it goes.
    pub fn rates(&self) -> MutexGuard<'_, Rates> {
        lock(&self.rates)
    }

    /// Whether there will be more.
    pub fn outcome(&self) -> Outcome {
        lock(&self.outcome).clone()
    }

    /// It came to its end.
    pub fn ended(&self) {
        self.finish(Outcome::Ended);
    }

    /// It cannot go on.
    pub fn failed(&self, reason: &str) {
        self.finish(Outcome::Failed(reason.to_owned()));
    }

    fn finish(&self, how: Outcome) {
        let mut outcome = lock(&self.outcome);
        if *outcome == Outcome::Open {
            *outcome = how;
        }
        drop(outcome);
        self.viewers.close();
        self.records.close();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(time: u64) -> String {
        format!(r#"{{"record":"frame","timestamp":{time},"objects":[]}}"#)
    }

    #[test]
    fn each_result_goes_back_under_its_pictures_own_number() {
        let shared = Shared::new(Settings::default(), Outlets::default(), false);
        let (sender, mut answers) = tokio::sync::mpsc::unbounded_channel();
        shared.answer_to(sender);
        for seq in 0..4 {
            shared.wait_for(u64::from(seq) * 1000, seq, Instant::now());
        }
        // The decoder gave no picture for the second and third.
        for time in [0, 3000] {
            shared.lines(&frame(time));
        }
        let texts: Vec<_> = std::iter::from_fn(|| answers.try_recv().ok()).collect();
        let told: Vec<_> = texts
            .iter()
            .map(|answer| {
                let Answer::Text(text) = answer else { panic!() };
                let value: serde_json::Value = serde_json::from_str(text).unwrap();
                (value["seq"].as_u64().unwrap(), value["skipped"] == true)
            })
            .collect();
        assert_eq!(told, [(0, false), (1, true), (2, true), (3, false)]);
        assert_eq!((shared.waiting(), shared.records.last()), (0, 2));
    }

    #[test]
    fn a_line_that_is_no_record_is_left_out() {
        let shared = Shared::new(Settings::default(), Outlets::default(), false);
        for text in ["", "{", "null", r#"{"record":1}"#] {
            shared.lines(text);
        }
        assert_eq!(shared.records.last(), 0);
    }

    #[test]
    fn the_first_reason_of_an_end_stays() {
        let shared = Shared::new(Settings::default(), Outlets::default(), false);
        shared.failed("no decoder");
        shared.ended();
        assert_eq!(shared.outcome(), Outcome::Failed("no decoder".to_owned()));
    }
}
