//! Cameras, who reads them, and what comes of it, as the broker keeps it.
//!
//! `CAMS.name` and the neutrals of its people stay; `LEASE.name` and `WORKER.name` are gone [`TTL`] after they were last
//! put, by the broker's clock alone.

mod entries;
mod view;

use std::time::Duration;

use anyhow::{Context, Result, bail};
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::{self, kv, stream};
use futures_util::StreamExt;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::time::timeout;

pub use self::entries::{Camera, FleetEvent, Lease, LeaseHistory, Renewal, WorkerState};
pub use self::view::{Change, FleetView, watch};
use super::{BrokerAddress, bucket, connect, state};

/// A worker that does not renew its leases for so long loses them.
pub const TTL: Duration = Duration::from_secs(5);
/// The bucket of leases and of workers that live.
const LEASES: &str = "aliyarface_leases";
/// The stream of events.
const EVENTS: &str = "ALIYARFACE_EVENTS";
/// For how long events are kept.
const KEPT: Duration = Duration::from_secs(7 * 24 * 3600);
/// For how long the broker knows an event that is sent again.
const DUPLICATES: Duration = Duration::from_secs(600);
/// How long the broker may take from one key of a list to the next.
const LISTED: Duration = Duration::from_secs(1);
/// Leases of a camera that are remembered.
const TURNS: usize = 16;
/// Letters of a camera's name.
const LONGEST: usize = 64;

/// The broker of a fleet.
#[derive(Clone)]
pub struct Fleet {
    context: jetstream::Context,
    state: kv::Store,
    leases: kv::Store,
    events: stream::Stream,
}

impl Fleet {
    /// Connects, and makes what is not there.
    ///
    /// # Errors
    /// Nobody answers, or the broker has no JetStream.
    pub async fn connect(address: &BrokerAddress) -> Result<Self> {
        let context = connect(address).await?;
        let events = stream::Config {
            name: EVENTS.to_owned(),
            subjects: vec!["aliyarface.events.*".to_owned()],
            max_age: KEPT,
            duplicate_window: DUPLICATES,
            allow_direct: true,
            ..stream::Config::default()
        };
        Ok(Self {
            state: state(&context).await?,
            leases: bucket(&context, LEASES, TTL).await?,
            events: super::stream(&context, events).await?,
            context,
        })
    }

    /// A name that no other connection has.
    pub fn unique(&self) -> String {
        let inbox = self.context.client().new_inbox();
        inbox.chars().rev().take(6).collect()
    }

    /// Adds a camera, or gives one another address or other settings.
    ///
    /// # Errors
    /// The name is none, or the broker is gone.
    pub async fn put_camera(&self, name: &str, camera: &Camera) -> Result<()> {
        check_name(name)?;
        let value = serde_json::to_vec(camera)?.into();
        let put = self.state.put(format!("CAMS.{name}"), value).await;
        put.context(
            "the broker did not take the camera: it is away, or this user may not add any",
        )?;
        Ok(())
    }

    /// Removes a camera with all that is kept of it; whether there was one.
    ///
    /// # Errors
    /// The broker is gone.
    pub async fn remove_camera(&self, name: &str) -> Result<bool> {
        check_name(name)?;
        let there = self.state.get(format!("CAMS.{name}")).await?.is_some();
        for kind in ["CAMS", "NEUTRALS", "HELD"] {
            self.state.purge(format!("{kind}.{name}")).await?;
        }
        Ok(there)
    }

    /// Everything as it is now.
    ///
    /// # Errors
    /// The broker is gone.
    pub async fn look(&self) -> Result<FleetView> {
        let mut view = FleetView::default();
        for store in [&self.state, &self.leases] {
            let (mut listed, mut keys) = (store.keys().await?, Vec::new());
            // The list has no end where a value ran out while it was told.
            while let Ok(Some(key)) = timeout(LISTED, listed.next()).await {
                keys.push(key?);
            }
            for key in keys.iter().filter(|key| view::is_ours(key)) {
                if let Some(entry) = store.entry(key).await? {
                    view.apply(Change::from(entry));
                }
            }
        }
        Ok(view)
    }

    /// Takes a lease that nobody has, at `now_ms` of the broker's clock; its epoch, or `None` where another was faster.
    ///
    /// # Errors
    /// The broker is gone.
    pub async fn take(&self, camera: &str, worker: &str, now_ms: u64) -> Result<Option<u64>> {
        let lease = Lease {
            worker: worker.to_owned(),
            state: "starting".to_owned(),
            ..Lease::default()
        };
        let value = serde_json::to_vec(&lease)?.into();
        let epoch = match self.leases.create(format!("LEASE.{camera}"), value).await {
            Ok(epoch) => epoch,
            Err(err) if err.kind() == kv::CreateErrorKind::AlreadyExists => return Ok(None),
            Err(err) => return Err(err.into()),
        };
        let mut held = self.held(camera).await?.unwrap_or_default();
        held.worker = worker.to_owned();
        held.epoch = epoch;
        held.turns.push((epoch, now_ms));
        let old = held.turns.len().saturating_sub(TURNS);
        held.turns.drain(..old);
        self.state
            .put(format!("HELD.{camera}"), serde_json::to_vec(&held)?.into())
            .await?;
        Ok(Some(epoch))
    }

    /// Renews a lease.
    ///
    /// # Errors
    /// The broker is gone.
    pub async fn renew(&self, camera: &str, lease: &Lease, revision: u64) -> Result<Renewal> {
        let key = format!("LEASE.{camera}");
        let value = serde_json::to_vec(lease)?.into();
        match self.leases.update(&key, value, revision).await {
            Ok(revision) => return Ok(Renewal::Renewed(revision)),
            Err(err) if err.kind() == kv::UpdateErrorKind::WrongLastRevision => {}
            Err(err) => return Err(err.into()),
        }
        // An earlier renewal may have been taken without its answer having come here.
        let entry = self.leases.entry(&key).await?;
        let own = entry.filter(|entry| {
            let found: Option<Lease> = serde_json::from_slice(&entry.value).ok();
            found.is_some_and(|found| found.worker == lease.worker)
        });
        Ok(own.map_or(Renewal::Lost, |entry| Renewal::Found(entry.revision)))
    }

    /// Gives a lease back.
    ///
    /// # Errors
    /// The broker is gone, or the lease was lost before.
    pub async fn release(&self, camera: &str, revision: u64) -> Result<()> {
        let key = format!("LEASE.{camera}");
        Ok(self
            .leases
            .delete_expect_revision(key, Some(revision))
            .await?)
    }

    /// Tells that a worker lives.
    ///
    /// # Errors
    /// The broker is gone.
    pub async fn beat(&self, worker: &str, state: &WorkerState) -> Result<()> {
        let value = serde_json::to_vec(state)?.into();
        self.leases.put(format!("WORKER.{worker}"), value).await?;
        Ok(())
    }

    /// Tells that a worker goes.
    ///
    /// # Errors
    /// The broker is gone.
    pub async fn leave(&self, worker: &str) -> Result<()> {
        Ok(self.leases.delete(format!("WORKER.{worker}")).await?)
    }

    /// Who had a camera last.
    ///
    /// # Errors
    /// The broker is gone.
    pub async fn held(&self, camera: &str) -> Result<Option<LeaseHistory>> {
        self.value(format!("HELD.{camera}")).await
    }

    /// The neutrals of a camera's people, as the element told them.
    ///
    /// # Errors
    /// The broker is gone.
    pub async fn neutrals(&self, camera: &str) -> Result<Option<Value>> {
        self.value(format!("NEUTRALS.{camera}")).await
    }

    /// Keeps the neutrals of a camera's people.
    ///
    /// # Errors
    /// The broker is gone.
    pub async fn keep_neutrals(&self, camera: &str, neutrals: &str) -> Result<()> {
        let value = neutrals.to_owned().into();
        self.state.put(format!("NEUTRALS.{camera}"), value).await?;
        Ok(())
    }

    /// Stores an event, once however often it is published.
    ///
    /// # Errors
    /// The broker is gone, or its store is full.
    pub async fn publish(&self, event: &FleetEvent) -> Result<()> {
        let message = PublishMessage::build()
            .payload(serde_json::to_vec(event)?.into())
            .message_id(event.id());
        let subject = format!("aliyarface.events.{}", event.camera);
        self.context.send_publish(subject, message).await?.await?;
        Ok(())
    }

    /// The last event of a camera that was stored.
    ///
    /// # Errors
    /// The broker is gone.
    pub async fn last_event(&self, camera: &str) -> Result<Option<FleetEvent>> {
        let subject = format!("aliyarface.events.{camera}");
        match self.events.direct_get_last_for_subject(subject).await {
            Ok(message) => Ok(Some(serde_json::from_slice(&message.payload)?)),
            Err(err) if err.kind() == stream::DirectGetErrorKind::NotFound => Ok(None),
            Err(err) => Err(err.into()),
        }
    }

    async fn value<T: DeserializeOwned>(&self, key: String) -> Result<Option<T>> {
        let value = self.state.get(key).await?;
        Ok(value
            .map(|value| serde_json::from_slice(&value))
            .transpose()?)
    }
}

fn check_name(name: &str) -> Result<()> {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
    if name.is_empty() || name.len() > LONGEST || !name.chars().all(plain) {
        bail!("{name:?} is no camera's name: up to {LONGEST} letters of a-z, A-Z, 0-9, - and _");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_camera_s_name_is_one_word_of_a_subject() {
        for name in ["door", "hall-2", "A_1"] {
            assert!(check_name(name).is_ok(), "{name}");
        }
        for name in ["", "a.b", "a b", "*", ">", "tür", &"x".repeat(65)] {
            assert!(check_name(name).is_err(), "{name}");
        }
    }
}
