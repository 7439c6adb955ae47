//! Events of the wire format, as the analysis would have told them.

use std::time::Duration;

use crate::analysis::{Blink, BufferTime, Event, EventKind, Side, TrackId};
use crate::geometry::Sides;
use crate::record::{self, EventName, StreamTime};

use super::SchemaError;
use super::read::{expression, wanted};

impl TryFrom<&record::Event> for Event {
    type Error = SchemaError;

    /// The event, in the buffers' time, which must be that of the stream.
    fn try_from(told: &record::Event) -> Result<Self, SchemaError> {
        Ok(Self {
            face: TrackId::new(told.face_id),
            time: BufferTime::from_nanos(wanted(told.timestamp, "timestamp")?),
            duration: Duration::from_nanos(told.duration.unwrap_or_default()),
            kind: kind(told)?,
        })
    }
}

fn kind(told: &record::Event) -> Result<EventKind, SchemaError> {
    Ok(match told.event {
        EventName::FaceAppeared => EventKind::Appeared {
            returned: told.returned.unwrap_or_default(),
        },
        EventName::FaceLost => EventKind::Lost,
        EventName::Blink | EventName::Wink => EventKind::Blink(blink(told)?),
        EventName::EmotionChanged => EventKind::EmotionChanged {
            from: wanted(told.from.clone(), "from")?,
            to: wanted(told.to.clone(), "to")?,
            confidence: wanted(told.confidence, "confidence")?,
        },
        EventName::MicroExpression | EventName::MacroExpression => {
            EventKind::Passed(expression(&record::Expression {
                face_id: told.face_id,
                onset: wanted(told.onset, "onset")?,
                apex: wanted(told.apex, "apex")?,
                offset: wanted(told.offset, "offset")?,
                duration: wanted(told.duration, "duration")?,
                kind: wanted(told.kind, "kind")?,
                action_units: wanted(told.action_units.clone(), "action-units")?,
                peak: wanted(told.peak, "peak")?,
                confidence: wanted(told.confidence, "confidence")?,
                emotion: told.emotion.clone(),
            })?)
        }
        name => EventKind::Index(name),
    })
}

fn blink(told: &record::Event) -> Result<Blink, SchemaError> {
    let at = |time: Option<StreamTime>, field| {
        wanted(time, field).map(|time| BufferTime::from_nanos(time.0))
    };
    let eyes = wanted(told.eyes, "eyes")?;
    Ok(Blink {
        eyes: Sides::new(eyes != Side::Right, eyes != Side::Left),
        onset: at(told.onset, "onset")?,
        lowest: at(told.lowest, "lowest")?,
        offset: at(told.offset, "offset")?,
        amplitude: wanted(told.amplitude, "amplitude")?,
        closing_speed: wanted(told.closing_speed, "closing-speed")?,
        reopening_speed: wanted(told.reopening_speed, "reopening-speed")?,
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
            let told = event_record(&event, &StreamClock::default());
            assert_eq!(Event::try_from(&told).unwrap(), event);
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
        let mut told = event_record(&event, &StreamClock::default());
        told.event = EventName::Blink;
        assert!(Event::try_from(&told).is_err());
        told.event = EventName::FaceLost;
        told.timestamp = None;
        assert!(Event::try_from(&told).is_err());
    }
}
