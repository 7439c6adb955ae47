//! How long to wait before the next try.

use std::time::Duration;

/// The first wait; each further one is twice as long.
const FIRST: Duration = Duration::from_millis(250);
/// The longest wait for a server that may be back at any moment.
const LONGEST: Duration = Duration::from_secs(8);
/// The wait where only a person can help: a wrong token, another version.
const REFUSED: Duration = Duration::from_secs(60);

/// Counts tries that failed one after the other.
#[derive(Debug, Default)]
pub struct Backoff(u32);

impl Backoff {
    /// How long to wait after another try failed; `chance` (0..1) spreads many devices over a quarter of it.
    pub fn after_failure(&mut self, chance: f64) -> Duration {
        let doubled = FIRST.saturating_mul(2u32.saturating_pow(self.0.min(16)));
        self.0 = self.0.saturating_add(1);
        doubled
            .min(LONGEST)
            .mul_f64(1.0 - 0.25 * chance.clamp(0.0, 1.0))
    }

    /// How long to wait where another try can hardly help.
    pub fn after_refusal(&mut self) -> Duration {
        REFUSED
    }

    /// A try succeeded.
    pub fn succeeded(&mut self) {
        self.0 = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest_and_begin_anew_after_a_success() {
        let mut backoff = Backoff::default();
        let waits: Vec<u128> = (0..7)
            .map(|_| backoff.after_failure(0.0).as_millis())
            .collect();
        assert_eq!(waits, [250, 500, 1000, 2000, 4000, 8000, 8000]);
        backoff.succeeded();
        assert_eq!(backoff.after_failure(1.0).as_micros(), 187_500);
    }
}
