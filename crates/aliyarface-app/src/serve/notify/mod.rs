//! Events to where the operator wants them: signed webhooks and an MQTT broker.
//!
//! Each way out has a thread and a queue of its own: one that is slow or gone holds up nobody.

mod mqtt;
mod webhook;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use anyhow::Result;
use serde_json::{Value, json};

use super::Options;

/// Messages that may wait in one way out.
const WAITING: usize = 1000;

/// The events of one record.
#[derive(Debug, Clone)]
pub struct Notification {
    /// Names it among all: a receiver that gets it twice knows.
    pub id: String,
    /// The session.
    pub session: String,
    /// `{"session": ID, "record": N, "stream-time": ns, "events": [...]}`.
    pub data: Value,
}

/// See the module.
#[derive(Clone, Default)]
pub struct Notifier(Arc<Inner>);

#[derive(Default)]
struct Inner {
    ways: Vec<SyncSender<Notification>>,
    counts: Arc<Counts>,
}

/// What became of messages.
#[derive(Default)]
pub struct Counts {
    /// Taken by their receivers.
    pub delivered: AtomicU64,
    /// Given up, or never queued because too many waited.
    pub lost: AtomicU64,
}

impl Notifier {
    /// Opens the ways out that `options` name; `folder` keeps the secret of webhooks.
    ///
    /// # Errors
    /// One is no address, or the secret cannot be read or made.
    pub fn new(options: &Options, folder: &Path) -> Result<Self> {
        let counts = Arc::new(Counts::default());
        let mut ways = Vec::new();
        if !options.webhook.is_empty() {
            let secret = webhook::secret(options.webhook_secret.as_deref(), folder)?;
            for url in &options.webhook {
                let (to, messages) = sync_channel(WAITING);
                webhook::open(url, secret.clone(), messages, counts.clone())?;
                ways.push(to);
            }
        }
        if let Some(url) = &options.mqtt {
            let (to, messages) = sync_channel(WAITING);
            mqtt::open(url, messages, counts.clone())?;
            ways.push(to);
        }
        Ok(Self(Arc::new(Inner { ways, counts })))
    }

    /// Sends the events of a line that aliyarfaceexport wrote, if there are any.
    pub fn publish(&self, session: &str, record: u64, line: &str) {
        if self.0.ways.is_empty() {
            return;
        }
        let Ok(line) = serde_json::from_str::<Value>(line) else {
            return;
        };
        let message = Notification {
            id: format!("{session}-{record}"),
            session: session.to_owned(),
            data: json!({
                "session": session,
                "record": record,
                "stream-time": line["stream-time"],
                "events": line["events"],
            }),
        };
        for way in &self.0.ways {
            if way.try_send(message.clone()).is_err() {
                self.0.counts.lost.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// What became of messages.
    pub fn counts(&self) -> &Counts {
        &self.0.counts
    }
}

/// What a way out takes its messages from.
type Messages = Receiver<Notification>;
