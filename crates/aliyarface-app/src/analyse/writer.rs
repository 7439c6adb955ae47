//! Records of one file, in the format that was asked for.

use std::fs::File;
use std::io::{BufWriter, Write};

use anyhow::{Context, Result};
use gstaliyarface::export::{self, Record, Stream, Writer};
use gstaliyarface::record::{Event, Points};

use super::output::Format;
use super::parquet::ParquetTable;

/// What records hold.
#[derive(Debug, Clone, Copy)]
pub struct Contents {
    /// How they are written.
    pub format: Format,
    /// How much of the mesh they hold.
    pub points: Points,
    /// Whether tables hold events too.
    pub events: bool,
}

/// Writes what is read of a file.
pub struct RecordWriter {
    contents: Contents,
    file: Option<File>,
    sink: Option<Sink>,
    frames: u64,
    /// Events that no frame has come after.
    left: Vec<Event>,
}

enum Sink {
    Text(Box<Writer>, BufWriter<File>),
    Table(Box<ParquetTable>),
}

impl RecordWriter {
    /// Writes into `file`.
    pub fn new(contents: Contents, file: File) -> Self {
        Self {
            contents,
            file: Some(file),
            sink: None,
            frames: 0,
            left: Vec::new(),
        }
    }

    /// Frames that were written.
    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// Keeps events for the record of the next frame.
    pub fn push_event(&mut self, event: Event) {
        self.left.push(event);
    }

    /// Writes the record of a frame of `stream`; its number and its events are set here.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(&mut self, stream: &Stream, mut record: Record) -> Result<()> {
        self.frames += 1;
        record.frame = self.frames;
        record.events = std::mem::take(&mut self.left);
        match self.begun(stream)? {
            Sink::Text(writer, out) => {
                if let Some(text) = writer.record(record) {
                    out.write_all(text.as_bytes())?;
                }
                Ok(())
            }
            Sink::Table(table) => table.write(&record),
        }
    }

    /// Writes what is left; the records of a `whole` stream have an end.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn finish(mut self, whole: bool) -> Result<()> {
        match self.sink.take() {
            None => Ok(()),
            Some(Sink::Table(table)) => table.finish(&self.left),
            Some(Sink::Text(writer, mut out)) => {
                let end = writer.trailer(self.frames, &self.left);
                if let Some(end) = end.filter(|_| whole) {
                    out.write_all(end.as_bytes())?;
                }
                Ok(out.flush()?)
            }
        }
    }

    fn begun(&mut self, stream: &Stream) -> Result<&mut Sink> {
        if let Some(file) = self.file.take() {
            self.sink = Some(self.begin(stream, file)?);
        }
        self.sink.as_mut().context("the file was not opened")
    }

    fn begin(&self, stream: &Stream, file: File) -> Result<Sink> {
        let Contents {
            format,
            points,
            events,
        } = self.contents;
        let (format, events) = match format {
            Format::Parquet => {
                return Ok(Sink::Table(Box::new(ParquetTable::new(
                    file, stream, points, events,
                )?)));
            }
            Format::Jsonl => (export::Format::Ndjson, true),
            Format::Csv => (export::Format::Csv, events),
        };
        let options = export::Options {
            frames: true,
            events,
            points,
            precision: export::PRECISION,
        };
        let writer = Writer::new(format, options, stream);
        let mut out = BufWriter::new(file);
        if let Some(header) = writer.header(stream) {
            out.write_all(header.as_bytes())?;
        }
        Ok(Sink::Text(Box::new(writer), out))
    }
}
