//! Events as messages on the bus.

use crate::analysis::{Event, EventKind};

/// Name of the messages' structure.
pub const EVENT_NAME: &str = "aliyarface";

/// One moment in the clocks a program may want, as the `level` element gives them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Times {
    /// In the time of the buffers.
    pub timestamp: Option<gst::ClockTime>,
    /// In the time of the stream.
    pub stream_time: Option<gst::ClockTime>,
    /// In the time since the pipeline runs.
    pub running_time: Option<gst::ClockTime>,
}

/// The structure that tells of `event`, which happened at `times`.
pub fn message(event: &Event, times: Times) -> gst::Structure {
    let mut structure = gst::Structure::builder(EVENT_NAME)
        .field("event", name(&event.kind))
        .field("face-id", event.face)
        .field("timestamp", times.timestamp)
        .field("stream-time", times.stream_time)
        .field("running-time", times.running_time)
        .field("duration", gst::ClockTime::from_nseconds(event.duration))
        .build();
    if let EventKind::EmotionChanged {
        from,
        to,
        confidence,
    } = &event.kind
    {
        structure.set("from", from);
        structure.set("to", to);
        structure.set("confidence", *confidence);
    }
    structure
}

fn name(kind: &EventKind) -> &'static str {
    match kind {
        EventKind::Appeared => "face-appeared",
        EventKind::Lost => "face-lost",
        EventKind::Blink => "blink",
        EventKind::EmotionChanged { .. } => "emotion-changed",
    }
}
