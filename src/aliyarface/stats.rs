//! What the element has done since it started: the property `stats`.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::analysis::{Analysis, Stage};

use super::mode::Mode;
use super::recent_durations::{RecentDurations, nanoseconds};

/// Counters that any thread may read at any time.
#[derive(Debug, Default)]
pub struct Stats {
    counters: Mutex<Counters>,
    remote: Mutex<Option<RemoteStats>>,
}

/// Tells how it stands with a server.
#[derive(Clone)]
pub struct RemoteStats(pub Arc<dyn Fn() -> gst::Structure + Send + Sync>);

impl fmt::Debug for RemoteStats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (self.0)().fmt(f)
    }
}

/// Frames since the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Passed on.
    pub frames: u64,
    /// Frames that were analysed.
    pub analysed: u64,
    /// Passed on without being analysed because a newer one came.
    pub skipped: u64,
    /// Not analysed because they, or a stage, failed.
    pub failed: u64,
}

#[derive(Debug, Clone, Default)]
struct Counters {
    mode: Option<Mode>,
    totals: Totals,
    faces: u32,
    queue_age: Duration,
    result_age: u64,
    attached: RecentDurations,
    held: RecentDurations,
    analysis: RecentDurations,
    stages: [RecentDurations; Stage::ALL.len()],
}

impl Stats {
    fn lock(&self) -> MutexGuard<'_, Counters> {
        self.counters.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What tells of a server, from now on; `None` where there is none.
    pub fn set_remote(&self, remote: Option<RemoteStats>) {
        *self.remote.lock().unwrap_or_else(PoisonError::into_inner) = remote;
    }

    /// A server has read `faces` on a frame.
    pub fn read_remotely(&self, faces: usize) {
        let mut counters = self.lock();
        counters.totals.analysed += 1;
        counters.faces = u32::try_from(faces).unwrap_or(u32::MAX);
    }

    /// A new start: everything counts from 0.
    pub fn restart(&self) {
        *self.lock() = Counters::default();
    }

    /// A frame was passed on in `mode`, with a result `age` ns older than itself: `attached` is how long it took
    /// to have it, `held` the same and covering and drawing.
    pub fn passed(&self, mode: Mode, [attached, held]: [Duration; 2], age: u64) {
        let mut counters = self.lock();
        counters.mode = Some(mode);
        counters.totals.frames += 1;
        counters.attached.push(attached);
        counters.held.push(held);
        counters.result_age = age;
    }

    /// A frame was analysed within `spent`.
    pub fn analysed(&self, analysis: &Analysis, spent: Duration) {
        let mut counters = self.lock();
        counters.totals.analysed += 1;
        counters.faces = u32::try_from(analysis.faces.len()).unwrap_or(u32::MAX);
        counters.analysis.push(spent);
        for (recent, stage) in counters.stages.iter_mut().zip(Stage::ALL) {
            recent.push(analysis.timing.spent(stage));
        }
    }

    /// A frame waited this long before its analysis began.
    pub fn waited(&self, age: Duration) {
        self.lock().queue_age = age;
    }

    /// `frames` were passed on without being analysed.
    pub fn skipped(&self, frames: u64) {
        self.lock().totals.skipped += frames;
    }

    /// A frame could not be analysed.
    pub fn failed(&self) {
        self.lock().totals.failed += 1;
    }

    /// Frames since the start.
    pub fn totals(&self) -> Totals {
        self.lock().totals
    }

    /// Everything, as the property shows it: times are in ns, `p50` and `p95` over the latest 256
    /// frames.
    pub fn structure(&self) -> gst::Structure {
        let remote = self.remote.lock();
        let remote = remote.unwrap_or_else(PoisonError::into_inner).clone();
        // A frame that is passed on does not wait for sorting.
        let counters = self.lock().clone();
        // Emotions may be switched off, and then no output names them.
        let shown =
            |(spent, stage): &(&RecentDurations, Stage)| *stage != Stage::EMOTION || spent.any();
        let stages = counters.stages.iter().zip(Stage::ALL).filter(shown);
        let stages = stages.fold(
            gst::Structure::builder("stages"),
            |stages, (spent, stage)| stages.field(stage.name(), spent.structure()),
        );
        let structure = gst::Structure::builder("aliyarface-stats")
            .field("mode", counters.mode.map_or("none", Mode::name))
            .field("frames", counters.totals.frames)
            .field("analysed", counters.totals.analysed)
            .field("skipped", counters.totals.skipped)
            .field("failed", counters.totals.failed)
            .field("faces", counters.faces)
            .field("queue-age", nanoseconds(counters.queue_age))
            .field("result-age", counters.result_age)
            .field("attached", counters.attached.structure())
            .field("held", counters.held.structure())
            .field("analysis", counters.analysis.structure())
            .field("stages", stages.build());
        match remote {
            Some(RemoteStats(tell)) => structure.field("remote", tell()).build(),
            None => structure.build(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn before_the_first_frame_there_is_nothing_but_zeros() {
        gst::init().unwrap();
        let structure = Stats::default().structure();
        assert_eq!(structure.get::<u64>("frames").unwrap(), 0);
        assert_eq!(structure.get::<&str>("mode").unwrap(), "none");
        let stages: gst::Structure = structure.get("stages").unwrap();
        let mesh: gst::Structure = stages.get("mesh").unwrap();
        assert_eq!(mesh.get::<u64>("p95").unwrap(), 0);
    }
}
