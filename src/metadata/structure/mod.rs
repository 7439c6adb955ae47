//! Any plain data as a structure of GStreamer, and back: what serde does for JSON, for the metadata.
//!
//! | data | field |
//! |---|---|
//! | `bool`, `u32`, `u64`, `i32`, `i64` | of the same type |
//! | `f32`, `f64` | double |
//! | `None` that is not left out | uint64 `GST_CLOCK_TIME_NONE` |
//! | text, a variant's name | string |
//! | bytes | `GBytes` |
//! | a list | `GstValueArray` |
//! | a struct, a map | structure; its name is the field's, in a list the struct's |

mod de;
mod ser;

use std::fmt;

pub use de::from_structure;
pub use ser::to_structure;

/// Why data does not fit a structure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StructureError {
    /// The field, those around it first; empty where it is none in particular.
    pub field: String,
    /// What is wrong with it.
    pub reason: String,
}

impl StructureError {
    fn new(reason: impl fmt::Display) -> Self {
        Self {
            field: String::new(),
            reason: reason.to_string(),
        }
    }

    /// The same of a field within `outer`.
    pub fn within(self, outer: &str) -> Self {
        let field = if self.field.is_empty() {
            outer.to_owned()
        } else {
            format!("{outer}.{}", self.field)
        };
        Self { field, ..self }
    }
}

impl fmt::Display for StructureError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.field.as_str() {
            "" => formatter.write_str(&self.reason),
            field => write!(formatter, "field {field}: {}", self.reason),
        }
    }
}

impl std::error::Error for StructureError {}

impl serde::ser::Error for StructureError {
    fn custom<T: fmt::Display>(reason: T) -> Self {
        Self::new(reason)
    }
}

impl serde::de::Error for StructureError {
    fn custom<T: fmt::Display>(reason: T) -> Self {
        Self::new(reason)
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new("it is missing").within(field)
    }
}

#[cfg(test)]
mod tests {
    use indexmap::IndexMap;
    use serde::{Deserialize, Serialize};

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    enum Colour {
        DarkRed,
        Blue,
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(rename = "thing", rename_all = "kebab-case")]
    struct Thing {
        is_whole: bool,
        count: u32,
        time: u64,
        unknown: Option<u64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        absent: Option<f64>,
        below: i32,
        share: f64,
        colour: Colour,
        names: Vec<String>,
        turned: [f64; 2],
        values: IndexMap<String, f64>,
        parts: Vec<Thing>,
    }

    fn thing(parts: Vec<Thing>) -> Thing {
        Thing {
            is_whole: true,
            count: 7,
            time: 1_234_567_890_123,
            unknown: None,
            absent: None,
            below: -3,
            share: 0.25,
            colour: Colour::DarkRed,
            names: vec!["a".to_owned(), "b, \"c\"".to_owned()],
            turned: [1.0, -0.5],
            values: IndexMap::from([("zero".to_owned(), 0.0), ("A".to_owned(), 1.5)]),
            parts,
        }
    }

    #[test]
    fn data_written_as_a_structure_is_read_again_as_it_was() {
        gst::init().unwrap();
        let whole = thing(vec![thing(Vec::new()), thing(Vec::new())]);
        let structure = to_structure("outer", &whole).unwrap();
        assert_eq!(from_structure::<Thing>(&structure).unwrap(), whole);
    }

    #[test]
    fn each_type_becomes_the_one_that_programs_in_c_expect() {
        gst::init().unwrap();
        let structure = to_structure("outer", &thing(vec![thing(Vec::new())])).unwrap();
        assert_eq!(structure.name(), "outer");
        assert_eq!(structure.get("is-whole"), Ok(true));
        assert_eq!(structure.get("count"), Ok(7u32));
        assert_eq!(structure.get("time"), Ok(1_234_567_890_123u64));
        assert_eq!(structure.get("unknown"), Ok(None::<gst::ClockTime>));
        assert!(!structure.has_field("absent"));
        assert_eq!(structure.get("below"), Ok(-3i32));
        assert_eq!(structure.get("colour"), Ok("dark-red"));
        let values: gst::Structure = structure.get("values").unwrap();
        assert_eq!(values.name(), "values");
        let names: Vec<_> = values.fields().map(ToString::to_string).collect();
        assert_eq!(names, ["zero", "A"]);
        let parts: gst::Array = structure.get("parts").unwrap();
        let part: gst::Structure = parts[0].get().unwrap();
        assert_eq!(part.name(), "thing");
    }

    #[test]
    fn what_does_not_fit_is_named_with_all_that_is_around_it() {
        gst::init().unwrap();
        let mut inner = thing(Vec::new());
        inner.colour = Colour::Blue;
        let mut structure = to_structure("outer", &thing(Vec::new())).unwrap();
        let mut part = to_structure("thing", &inner).unwrap();
        part.set("count", "many");
        structure.set("parts", gst::Array::new([part]));
        let words = from_structure::<Thing>(&structure).unwrap_err().to_string();
        assert!(words.starts_with("field parts.count: "), "{words}");
        structure.remove_field("share");
        structure.remove_field("parts");
        let words = from_structure::<Thing>(&structure).unwrap_err().to_string();
        assert_eq!(words, "field share: it is missing");
    }
}
