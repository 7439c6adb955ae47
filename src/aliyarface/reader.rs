//! Runs the analyser so that nothing that happens in it can hurt the stream.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use crate::analysis::{Analyser, AnalysisError, AnalysisSettings, Event, FrameTime};
use crate::metadata::FaceMeta;
use crate::picture::{Picture, PictureError};

use super::stats::Stats;

/// Failures in a row after which analysis is given up.
const PATIENCE: u32 = 3;

/// Why a frame leaves as it came.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// The buffer does not hold what its caps say.
    #[error("the frame does not match its caps")]
    Mapping(#[source] glib::BoolError),
    /// The frame cannot be seen as a picture.
    #[error("the frame cannot be read")]
    Picture(#[from] PictureError),
    /// A stage failed.
    #[error("the analysis failed")]
    Analysis(#[from] AnalysisError),
    /// A stage panicked.
    #[error("the analysis broke down: {0}")]
    Panic(String),
    /// The meta could not be attached.
    #[error("the faces could not be attached to the buffer")]
    Attach(#[source] glib::BoolError),
}

/// A failure worth telling.
#[derive(Debug)]
pub struct Failure {
    /// What went wrong.
    pub error: FrameError,
    /// Whether it was the one too many.
    pub gave_up: bool,
}

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
    failures: u32,
    warned: bool,
    unseen: u32,
}

impl Reader {
    /// A reader around `analyser` that books what it does on `stats`.
    pub fn new(analyser: Analyser, stats: Arc<Stats>) -> Self {
        Self {
            analyser,
            stats,
            failures: 0,
            warned: false,
            unseen: 0,
        }
    }

    /// Forgets how a former stream fared.
    pub fn begin(&mut self) {
        self.failures = 0;
        self.warned = false;
    }

    /// Reads the faces in `picture`. After too many failures in a row nothing is read any more.
    pub fn read(
        &mut self,
        picture: &Picture<'_>,
        frame: Frame,
        settings: &AnalysisSettings,
    ) -> Reading {
        if self.failures >= PATIENCE {
            return Reading::default();
        }
        let time = FrameTime {
            skipped: frame.time.skipped.saturating_add(self.unseen),
            ..frame.time
        };
        let start = Instant::now();
        match guarded(|| Ok(self.analyser.analyse(picture, time, settings)?)) {
            Ok(analysis) => {
                self.failures = 0;
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
            Err(error) => self.failed(error),
        }
    }

    /// Forgets every face; the events of those that ended.
    pub fn reset(&mut self) -> Vec<Event> {
        self.unseen = 0;
        guarded(|| Ok(self.analyser.reset())).unwrap_or_default()
    }

    fn failed(&mut self, error: FrameError) -> Reading {
        self.stats.failed();
        self.failures += 1;
        self.unseen = self.unseen.saturating_add(1);
        let first = !std::mem::replace(&mut self.warned, true);
        let gave_up = self.failures == PATIENCE;
        let events = match error {
            FrameError::Panic(_) => self.reset(),
            _ => Vec::new(),
        };
        Reading {
            meta: None,
            events,
            failure: (first || gave_up).then_some(Failure { error, gave_up }),
        }
    }
}

/// What `work` gives; its panic as an error. A panic that reached the base class would make it
/// swallow every later event, EOS included, and a host waiting for a frame would wait for ever.
pub fn guarded<T>(work: impl FnOnce() -> Result<T, FrameError>) -> Result<T, FrameError> {
    let caught = catch_unwind(AssertUnwindSafe(work));
    caught.unwrap_or_else(|panic| Err(FrameError::Panic(words(&*panic))))
}

fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "unknown reason".to_owned())
}
