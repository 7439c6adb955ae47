//! When a frame was taken, and how long each stage took on it.

use std::time::{Duration, Instant};

/// When a frame was taken, and what was not seen before it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FrameTime {
    /// Its time in ns.
    pub pts: u64,
    /// Frames of the stream between the one analysed before and this one.
    pub skipped: u32,
}

impl From<u64> for FrameTime {
    /// A frame at `pts` ns that follows the last one.
    fn from(pts: u64) -> Self {
        Self { pts, skipped: 0 }
    }
}

/// The stages that are timed, in the order in which they run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Looking for faces.
    Detection,
    /// Reading meshes, known faces' and new ones'.
    Mesh,
    /// Cutting out the aligned faces.
    Alignment,
    /// Running the emotion net.
    Emotion,
    /// Head pose and quality.
    Pose,
    /// Blendshapes and Action Units.
    ActionUnits,
    /// Measuring movements and spotting micro-expressions.
    MicroExpressions,
}

impl Stage {
    /// Every stage.
    pub const ALL: [Self; 7] = [
        Self::Detection,
        Self::Mesh,
        Self::Alignment,
        Self::Emotion,
        Self::Pose,
        Self::ActionUnits,
        Self::MicroExpressions,
    ];

    /// Its name in the `stats` of the element.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Detection => "detection",
            Self::Mesh => "mesh",
            Self::Alignment => "alignment",
            Self::Emotion => "emotion",
            Self::Pose => "pose",
            Self::ActionUnits => "action-units",
            Self::MicroExpressions => "micro-expressions",
        }
    }
}

/// What `work` gives, and how long that took.
pub fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let result = work();
    (result, start.elapsed())
}

/// Time spent in each stage on one frame, over all its faces. Stages may run side by side, so the sum may
/// exceed the time the frame took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Timing([Duration; Stage::ALL.len()]);

impl Timing {
    /// Runs `work` and books its time on `stage`.
    pub fn of<T>(&mut self, stage: Stage, work: impl FnOnce() -> T) -> T {
        let (result, spent) = timed(work);
        self.add(stage, spent);
        result
    }

    /// Books time on `stage`.
    pub fn add(&mut self, stage: Stage, spent: Duration) {
        if let Some(total) = self.0.get_mut(stage as usize) {
            *total += spent;
        }
    }

    /// Time spent in `stage`.
    pub fn spent(&self, stage: Stage) -> Duration {
        self.0.get(stage as usize).copied().unwrap_or_default()
    }
}
