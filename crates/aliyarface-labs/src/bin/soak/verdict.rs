//! Whether memory grows.

use super::Sample;
use aliyarface_labs::trend::Trend;

/// Part of the run in which caches and allocators may fill.
pub const WARM_UP: f64 = 0.2;
/// MB a minute from which memory grows; one 640x360 frame lost every three seconds would be 6.9.
pub const ALLOWED: f64 = 1.0;

/// How memory went, in MB.
pub struct Verdict {
    /// Minutes at which the warm-up ended.
    pub from: f64,
    /// Resident pages.
    pub resident: Trend,
    /// The heap that somebody holds.
    pub used: Trend,
    /// The heap that was freed and is kept.
    pub free: Trend,
}

impl Verdict {
    /// The verdict on a run.
    pub fn of(samples: &[Sample]) -> Self {
        let end = samples.last().map_or(0.0, |sample| sample.minutes);
        let from = end * WARM_UP;
        let course = |of: &dyn Fn(&Sample) -> f64| {
            let settled = samples.iter().filter(|sample| sample.minutes >= from);
            let places: Vec<_> = settled.map(|sample| (sample.minutes, of(sample))).collect();
            Trend::of(&places)
        };
        Self {
            from,
            resident: course(&|sample| sample.memory.resident),
            used: course(&|sample| sample.memory.used),
            free: course(&|sample| sample.memory.free),
        }
    }

    /// Whether memory stays where it is, both what is held and what the system gives for it.
    pub fn flat(&self) -> bool {
        self.resident.slope <= ALLOWED && self.used.slope <= ALLOWED
    }
}
