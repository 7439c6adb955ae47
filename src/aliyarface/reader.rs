//! Runs the analyser so that nothing that happens in it can hurt the stream.

use std::sync::Arc;
use std::time::Instant;

use crate::analysis::{Analyser, AnalysisSettings, Event, FrameTime};
use crate::metadata::FaceMeta;
use crate::picture::Picture;

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
        self.meta = later.meta.or(self.meta.take());
        self.events.extend(later.events);
        self.failure = later.failure.or(self.failure.take());
    }
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
        let attempt = self
            .patience
            .attempt(|| Ok(analyser.analyse(picture, time, settings)?));
        match attempt {
            Attempt::Done(analysis) => {
                self.unseen = 0;
                self.stats.analysed(&analysis, start.elapsed());
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
