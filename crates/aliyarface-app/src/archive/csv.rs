//! Outputs as comma-separated values.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::{Context, Result};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;

/// Digits after the decimal point, as `aliyarface analyse` writes them.
const PRECISION: i32 = 5;

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
    let names = columns.iter().map(|column| quoted(column.name()));
    writeln!(out, "{}", names.collect::<Vec<_>>().join(","))?;
    for row in table.get_row_iter(None)? {
        let row = row.context("a row cannot be read")?;
        let cells = row.get_column_iter().map(|(_, field)| cell(field));
        writeln!(out, "{}", cells.collect::<Vec<_>>().join(","))?;
    }
    Ok(out.into_inner()?.sync_all()?)
}

fn cell(field: &Field) -> String {
    match field {
        Field::Null => String::new(),
        Field::Double(value) => {
            let factor = 10f64.powi(PRECISION);
            let rounded = (value * factor).round() / factor;
            // A negative zero is a sign without a meaning.
            if rounded.is_finite() {
                (rounded + 0.0).to_string()
            } else {
                String::new()
            }
        }
        Field::Str(text) => quoted(text),
        other => other.to_string(),
    }
}

fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}
