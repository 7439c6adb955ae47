//! What `stats` tells of a server.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::remote::{Client, LinkState};
use crate::statistics::percentile;

use super::super::super::recent_durations::nanoseconds;
use super::super::super::stats::RemoteStats;

/// Bits of a byte.
const BITS: f64 = 8.0;

/// The structure `remote` of `stats`, of `client` and of the frames this machine read instead.
pub fn of(client: &Arc<Client>, local: &Arc<AtomicU64>) -> RemoteStats {
    let (client, local) = (Arc::downgrade(client), Arc::clone(local));
    RemoteStats(Arc::new(move || {
        let structure =
            gst::Structure::builder("remote").field("results-local", local.load(Ordering::Relaxed));
        let Some(client) = client.upgrade() else {
            return structure.field("state", "off").build();
        };
        let (mut figures, link) = client.figures();
        let now = Instant::now();
        let mut lags: Vec<Duration> = figures.lags.iter().copied().collect();
        lags.sort_unstable();
        let lag = |part| nanoseconds(percentile(&lags, part).unwrap_or_default());
        let rate = |bytes: f64| (bytes * BITS).round() as u64;
        let state = match link {
            LinkState::Connecting => "connecting",
            LinkState::Connected => "connected",
            LinkState::Lost => "lost",
        };
        let lag = gst::Structure::builder("times")
            .field("p50", lag(0.5))
            .field("p95", lag(0.95))
            .field("p99", lag(0.99))
            .build();
        structure
            .field("state", state)
            .field("error", figures.error.unwrap_or("none"))
            .field("results-remote", figures.results)
            .field("sent", figures.pictures)
            .field("missed", figures.missed)
            .field("replaced", figures.replaced)
            .field("unexpected", figures.unexpected)
            .field("connections", figures.connections)
            .field("window", u32::try_from(figures.window).unwrap_or(u32::MAX))
            .field_if_some(
                "server-action-units",
                figures
                    .server_action_units
                    .and_then(|count| u32::try_from(count).ok()),
            )
            .field("bytes-sent", figures.sent.total)
            .field("bytes-received", figures.received.total)
            .field("bits-per-second-sent", rate(figures.sent.rate(now)))
            .field("bits-per-second-received", rate(figures.received.rate(now)))
            .field("lag", lag)
            .build()
    }))
}
