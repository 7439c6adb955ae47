//! Whether memory grows.

use super::Sample;

/// Part of the run in which caches and allocators may fill.
pub const WARM_UP: f64 = 0.2;
/// MB a minute from which memory grows; one 640x360 frame lost every three seconds would be 6.9.
pub const ALLOWED: f64 = 1.0;

/// How memory went after the warm-up.
pub struct Verdict {
    /// Minutes at which the warm-up ended.
    pub from: f64,
    /// MB a minute: the median of the slopes between all pairs of samples (Theil 1950, Sen 1968), which a
    /// change of the pictures' size does not move.
    pub slope: f64,
    /// Median of the first tenth, in MB.
    pub first: f64,
    /// Median of the last tenth, in MB.
    pub last: f64,
}

impl Verdict {
    /// The verdict on a run.
    pub fn of(samples: &[Sample]) -> Self {
        let end = samples.last().map_or(0.0, |sample| sample.minutes);
        let from = end * WARM_UP;
        let settled: Vec<_> = samples
            .iter()
            .filter(|sample| sample.minutes >= from)
            .collect();
        let mut slopes = Vec::new();
        for (index, one) in settled.iter().enumerate() {
            for other in &settled[index + 1..] {
                slopes.push((other.resident - one.resident) / (other.minutes - one.minutes));
            }
        }
        let memory: Vec<f64> = settled.iter().map(|sample| sample.resident).collect();
        let tenth = memory.len().div_ceil(10);
        Self {
            from,
            slope: percentile(&slopes, 0.5),
            first: percentile(&memory[..tenth], 0.5),
            last: percentile(&memory[memory.len() - tenth..], 0.5),
        }
    }

    /// Whether memory stays where it is.
    pub fn flat(&self) -> bool {
        self.slope <= ALLOWED
    }
}

/// The value below which a `part` of the values lie; 0 where there are none.
pub fn percentile(values: &[f64], part: f64) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    let index = (values.len().saturating_sub(1) as f64 * part).round() as usize;
    values.get(index).copied().unwrap_or_default()
}
