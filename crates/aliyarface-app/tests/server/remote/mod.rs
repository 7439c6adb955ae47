//! The element with its analysis on a server.

mod certificates;
mod devices;
mod failures;
mod fake;
mod hostile;
mod network;
mod remember;
mod results;
#[path = "../../../../../tests/support/slow_link.rs"]
mod slow_link;
pub mod stream;
