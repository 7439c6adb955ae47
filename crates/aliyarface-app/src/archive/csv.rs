//! Outputs as comma-separated values.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::{Context, Result};
use gstaliyarface::export::{PRECISION, csv};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;

/// Writes the table of the Parquet file `from` to `to`, as `aliyarface analyse` would have written it.
///
/// # Errors
/// One is no such table, or the other cannot be written.
pub fn write(from: &Path, to: &Path) -> Result<()> {
    let table = SerializedFileReader::new(File::open(from)?)?;
    let columns = table
        .metadata()
        .file_metadata()
        .schema_descr()
        .columns()
        .to_vec();
    let mut out = BufWriter::new(File::create(to)?);
    let names = columns.iter().map(|column| csv::text(column.name()));
    out.write_all(csv::line(names).as_bytes())?;
    for row in table.get_row_iter(None)? {
        let row = row.context("a row cannot be read")?;
        let cells = row.get_column_iter().map(|(_, field)| cell(field));
        out.write_all(csv::line(cells).as_bytes())?;
    }
    Ok(out.into_inner()?.sync_all()?)
}

fn cell(field: &Field) -> String {
    match field {
        Field::Null => String::new(),
        Field::Double(value) => csv::number(*value, PRECISION),
        Field::Str(text) => csv::text(text),
        other => other.to_string(),
    }
}
