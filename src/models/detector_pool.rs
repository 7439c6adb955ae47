//! A pool of detector networks that the elements of a process share.
//!
//! A detector runs seldom (on every tenth frame of a tracked face) and is large, so there is one
//! instance for every two elements; the instances are equal.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};

use once_cell::sync::Lazy;

use super::blazeface::{BlazeFace, Candidate, Range};
use super::manifest::CheckedFile;
use crate::nn::litert::LiteRtError;

/// Elements that share one instance: two that search every frame still fit into a thirtieth of a
/// second together.
const ELEMENTS_PER_INSTANCE: usize = 2;

/// One element's handle on the shared detectors of a range; its clones count as the same element.
#[derive(Clone)]
pub struct Detector(Arc<Membership>);

/// What makes an element one of those that a pool has instances for.
struct Membership {
    pool: Arc<Pool>,
    range: Range,
}

#[derive(Default)]
struct Pool {
    instances: Mutex<Instances>,
    returned: Condvar,
}

#[derive(Default)]
struct Instances {
    idle: Vec<BlazeFace>,
    made: usize,
    elements: usize,
}

/// An instance in use, which returns to the pool on drop.
struct Lease<'a> {
    pool: &'a Pool,
    net: Option<BlazeFace>,
}

/// The pools by range and threads of an instance.
type Pools = HashMap<(Range, u32), Weak<Pool>>;
static POOLS: Lazy<Mutex<Pools>> = Lazy::new(Mutex::default);

impl Detector {
    /// Joins the detectors of `range` that run on `threads` threads, and loads another where there
    /// are too few.
    ///
    /// # Errors
    /// The file is not this network.
    pub(super) fn load(file: CheckedFile, range: Range, threads: u32) -> Result<Self, LiteRtError> {
        // Held to the end: elements join one by one, and the others run meanwhile.
        let mut pools = POOLS.lock().unwrap_or_else(PoisonError::into_inner);
        let pool = pools.get(&(range, threads)).and_then(Weak::upgrade);
        let pool = pool.unwrap_or_else(|| {
            let pool = Arc::new(Pool::default());
            pools.insert((range, threads), Arc::downgrade(&pool));
            pool
        });
        let missing = {
            let instances = pool.lock();
            instances.made < (instances.elements + 1).div_ceil(ELEMENTS_PER_INSTANCE)
        };
        let net = missing
            .then(|| BlazeFace::load(file, range, threads))
            .transpose()?;
        let mut instances = pool.lock();
        instances.elements += 1;
        instances.made += usize::from(net.is_some());
        instances.idle.extend(net);
        drop(instances);
        pool.returned.notify_all();
        Ok(Self(Arc::new(Membership { pool, range })))
    }

    /// The range of the network.
    pub fn range(&self) -> Range {
        self.0.range
    }

    /// The candidates of at least `floor` (0..1) in an RGB crop of [`Range::side`] x
    /// [`Range::side`] pixels; waits for an idle instance.
    ///
    /// # Errors
    /// The network failed.
    pub fn candidates(&self, rgb: &[u8], floor: f64) -> Result<Vec<Candidate>, LiteRtError> {
        let mut lease = self.0.pool.lease();
        match &mut lease.net {
            Some(net) => net.candidates(rgb, floor),
            None => Ok(Vec::new()),
        }
    }
}

impl Drop for Membership {
    fn drop(&mut self) {
        let mut instances = self.pool.lock();
        instances.elements = instances.elements.saturating_sub(1);
        let surplus = instances.surplus();
        drop(instances);
        drop(surplus);
    }
}

impl Pool {
    fn lock(&self) -> MutexGuard<'_, Instances> {
        self.instances
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for an idle instance; there is at least one while an element has joined.
    fn lease(&self) -> Lease<'_> {
        let mut instances = self.lock();
        loop {
            if let Some(net) = instances.idle.pop() {
                return Lease {
                    pool: self,
                    net: Some(net),
                };
            }
            let waited = self.returned.wait(instances);
            instances = waited.unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Instances {
    /// Takes an idle instance out that the remaining elements do not need.
    fn surplus(&mut self) -> Option<BlazeFace> {
        if self.made <= self.elements.div_ceil(ELEMENTS_PER_INSTANCE) {
            return None;
        }
        let net = self.idle.pop()?;
        self.made -= 1;
        Some(net)
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        let mut instances = self.pool.lock();
        instances.idle.extend(self.net.take());
        let surplus = instances.surplus();
        drop(instances);
        self.pool.returned.notify_one();
        drop(surplus);
    }
}
