//! The table of records as Apache Parquet: one row a face and frame, typed columns.
//!
//! Rows are gathered until a group of them is full, so that memory does not grow with the video.

use std::fs::File;
use std::sync::Arc;

use anyhow::{Context, Result};
use gstaliyarface::export::{Record, Stream};
use gstaliyarface::record::table::{Cell, CellType, Column, Contents, Row, RowFrame, Table};
use gstaliyarface::record::{Event, Points, SCHEMA, SCHEMA_VERSION};
use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::{Type, TypePtr};

/// Cells of a group of rows: 16 MiB of numbers.
const GROUP_CELLS: usize = 1 << 21;

/// A table that is being written.
pub struct ParquetTable {
    table: Table,
    file: SerializedFileWriter<File>,
    gathered: Vec<ColumnBuffer>,
    rows: usize,
}

/// The cells of a column that wait to be written: the values there are, and where there are any.
struct ColumnBuffer {
    present: Vec<i16>,
    values: Values,
}

enum Values {
    Whole(Vec<i64>),
    Real(Vec<f64>),
    Text(Vec<ByteArray>),
}

impl ParquetTable {
    /// A table of what is read of `stream`, with rows of `events` too or without.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn new(file: File, stream: &Stream, points: Points, events: bool) -> Result<Self> {
        let table = Table::new(Contents {
            frames: true,
            events,
            points,
            labels: stream.labels(),
        });
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_created_by(format!("aliyarface {}", env!("CARGO_PKG_VERSION")))
            .set_key_value_metadata(Some(about(stream)))
            .build();
        let schema = schema(table.columns())?;
        let file = SerializedFileWriter::new(file, schema, Arc::new(properties))?;
        Ok(Self {
            gathered: table.columns().iter().map(ColumnBuffer::of).collect(),
            table,
            file,
            rows: 0,
        })
    }

    /// Adds the rows of `record`.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(&mut self, record: &Record) -> Result<()> {
        let frame = record.row_frame();
        let rows = self.table.rows(frame, record.faces(), &record.events);
        gather(&mut self.gathered, self.table.columns(), &rows);
        self.rows += rows.len();
        if self.rows * self.gathered.len() >= GROUP_CELLS {
            self.write_group()?;
        }
        Ok(())
    }

    /// Adds the rows of events that came after the last frame, and ends the file.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn finish(mut self, events: &[Event]) -> Result<()> {
        let rows = self.table.event_rows(RowFrame::default(), events);
        gather(&mut self.gathered, self.table.columns(), &rows);
        self.rows += rows.len();
        if self.rows > 0 {
            self.write_group()?;
        }
        self.file.close()?;
        Ok(())
    }

    fn write_group(&mut self) -> Result<()> {
        let mut group = self.file.next_row_group()?;
        for column in &mut self.gathered {
            column.write(&mut group)?;
        }
        group.close()?;
        self.rows = 0;
        Ok(())
    }
}

fn gather(gathered: &mut [ColumnBuffer], columns: &[Column], rows: &[Row<'_>]) {
    for row in rows {
        for (gathered, column) in gathered.iter_mut().zip(columns) {
            gathered.put(column.cell(row));
        }
    }
}

impl ColumnBuffer {
    fn of(column: &Column) -> Self {
        Self {
            present: Vec::new(),
            values: match column.cell_type {
                CellType::Whole => Values::Whole(Vec::new()),
                CellType::Real => Values::Real(Vec::new()),
                CellType::Text => Values::Text(Vec::new()),
            },
        }
    }

    fn put(&mut self, cell: Option<Cell<'_>>) {
        let put = match (&mut self.values, cell) {
            (Values::Whole(values), Some(Cell::Whole(value))) => {
                values.push(value);
                true
            }
            (Values::Real(values), Some(Cell::Real(value))) if value.is_finite() => {
                values.push(value);
                true
            }
            (Values::Text(values), Some(Cell::Text(text))) => {
                values.push(ByteArray::from(text.into_owned().into_bytes()));
                true
            }
            _ => false,
        };
        self.present.push(i16::from(put));
    }

    fn write(&mut self, group: &mut SerializedRowGroupWriter<'_, File>) -> Result<()> {
        let mut column = group.next_column()?.context("a column is missing")?;
        let present = std::mem::take(&mut self.present);
        match &mut self.values {
            Values::Whole(values) => {
                let written = column.typed::<Int64Type>();
                written.write_batch(values, Some(&present), None)?;
                values.clear();
            }
            Values::Real(values) => {
                let written = column.typed::<DoubleType>();
                written.write_batch(values, Some(&present), None)?;
                values.clear();
            }
            Values::Text(values) => {
                let written = column.typed::<ByteArrayType>();
                written.write_batch(values, Some(&present), None)?;
                values.clear();
            }
        }
        Ok(column.close()?)
    }
}

fn schema(columns: &[Column]) -> Result<TypePtr> {
    let fields = columns.iter().map(|column| {
        let physical = match column.cell_type {
            CellType::Whole => Physical::INT64,
            CellType::Real => Physical::DOUBLE,
            CellType::Text => Physical::BYTE_ARRAY,
        };
        let text = column.cell_type == CellType::Text;
        let field = Type::primitive_type_builder(&column.name, physical)
            .with_repetition(Repetition::OPTIONAL)
            .with_logical_type(text.then_some(LogicalType::String))
            .build()?;
        Ok(Arc::new(field))
    });
    let fields = fields.collect::<Result<Vec<_>>>()?;
    let schema = Type::group_type_builder("faces").with_fields(fields);
    Ok(Arc::new(schema.build()?))
}

/// What the header of a text says of the stream.
fn about(stream: &Stream) -> Vec<KeyValue> {
    let analyser = stream.analyser.as_ref();
    let told = [
        ("schema", Some(SCHEMA.to_owned())),
        ("schema-version", Some(SCHEMA_VERSION.to_string())),
        ("source", stream.source.clone()),
        ("caps", stream.caps.clone()),
        ("analyser", analyser.map(|told| told.plugin_version.clone())),
    ];
    told.into_iter()
        .filter_map(|(key, value)| Some(KeyValue::new(format!("aliyarface.{key}"), value?)))
        .collect()
}
