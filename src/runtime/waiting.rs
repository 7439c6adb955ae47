//! Waiting for what another thread does.

use std::sync::{Condvar, MutexGuard, PoisonError};
use std::time::Instant;

/// Waits for `changed` while `condition` holds, but not beyond `deadline`.
pub fn wait_while<'a, State>(
    changed: &Condvar,
    state: MutexGuard<'a, State>,
    deadline: Instant,
    condition: impl FnMut(&mut State) -> bool,
) -> MutexGuard<'a, State> {
    let left = deadline.saturating_duration_since(Instant::now());
    let waited = changed.wait_timeout_while(state, left, condition);
    waited.unwrap_or_else(PoisonError::into_inner).0
}
