//! Equal networks that the elements of a process take turns with.
//!
//! A network that runs seldom or briefly is not worth an instance an element: there is one for every
//! two elements, and none beyond the processors that could run it.

use std::collections::HashMap;
use std::hash::Hash;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::available_parallelism;

/// Elements that share one instance: two that search every frame still fit into a thirtieth of a
/// second together.
const ELEMENTS_PER_INSTANCE: usize = 2;

/// The pools of a process by what their instances differ in.
pub type Pools<K, N> = Mutex<HashMap<K, Weak<NetPool<N>>>>;

/// The instances of a network.
pub struct NetPool<N> {
    /// Held by an element while it joins, so that each sees what the one before it loaded.
    joining: Mutex<()>,
    instances: Mutex<Instances<N>>,
    returned: Condvar,
}

struct Instances<N> {
    idle: Vec<N>,
    made: usize,
    elements: usize,
}

/// One element's share in the instances; its clones count as the same element.
pub struct Member<N>(Arc<PoolMembership<N>>);

impl<N> Clone for Member<N> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

struct PoolMembership<N>(Arc<NetPool<N>>);

/// Instances that so many elements have.
fn needed(elements: usize) -> usize {
    let processors = available_parallelism().map_or(1, usize::from);
    elements.div_ceil(ELEMENTS_PER_INSTANCE).min(processors)
}

impl<N> Member<N> {
    /// Joins the pool of `key`, and adds what `load` gives where it has too few instances.
    ///
    /// # Errors
    /// That of `load`.
    pub fn join<K: Eq + Hash, E>(
        pools: &Pools<K, N>,
        key: K,
        load: impl FnOnce() -> Result<N, E>,
    ) -> Result<Self, E> {
        let pool = {
            let mut pools = pools.lock().unwrap_or_else(PoisonError::into_inner);
            let pool = pools.get(&key).and_then(Weak::upgrade);
            pool.unwrap_or_else(|| {
                let pool = Arc::default();
                pools.insert(key, Arc::downgrade(&pool));
                pool
            })
        };
        let joining = pool.joining.lock().unwrap_or_else(PoisonError::into_inner);
        let missing = {
            let instances = pool.lock();
            instances.made < needed(instances.elements + 1)
        };
        let net = missing.then(load).transpose()?;
        let mut instances = pool.lock();
        instances.elements += 1;
        instances.made += usize::from(net.is_some());
        instances.idle.extend(net);
        drop(instances);
        drop(joining);
        pool.returned.notify_all();
        Ok(Self(Arc::new(PoolMembership(pool))))
    }

    /// Lets `work` use an instance; waits for an idle one.
    pub fn with<R>(&self, work: impl FnOnce(&mut N) -> R) -> R {
        let pool = &self.0.0;
        let mut net = pool.take();
        let result = catch_unwind(AssertUnwindSafe(|| work(&mut net)));
        pool.give_back(net);
        result.unwrap_or_else(|panic| resume_unwind(panic))
    }
}

impl<N> Default for NetPool<N> {
    fn default() -> Self {
        Self {
            joining: Mutex::default(),
            instances: Mutex::new(Instances {
                idle: Vec::new(),
                made: 0,
                elements: 0,
            }),
            returned: Condvar::new(),
        }
    }
}

impl<N> NetPool<N> {
    fn lock(&self) -> MutexGuard<'_, Instances<N>> {
        self.instances
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// There is at least one instance while an element has joined.
    fn take(&self) -> N {
        let mut instances = self.lock();
        loop {
            if let Some(net) = instances.idle.pop() {
                return net;
            }
            let waited = self.returned.wait(instances);
            instances = waited.unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn give_back(&self, net: N) {
        let mut instances = self.lock();
        instances.idle.push(net);
        let surplus = instances.surplus();
        drop(instances);
        self.returned.notify_one();
        drop(surplus);
    }
}

impl<N> Instances<N> {
    /// Takes an idle instance out that the remaining elements do not need.
    fn surplus(&mut self) -> Option<N> {
        if self.made <= needed(self.elements) {
            return None;
        }
        let net = self.idle.pop()?;
        self.made -= 1;
        Some(net)
    }
}

impl<N> Drop for PoolMembership<N> {
    fn drop(&mut self) {
        let mut instances = self.0.lock();
        instances.elements = instances.elements.saturating_sub(1);
        let surplus = instances.surplus();
        drop(instances);
        drop(surplus);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_two_elements_share_an_instance_and_no_more_are_loaded_than_processors_can_run() {
        let pools = Pools::<(), usize>::default();
        let loaded = Mutex::new(0);
        let join = || {
            Member::join(&pools, (), || {
                *loaded.lock().unwrap() += 1;
                Ok::<_, ()>(0)
            })
            .unwrap()
        };
        let processors = available_parallelism().map_or(1, usize::from);
        let members: Vec<_> = (0..4 * processors + 2).map(|_| join()).collect();
        assert_eq!(*loaded.lock().unwrap(), processors);
        drop(members);
        join();
        assert_eq!(*loaded.lock().unwrap(), processors + 1, "the last took all");
    }

    #[test]
    fn an_instance_in_whose_use_somebody_panics_serves_on() {
        let pools = Pools::<(), usize>::default();
        let member = Member::join(&pools, (), || Ok::<_, ()>(7)).unwrap();
        let broken = catch_unwind(AssertUnwindSafe(|| member.with(|_| panic!("it broke"))));
        assert!(broken.is_err());
        assert_eq!(member.with(|net| *net), 7);
    }
}
