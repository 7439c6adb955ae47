//! The fields of a face's emotion.

use std::sync::Arc;

use crate::analysis::Emotion;

use super::{SchemaError, field, missing};

/// Sets the emotion's fields in a face's structure.
pub fn write(emotion: &Emotion, structure: &mut gst::StructureRef) {
    structure.set("emotion", emotion.label());
    structure.set("confidence", emotion.confidence());
    structure.set(
        "emotions",
        distribution("emotions", emotion, &emotion.smoothed),
    );
    if let Some(raw) = &emotion.raw {
        structure.set("emotions-raw", distribution("emotions-raw", emotion, raw));
    }
}

fn distribution(name: &str, emotion: &Emotion, values: &[f64]) -> gst::Structure {
    let mut structure = gst::Structure::new_empty(name);
    for (label, value) in emotion.labels.iter().zip(values) {
        structure.set(label.as_str(), *value);
    }
    structure
}

/// The emotion of a face's structure; `None` where it carries none.
///
/// # Errors
/// A field is missing or has another type.
pub fn read(structure: &gst::StructureRef) -> Result<Option<Emotion>, SchemaError> {
    if !structure.has_field("emotion") {
        return Ok(None);
    }
    let label: String = field(structure, "emotion")?;
    let smoothed: gst::Structure = field(structure, "emotions")?;
    let labels: Arc<[String]> = smoothed.fields().map(|name| name.to_string()).collect();
    let values = |distribution: &gst::StructureRef, name| {
        let value = |label: &String| {
            let value = distribution.get::<f64>(label.as_str());
            value.map_err(|_| missing(name))
        };
        labels.iter().map(value).collect::<Result<Vec<_>, _>>()
    };
    let raw = match structure.has_field("emotions-raw") {
        true => {
            let raw: gst::Structure = field(structure, "emotions-raw")?;
            Some(values(&raw, "emotions-raw")?)
        }
        false => None,
    };
    Ok(Some(Emotion {
        smoothed: values(&smoothed, "emotions")?,
        raw,
        winner: labels.iter().position(|name| *name == label),
        labels: Arc::clone(&labels),
    }))
}
