//! Events of the wire format, as the analysis would have told them.

use std::time::Duration;

use crate::analysis::{Blink, BufferTime, Event, EventKind, Side, TrackId};
use crate::geometry::Sides;
use crate::record::{self, EventName, StreamTime};

use super::SchemaError;
use super::read::{expression, required};

impl TryFrom<&record::Event> for Event {
    type Error = SchemaError;

    /// The event, in the buffers' time, which must be that of the stream.
    fn try_from(event: &record::Event) -> Result<Self, SchemaError> {
        Ok(Self {
            face: TrackId::new(event.face_id),
            time: BufferTime::from_nanos(required(event.timestamp, "timestamp")?),
            duration: Duration::from_nanos(event.duration.unwrap_or_default()),
            kind: kind(event)?,
        })
    }
}

fn kind(event: &record::Event) -> Result<EventKind, SchemaError> {
    Ok(match event.event {
        EventName::FaceAppeared => EventKind::Appeared {
            returned: event.returned.unwrap_or_default(),
        },
        EventName::FaceLost => EventKind::Lost,
        EventName::Blink | EventName::Wink => EventKind::Blink(blink(event)?),
        EventName::EmotionChanged => EventKind::EmotionChanged {
            from: required(event.from.clone(), "from")?,
            to: required(event.to.clone(), "to")?,
            confidence: required(event.confidence, "confidence")?,
        },
        EventName::MicroExpression | EventName::MacroExpression => {
            EventKind::Passed(expression(&record::Expression {
                face_id: event.face_id,
                onset: required(event.onset, "onset")?,
                apex: required(event.apex, "apex")?,
                offset: required(event.offset, "offset")?,
                duration: required(event.duration, "duration")?,
                kind: required(event.kind, "kind")?,
                action_units: required(event.action_units.clone(), "action-units")?,
                peak: required(event.peak, "peak")?,
                confidence: required(event.confidence, "confidence")?,
                emotion: event.emotion.clone(),
            })?)
        }
        name => EventKind::Index(name),
    })
}

fn blink(event: &record::Event) -> Result<Blink, SchemaError> {
    let at = |time: Option<StreamTime>, field| {
        required(time, field).map(|time| BufferTime::from_nanos(time.0))
    };
    let eyes = required(event.eyes, "eyes")?;
    Ok(Blink {
        eyes: Sides::new(eyes != Side::Right, eyes != Side::Left),
        onset: at(event.onset, "onset")?,
        lowest: at(event.lowest, "lowest")?,
        offset: at(event.offset, "offset")?,
        amplitude: required(event.amplitude, "amplitude")?,
        closing_speed: required(event.closing_speed, "closing-speed")?,
        reopening_speed: required(event.reopening_speed, "reopening-speed")?,
    })
}

#[cfg(test)]
mod tests {
    use super::super::{StreamClock, event_record};
    use super::*;
    use crate::analysis::{AuActivation, ExpressionEvent, ExpressionKind};

    #[test]
    fn an_event_comes_back_as_it_was_told() {
        let at = BufferTime::from_nanos;
        let blink = Blink {
            eyes: Sides::new(true, false),
            onset: at(5),
            lowest: at(7),
            offset: at(9),
            amplitude: 0.7,
            closing_speed: 3.0,
            reopening_speed: 2.0,
        };
        let passed = ExpressionEvent {
            face: TrackId::new(3),
            onset: at(5),
            apex: at(6),
            offset: at(9),
            kind: ExpressionKind::Micro,
            action_units: vec![AuActivation::new("AU12", Side::Left).unwrap()],
            peak: 6.5,
            emotion: Some("happiness".to_owned()),
            confidence: 0.6,
        };
        for kind in [
            EventKind::Appeared { returned: true },
            EventKind::Lost,
            EventKind::Blink(blink),
            EventKind::Passed(passed),
            EventKind::Index(EventName::Yawn),
            EventKind::EmotionChanged {
                from: "neutral".to_owned(),
                to: "happiness".to_owned(),
                confidence: 0.9,
            },
        ] {
            let event = Event {
                face: TrackId::new(3),
                time: at(5),
                duration: Duration::from_nanos(4),
                kind,
            };
            let record = event_record(&event, &StreamClock::default());
            assert_eq!(Event::try_from(&record).unwrap(), event);
        }
    }

    #[test]
    fn an_event_without_its_parts_is_none() {
        let event = Event {
            face: TrackId::new(3),
            time: BufferTime::from_nanos(5),
            duration: Duration::ZERO,
            kind: EventKind::Lost,
        };
        let mut record = event_record(&event, &StreamClock::default());
        record.event = EventName::Blink;
        assert!(Event::try_from(&record).is_err());
        record.event = EventName::FaceLost;
        record.timestamp = None;
        assert!(Event::try_from(&record).is_err());
    }
}
