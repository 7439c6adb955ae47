//! How many sessions this machine carries, from what reading a picture costs on it.

use std::sync::{Mutex, PoisonError};
use std::thread::available_parallelism;

/// Sessions a processor before anything was measured.
const UNMEASURED: usize = 2;
/// Pictures a second of a session.
const RATE: f64 = 30.0;
/// The part of the processors that sessions may take: the server and the page's files need some.
const PART: f64 = 0.9;
/// How far one measurement moves what is believed.
const WEIGHT: f64 = 0.2;
/// The most, whatever was measured: each session takes memory too.
const MOST: usize = 64;

/// See the module.
pub struct Quota {
    fixed: Option<usize>,
    processors: usize,
    cost: Mutex<Option<f64>>,
}

impl Quota {
    /// As many as the operator says, else as many as can be carried.
    pub fn new(fixed: Option<usize>) -> Self {
        Self::of(fixed, available_parallelism().map_or(1, usize::from))
    }

    fn of(fixed: Option<usize>, processors: usize) -> Self {
        Self {
            fixed,
            processors,
            cost: Mutex::default(),
        }
    }

    /// A picture cost `ms` of a processor.
    pub fn learn(&self, ms: f64) {
        let mut cost = self.cost.lock().unwrap_or_else(PoisonError::into_inner);
        let known = cost.unwrap_or(ms);
        *cost = Some(known + (ms - known) * WEIGHT);
    }

    /// Processor time in ms that a picture costs; `None` before it was measured.
    pub fn cost(&self) -> Option<f64> {
        *self.cost.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sessions at once.
    pub fn most(&self) -> usize {
        if let Some(fixed) = self.fixed {
            return fixed;
        }
        let Some(cost) = self.cost() else {
            return UNMEASURED * self.processors;
        };
        let carried = self.processors as f64 * PART * 1e3 / (cost.max(0.1) * RATE);
        (carried as usize).clamp(1, MOST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_sessions_are_carried_as_their_pictures_can_be_paid_for() {
        let quota = Quota::of(None, 2);
        assert_eq!(quota.most(), 4, "nothing was measured");
        quota.learn(10.0);
        assert_eq!(quota.most(), 6);
        for _ in 0..100 {
            quota.learn(100.0);
        }
        assert!(quota.cost().unwrap() > 99.0);
        assert_eq!(quota.most(), 1, "one is always carried");
        assert_eq!(Quota::of(Some(7), 2).most(), 7);
    }
}
