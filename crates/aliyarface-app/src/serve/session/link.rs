//! The connection to an address: lost and made again, at growing distances.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// From the first pause to the longest.
const SOONEST: Duration = Duration::from_secs(1);
const LATEST: Duration = Duration::from_secs(30);
/// How long an address is tried that gave pictures, and one that never did.
const PATIENT: Duration = Duration::from_secs(600);
const NEVER: Duration = Duration::from_secs(60);
/// How long a try may give neither a picture nor an error.
const HUNG: Duration = Duration::from_secs(20);

/// The pause after so many tries that failed before the last.
pub fn pause(tries: u32) -> Duration {
    SOONEST.saturating_mul(1 << tries.min(10)).min(LATEST)
}

/// See the module.
#[derive(Default)]
pub struct Link(Mutex<State>);

#[derive(Default)]
struct State {
    tries: u32,
    /// Since when there is no picture.
    since: Option<Instant>,
    /// When it is tried again; `None` while a try is under way.
    again: Option<Instant>,
    /// When the last try began.
    tried: Option<Instant>,
    reason: String,
}

/// What is to be done about a lost connection.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing, for now.
    Wait,
    /// Make it again.
    Connect,
    /// It is lost for good.
    GiveUp(String),
}

impl Link {
    /// It was lost, or could not be made.
    pub fn lost(&self, now: Instant, reason: &str) {
        let mut state = self.state();
        if state.again.is_some() {
            return;
        }
        let pause = pause(state.tries);
        state.since.get_or_insert(now);
        state.tries += 1;
        state.again = Some(now + pause);
        state.reason = reason.to_owned();
    }

    /// No picture comes over a connection that stands.
    pub fn silent(&self, now: Instant, reason: &str) {
        if self.state().since.is_none() {
            self.lost(now, reason);
        }
    }

    /// A picture came.
    pub fn found(&self) {
        let mut state = self.state();
        if state.since.is_some() {
            *state = State::default();
        }
    }

    /// What is to be done; `ever` says whether a picture came at all.
    pub fn step(&self, now: Instant, ever: bool) -> Step {
        let mut state = self.state();
        let Some(since) = state.since else {
            return Step::Wait;
        };
        if now - since > if ever { PATIENT } else { NEVER } {
            return Step::GiveUp(state.reason.clone());
        }
        let hung = state.again.is_none() && state.tried.is_some_and(|tried| now - tried > HUNG);
        if !hung && state.again.is_none_or(|again| again > now) {
            return Step::Wait;
        }
        (state.again, state.tried) = (None, Some(now));
        Step::Connect
    }

    /// Why there is no picture, and when it is tried again.
    pub fn status(&self, now: Instant) -> Option<String> {
        let state = self.state();
        state.since?;
        let next = match state.again {
            Some(again) => format!(
                "in {} s",
                again.saturating_duration_since(now).as_secs() + 1
            ),
            None => "now".to_owned(),
        };
        Some(format!("{}; tried again {next}", state.reason))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_connection_is_made_again_at_growing_distances_and_given_up_at_last() {
        let link = Link::default();
        let begun = Instant::now();
        let at = |seconds| begun + Duration::from_secs(seconds);
        assert_eq!(link.step(at(0), true), Step::Wait);
        let mut tries = Vec::new();
        for second in 0..700 {
            match link.step(at(second), true) {
                Step::Wait => {}
                Step::Connect => {
                    tries.push(second);
                    link.lost(at(second), "gone");
                    link.lost(at(second), "said twice");
                }
                Step::GiveUp(reason) => {
                    assert_eq!((second, reason.as_str()), (601, "gone"));
                    break;
                }
            }
            if second == 0 {
                link.lost(at(0), "gone");
            }
        }
        assert_eq!(tries[..7], [1, 3, 7, 15, 31, 61, 91]);
        assert!(
            link.status(at(700))
                .unwrap()
                .starts_with("gone; tried again")
        );
        link.found();
        assert_eq!(
            (link.status(at(700)), link.step(at(700), true)),
            (None, Step::Wait)
        );
    }

    #[test]
    fn an_address_that_never_gave_a_picture_is_given_up_after_a_minute() {
        let link = Link::default();
        let begun = Instant::now();
        link.lost(begun, "refused");
        let step = link.step(begun + Duration::from_secs(61), false);
        assert_eq!(step, Step::GiveUp("refused".to_owned()));
    }
}
