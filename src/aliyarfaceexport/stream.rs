//! What is remembered of a stream while it is exported.

use crate::export::{Format, Options, Record, Stream, Writer};
use crate::metadata::{self, event};
use crate::record::{self, Resolution, StreamTime};

use super::log::CAT;

/// What leaves for a buffer that came.
pub enum Outgoing {
    /// Its record.
    Record(gst::Buffer),
    /// There is nothing to tell of this time.
    Gap(gst::Event),
    /// There is nothing to tell, nor a time.
    Nothing,
}

/// One stream: what is known of it, and what waits to be told.
#[derive(Default)]
pub struct Export {
    stream: Stream,
    resolution: Option<Resolution>,
    segment: Option<gst::FormattedSegment<gst::ClockTime>>,
    writer: Option<Writer>,
    frames: u64,
    /// Happened since the last record.
    events: Vec<record::Event>,
    /// Sticky events that must follow the caps.
    held: Vec<gst::Event>,
    /// End of the last buffer.
    end: Option<gst::ClockTime>,
}

impl Export {
    /// Whether caps and header were sent.
    pub fn has_begun(&self) -> bool {
        self.writer.is_some()
    }

    /// Buffers have these caps from now on.
    pub fn set_caps(&mut self, caps: gst::Caps) {
        let structure = caps.structure(0);
        let side = |name| {
            let pixels = structure?.get::<i32>(name).ok()?;
            u32::try_from(pixels).ok()
        };
        let size = side("width").zip(side("height"));
        self.resolution = size.map(|(width, height)| Resolution { width, height });
        self.stream.caps = Some(caps.to_string());
    }

    /// Buffers lie in this segment from now on.
    pub fn set_segment(&mut self, segment: &gst::Segment) {
        self.segment = segment.downcast_ref().cloned();
    }

    /// Keeps what one of our own events says; `false` where `event` is another.
    pub fn note(&mut self, event: &gst::EventRef) -> bool {
        if let Some(message) = event::message_in(event) {
            match event::read(message) {
                Ok(told) => self.events.push(told),
                Err(err) => gst::warning!(CAT, "an event of another schema is left out: {err}"),
            }
            return true;
        }
        match event::session_in(event) {
            Some(Ok(told)) => self.stream.analyser = Some(told),
            Some(Err(err)) => gst::warning!(CAT, "the analyser is of another schema: {err}"),
            None => return false,
        }
        true
    }

    /// Keeps a sticky event until the caps are sent.
    pub fn hold(&mut self, event: gst::Event) {
        self.held.push(event);
    }

    /// Begins to write: the header, where this format has one, and the events held so far.
    pub fn begin(
        &mut self,
        format: Format,
        options: Options,
        source: Option<String>,
    ) -> (Option<gst::Buffer>, Vec<gst::Event>) {
        self.stream.source = source;
        let writer = Writer::new(format, options, &self.stream);
        let header = writer.header(&self.stream).map(|text| {
            let mut buffer = gst::Buffer::from_slice(text.into_bytes());
            if let Some(buffer) = buffer.get_mut() {
                buffer.set_flags(gst::BufferFlags::HEADER);
            }
            buffer
        });
        self.writer = Some(writer);
        (header, std::mem::take(&mut self.held))
    }

    /// What leaves for `buffer`.
    pub fn export(&mut self, buffer: &gst::BufferRef) -> Outgoing {
        let Some(writer) = &self.writer else {
            return Outgoing::Nothing;
        };
        self.frames += 1;
        let (pts, duration) = (buffer.pts(), buffer.duration());
        self.end = pts.map(|pts| pts + duration.unwrap_or_default());
        let meta = metadata::record(buffer).unwrap_or_else(|err| {
            gst::warning!(CAT, "a meta of another schema counts as none: {err}");
            None
        });
        let events = std::mem::take(&mut self.events);
        let segment = self.segment.as_ref();
        let record = Record {
            frame: self.frames,
            timestamp: pts.map(gst::ClockTime::nseconds),
            stream_time: segment
                .and_then(|segment| segment.to_stream_time(pts))
                .map(|time| StreamTime(time.nseconds())),
            duration: duration.map(gst::ClockTime::nseconds),
            resolution: self.resolution,
            meta,
            events,
        };
        match (writer.record(record), pts) {
            (Some(text), _) => Outgoing::Record(timed(text, pts, duration)),
            (None, Some(pts)) => Outgoing::Gap(gap(pts, duration)),
            (None, None) => Outgoing::Nothing,
        }
    }

    /// What leaves at the stream's end.
    pub fn finish(&mut self) -> Option<gst::Buffer> {
        let events = std::mem::take(&mut self.events);
        let text = self.writer.as_ref()?.trailer(self.frames, &events)?;
        Some(timed(text, self.last_moment(), None))
    }

    /// The last time within the segment: sinks drop what begins at its very end.
    fn last_moment(&self) -> Option<gst::ClockTime> {
        let stop = self.segment.as_ref().and_then(|segment| segment.stop());
        let end = self.end?;
        let end = stop.map_or(end, |stop| stop.min(end));
        Some(end.saturating_sub(gst::ClockTime::NSECOND))
    }

    /// Forgets what waits, as when the stream is flushed.
    pub fn flush(&mut self) {
        self.events.clear();
        self.held.clear();
    }
}

fn timed(
    text: String,
    pts: Option<gst::ClockTime>,
    duration: Option<gst::ClockTime>,
) -> gst::Buffer {
    let mut buffer = gst::Buffer::from_slice(text.into_bytes());
    if let Some(buffer) = buffer.get_mut() {
        buffer.set_pts(pts);
        buffer.set_duration(duration);
    }
    buffer
}

fn gap(pts: gst::ClockTime, duration: Option<gst::ClockTime>) -> gst::Event {
    gst::event::Gap::builder(pts).duration(duration).build()
}
