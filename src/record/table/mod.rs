//! Records as a table: one row a face and frame, with the columns that users of OpenFace and
//! Py-Feat expect.
//!
//! `docs/recording.md` lists the columns with their units. A value that was not read is `None`,
//! never a zero. Text and Parquet files alike are made of these columns.

mod columns;

use std::borrow::Cow;
use std::fmt;

use crate::analysis::BasicEmotion;

use super::{Event, Face, Points, Resolution, StreamTime};

use self::columns::Columns;

/// The bundled labels, in the order of their columns; labels of a user's own follow them.
const BUNDLED_LABELS: [&str; BasicEmotion::ALL.len()] = BasicEmotion::LABELS;

/// What a table holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contents {
    /// Whether there are rows of faces and of frames without one.
    pub frames: bool,
    /// Whether there are rows of events.
    pub events: bool,
    /// How much of the mesh there is.
    pub points: Points,
    /// The labels of emotions in use; `None` leaves every column out that names an emotion.
    pub labels: Option<Vec<String>>,
}

impl Contents {
    /// The bundled labels, for streams whose own are not known.
    pub fn bundled_labels() -> Vec<String> {
        BUNDLED_LABELS.map(str::to_owned).to_vec()
    }
}

/// What the cells of a column hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CellType {
    /// Whole numbers.
    Whole,
    /// Real numbers.
    Real,
    /// Text.
    Text,
}

/// A value in a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell<'a> {
    /// A whole number.
    Whole(i64),
    /// A real number.
    Real(f64),
    /// A text.
    Text(Cow<'a, str>),
}

/// What a row is of.
#[derive(Debug, Clone, Copy)]
pub enum Subject<'a> {
    /// A frame without a face.
    Nobody,
    /// A face on a frame.
    Face(&'a Face),
    /// Something that happened.
    Event(&'a Event),
}

/// The frame that rows belong to.
#[derive(Debug, Clone, Copy, Default)]
pub struct RowFrame {
    /// Counts buffers from 1; `None` after the last one.
    pub frame: Option<u64>,
    /// PTS of the buffer in ns.
    pub timestamp: Option<u64>,
    /// The same in the stream's time.
    pub stream_time: Option<StreamTime>,
    /// The picture's size.
    pub resolution: Option<Resolution>,
}

/// A row.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    frame: RowFrame,
    subject: Subject<'a>,
}

impl<'a> Row<'a> {
    fn face(&self) -> Option<&'a Face> {
        match self.subject {
            Subject::Face(face) => Some(face),
            Subject::Nobody | Subject::Event(_) => None,
        }
    }

    fn event(&self) -> Option<&'a Event> {
        match self.subject {
            Subject::Event(event) => Some(event),
            Subject::Nobody | Subject::Face(_) => None,
        }
    }

    fn width(&self) -> Option<f64> {
        Some(f64::from(self.frame.resolution?.width))
    }

    fn height(&self) -> Option<f64> {
        Some(f64::from(self.frame.resolution?.height))
    }
}

type Read = Box<dyn for<'a> Fn(&Row<'a>) -> Option<Cell<'a>> + Send + Sync>;

/// A column: its name, its type and how its cells are read.
pub struct Column {
    /// Its name.
    pub name: String,
    /// What its cells hold.
    pub cell_type: CellType,
    read: Read,
}

impl Column {
    /// Its cell in `row`; `None` where it is empty.
    pub fn cell<'a>(&self, row: &Row<'a>) -> Option<Cell<'a>> {
        (self.read)(row)
    }
}

impl fmt::Debug for Column {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {:?}", self.name, self.cell_type)
    }
}

/// The columns, and which rows there are.
#[derive(Debug)]
pub struct Table {
    contents: Contents,
    columns: Vec<Column>,
}

impl Table {
    /// The table that holds `contents`.
    pub fn new(contents: Contents) -> Self {
        let mut columns = Columns::default();
        columns.frame();
        if contents.frames {
            columns.face();
            columns.visible();
            if let Some(labels) = &contents.labels {
                columns.emotion(labels);
            }
            columns.session();
            columns.points(contents.points);
        }
        if contents.events {
            columns.event(contents.labels.is_some());
        }
        Self {
            contents,
            columns: columns.0,
        }
    }

    /// Its columns.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The rows of a frame: one a face, one where there is none, one an event.
    pub fn rows<'a>(
        &self,
        frame: RowFrame,
        faces: &'a [Face],
        events: &'a [Event],
    ) -> Vec<Row<'a>> {
        let mut subjects: Vec<Subject<'a>> = Vec::new();
        if self.contents.frames {
            subjects.extend(faces.iter().map(Subject::Face));
            if faces.is_empty() {
                subjects.push(Subject::Nobody);
            }
        }
        let mut rows: Vec<_> = row_each(frame, subjects).collect();
        rows.extend(self.event_rows(frame, events));
        rows
    }

    /// The rows of events alone.
    pub fn event_rows<'a>(&self, frame: RowFrame, events: &'a [Event]) -> Vec<Row<'a>> {
        let told = if self.contents.events { events } else { &[] };
        row_each(frame, told.iter().map(Subject::Event)).collect()
    }
}

fn row_each<'a>(
    frame: RowFrame,
    subjects: impl IntoIterator<Item = Subject<'a>>,
) -> impl Iterator<Item = Row<'a>> {
    let rows = subjects.into_iter();
    rows.map(move |subject| Row { frame, subject })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn emotion_columns(labels: &[&str]) -> Vec<String> {
        let labels = labels.iter().map(|&label| label.to_owned()).collect();
        let table = Table::new(Contents {
            frames: true,
            events: false,
            points: Points::None,
            labels: Some(labels),
        });
        let names = table.columns().iter().map(|column| column.name.clone());
        let names = names
            .skip_while(|name| name != "emotion_confidence")
            .skip(1);
        names.take_while(|name| name != "valence").collect()
    }

    #[test]
    fn a_users_own_labels_become_columns() {
        assert_eq!(
            emotion_columns(&["bored", "sadness", "neutral", "amused"]),
            ["neutral", "sadness", "bored", "amused"]
        );
    }

    #[test]
    fn the_bundled_labels_keep_the_order_of_their_columns_whatever_the_nets() {
        let mut reversed = BUNDLED_LABELS;
        reversed.reverse();
        assert_eq!(emotion_columns(&reversed), BUNDLED_LABELS);
    }

    #[test]
    fn without_labels_no_column_names_an_emotion() {
        let table = Table::new(Contents {
            frames: true,
            events: true,
            points: Points::None,
            labels: None,
        });
        let names = table.columns().iter().map(|column| column.name.as_str());
        for name in names {
            assert!(!name.contains("emotion") && !BUNDLED_LABELS.contains(&name));
        }
    }
}
