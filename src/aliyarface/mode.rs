//! Whether a buffer waits for its analysis.

use gst::glib;
use gst::prelude::*;

/// Whether buffers wait for their analysis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, glib::Enum)]
#[enum_type(name = "GstAliyarFaceMode")]
pub enum AnalysisMode {
    /// Async where upstream is live, else sync.
    #[default]
    #[enum_value(name = "Async where upstream is live, else sync", nick = "auto")]
    Auto,
    /// Each buffer is analysed before it leaves.
    #[enum_value(name = "Each buffer is analysed before it leaves", nick = "sync")]
    Sync,
    /// Buffers leave at once with the newest result there is.
    #[enum_value(
        name = "Buffers leave at once with the newest result there is",
        nick = "async"
    )]
    Async,
}

/// How frames are analysed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Each before it leaves.
    Sync,
    /// Beside the stream, the newest first.
    Async,
}

impl Mode {
    /// Its name in the `stats`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sync => "sync",
            Self::Async => "async",
        }
    }
}

/// What is known of a stream's source.
#[derive(Debug, Default)]
pub struct ModeSelector {
    live: Option<bool>,
}

impl ModeSelector {
    /// The mode that `wanted` means for a stream that comes in at `pad`: upstream is asked whether
    /// it is live until it knows.
    pub fn select(&mut self, wanted: AnalysisMode, pad: &gst::Pad) -> Mode {
        self.live = self.live.or_else(|| is_live(pad));
        match wanted {
            AnalysisMode::Sync => Mode::Sync,
            AnalysisMode::Async => Mode::Async,
            AnalysisMode::Auto if self.live() => Mode::Async,
            AnalysisMode::Auto => Mode::Sync,
        }
    }

    /// Whether upstream is known to be live.
    pub fn live(&self) -> bool {
        self.live.unwrap_or(false)
    }
}

fn is_live(pad: &gst::Pad) -> Option<bool> {
    let mut query = gst::query::Latency::new();
    pad.peer_query(&mut query).then(|| query.result().0)
}
