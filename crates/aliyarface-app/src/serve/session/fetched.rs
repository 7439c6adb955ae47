//! A session whose pictures the server fetches: who watches them, and a connection that was lost.

use std::time::{Duration, Instant};

use tokio::sync::mpsc::Receiver;

use super::link::Step;
use super::pipeline::used;
use super::viewers::ViewerMessage;
use super::{Outcome, Session, Source, lock};
use crate::serve::child::wire::Control;

/// How long an address may give no picture.
const SILENT: Duration = Duration::from_secs(10);
/// Pictures over which their cost is taken.
const COSTED: u64 = 60;

impl Session {
    /// The pictures of an address, for one more who watches.
    pub fn watch(&self) -> Receiver<ViewerMessage> {
        let shown = self.shared.viewers.add();
        if self.shared.outcome() != Outcome::Open {
            self.shared.viewers.close();
        }
        self.send(&Control::Watch(true));
        shown
    }

    /// One who watched went.
    pub fn unwatch(&self) {
        if !self.shared.viewers.any() {
            self.send(&Control::Watch(false));
        }
    }

    /// Opens an address again that was lost, when it is time to.
    pub fn reconnect(&self, now: Instant) {
        let Source::Address(address, _) = &self.source else {
            return;
        };
        if self.shared.outcome() != Outcome::Open {
            return;
        }
        let came = self.shared.rates().last_came();
        let link = &self.shared.link;
        if address.endless()
            && came.is_some_and(|came| now.saturating_duration_since(came) > SILENT)
        {
            link.silent(now, &format!("no picture came for {} s", SILENT.as_secs()));
        }
        match link.step(now, came.is_some()) {
            Step::Wait => {}
            Step::Connect => {
                self.shared.forget_waiting();
                self.send(&Control::Connect);
            }
            Step::GiveUp(reason) => self.shared.failed(&reason),
        }
    }

    /// Processor time in ms that a picture cost since this was last asked, once enough were read.
    pub fn cost(&self) -> Option<f64> {
        let used = used(self.process()?)?;
        let read = self.shared.rates().frames_read;
        let mut spent = lock(&self.spent);
        let (before, pictures) = *spent;
        let new = read.saturating_sub(pictures);
        if new < COSTED {
            return None;
        }
        *spent = (used, read);
        // The first pictures cost the loading of models too.
        let warm = pictures > 0;
        warm.then(|| used.saturating_sub(before).as_secs_f64() * 1e3 / new as f64)
    }
}
