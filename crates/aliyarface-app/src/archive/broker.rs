//! The streams and the bucket in which jobs wait, are given up and are done.

use std::time::Duration;

use anyhow::{Context, Result};
use async_nats::jetstream::consumer::{AckPolicy, PullConsumer, pull};
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::stream::{self, RetentionPolicy};
use async_nats::jetstream::{self, kv};
use futures_util::TryStreamExt;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::job::{CompletedJob, DeadLetter, Job};
use crate::nats::{self, BrokerAddress};

/// The work queue: a message is gone once it is acknowledged.
const JOBS: &str = "ALIYARFACE_JOBS";
/// Jobs that were given up; one message a job.
const DEAD: &str = "ALIYARFACE_DEAD";
/// The consumer that all workers share.
const WORKERS: &str = "workers";
/// For how long the broker knows a job that is submitted again; what is older is known by its key.
const DUPLICATES: Duration = Duration::from_secs(24 * 3600);

/// A job comes back this long after its worker's last sign of life.
pub const WAIT: Duration = Duration::from_secs(30);

/// A connection, which comes back by itself.
pub struct Broker {
    context: jetstream::Context,
    jobs: stream::Stream,
    dead: stream::Stream,
    /// `JOB.id` (submitted), `DONE.id` (created once) and `BUSY.id`.
    state: kv::Store,
}

/// How many jobs are where.
#[derive(Debug, Serialize)]
pub struct Counts {
    /// Ever submitted.
    pub submitted: usize,
    /// In the queue.
    pub waiting: u64,
    /// With a worker, or to be tried again.
    pub running: usize,
    /// With an output.
    pub done: usize,
    /// Given up.
    pub dead: u64,
}

impl Broker {
    /// Connects, and makes the streams where they are not there.
    ///
    /// # Errors
    /// Nobody answers, or the broker has no JetStream.
    pub async fn connect(address: &BrokerAddress) -> Result<Self> {
        let context = nats::connect(address).await?;
        let jobs = stream::Config {
            name: JOBS.to_owned(),
            subjects: vec!["aliyarface.jobs".to_owned()],
            retention: RetentionPolicy::WorkQueue,
            duplicate_window: DUPLICATES,
            ..stream::Config::default()
        };
        let dead = stream::Config {
            name: DEAD.to_owned(),
            subjects: vec!["aliyarface.dead.*".to_owned()],
            max_messages_per_subject: 1,
            ..stream::Config::default()
        };
        Ok(Self {
            jobs: nats::stream(&context, jobs).await?,
            dead: nats::stream(&context, dead).await?,
            state: nats::state(&context).await?,
            context,
        })
    }

    /// The queue as workers see it; a job comes back `wait` after the last sign of life.
    ///
    /// # Errors
    /// The broker refuses it.
    pub async fn queue(&self, wait: Duration) -> Result<PullConsumer> {
        let config = pull::Config {
            durable_name: Some(WORKERS.to_owned()),
            ack_policy: AckPolicy::Explicit,
            ack_wait: wait,
            // Workers count the tries themselves: a message that the broker stops to deliver would be lost.
            max_deliver: -1,
            ..pull::Config::default()
        };
        Ok(self.jobs.get_or_create_consumer(WORKERS, config).await?)
    }

    /// Puts a job into the queue; whether it was not known before.
    ///
    /// # Errors
    /// The broker is gone.
    pub async fn submit(&self, job: &Job) -> Result<bool> {
        let key = format!("JOB.{}", job.id);
        if self.state.entry(&key).await?.is_some() {
            return Ok(false);
        }
        let duplicate = self.publish(job, &job.id).await?;
        // Last, so that a job whose submission was cut short is submitted again.
        self.state
            .put(&key, serde_json::to_vec(job)?.into())
            .await?;
        Ok(!duplicate)
    }

    async fn publish(&self, job: &Job, message_id: &str) -> Result<bool> {
        let message = PublishMessage::build()
            .payload(serde_json::to_vec(job)?.into())
            .message_id(message_id);
        let sent = self
            .context
            .send_publish("aliyarface.jobs", message)
            .await?;
        let taken = sent.await.context(
            "the broker did not take the job: its store is full, or this user may not submit",
        )?;
        Ok(taken.duplicate)
    }

    /// What came of a job, if it is done.
    ///
    /// # Errors
    /// The broker is gone.
    pub async fn done(&self, id: &str) -> Result<Option<CompletedJob>> {
        let value = self.state.get(format!("DONE.{id}")).await?;
        Ok(value
            .map(|value| serde_json::from_slice(&value))
            .transpose()?)
    }

    /// Keeps that a job is done; what was kept first stays.
    ///
    /// # Errors
    /// The broker is gone.
    pub async fn finish(&self, id: &str, done: &CompletedJob) -> Result<()> {
        let value = serde_json::to_vec(done)?.into();
        match self.state.create(format!("DONE.{id}"), value).await {
            Err(err) if err.kind() != kv::CreateErrorKind::AlreadyExists => Err(err.into()),
            _ => Ok(()),
        }
    }

    /// How often a job was brought to a worker while another read it: that was no try.
    ///
    /// # Errors
    /// The broker is gone.
    pub async fn busy(&self, id: &str) -> Result<i64> {
        let value = self.state.get(format!("BUSY.{id}")).await?;
        Ok(value
            .map(|value| serde_json::from_slice(&value))
            .transpose()?
            .unwrap_or(0))
    }

    /// A job was brought to a worker while another read it.
    ///
    /// # Errors
    /// The broker is gone.
    pub async fn note_busy(&self, id: &str) -> Result<()> {
        let value = serde_json::to_vec(&(self.busy(id).await? + 1))?.into();
        self.state.put(format!("BUSY.{id}"), value).await?;
        Ok(())
    }

    /// Puts a job among those given up.
    ///
    /// # Errors
    /// The broker is gone.
    pub async fn bury(&self, dead: &DeadLetter) -> Result<()> {
        let subject = format!("aliyarface.dead.{}", dead.job.id);
        let sent = self
            .context
            .publish(subject, serde_json::to_vec(dead)?.into());
        sent.await?.await?;
        Ok(())
    }

    /// The jobs given up, each with its number in their stream.
    ///
    /// # Errors
    /// The broker is gone.
    pub async fn dead(&self) -> Result<Vec<(u64, DeadLetter)>> {
        let state = self.dead.get_info().await?.state;
        let mut all = Vec::new();
        for number in state.first_sequence..=state.last_sequence {
            if let Ok(message) = self.dead.get_raw_message(number).await {
                all.push((number, read(&message.payload)?));
            }
        }
        Ok(all)
    }

    /// Puts a job that was given up into the queue again.
    ///
    /// # Errors
    /// The broker is gone.
    pub async fn retry(&self, number: u64, dead: &DeadLetter) -> Result<()> {
        self.publish(&dead.job, &format!("{}-again-{number}", dead.job.id))
            .await?;
        self.dead.delete_message(number).await?;
        // Its deliveries are counted anew.
        self.state.delete(format!("BUSY.{}", dead.job.id)).await?;
        Ok(())
    }

    /// Every job that is done, by id.
    ///
    /// # Errors
    /// The broker is gone.
    pub async fn all_done(&self) -> Result<Vec<(String, CompletedJob)>> {
        let mut ids = self.keys("DONE.").await?;
        ids.sort();
        let mut all = Vec::new();
        for id in ids {
            if let Some(done) = self.done(&id).await? {
                all.push((id, done));
            }
        }
        Ok(all)
    }

    /// How many jobs are where.
    ///
    /// # Errors
    /// The broker is gone.
    pub async fn counts(&self) -> Result<Counts> {
        let queue = self.queue(WAIT).await?.get_info().await?;
        Ok(Counts {
            submitted: self.keys("JOB.").await?.len(),
            waiting: queue.num_pending,
            running: queue.num_ack_pending,
            done: self.keys("DONE.").await?.len(),
            dead: self.dead.get_info().await?.state.messages,
        })
    }

    async fn keys(&self, prefix: &str) -> Result<Vec<String>> {
        let keys: Vec<String> = self.state.keys().await?.try_collect().await?;
        let own = keys.iter().filter_map(|key| key.strip_prefix(prefix));
        Ok(own.map(str::to_owned).collect())
    }
}

/// A message's content.
///
/// # Errors
/// It is none of ours.
pub fn read<T: DeserializeOwned>(payload: &[u8]) -> Result<T> {
    serde_json::from_slice(payload).context("a message of another program")
}
