//! The fields of a face's eyes: the structure `eyes`, absent where the eyes cannot be measured.

use crate::analysis::{Eyes, Gaze};

use super::{SchemaError, field, optional};

const EYES: &str = "eyes";
const OPENNESS: [&str; 2] = ["openness-left", "openness-right"];
const RATE: &str = "blinks-per-minute";
const PERCLOS: &str = "perclos";
const GAZE: [&str; 2] = ["gaze-pitch", "gaze-yaw"];

/// Sets the eyes' structure in a face's.
pub fn write(eyes: &Eyes, structure: &mut gst::StructureRef) {
    let mut fields = gst::Structure::new_empty(EYES);
    for (name, openness) in OPENNESS.into_iter().zip(eyes.openness) {
        fields.set(name, openness);
    }
    fields.set(RATE, eyes.blinks_per_minute);
    fields.set(PERCLOS, eyes.perclos);
    if let Some(Gaze { pitch, yaw }) = eyes.gaze {
        for (name, angle) in GAZE.into_iter().zip([pitch, yaw]) {
            fields.set(name, angle);
        }
    }
    structure.set(EYES, fields);
}

/// The eyes of a face's structure, `blink` being the intensity of AU45; `None` where it carries none.
///
/// # Errors
/// A field is missing or has another type.
pub fn read(
    structure: &gst::StructureRef,
    blink: Option<f64>,
) -> Result<Option<Eyes>, SchemaError> {
    let Some(fields) = optional::<gst::Structure>(structure, EYES)? else {
        return Ok(None);
    };
    let gaze = match optional(&fields, GAZE[0])? {
        Some(pitch) => Some(Gaze {
            pitch,
            yaw: field(&fields, GAZE[1])?,
        }),
        None => None,
    };
    Ok(Some(Eyes {
        openness: [field(&fields, OPENNESS[0])?, field(&fields, OPENNESS[1])?],
        blink: blink.unwrap_or_default(),
        blinks_per_minute: field(&fields, RATE)?,
        perclos: field(&fields, PERCLOS)?,
        gaze,
    }))
}
