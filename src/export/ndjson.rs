//! One JSON object a line: a header, a frame for each buffer, an end.
//!
//! `docs/aliyarface-record.schema.json` describes each of them. Boxes have the names that readers
//! of DL Streamer's `gvametaconvert` know; everything else has the meta's own.

use serde_json::{Map, Value, json};

use super::{Options, Points, Record, Stream, json, landmarks};

/// Name of the records' schema.
pub const SCHEMA: &str = "aliyarface-record";
/// Its version.
pub const SCHEMA_VERSION: u32 = 1;

/// Fields that the box has under other names, and the mesh's bytes.
const TOLD_OTHERWISE: [&str; 6] = ["id", "x", "y", "width", "height", "landmarks"];

/// The first line.
pub fn header(stream: &Stream, options: &Options) -> String {
    let session = stream.session.as_ref();
    let session = session.map(|told| json::object(told, options.precision));
    let mut session = session.unwrap_or_default();
    line(json!({
        "record": "header",
        "schema": SCHEMA,
        "schema-version": SCHEMA_VERSION,
        "source": stream.source,
        "caps": stream.caps.as_ref().map(ToString::to_string),
        "versions": {
            "plugin": concat!(env!("CARGO_PKG_VERSION"), "-", env!("COMMIT_ID")),
            "gstreamer": gst::version_string().as_str(),
            "analyser": session.remove("plugin-version"),
            "meta": session.remove("schema-version"),
        },
        "emotions": session.remove("emotions"),
        "models": session.remove("models").unwrap_or_else(|| json!([])),
    }))
}

/// The line of a buffer.
pub fn record(record: &Record<'_>, options: &Options) -> String {
    let mut values = Map::new();
    let kind = if options.frames { "frame" } else { "events" };
    values.insert("record".into(), kind.into());
    values.insert("frame".into(), record.frame.into());
    values.insert("timestamp".into(), json::time(record.timestamp));
    values.insert("stream-time".into(), json::time(record.stream_time));
    values.insert("duration".into(), json::time(record.duration));
    if options.frames {
        let size = record.size;
        let size = size.map(|(width, height)| json!({"width": width, "height": height}));
        values.insert("resolution".into(), size.into());
        values.insert("analysed".into(), record.meta.is_some().into());
        if let Some(meta) = record.meta {
            let mut meta = json::object(meta, options.precision);
            meta.shift_remove("faces");
            values.extend(meta);
        }
        let objects = record.faces().into_iter();
        let objects = objects.map(|face| object(face, record.size, options));
        values.insert("objects".into(), objects.collect::<Vec<_>>().into());
    }
    if options.events {
        values.insert("events".into(), events(record.events, options));
    }
    line(Value::Object(values))
}

/// The last line: that there is one tells that nothing is missing.
pub fn trailer(frames: u64, left: &[gst::Structure], options: &Options) -> String {
    let mut values = json!({"record": "end", "frames": frames});
    if options.events {
        values["events"] = events(left, options);
    }
    line(values)
}

fn events(events: &[gst::Structure], options: &Options) -> Value {
    let events = events.iter();
    let events = events.map(|event| json::object(event, options.precision));
    events.map(Value::Object).collect::<Vec<_>>().into()
}

fn object(face: &gst::StructureRef, size: Option<(u32, u32)>, options: &Options) -> Value {
    let field = |name| face.get::<f64>(name).unwrap_or_default();
    let [x, y, width, height] = ["x", "y", "width", "height"].map(field);
    let number = |value| json::number(value, options.precision);
    let mut values = json!({
        "id": face.get::<u32>("id").ok(),
        "roi_type": "face",
        "detection": {
            "bounding_box": {
                "x_min": number(x),
                "y_min": number(y),
                "x_max": number(x + width),
                "y_max": number(y + height),
            },
            "confidence": number(field("score")),
            "label": "face",
        },
    });
    if let Some((wide, high)) = size {
        let pixels = |share: f64, side: u32| (share * f64::from(side)).round() as i64;
        values["x"] = pixels(x, wide).into();
        values["y"] = pixels(y, high).into();
        values["w"] = pixels(width, wide).into();
        values["h"] = pixels(height, high).into();
    }
    let mut rest = json::object(face, options.precision);
    for name in TOLD_OTHERWISE {
        rest.shift_remove(name);
    }
    if let Value::Object(values) = &mut values {
        values.extend(rest);
        if options.points != Points::None {
            values.insert("landmarks".into(), mesh(face, options));
        }
    }
    values
}

fn mesh(face: &gst::StructureRef, options: &Options) -> Value {
    let count = if options.points == Points::Flat { 2 } else { 3 };
    let points = landmarks(face).into_iter().map(|point| {
        let values = point.into_iter().take(count);
        let values = values.map(|value| json::number(f64::from(value), options.precision));
        Value::Array(values.collect())
    });
    Value::Array(points.collect())
}

fn line(value: Value) -> String {
    let mut text = value.to_string();
    text.push('\n');
    text
}
