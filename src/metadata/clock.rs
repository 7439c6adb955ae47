//! From the clock of the buffers to those of whoever reads them.

use gst::prelude::*;

use crate::analysis::BufferTime;
use crate::record::StreamTime;

/// One moment in the clocks that a program may want, as the `level` element gives them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Times {
    /// In the time of the buffers.
    pub timestamp: Option<gst::ClockTime>,
    /// In the time of the stream.
    pub stream_time: Option<gst::ClockTime>,
    /// In the time since the pipeline runs.
    pub running_time: Option<gst::ClockTime>,
}

/// Turns times of the buffers into those of a reader: the one place where a clock is changed.
#[derive(Debug, Clone, Default)]
pub struct StreamClock(Option<gst::FormattedSegment<gst::ClockTime>>);

impl StreamClock {
    /// The clock of buffers in `segment`; without one, or with one that counts something other
    /// than time, times stay as they are.
    pub fn new(segment: Option<&gst::Segment>) -> Self {
        Self(segment.and_then(|segment| segment.downcast_ref().cloned()))
    }

    /// The clock of the buffers that come in at `pad`.
    pub fn of_pad(pad: &gst::Pad) -> Self {
        let event = pad.sticky_event::<gst::event::Segment>(0);
        Self::new(event.as_ref().map(|event| event.segment()))
    }

    /// Whether the time of the stream is that of the buffers.
    pub(super) fn is_of_buffers(&self) -> bool {
        self.0.as_ref().is_none_or(|segment| {
            segment.start() == segment.time() && segment.applied_rate() == 1.0
        })
    }

    /// A time of the buffers in the time of the stream; 0 where it lies before its start.
    pub fn stream_time(&self, buffer_time: BufferTime) -> StreamTime {
        let time = gst::ClockTime::from_nseconds(buffer_time.nanos());
        let segment = self.0.as_ref();
        let stream = segment.and_then(|segment| segment.to_stream_time_full(time));
        StreamTime(match stream {
            Some(gst::Signed::Positive(stream)) => stream.nseconds(),
            Some(gst::Signed::Negative(_)) => 0,
            None => buffer_time.nanos(),
        })
    }

    /// A time of the buffers in every clock there is.
    pub fn times(&self, buffer_time: BufferTime) -> Times {
        let timestamp = gst::ClockTime::from_nseconds(buffer_time.nanos());
        let segment = self.0.as_ref();
        // Before its start and after its end a segment has no times.
        let within = segment.map(|segment| {
            let start = segment.start().unwrap_or_default();
            let stop = segment.stop().unwrap_or(gst::ClockTime::MAX);
            timestamp.max(start).min(stop)
        });
        Times {
            timestamp: Some(timestamp),
            stream_time: segment.and_then(|segment| segment.to_stream_time(within)),
            running_time: segment.and_then(|segment| segment.to_running_time(within)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_begins_where_its_segment_says() {
        gst::init().unwrap();
        let mut segment = gst::FormattedSegment::<gst::ClockTime>::new();
        segment.set_start(gst::ClockTime::from_seconds(1000));
        segment.set_time(gst::ClockTime::from_seconds(5));
        let clock = StreamClock::new(Some(segment.upcast_ref()));
        assert_eq!(
            clock.stream_time(BufferTime::from_nanos(1_002_000_000_000)),
            StreamTime(7_000_000_000)
        );
        // Before the segment, and before the stream.
        assert_eq!(
            clock.stream_time(BufferTime::from_nanos(998_000_000_000)),
            StreamTime(3_000_000_000)
        );
        assert_eq!(
            clock.stream_time(BufferTime::from_nanos(900_000_000_000)),
            StreamTime(0)
        );
    }

    #[test]
    fn without_a_segment_times_stay_as_they_are() {
        assert_eq!(
            StreamClock::default().stream_time(BufferTime::from_nanos(7)),
            StreamTime(7)
        );
    }
}
