//! The rows of a table as comma-separated values.

use crate::record::table::{Cell, Column, Row};

use super::rounded;

/// The line of names.
pub fn header(columns: &[Column]) -> String {
    line(columns.iter().map(|column| text(&column.name)))
}

/// The lines of `rows`.
pub fn lines(rows: &[Row<'_>], columns: &[Column], precision: u32) -> String {
    let cell = |row: &Row<'_>, column: &Column| match column.cell(row) {
        Some(Cell::Whole(value)) => value.to_string(),
        Some(Cell::Real(value)) => number(value, precision),
        Some(Cell::Text(value)) => text(&value),
        None => String::new(),
    };
    let lines = rows.iter();
    lines
        .map(|row| line(columns.iter().map(|column| cell(row, column))))
        .collect()
}

/// A line of cells, with its end.
pub fn line(cells: impl Iterator<Item = String>) -> String {
    let cells: Vec<_> = cells.collect();
    cells.join(",") + "\n"
}

/// A number as a cell, with `precision` digits after the decimal point; empty where it is none.
pub fn number(value: f64, precision: u32) -> String {
    rounded(value, precision)
        .map(|value| value.to_string())
        .unwrap_or_default()
}

/// A text as one cell.
pub fn text(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_stays_one_cell_whatever_it_holds() {
        assert_eq!(text("happiness"), "happiness");
        assert_eq!(text("a \"b\", c\n"), "\"a \"\"b\"\", c\n\"");
    }
}
