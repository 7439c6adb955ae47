//! Runs the analyser so that nothing that happens in it can hurt the stream.

use std::sync::Arc;
use std::time::Instant;

use crate::analysis::{Analyser, AnalysisSettings, Event, FrameTime, Rejected};
use crate::metadata::FaceMeta;
use crate::picture::Picture;

use super::imp::CAT;
use super::patience::{Attempt, Failure, Patience, Work, guarded};
use super::stats::Stats;

/// A frame's place in the stream.
#[derive(Debug, Clone, Copy)]
pub struct Frame {
    /// What its results will carry as `analysis-pts`, in ns.
    pub pts: u64,
    /// Its time for the analysis.
    pub time: FrameTime,
}

/// What came of reading one frame or several.
#[derive(Debug, Default)]
pub struct Reading {
    /// The newest faces; `None` where no frame could be read.
    pub meta: Option<Arc<FaceMeta>>,
    /// What changed.
    pub events: Vec<Event>,
    /// What went wrong, the first time it does and when it ends the analysis.
    pub failure: Option<Failure>,
}

impl Reading {
    /// Takes in what came later.
    pub fn update(&mut self, later: Self) {
        let missed = self.meta.take();
        self.meta = match (later.meta, missed) {
            (Some(later), Some(missed)) => Some(with_expressions(later, &missed)),
            (later, missed) => later.or(missed),
        };
        self.events.extend(later.events);
        self.failure = later.failure.or(self.failure.take());
    }
}

/// `later` with the expressions of a frame whose own result nobody took.
fn with_expressions(mut later: Arc<FaceMeta>, missed: &FaceMeta) -> Arc<FaceMeta> {
    for earlier in &missed.faces {
        if earlier.micro_expressions.is_empty() {
            continue;
        }
        let faces = &mut Arc::make_mut(&mut later).faces;
        if let Some(face) = faces.iter_mut().find(|face| face.id == earlier.id) {
            let missed = earlier.micro_expressions.iter().cloned();
            face.micro_expressions.splice(..0, missed);
        }
    }
    later
}

/// The analyser, and how it has fared.
pub struct Reader {
    analyser: Analyser,
    stats: Arc<Stats>,
    patience: Patience,
    unseen: u32,
}

impl Reader {
    /// A reader around `analyser` that books what it does on `stats`.
    pub fn new(analyser: Analyser, stats: Arc<Stats>) -> Self {
        Self {
            analyser,
            stats,
            patience: Patience::with(Work::Analysis),
            unseen: 0,
        }
    }

    /// Forgets how a former stream fared.
    pub fn begin(&mut self) {
        self.patience = Patience::with(Work::Analysis);
    }

    /// Reads the faces in `picture`. After too many failures in a row nothing is read any more.
    pub fn read(
        &mut self,
        picture: &Picture<'_>,
        frame: Frame,
        settings: &AnalysisSettings,
    ) -> Reading {
        let time = FrameTime {
            skipped: frame.time.skipped.saturating_add(self.unseen),
            ..frame.time
        };
        let start = Instant::now();
        let analyser = &mut self.analyser;
        let attempt = self.patience.attempt(|| {
            #[cfg(test)]
            super::tests::break_down_if_told();
            Ok(analyser.analyse(picture, time, settings)?)
        });
        match attempt {
            Attempt::Done(analysis) => {
                self.unseen = 0;
                self.stats.analysed(&analysis, start.elapsed());
                for Rejected {
                    face,
                    apex,
                    peak,
                    reason,
                } in &analysis.rejected
                {
                    let apex = gst::ClockTime::from_nseconds(*apex);
                    let reason = reason.name();
                    gst::debug!(
                        CAT,
                        "no expression of face {face} at {apex}: {reason} ({peak:.1})"
                    );
                }
                Reading {
                    meta: Some(Arc::new(FaceMeta {
                        analysis_pts: frame.pts,
                        faces: analysis.faces,
                    })),
                    events: analysis.events,
                    failure: None,
                }
            }
            Attempt::Failed { panicked, failure } => {
                self.stats.failed();
                self.unseen = self.unseen.saturating_add(1);
                Reading {
                    meta: None,
                    events: if panicked { self.reset() } else { Vec::new() },
                    failure,
                }
            }
            Attempt::GivenUp => Reading::default(),
        }
    }

    /// Forgets every face; the events of those that ended.
    pub fn reset(&mut self) -> Vec<Event> {
        self.unseen = 0;
        guarded(|| Ok(self.analyser.reset())).unwrap_or_default()
    }
}
