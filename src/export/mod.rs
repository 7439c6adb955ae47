//! From what a buffer carries to lines of text.

pub mod csv;
mod json;
mod ndjson;
mod text;

use crate::record::table::{Contents, RowFrame, Table};
use crate::record::{AnalyserInfo, Event, Face, Line, Meta, Points, Resolution, StreamTime};

/// Digits after the decimal point of numbers in text, unless others are asked for.
pub const PRECISION: u32 = 5;

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
    pub caps: Option<String>,
    /// What the analyser told of itself.
    pub analyser: Option<AnalyserInfo>,
}

impl Stream {
    /// The labels of the emotions that are read in it, the bundled ones where nobody told; `None`
    /// where none are: then no record holds a word for one.
    pub fn labels(&self) -> Option<Vec<String>> {
        match &self.analyser {
            Some(told) if !told.emotions => None,
            Some(AnalyserInfo {
                emotion_labels: Some(labels),
                ..
            }) => Some(labels.clone()),
            _ => Some(Contents::bundled_labels()),
        }
    }
}

/// What is known of one buffer.
#[derive(Debug, Default)]
pub struct Record {
    /// Counts buffers from 1.
    pub frame: u64,
    /// Its PTS in ns.
    pub timestamp: Option<u64>,
    /// The same in the time of the stream: what a player of it shows.
    pub stream_time: Option<StreamTime>,
    /// How long it lasts, in ns.
    pub duration: Option<u64>,
    /// The picture's size.
    pub resolution: Option<Resolution>,
    /// The meta; `None` where the buffer carries none.
    pub meta: Option<Meta>,
    /// What happened since the record before.
    pub events: Vec<Event>,
}

impl Record {
    /// Its faces.
    pub fn faces(&self) -> &[Face] {
        self.meta.as_ref().map_or(&[], |meta| &meta.faces)
    }

    /// What rows of a table say of it.
    pub fn row_frame(&self) -> RowFrame {
        RowFrame {
            frame: Some(self.frame),
            timestamp: self.timestamp,
            stream_time: self.stream_time,
            resolution: self.resolution,
        }
    }
}

/// Writes the records of one stream.
#[derive(Debug)]
pub struct Writer {
    format: Format,
    options: Options,
    table: Table,
}

impl Writer {
    /// A writer for `stream`.
    pub fn new(format: Format, options: Options, stream: &Stream) -> Self {
        let table = Table::new(Contents {
            frames: options.frames,
            events: options.events,
            points: options.points,
            labels: stream.labels(),
        });
        Self {
            format,
            options,
            table,
        }
    }

    /// What stands before the first record.
    pub fn header(&self, stream: &Stream) -> Option<String> {
        match self.format {
            Format::Ndjson => self.line(&ndjson::header(stream)),
            Format::Csv => Some(csv::header(self.table.columns())),
            Format::Words => None,
        }
    }

    /// The text of `record`; `None` where there is nothing to tell.
    pub fn record(&self, record: Record) -> Option<String> {
        if !self.options.frames && (record.events.is_empty() || !self.options.events) {
            return None;
        }
        match self.format {
            Format::Ndjson => self.line(&ndjson::record(record, &self.options)),
            Format::Csv => {
                let frame = record.row_frame();
                let rows = self.table.rows(frame, record.faces(), &record.events);
                let precision = self.options.precision;
                Some(csv::lines(&rows, self.table.columns(), precision))
            }
            Format::Words => Some(text::record(&record, &self.options)),
        }
    }

    /// What stands behind the last of `frames` records: the `events` of the stream's end.
    pub fn trailer(&self, frames: u64, events: &[Event]) -> Option<String> {
        let events = if self.options.events { events } else { &[] };
        match self.format {
            Format::Ndjson => self.line(&ndjson::end(frames, events, &self.options)),
            _ if events.is_empty() => None,
            Format::Csv => {
                let rows = self.table.event_rows(RowFrame::default(), events);
                let precision = self.options.precision;
                Some(csv::lines(&rows, self.table.columns(), precision))
            }
            Format::Words => Some(text::events(events)),
        }
    }

    /// Plain data that goes to memory can always be written: `None` is never seen.
    fn line(&self, line: &Line) -> Option<String> {
        json::line(line, self.options.precision).ok()
    }
}

/// `value` rounded to `precision` digits after the decimal point; `None` where it is no number.
fn rounded(value: f64, precision: u32) -> Option<f64> {
    let factor = 10f64.powi(precision.min(15) as i32);
    let scaled = (value * factor).round() / factor;
    // A negative zero is a sign without a meaning.
    scaled.is_finite().then_some(scaled + 0.0)
}
