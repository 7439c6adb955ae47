//! The rows of a table as comma-separated values.

use crate::record::table::{Cell, Column, Row};

use super::rounded;

/// The line of names.
pub fn header(columns: &[Column]) -> String {
    line(columns.iter().map(|column| quoted(&column.name)))
}

/// The lines of `rows`.
pub fn lines(rows: &[Row<'_>], columns: &[Column], precision: u32) -> String {
    let cell = |row: &Row<'_>, column: &Column| match column.cell(row) {
        Some(Cell::Whole(value)) => value.to_string(),
        Some(Cell::Real(value)) => rounded(value, precision)
            .map(|value| value.to_string())
            .unwrap_or_default(),
        Some(Cell::Text(text)) => quoted(&text),
        None => String::new(),
    };
    let lines = rows.iter();
    lines
        .map(|row| line(columns.iter().map(|column| cell(row, column))))
        .collect()
}

fn line(cells: impl Iterator<Item = String>) -> String {
    let cells: Vec<_> = cells.collect();
    cells.join(",") + "\n"
}

/// A text as one cell.
fn quoted(text: &str) -> String {
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
        assert_eq!(quoted("happiness"), "happiness");
        assert_eq!(quoted("a \"b\", c\n"), "\"a \"\"b\"\", c\n\"");
    }
}
