//! Events as messages on the bus.

use crate::analysis::{self, EventKind, EventName, ExpressionKind, nanos};
use crate::record::{self, StreamTime};

use super::structure::{self, StructureError};
use super::{StreamClock, write};

/// Name of the messages' structure.
pub const EVENT_NAME: &str = "aliyarface";

/// The structure that tells of `event`, its times in every clock.
///
/// # Errors
/// None: an event holds nothing that a structure cannot.
pub fn message(
    event: &analysis::Event,
    clock: &StreamClock,
) -> Result<gst::Structure, StructureError> {
    structure::to_structure(EVENT_NAME, &self::event(event, clock))
}

/// `event` in the words of the wire format.
pub fn event(event: &analysis::Event, clock: &StreamClock) -> record::Event {
    let times = clock.times(event.time);
    let mut told = record::Event {
        event: name(&event.kind),
        face_id: event.face.number(),
        timestamp: times.timestamp.map(gst::ClockTime::nseconds),
        stream_time: times.stream_time.map(|time| StreamTime(time.nseconds())),
        running_time: times.running_time.map(gst::ClockTime::nseconds),
        duration: Some(nanos(event.duration)),
        returned: None,
        from: None,
        to: None,
        onset: None,
        apex: None,
        offset: None,
        lowest: None,
        eyes: None,
        amplitude: None,
        closing_speed: None,
        reopening_speed: None,
        kind: None,
        action_units: None,
        peak: None,
        confidence: None,
        emotion: None,
    };
    match &event.kind {
        EventKind::Appeared { returned } => told.returned = returned.then_some(true),
        EventKind::Lost | EventKind::Index(_) => {}
        EventKind::Blink(blink) => {
            // The event's time may have been taken to another clock; the blink's own parts follow it.
            let onset = event.time;
            let at =
                |time: analysis::BufferTime| clock.stream_time(onset + time.since(blink.onset));
            told.onset = Some(at(blink.onset));
            told.lowest = Some(at(blink.lowest));
            told.offset = Some(at(blink.offset));
            told.eyes = Some(write::eyes_of(blink));
            told.amplitude = Some(blink.amplitude);
            told.closing_speed = Some(blink.closing_speed);
            told.reopening_speed = Some(blink.reopening_speed);
        }
        EventKind::EmotionChanged {
            from,
            to,
            confidence,
        } => {
            told.from = Some(from.clone());
            told.to = Some(to.clone());
            told.confidence = Some(*confidence);
        }
        EventKind::Passed(expression) => {
            let expression = write::expression(expression, clock);
            told.duration = Some(expression.duration);
            told.onset = Some(expression.onset);
            told.apex = Some(expression.apex);
            told.offset = Some(expression.offset);
            told.kind = Some(expression.kind);
            told.action_units = Some(expression.action_units);
            told.peak = Some(expression.peak);
            told.confidence = Some(expression.confidence);
            told.emotion = expression.emotion;
        }
    }
    told
}

fn name(kind: &EventKind) -> EventName {
    match kind {
        EventKind::Appeared { .. } => EventName::FaceAppeared,
        EventKind::Lost => EventName::FaceLost,
        EventKind::Blink(blink) if blink.is_of_both() => EventName::Blink,
        EventKind::Blink(_) => EventName::Wink,
        EventKind::Index(name) => *name,
        EventKind::EmotionChanged { .. } => EventName::EmotionChanged,
        EventKind::Passed(expression) => match expression.kind {
            ExpressionKind::Micro => EventName::MicroExpression,
            ExpressionKind::Macro => EventName::MacroExpression,
            ExpressionKind::Blink => EventName::Blink,
        },
    }
}
