//! What the broker keeps of cameras, leases, workers and events.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A camera that is to be read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Camera {
    /// As `aliyarface serve` takes it, with name and password where it asks for them.
    pub uri: String,
    /// The element's properties.
    #[serde(default)]
    pub settings: Map<String, Value>,
}

/// Who reads a camera, and how it fares.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Lease {
    /// The worker.
    pub worker: String,
    /// The fencing token: the revision with which the lease began; 0 until the first renewal.
    pub epoch: u64,
    /// As of a session of `aliyarface serve`.
    pub state: String,
    /// Why no picture comes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Pictures a second that are read.
    pub fps: f64,
    /// Faces in the newest picture.
    pub faces: u32,
    /// Events since the lease began.
    pub events: u64,
}

/// What became of a lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Renewal {
    /// It stands for another [`super::TTL`]; its next revision.
    Renewed(u64),
    /// It stands, for how long nobody here knows; its next revision.
    Found(u64),
    /// It ended.
    Lost,
}

/// Who had a camera last, and since when others had it before; it outlives the lease.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct LeaseHistory {
    /// The worker.
    pub worker: String,
    /// The fencing token.
    pub epoch: u64,
    /// The last leases, the newest last: the fencing token, and when it began in ms since 1970 by the broker's clock.
    pub turns: Vec<(u64, u64)>,
}

impl LeaseHistory {
    /// Whether another lease than `epoch` had begun at `at_ms`, after it.
    pub fn is_anothers(&self, epoch: u64, at_ms: u64) -> bool {
        let later = self.turns.iter().find(|(other, _)| *other > epoch);
        later.is_some_and(|(_, began)| *began <= at_ms)
    }
}

/// A worker that lives.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct WorkerState {
    /// Cameras that its processors carry.
    pub capacity: usize,
    /// Processor time in ms that an analysis costs it; nothing before it was measured.
    pub cost_ms: Option<f64>,
    /// Events that wait for the broker on its disk.
    pub spooled: u64,
    /// Cameras that it may not read, and why.
    #[serde(default)]
    pub refused: BTreeMap<String, String>,
}

/// An event as it is published.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct FleetEvent {
    /// The camera.
    pub camera: String,
    /// The fencing token of the lease under which it was read.
    pub epoch: u64,
    /// Counts the events of an epoch, from 1.
    pub seq: u64,
    /// The worker.
    pub worker: String,
    /// When it was read, in ms since 1970 by the broker's clock.
    pub at_ms: u64,
    /// Time in the camera's stream, in ns.
    pub stream_time: Option<u64>,
    /// As docs/aliyarface-record.schema.json has them.
    pub events: Vec<Value>,
}

impl FleetEvent {
    /// By which the broker knows an event that is sent again.
    pub fn id(&self) -> String {
        format!("{}:{}:{}", self.camera, self.epoch, self.seq)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_after_a_lease_is_another_s_from_when_the_next_one_began() {
        let held = LeaseHistory {
            turns: vec![(3, 100), (9, 200), (12, 300)],
            ..LeaseHistory::default()
        };
        assert!(!held.is_anothers(3, 199));
        assert!(held.is_anothers(3, 200));
        assert!(!held.is_anothers(12, 999));
    }
}
