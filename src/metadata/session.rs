//! Indices of a session in the words of the wire format, and back.

use std::time::Duration;

use crate::analysis::{self, BufferTime};
use crate::record;

use super::StreamClock;

/// `session`, its time in that of the stream.
pub fn write(session: &analysis::Session, clock: &StreamClock) -> record::Session {
    session.map(
        |time| clock.stream_time(time),
        |index| record::Index {
            value: index.value,
            window: analysis::nanos(index.window),
            valid: index.valid,
            unknown: index.value.is_none(),
        },
    )
}

/// What [`write`] wrote, its time as it is.
pub fn read(session: &record::Session) -> analysis::Session {
    session.map(
        |time| BufferTime::from_nanos(time.0),
        |index| analysis::Index {
            value: index.value,
            window: Duration::from_nanos(index.window),
            valid: index.valid,
        },
    )
}
