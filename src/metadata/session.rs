//! Indices of a session in the words of the wire format, and back.

use std::time::Duration;

use crate::analysis::{self, BufferTime};
use crate::record;

use super::StreamClock;

/// `session`, its time in that of the stream.
pub fn write(session: &analysis::Session, clock: &StreamClock) -> record::Session {
    record::Session {
        time: clock.stream_time(session.time),
        fatigue: session.fatigue.as_ref().map(|of| record::Fatigue {
            perclos: index(&of.perclos),
            perclos_alarm: of.perclos_alarm,
            closure: of.closure,
            blink_rate: index(&of.blink_rate),
            blink_duration: index(&of.blink_duration),
            closing_speed: index(&of.closing_speed),
            own_blink_rate: index(&of.own_blink_rate),
            own_blink_duration: index(&of.own_blink_duration),
            own_closing_speed: index(&of.own_closing_speed),
            yawn_rate: index(&of.yawn_rate),
        }),
        attention: session.attention.as_ref().map(|of| record::Attention {
            visual_focus: index(&of.focus),
            reference: of.reference,
            glances_away: index(&of.glances_away),
            away: of.away,
            attention_buffer: of.buffer,
            distraction: of.distraction,
        }),
        expressiveness: session.expressiveness.as_ref().map(index),
        tension: session.tension.as_ref().map(|of| record::TensionSigns {
            blink_rate: index(&of.blink_rate),
            head_movement: index(&of.head_movement),
            brow_lowerer: index(&of.brow_lowerer),
            lip_tightener: index(&of.lip_tightener),
        }),
    }
}

fn index(index: &analysis::Index) -> record::Index {
    record::Index {
        value: index.value,
        window: analysis::nanos(index.window),
        valid: index.valid,
        unknown: index.value.is_none(),
    }
}

/// What [`write`] wrote, its time as it is.
pub fn read(session: &record::Session) -> analysis::Session {
    analysis::Session {
        time: BufferTime::from_nanos(session.time.0),
        fatigue: session.fatigue.as_ref().map(|of| analysis::Fatigue {
            perclos: known(&of.perclos),
            perclos_alarm: of.perclos_alarm,
            closure: of.closure,
            blink_rate: known(&of.blink_rate),
            blink_duration: known(&of.blink_duration),
            closing_speed: known(&of.closing_speed),
            own_blink_rate: known(&of.own_blink_rate),
            own_blink_duration: known(&of.own_blink_duration),
            own_closing_speed: known(&of.own_closing_speed),
            yawn_rate: known(&of.yawn_rate),
        }),
        attention: session.attention.as_ref().map(|of| analysis::Attention {
            focus: known(&of.visual_focus),
            reference: of.reference,
            glances_away: known(&of.glances_away),
            away: of.away,
            buffer: of.attention_buffer,
            distraction: of.distraction,
        }),
        expressiveness: session.expressiveness.as_ref().map(known),
        tension: session.tension.as_ref().map(|of| analysis::TensionSigns {
            blink_rate: known(&of.blink_rate),
            head_movement: known(&of.head_movement),
            brow_lowerer: known(&of.brow_lowerer),
            lip_tightener: known(&of.lip_tightener),
        }),
    }
}

fn known(index: &record::Index) -> analysis::Index {
    analysis::Index {
        value: index.value,
        window: Duration::from_nanos(index.window),
        valid: index.valid,
    }
}
