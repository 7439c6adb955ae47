//! One row a face and frame, with the columns that users of OpenFace and Py-Feat expect.
//!
//! `docs/recording.md` lists the columns with their units. A value that was not read is an empty
//! cell, never a zero.

use std::f64::consts::PI;

use crate::analysis::{ACTION_UNITS, MESH_POINTS};

use super::{Options, Points, Record, landmarks, rounded};

/// Millimetres in a unit of the meta's translation, which is close to a centimetre.
const MILLIMETRES: f64 = 10.0;
const RADIANS: f64 = PI / 180.0;

const EMOTIONS: [&str; 8] = [
    "neutral",
    "happiness",
    "sadness",
    "anger",
    "fear",
    "surprise",
    "disgust",
    "contempt",
];

/// What stands in a column.
#[derive(Debug, Clone, Copy)]
enum Source {
    Frame,
    Timestamp,
    FaceId,
    Success,
    /// A field of the face, times a factor.
    Field(&'static str, f64),
    /// A field that is a share of the picture's width or height, in pixels.
    Pixels(&'static str, Axis),
    /// An element of an array of the face, times a factor.
    Element(&'static str, usize, f64),
    /// A field of a structure of the face.
    Inner(&'static str, &'static str),
    /// A coordinate of a point of the mesh, in pixels.
    Point(usize, Axis),
    /// A field of an event.
    Event(&'static str),
    /// A time of an event, in seconds.
    EventTime(&'static str),
    /// The Action Units of an event, each with its side where that is told.
    EventUnits,
}

#[derive(Debug, Clone, Copy)]
enum Axis {
    X,
    Y,
    Z,
}

/// A column: its name and what stands in it.
#[derive(Debug)]
pub struct Column {
    name: String,
    source: Source,
}

/// A row is of a face, of an event, or of a frame without a face.
#[derive(Clone, Copy, Default)]
struct Row<'a> {
    face: Option<&'a gst::StructureRef>,
    points: &'a [[f32; 3]],
    event: Option<&'a gst::StructureRef>,
}

/// The columns that `options` ask for; without `emotions` none of them names one.
pub fn columns(options: &Options, emotions: bool) -> Vec<Column> {
    let mut columns = Columns::default();
    columns.put("frame", Source::Frame);
    columns.put("timestamp", Source::Timestamp);
    columns.put("face_id", Source::FaceId);
    if options.frames {
        columns.put("confidence", Source::Field("score", 1.0));
        columns.put("success", Source::Success);
        columns.put_face();
        if emotions {
            columns.put_emotion();
        }
        columns.put_points(options.points);
    }
    if options.events {
        columns.put_events(emotions);
    }
    columns.0
}

#[derive(Default)]
struct Columns(Vec<Column>);

impl Columns {
    fn put(&mut self, name: impl Into<String>, source: Source) {
        let name = name.into();
        self.0.push(Column { name, source });
    }

    fn put_face(&mut self) {
        self.put("FaceRectX", Source::Pixels("x", Axis::X));
        self.put("FaceRectY", Source::Pixels("y", Axis::Y));
        self.put("FaceRectWidth", Source::Pixels("width", Axis::X));
        self.put("FaceRectHeight", Source::Pixels("height", Axis::Y));
        // OpenFace's camera looks along its z with y down.
        let factors = [MILLIMETRES, -MILLIMETRES, -MILLIMETRES];
        for (index, factor) in factors.into_iter().enumerate() {
            let name = ["pose_Tx", "pose_Ty", "pose_Tz"][index];
            self.put(name, Source::Element("translation", index, factor));
        }
        self.put("pose_Rx", Source::Field("pitch", RADIANS));
        self.put("pose_Ry", Source::Field("yaw", RADIANS));
        self.put("pose_Rz", Source::Field("roll", RADIANS));
        for unit in &ACTION_UNITS {
            let name = format!("{}_r", unit.code);
            self.put(name, Source::Inner("action-units", unit.code));
        }
    }

    fn put_emotion(&mut self) {
        self.put("emotion", Source::Field("emotion", 1.0));
        self.put("emotion_confidence", Source::Field("confidence", 1.0));
        for label in EMOTIONS {
            self.put(label, Source::Inner("emotions", label));
        }
        self.put("valence", Source::Field("valence", 1.0));
        self.put("arousal", Source::Field("arousal", 1.0));
    }

    fn put_points(&mut self, points: Points) {
        let axes: &[(&str, Axis)] = match points {
            Points::None => &[],
            Points::Flat => &[("x", Axis::X), ("y", Axis::Y)],
            Points::Solid => &[("x", Axis::X), ("y", Axis::Y), ("z", Axis::Z)],
        };
        for (name, axis) in axes {
            for index in 0..MESH_POINTS {
                self.put(format!("{name}_{index}"), Source::Point(index, *axis));
            }
        }
    }

    fn put_events(&mut self, emotions: bool) {
        self.put("event", Source::Event("event"));
        self.put("event_timestamp", Source::EventTime("stream-time"));
        self.put("event_duration", Source::EventTime("duration"));
        self.put("event_onset", Source::EventTime("onset"));
        self.put("event_apex", Source::EventTime("apex"));
        self.put("event_offset", Source::EventTime("offset"));
        self.put("event_kind", Source::Event("kind"));
        self.put("event_peak", Source::Event("peak"));
        self.put("event_confidence", Source::Event("confidence"));
        self.put("event_action_units", Source::EventUnits);
        if emotions {
            self.put("event_emotion", Source::Event("emotion"));
            self.put("event_from", Source::Event("from"));
            self.put("event_to", Source::Event("to"));
        }
    }
}

/// The line of names.
pub fn header(columns: &[Column]) -> String {
    line(columns.iter().map(|column| column.name.clone()))
}

/// The rows of a buffer: one a face, one where there is none, one an event.
pub fn rows(record: &Record<'_>, columns: &[Column], options: &Options) -> String {
    let mut text = String::new();
    if options.frames {
        let faces = record.faces();
        for &face in &faces {
            let points = match options.points {
                Points::None => Vec::new(),
                _ => landmarks(face),
            };
            let row = Row {
                face: Some(face),
                points: &points,
                event: None,
            };
            text += &row.text(record, columns, options);
        }
        if faces.is_empty() {
            text += &Row::default().text(record, columns, options);
        }
    }
    if options.events {
        text += &events(record, columns, options);
    }
    text
}

/// The rows of a record's events.
pub fn events(record: &Record<'_>, columns: &[Column], options: &Options) -> String {
    let rows = record.events.iter().map(|event| {
        let row = Row {
            event: Some(event),
            ..Row::default()
        };
        row.text(record, columns, options)
    });
    rows.collect()
}

impl Row<'_> {
    fn text(&self, record: &Record<'_>, columns: &[Column], options: &Options) -> String {
        let cell = |column: &Column| self.cell(column.source, record, options.precision);
        line(
            columns
                .iter()
                .map(|column| cell(column).unwrap_or_default()),
        )
    }

    fn cell(&self, source: Source, record: &Record<'_>, precision: u32) -> Option<String> {
        let number = |value: f64| rounded(value, precision).map(|value| value.to_string());
        let side = |axis| {
            let (width, height) = record.size?;
            Some(f64::from(match axis {
                Axis::X | Axis::Z => width,
                Axis::Y => height,
            }))
        };
        match source {
            Source::Frame => (record.frame > 0).then(|| record.frame.to_string()),
            Source::Timestamp => seconds(record.stream_time.or(record.timestamp)).and_then(number),
            Source::FaceId => {
                let id = match self.event {
                    Some(event) => event.get::<u32>("face-id"),
                    None => self.face?.get::<u32>("id"),
                };
                id.ok().map(|id| id.to_string())
            }
            Source::Success if self.event.is_some() => None,
            Source::Success => Some(u8::from(self.face.is_some()).to_string()),
            Source::Field(name, factor) => field(self.face?, name, |value| number(value * factor)),
            Source::Pixels(name, axis) => {
                let side = side(axis)?;
                field(self.face?, name, |value| number(value * side))
            }
            Source::Element(name, index, factor) => {
                let array = self.face?.get::<gst::ArrayRef>(name).ok()?;
                let value = array.as_slice().get(index)?.get::<f64>().ok()?;
                number(value * factor)
            }
            Source::Inner(name, inner) => {
                let inside = self.face?.get::<&gst::StructureRef>(name).ok()?;
                field(inside, inner, number)
            }
            Source::Point(index, axis) => {
                let [x, y, z] = *self.points.get(index)?;
                let value = match axis {
                    Axis::X => x,
                    Axis::Y => y,
                    Axis::Z => z,
                };
                number(f64::from(value) * side(axis)?)
            }
            Source::Event(name) => field(self.event?, name, number),
            Source::EventUnits => units(self.event?).map(|text| quoted(&text)),
            Source::EventTime(name) => {
                let time = self.event?.get::<Option<gst::ClockTime>>(name).ok()?;
                seconds(time).and_then(number)
            }
        }
    }
}

fn seconds(time: Option<gst::ClockTime>) -> Option<f64> {
    time.map(|time| time.nseconds() as f64 * 1e-9)
}

/// The units of an event, each with its side.
fn units(event: &gst::StructureRef) -> Option<String> {
    let units = event.value("action-units").ok()?;
    let units = units.get::<gst::ArrayRef>().ok()?;
    let unit = |unit: &glib::SendValue| {
        let unit = unit.get::<&gst::StructureRef>().ok()?;
        let [code, side] = ["code", "side"].map(|part| unit.get::<&str>(part).ok());
        Some(format!("{} {}", code?, side?))
    };
    let names: Vec<_> = units.as_slice().iter().filter_map(unit).collect();
    Some(names.join(" + "))
}

/// A field that holds a number, or a text.
fn field(
    structure: &gst::StructureRef,
    name: &str,
    number: impl Fn(f64) -> Option<String>,
) -> Option<String> {
    match structure.get::<f64>(name) {
        Ok(value) => number(value),
        Err(_) => structure.get::<&str>(name).ok().map(quoted),
    }
}

fn line(cells: impl Iterator<Item = String>) -> String {
    let cells: Vec<_> = cells.collect();
    cells.join(",") + "\n"
}

/// A text as one cell.
fn quoted(text: &str) -> String {
    match text.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_units_of_a_micro_expression_stand_in_one_cell() {
        gst::init().unwrap();
        let unit = |code: &str, side: &str| {
            gst::Structure::builder("action-unit")
                .field("code", code)
                .field("side", side)
                .build()
        };
        let both = gst::Array::new([unit("AU01", "both"), unit("AU12", "left")]);
        let event = gst::Structure::builder("aliyarface")
            .field("action-units", both)
            .build();
        assert_eq!(units(&event).as_deref(), Some("AU01 both + AU12 left"));
    }

    #[test]
    fn a_text_stays_one_cell_whatever_it_holds() {
        assert_eq!(quoted("happiness"), "happiness");
        assert_eq!(quoted("a \"b\", c\n"), "\"a \"\"b\"\", c\n\"");
    }
}
