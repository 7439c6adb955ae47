//! Runs the analyser so that nothing that happens in it can hurt the stream.

use std::sync::Arc;
use std::time::Instant;

use crate::analysis::{Analyser, AnalysisSettings, Event, FrameTime, Group, Rejection};
use crate::metadata::{FaceMeta, FaceStructures};
use crate::picture::Picture;
use crate::runtime::analysis_slots;

use super::super::failures::{Failure, FailurePolicy, FrameStep, StepOutcome, guarded};
use super::super::log::CAT;
use super::super::stats::Stats;

/// When a frame is, for those who read its results and for the analysis.
#[derive(Debug, Clone, Copy)]
pub struct FrameTimes {
    /// What its results will carry as `analysis-pts`, in ns.
    pub pts: u64,
    /// Its time for the analysis.
    pub time: FrameTime,
}

/// What came of analysing one frame or several.
#[derive(Debug, Default)]
pub struct AnalysisReport {
    /// The newest faces; `None` where no frame could be analysed.
    pub meta: Option<Arc<FaceMeta>>,
    /// Their structures, where another thread than the stream's made them.
    pub structures: Option<FaceStructures>,
    /// What changed.
    pub events: Vec<Event>,
    /// What went wrong, the first time it does and when it ends the analysis.
    pub failure: Option<Failure>,
}

impl AnalysisReport {
    /// Takes in a later report.
    pub fn update(&mut self, later: Self) {
        if let Some(mut newer) = later.meta {
            let carried = self.meta.take();
            let carried = carried.is_some_and(|missed| carry_expressions(&mut newer, &missed));
            self.structures = later.structures.filter(|_| !carried);
            self.meta = Some(newer);
        }
        self.events.extend(later.events);
        self.failure = later.failure.or(self.failure.take());
    }

    /// Makes the structures of its faces, on whatever thread this is.
    pub fn prepare(&mut self) {
        let faces = self.meta.as_ref().map(|meta| &meta.faces);
        // A face that fits none is an error when it is attached.
        self.structures = faces.and_then(|faces| FaceStructures::new(faces).ok());
    }
}

/// Gives `later` the expressions of a frame whose own result nobody took; whether there were any.
fn carry_expressions(later: &mut Arc<FaceMeta>, missed: &FaceMeta) -> bool {
    let mut carried = false;
    for earlier in &missed.faces {
        if earlier.micro_expressions.is_empty() {
            continue;
        }
        let faces = &mut Arc::make_mut(later).faces;
        if let Some(face) = faces.iter_mut().find(|face| face.id == earlier.id) {
            let missed = earlier.micro_expressions.iter().cloned();
            face.micro_expressions.splice(..0, missed);
            carried = true;
        }
    }
    carried
}

/// The analyser, and how it has fared.
pub struct GuardedAnalyser {
    analyser: Analyser,
    stats: Arc<Stats>,
    policy: FailurePolicy,
    /// Since the last that was analysed.
    frames_skipped: u32,
}

impl GuardedAnalyser {
    /// Guards `analyser`, and counts on `stats` what it does.
    pub fn new(analyser: Analyser, stats: Arc<Stats>) -> Self {
        Self {
            analyser,
            stats,
            policy: FailurePolicy::new(FrameStep::Analysis),
            frames_skipped: 0,
        }
    }

    /// Forgets how a former stream fared.
    pub fn begin(&mut self) {
        self.policy = FailurePolicy::new(FrameStep::Analysis);
    }

    /// Analyses `picture`. After too many failures in a row, and once the process exits, nothing is analysed any
    /// more.
    pub fn analyse(
        &mut self,
        picture: &Picture<'_>,
        times: FrameTimes,
        settings: &AnalysisSettings,
    ) -> AnalysisReport {
        let Some(_turn) = analysis_slots::begin() else {
            return AnalysisReport::default();
        };
        let time = FrameTime {
            skipped: times.time.skipped.saturating_add(self.frames_skipped),
            ..times.time
        };
        let start = Instant::now();
        let analyser = &mut self.analyser;
        let attempt = self.policy.attempt(|| {
            #[cfg(test)]
            super::super::tests::break_down_if_told();
            Ok(analyser.analyse(picture, time, settings)?)
        });
        match attempt {
            StepOutcome::Done(analysis) => {
                self.frames_skipped = 0;
                self.stats.analysed(&analysis, start.elapsed());
                for Rejection {
                    face,
                    apex,
                    peak,
                    reason,
                } in &analysis.rejected
                {
                    let apex = gst::ClockTime::from_nseconds(apex.nanos());
                    let reason = reason.name();
                    gst::debug!(
                        CAT,
                        "no expression of face {face} at {apex}: {reason} ({peak:.1})"
                    );
                }
                AnalysisReport {
                    meta: Some(Arc::new(FaceMeta {
                        analysis_pts: times.pts,
                        group: Group::from_sessions(
                            analysis
                                .faces
                                .iter()
                                .filter_map(|face| face.session.as_ref()),
                        ),
                        faces: analysis.faces,
                    })),
                    structures: None,
                    events: analysis.events,
                    failure: None,
                }
            }
            StepOutcome::Failed { panicked, failure } => {
                self.stats.failed();
                self.frames_skipped = self.frames_skipped.saturating_add(1);
                AnalysisReport {
                    meta: None,
                    structures: None,
                    events: if panicked { self.reset() } else { Vec::new() },
                    failure,
                }
            }
            StepOutcome::GivenUp => AnalysisReport::default(),
        }
    }

    /// Forgets every face; the events of those that ended.
    pub fn reset(&mut self) -> Vec<Event> {
        self.frames_skipped = 0;
        guarded(|| Ok(self.analyser.reset())).unwrap_or_default()
    }
}
