//! The neutrals of the element as JSON: `{"faces": [{"face-id": N, "AU01": score, ...}]}`.

use gst::prelude::*;
use gstaliyarface::analysis::ACTION_UNITS;
use gstaliyarface::remote::protocol::ResultNeutral;
use serde_json::{Map, Value, json};

const PROPERTY: &str = "baseline";
const FACES: &str = "faces";
const FACE_ID: &str = "face-id";

/// The neutrals that `reader` knows.
pub fn text(reader: &gst::Element) -> Option<String> {
    let structure = reader.property::<Option<gst::Structure>>(PROPERTY)?;
    let faces = structure.get::<gst::Array>(FACES).ok()?;
    let faces = faces.iter().filter_map(|face| {
        let face = face.get::<gst::Structure>().ok()?;
        let mut told = Map::new();
        told.insert(FACE_ID.into(), face.get::<u32>(FACE_ID).ok()?.into());
        for (name, value) in face.iter() {
            if let Ok(score) = value.get::<f64>() {
                told.insert(name.to_string(), score.into());
            }
        }
        Some(Value::Object(told))
    });
    Some(json!({ FACES: faces.collect::<Vec<_>>() }).to_string())
}

/// Gives `reader` the neutrals of `text`; false where they are none.
pub fn take(reader: &gst::Element, text: &str) -> bool {
    let told: Option<Value> = serde_json::from_str(text).ok();
    let faces = told.as_ref().and_then(|told| told.get(FACES)?.as_array());
    let faces: Option<Vec<_>> =
        faces.and_then(|faces| faces.iter().map(structure).collect::<Option<_>>());
    let Some(faces) = faces else { return false };
    let wanted = faces.len();
    let structure = gst::Structure::builder(PROPERTY).field(FACES, gst::Array::new(faces));
    reader.set_property(PROPERTY, structure.build());
    let known = reader.property::<Option<gst::Structure>>(PROPERTY);
    let known = known.and_then(|known| known.get::<gst::Array>(FACES).ok());
    // The element warns of what it does not take, and keeps what it has.
    known.is_some_and(|known| known.len() >= wanted)
}

/// The neutrals that `reader` knows: a face's id and a score for each Action Unit, in their order.
pub fn known(reader: &gst::Element) -> Option<Vec<(u32, Vec<f64>)>> {
    let structure = reader.property::<Option<gst::Structure>>(PROPERTY)?;
    let faces = structure.get::<gst::Array>(FACES).ok()?;
    let faces = faces.iter().filter_map(|face| {
        let face = face.get::<gst::Structure>().ok()?;
        let scores = ACTION_UNITS
            .iter()
            .map_while(|unit| face.get(unit.code).ok());
        Some((face.get(FACE_ID).ok()?, scores.collect()))
    });
    Some(faces.collect())
}

/// What [`known`] told, as [`take`] takes it.
pub fn written(known: &[ResultNeutral]) -> String {
    let faces = known.iter().map(|neutral| {
        let mut face = Map::new();
        face.insert(FACE_ID.into(), neutral.face_id.into());
        for (unit, score) in ACTION_UNITS.iter().zip(&neutral.scores) {
            face.insert(unit.code.to_owned(), (*score).into());
        }
        Value::Object(face)
    });
    json!({ FACES: faces.collect::<Vec<_>>() }).to_string()
}

fn structure(face: &Value) -> Option<gst::Structure> {
    let id = u32::try_from(face.get(FACE_ID)?.as_u64()?).ok()?;
    let mut structure = gst::Structure::builder("face").field(FACE_ID, id).build();
    for (name, score) in face.as_object()? {
        let unit = name.len() == 4 && name.starts_with("AU");
        if unit {
            structure.set(name, score.as_f64()?);
        }
    }
    Some(structure)
}
