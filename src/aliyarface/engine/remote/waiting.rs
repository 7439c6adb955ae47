//! A frame that waits for its own result, as those of a file do.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::picture::Picture;
use crate::remote::{Client, LinkState, PictureFormat, Stamp};

use super::super::AnalysisReport;
use super::RemoteEngine;

/// How long a frame waits for its result: longer than the connection has patience.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);
/// How long it waits for a lost server, an outage, where nobody reads in its place.
const OUTAGE: Duration = Duration::from_secs(3);

impl RemoteEngine {
    /// Waits for the result of the frame `stamp`, where the server is there, or soon back. Without that there are
    /// no faces, whatever came of other frames.
    pub(super) fn wait(
        &mut self,
        client: &Client,
        picture: &Picture<'_>,
        format: &Arc<PictureFormat>,
        stamp: Stamp,
    ) -> AnalysisReport {
        let mut whole = AnalysisReport::default();
        let mut sent_again = false;
        loop {
            client.wait_for(stamp, Instant::now() + PATIENCE);
            whole.update(self.fetch(client, Some(stamp)));
            let own = whole.meta.is_some();
            let lost = client.link() == LinkState::Lost;
            if own || (lost && (self.choice.fallback || self.waited_out)) {
                self.waited_out &= !own;
                return whole;
            }
            if lost {
                self.waited_out = !client.wait_until_connected(Instant::now() + OUTAGE);
            }
            if std::mem::replace(&mut sent_again, true) && !lost {
                return whole;
            }
            client.submit_latest(picture, format, stamp);
        }
    }
}
