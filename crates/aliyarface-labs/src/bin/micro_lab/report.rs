//! What a measurement prints.

use gstaliyarface::analysis::ExpressionKind;
use serde::Serialize;

use super::plot::Panel;
use super::score::Line;
use super::show::ReadClip;

/// What is printed.
#[derive(Serialize)]
pub struct Report {
    pub photos: Vec<String>,
    pub fps: f64,
    pub eyes_px: f64,
    /// Of the clips in which everything happens.
    #[serde(flatten)]
    pub mixed: Option<Line>,
    /// The same with movements of 5-10 %.
    pub small: Option<Line>,
    /// Of talking faces on whose brows and lids there are events.
    pub speaking: Option<Line>,
    /// Of events soon after and beside each other, from the first moment on.
    pub dense: Option<Line>,
    pub event_free: Vec<EventFree>,
    pub f1_by_condition: Vec<Condition>,
    pub videos: Vec<Real>,
}

impl Report {
    /// The plot of it.
    pub fn panels(&self) -> [Panel; 3] {
        let lines = [&self.small, &self.mixed].into_iter().flatten();
        let found = lines.flat_map(|line| &line.recall_by_amplitude);
        let found = found.map(|(range, part, events)| (format!("{range} of {events}"), *part));
        let conditions = self.f1_by_condition.iter();
        let conditions = conditions.map(|condition| (condition.name.clone(), condition.f1));
        let free = self.event_free.iter();
        let free = free.map(|free| (free.clip.clone(), free.micro_per_minute));
        let videos = self.videos.iter();
        let videos = videos.map(|real| (real.name.clone(), real.micro_per_minute));
        [
            Panel {
                caption: "Found, by part of the full movement",
                unit: "part of the events",
                bars: found.collect(),
                line: None,
                reach: 1.0,
            },
            Panel {
                caption: "F1 under other conditions",
                unit: "F1",
                bars: conditions.collect(),
                line: Some((0.75, "wanted at 60 fps")),
                reach: 1.0,
            },
            Panel {
                caption: "Told where there is none",
                unit: "a minute",
                bars: free.chain(videos).collect(),
                line: Some((2.0, "the most that may be")),
                reach: 2.5,
            },
        ]
    }
}

/// What was told of clips without any micro-expression.
#[derive(Serialize)]
pub struct EventFree {
    pub clip: String,
    pub minutes: f64,
    pub micro_per_minute: f64,
    /// Expressions that last: found, there were, told.
    pub macro_found: [usize; 3],
}

/// What was found at another rate, size or codec.
#[derive(Serialize)]
pub struct Condition {
    pub name: String,
    pub f1: f64,
    pub recall: f64,
    pub false_per_minute: f64,
    pub events: usize,
}

/// What was told of a real clip.
#[derive(Serialize)]
pub struct Real {
    pub name: String,
    pub seconds: f64,
    pub micro: usize,
    pub micro_per_minute: f64,
    pub macros: usize,
    pub blinks: usize,
}

impl Real {
    /// What `shown` told of the clip `name`.
    pub fn new(name: String, shown: &ReadClip) -> Self {
        let count = |kind| {
            let told = shown.told.iter();
            told.filter(|told| told.expression.kind == kind).count()
        };
        let micro = count(ExpressionKind::Micro);
        Self {
            name,
            seconds: (shown.seconds * 10.0).round() / 10.0,
            micro,
            micro_per_minute: (micro as f64 * 6000.0 / shown.seconds.max(1e-9)).round() / 100.0,
            macros: count(ExpressionKind::Macro),
            blinks: count(ExpressionKind::Blink),
        }
    }
}
