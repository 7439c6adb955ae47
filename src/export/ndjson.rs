//! One JSON object a line: a header, a frame for each buffer, an end.
//!
//! `docs/aliyarface-record.schema.json` describes each of them; [`record::Line`] is their type.

use crate::record::{
    self, End, Frame, Header, Line, Moment, Object, Resolution, SCHEMA, SCHEMA_VERSION, Versions,
};

use super::{Options, Record, Stream};

/// The first line.
pub fn header(stream: &Stream) -> Line {
    let analyser = stream.analyser.as_ref();
    Line::Header(Header {
        schema: SCHEMA.to_owned(),
        schema_version: SCHEMA_VERSION,
        source: stream.source.clone(),
        caps: stream.caps.clone(),
        versions: Versions {
            plugin: concat!(env!("CARGO_PKG_VERSION"), "-", env!("COMMIT_ID")).to_owned(),
            gstreamer: gst::version_string().to_string(),
            analyser: analyser.map(|told| told.plugin_version.clone()),
            meta: analyser.map(|told| told.schema_version),
        },
        emotions: analyser.map(|told| told.emotions),
        models: analyser.map(|told| told.models.clone()).unwrap_or_default(),
    })
}

/// The line of a buffer.
pub fn record(record: Record, options: &Options) -> Line {
    let (frame, timestamp) = (record.frame, record.timestamp);
    let (stream_time, duration) = (record.stream_time, record.duration);
    if !options.frames {
        return Line::Events(Moment {
            frame,
            timestamp,
            stream_time,
            duration,
            events: record.events,
        });
    }
    let meta = record.meta.as_ref();
    Line::Frame(Frame {
        frame,
        timestamp,
        stream_time,
        duration,
        resolution: record.resolution,
        analysed: meta.is_some(),
        version: meta.map(|meta| meta.version),
        analysis_pts: meta.map(|meta| meta.analysis_pts),
        group: record.meta.as_ref().and_then(|meta| meta.group),
        objects: objects(record.meta, record.resolution, options),
        events: options.events.then_some(record.events),
    })
}

fn objects(
    meta: Option<record::Meta>,
    resolution: Option<Resolution>,
    options: &Options,
) -> Vec<Object> {
    let faces = meta.map(|meta| meta.faces).unwrap_or_default();
    let objects = faces.into_iter();
    objects
        .map(|face| Object::new(face, resolution, options.points))
        .collect()
}

/// The last line.
pub fn end(frames: u64, events: &[record::Event], options: &Options) -> Line {
    Line::End(End {
        frames,
        events: options.events.then(|| events.to_vec()),
    })
}
