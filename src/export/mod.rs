//! From what a buffer carries to a line of text.
//!
//! The metas' structures are walked as they are: a field that a stage adds to the schema appears
//! in the records by itself. [`csv`] alone has a fixed list of columns.

mod csv;
mod json;
mod ndjson;
mod text;

pub use ndjson::{SCHEMA, SCHEMA_VERSION};

/// The kinds of text there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// One JSON object a line.
    Ndjson,
    /// One row a face and frame, with OpenFace's names.
    Csv,
    /// Words for people, to be shown as subtitles.
    Words,
}

/// How much of the mesh records hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, glib::Enum)]
#[enum_type(name = "GstAliyarFaceExportLandmarks")]
pub enum Points {
    /// No points.
    #[default]
    #[enum_value(name = "No points", nick = "none")]
    None,
    /// x and y of each point.
    #[enum_value(name = "x and y of each point", nick = "2d")]
    Flat,
    /// x, y and z of each point.
    #[enum_value(name = "x, y and z of each point", nick = "3d")]
    Solid,
}

/// What records hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// Whether frames are told of.
    pub frames: bool,
    /// Whether events are told of.
    pub events: bool,
    /// How much of the mesh.
    pub points: Points,
    /// Digits after the decimal point.
    pub precision: u32,
}

/// What is known of a stream before its first buffer.
#[derive(Debug, Default)]
pub struct Stream {
    /// Where it comes from, where that is known.
    pub source: Option<String>,
    /// The caps of its buffers.
    pub caps: Option<gst::Caps>,
    /// What the analyser told of itself.
    pub session: Option<gst::Structure>,
}

impl Stream {
    /// Whether emotions are read in it: without them no record holds a word for one.
    fn emotions(&self) -> bool {
        let told = self.session.as_ref().map(|told| told.get("emotions"));
        !matches!(told, Some(Ok(false)))
    }
}

/// What is known of one buffer, or at the end of a stream of none.
#[derive(Debug, Default)]
pub struct Record<'a> {
    /// Counts buffers from 1.
    pub frame: u64,
    /// Its PTS.
    pub timestamp: Option<gst::ClockTime>,
    /// The same in the time of the stream: what a player of it shows.
    pub stream_time: Option<gst::ClockTime>,
    /// How long it lasts.
    pub duration: Option<gst::ClockTime>,
    /// Width and height of the picture.
    pub size: Option<(u32, u32)>,
    /// The meta; `None` where the buffer carries none.
    pub meta: Option<&'a gst::StructureRef>,
    /// What happened since the record before.
    pub events: &'a [gst::Structure],
}

impl<'a> Record<'a> {
    /// The faces' structures.
    fn faces(&self) -> Vec<&'a gst::StructureRef> {
        let faces = self.meta.and_then(|meta| meta.value("faces").ok());
        let faces = faces.and_then(|faces| faces.get::<gst::ArrayRef>().ok());
        let faces = faces.map(|faces| faces.as_slice()).unwrap_or_default();
        let face = |face: &'a glib::SendValue| face.get::<&gst::StructureRef>().ok();
        faces.iter().filter_map(face).collect()
    }
}

/// Writes the records of one stream.
#[derive(Debug)]
pub struct Writer {
    format: Format,
    options: Options,
    columns: Vec<csv::Column>,
}

impl Writer {
    /// A writer for `stream`.
    pub fn new(format: Format, options: Options, stream: &Stream) -> Self {
        Self {
            columns: csv::columns(&options, stream.emotions()),
            format,
            options,
        }
    }

    /// What stands before the first record.
    pub fn header(&self, stream: &Stream) -> Option<String> {
        match self.format {
            Format::Ndjson => Some(ndjson::header(stream, &self.options)),
            Format::Csv => Some(csv::header(&self.columns)),
            Format::Words => None,
        }
    }

    /// The text of `record`; `None` where there is nothing to tell.
    pub fn record(&self, record: &Record<'_>) -> Option<String> {
        if !self.options.frames && (record.events.is_empty() || !self.options.events) {
            return None;
        }
        Some(match self.format {
            Format::Ndjson => ndjson::record(record, &self.options),
            Format::Csv => csv::rows(record, &self.columns, &self.options),
            Format::Words => text::record(record, &self.options),
        })
    }

    /// What stands behind the last of `frames` records: the `events` of the stream's end.
    pub fn trailer(&self, frames: u64, events: &[gst::Structure]) -> Option<String> {
        let events = if self.options.events { events } else { &[] };
        let record = Record {
            events,
            ..Record::default()
        };
        match self.format {
            Format::Ndjson => Some(ndjson::trailer(frames, events, &self.options)),
            _ if events.is_empty() => None,
            Format::Csv => Some(csv::events(&record, &self.columns, &self.options)),
            Format::Words => Some(text::events(&record, &self.options)),
        }
    }
}

/// x, y and z of each point of a face's mesh, in the units of the schema.
fn landmarks(face: &gst::StructureRef) -> Vec<[f32; 3]> {
    let Ok(bytes) = face.get::<glib::Bytes>("landmarks") else {
        return Vec::new();
    };
    let values = bytes.as_chunks::<4>().0.iter();
    let values: Vec<f32> = values.map(|value| f32::from_le_bytes(*value)).collect();
    values.as_chunks::<3>().0.to_vec()
}

/// `value` rounded to `precision` digits after the decimal point; `None` where it is no number.
fn rounded(value: f64, precision: u32) -> Option<f64> {
    let factor = 10f64.powi(precision.min(15) as i32);
    let scaled = (value * factor).round() / factor;
    // A negative zero is a sign without a meaning.
    scaled.is_finite().then_some(scaled + 0.0)
}
