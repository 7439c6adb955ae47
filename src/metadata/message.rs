//! Events as messages on the bus.

use crate::analysis::{Event, EventKind, ExpressionKind};

use super::schema::micro_expression;

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
    match &event.kind {
        EventKind::Appeared | EventKind::Lost | EventKind::Blink => {}
        EventKind::EmotionChanged {
            from,
            to,
            confidence,
        } => {
            structure.set("from", from);
            structure.set("to", to);
            structure.set("confidence", *confidence);
        }
        EventKind::Passed(expression) => {
            let shift = times.stream_time.zip(times.timestamp);
            let shift = shift.map_or(0, |(stream, stamp)| {
                i128::from(stream.nseconds()) - i128::from(stamp.nseconds())
            });
            let expression = micro_expression::structure(expression, shift);
            for (field, value) in expression.iter() {
                structure.set_value(field.as_str(), value.clone());
            }
        }
    }
    structure
}

fn name(kind: &EventKind) -> &'static str {
    match kind {
        EventKind::Appeared => "face-appeared",
        EventKind::Lost => "face-lost",
        EventKind::Blink => "blink",
        EventKind::EmotionChanged { .. } => "emotion-changed",
        EventKind::Passed(expression) => match expression.kind {
            ExpressionKind::Micro => "micro-expression",
            ExpressionKind::Macro => "macro-expression",
            ExpressionKind::Blink => "blink",
        },
    }
}
