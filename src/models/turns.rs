//! Detectors with which elements take turns.
//!
//! A detector runs seldom (on every tenth frame of a face that is followed) and is large, so every
//! two elements of a process share one; which of the instances runs makes no difference to what it
//! finds.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};

use once_cell::sync::Lazy;

use super::blazeface::{BlazeFace, Candidate, Range};
use super::litert::LiteRtError;
use super::manifest::Checked;

/// Elements that share one instance: two that search every frame still fit into a thirtieth of a
/// second together.
const ELEMENTS_AN_INSTANCE: usize = 2;

/// One element's part in the detectors of a range.
pub struct Detector {
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

/// An instance in use; it goes back whatever happens, since others may wait for it.
struct Turn<'a> {
    pool: &'a Pool,
    net: Option<BlazeFace>,
}

/// By range and threads of an instance.
type Pools = HashMap<(Range, u32), Weak<Pool>>;
static POOLS: Lazy<Mutex<Pools>> = Lazy::new(Mutex::default);

impl Detector {
    /// Takes part in the detectors of `range` that run on `threads` threads, and makes another where there
    /// are too few.
    ///
    /// # Errors
    /// The file is not this network.
    pub(super) fn load(file: Checked, range: Range, threads: u32) -> Result<Self, LiteRtError> {
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
            instances.made < (instances.elements + 1).div_ceil(ELEMENTS_AN_INSTANCE)
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
        Ok(Self { pool, range })
    }

    /// Which network this is.
    pub fn range(&self) -> Range {
        self.range
    }

    /// Every candidate worth a closer look in an RGB crop of [`Range::side`] pixels a side, once it is
    /// this element's turn.
    ///
    /// # Errors
    /// The network failed.
    pub fn candidates(&self, rgb: &[u8]) -> Result<Vec<Candidate>, LiteRtError> {
        let mut turn = self.pool.turn();
        match &mut turn.net {
            Some(net) => net.candidates(rgb),
            None => Ok(Vec::new()),
        }
    }
}

impl Drop for Detector {
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

    /// An instance, as soon as one is idle: there is at least one while an element takes part.
    fn turn(&self) -> Turn<'_> {
        let mut instances = self.lock();
        loop {
            if let Some(net) = instances.idle.pop() {
                return Turn {
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
    /// An idle instance that the elements left can do without.
    fn surplus(&mut self) -> Option<BlazeFace> {
        if self.made <= self.elements.div_ceil(ELEMENTS_AN_INSTANCE) {
            return None;
        }
        let net = self.idle.pop()?;
        self.made -= 1;
        Some(net)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut instances = self.pool.lock();
        instances.idle.extend(self.net.take());
        let surplus = instances.surplus();
        drop(instances);
        self.pool.returned.notify_one();
        drop(surplus);
    }
}
