//! A table that is text already, as Apache Parquet: the same columns and types as of a file's records.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use gstaliyarface::record::Points;
use gstaliyarface::record::table::{CellType, Contents, Table};
use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::Type;

/// Writes the comma-separated `text`, whose first line names the columns, to `to`.
///
/// # Errors
/// A row has not as many cells as there are columns, or `to` cannot be written.
pub fn write<W: Write + Send>(text: &str, to: W) -> Result<()> {
    let mut rows = text.lines().map(cells);
    let names = rows.next().context("the table has no columns")?;
    let mut columns = vec![Vec::new(); names.len()];
    for row in rows {
        ensure!(row.len() == names.len(), "a row has {} cells", row.len());
        for (column, cell) in columns.iter_mut().zip(row) {
            column.push(cell);
        }
    }
    let types = types();
    let type_of = |name: &String| types.get(name).copied().unwrap_or(CellType::Real);
    let fields = names.iter().map(|name| {
        let kind = type_of(name);
        let physical = match kind {
            CellType::Whole => Physical::INT64,
            CellType::Real => Physical::DOUBLE,
            CellType::Text => Physical::BYTE_ARRAY,
        };
        let text = kind == CellType::Text;
        let field = Type::primitive_type_builder(name, physical)
            .with_repetition(Repetition::OPTIONAL)
            .with_logical_type(text.then_some(LogicalType::String));
        Ok(Arc::new(field.build()?))
    });
    let fields = fields.collect::<Result<Vec<_>>>()?;
    let schema = Type::group_type_builder("faces")
        .with_fields(fields)
        .build()?;
    let properties = WriterProperties::builder().set_compression(Compression::SNAPPY);
    let properties = Arc::new(properties.build());
    let mut file = SerializedFileWriter::new(to, Arc::new(schema), properties)?;
    let mut group = file.next_row_group()?;
    for (name, cells) in names.iter().zip(&columns) {
        let present: Vec<i16> = cells
            .iter()
            .map(|cell| i16::from(!cell.is_empty()))
            .collect();
        let known = cells.iter().filter(|cell| !cell.is_empty());
        let mut column = group.next_column()?.context("a column is missing")?;
        match type_of(name) {
            CellType::Whole => {
                let values = known
                    .map(|cell| cell.parse())
                    .collect::<Result<Vec<i64>, _>>()?;
                column
                    .typed::<Int64Type>()
                    .write_batch(&values, Some(&present), None)?;
            }
            CellType::Real => {
                let values = known
                    .map(|cell| cell.parse())
                    .collect::<Result<Vec<f64>, _>>()?;
                column
                    .typed::<DoubleType>()
                    .write_batch(&values, Some(&present), None)?;
            }
            CellType::Text => {
                let values: Vec<_> = known.map(|cell| ByteArray::from(cell.as_str())).collect();
                column
                    .typed::<ByteArrayType>()
                    .write_batch(&values, Some(&present), None)?;
            }
        }
        column.close()?;
    }
    group.close()?;
    file.close()?;
    Ok(())
}

/// The type of each column that does not hold an emotion.
fn types() -> BTreeMap<String, CellType> {
    let table = Table::new(Contents {
        frames: true,
        events: true,
        points: Points::None,
        labels: Some(Vec::new()),
    });
    let columns = table.columns().iter();
    columns
        .map(|column| (column.name.clone(), column.cell_type))
        .collect()
}

/// The cells of a row, of which those with commas and quotation marks are quoted.
fn cells(row: &str) -> Vec<String> {
    let (mut cells, mut cell, mut quoted) = (Vec::new(), String::new(), false);
    let mut letters = row.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => {
                cell.push('"');
                letters.next();
            }
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(std::mem::take(&mut cell)),
            letter => cell.push(letter),
        }
    }
    cells.push(cell);
    cells
}

#[cfg(test)]
mod tests {
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::RowAccessor;

    use super::*;

    #[test]
    fn rows_of_text_are_rows_of_typed_columns() {
        let mut bytes = Vec::new();
        let text = "frame,AU12_r,emotion\n1,0.5,happiness\n2,,\"a, b\"\n";
        write(text, &mut bytes).unwrap();
        let file = SerializedFileReader::new(bytes::Bytes::from(bytes)).unwrap();
        let rows: Vec<_> = file
            .get_row_iter(None)
            .unwrap()
            .map(Result::unwrap)
            .collect();
        assert_eq!(rows.len(), 2);
        assert_eq!(rows[0].get_long(0).unwrap(), 1);
        assert!((rows[0].get_double(1).unwrap() - 0.5).abs() < 1e-9);
        assert_eq!(rows[1].get_string(2).unwrap(), "a, b");
        assert!(rows[1].get_double(1).is_err(), "nothing was there");
    }

    #[test]
    fn a_row_that_is_cut_off_is_an_error() {
        assert!(write("frame,x\n1\n", Vec::new()).is_err());
        assert!(write("", Vec::new()).is_err());
    }
}
