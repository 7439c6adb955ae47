//! How long each stage took on a frame.

use std::time::{Duration, Instant};

/// A stage whose time is told; [`Stage::ALL`] follows from the table of the pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Stage(&'static str);

impl Stage {
    /// Looking for faces.
    pub const DETECTION: Self = Self("detection");
    /// Reading meshes, known faces' and new ones'.
    pub const MESH: Self = Self("mesh");
    /// Cutting out the aligned faces.
    pub const ALIGNMENT: Self = Self("alignment");
    /// Head pose and quality.
    pub const POSE: Self = Self("pose");
    /// Running the emotion net.
    pub const EMOTION: Self = Self("emotion");
    /// Lids, blinks and gaze.
    pub const EYES: Self = Self("eyes");
    /// Blendshapes and Action Units.
    pub const ACTION_UNITS: Self = Self("action-units");
    /// Measuring movements and spotting micro-expressions.
    pub const MICRO_EXPRESSIONS: Self = Self("micro-expressions");

    /// Indices over time.
    pub const INDICES: Self = Self("indices");

    /// A stage called `name` in the `stats` of the element.
    pub const fn new(name: &'static str) -> Self {
        Self(name)
    }

    /// Its name in the `stats` of the element.
    pub const fn name(self) -> &'static str {
        self.0
    }
}

/// What `work` gives, and how long that took.
pub fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let result = work();
    (result, start.elapsed())
}

/// Time spent in each stage on one frame, over all its faces. Stages may run side by side, so the
/// sum may exceed the time the frame took.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Timing(Vec<(Stage, Duration)>);

impl Timing {
    /// Runs `work` and books its time on `stage`.
    pub fn measure<T>(&mut self, stage: Stage, work: impl FnOnce() -> T) -> T {
        let (result, spent) = timed(work);
        self.add(stage, spent);
        result
    }

    /// Books time on `stage`.
    pub fn add(&mut self, stage: Stage, spent: Duration) {
        match self.0.iter_mut().find(|(known, _)| *known == stage) {
            Some((_, total)) => *total += spent,
            None => self.0.push((stage, spent)),
        }
    }

    /// Time spent in `stage`; zero where it did not run.
    pub fn spent(&self, stage: Stage) -> Duration {
        let known = self.0.iter().find(|(known, _)| *known == stage);
        known.map_or(Duration::ZERO, |(_, spent)| *spent)
    }
}
