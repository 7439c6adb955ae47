//! The element's ways to the neutrals of the people it sees: a property that gives and takes them,
//! and two action signals.
//!
//! The structure `baseline` holds one structure a face in its array `faces`: `face-id` (uint) and
//! `AU01` .. `AU43` (double), the scores of that person's resting face.

use gst::glib;
use gst::prelude::*;

use crate::analysis::{ACTION_UNITS, Baselines, Neutral, TrackId};

/// Name of the property and of its structure.
pub const PROPERTY: &str = "baseline";
/// Action signal: forget every neutral and learn anew.
pub const RESET: &str = "reset-baseline";
/// Action signal: each face in view is neutral now.
pub const CALIBRATE: &str = "calibrate";

const FACES: &str = "faces";
const FACE: &str = "face";
const FACE_ID: &str = "face-id";

/// The property's spec.
pub fn spec() -> glib::ParamSpec {
    glib::ParamSpecBoxed::builder::<gst::Structure>(PROPERTY)
        .nick("Baseline")
        .blurb("The resting faces known so far, to be kept and set again; by face id")
        .mutable_playing()
        .build()
}

/// The neutrals as a structure.
pub fn export(baselines: &Baselines) -> gst::Structure {
    let faces = baselines.export().into_iter().map(|neutral| {
        let mut face = gst::Structure::builder(FACE)
            .field(FACE_ID, neutral.face.number())
            .build();
        for (unit, score) in ACTION_UNITS.iter().zip(neutral.scores) {
            face.set(unit.code, score);
        }
        face
    });
    gst::Structure::builder(PROPERTY)
        .field(FACES, gst::Array::new(faces))
        .build()
}

/// Takes the neutrals of a structure that [`export`] made; `false` where it is none.
pub fn import(baselines: &Baselines, value: &glib::Value) -> bool {
    let structure = match value.get::<Option<gst::Structure>>() {
        Ok(Some(structure)) => structure,
        Ok(None) => {
            baselines.reset();
            return true;
        }
        Err(_) => return false,
    };
    let Ok(faces) = structure.get::<gst::Array>(FACES) else {
        return false;
    };
    let neutrals: Option<Vec<Neutral>> = faces.iter().map(neutral).collect();
    if let Some(neutrals) = &neutrals {
        baselines.import(neutrals);
    }
    neutrals.is_some()
}

fn neutral(value: &glib::SendValue) -> Option<Neutral> {
    let face = value.get::<gst::Structure>().ok()?;
    let mut neutral = Neutral {
        face: TrackId::new(face.get(FACE_ID).ok()?),
        scores: Default::default(),
    };
    for (score, unit) in neutral.scores.iter_mut().zip(&ACTION_UNITS) {
        // A neutral kept before a unit was read lacks it: that one starts at the mean person's.
        if face.has_field(unit.code) {
            let field = face.get(unit.code).ok();
            *score = field.filter(|score: &f64| score.is_finite())?;
        }
    }
    Some(neutral)
}

/// The action signals; `baselines_of` finds the element's neutrals.
pub fn signals<Element>(baselines_of: fn(&Element) -> Baselines) -> Vec<glib::subclass::Signal>
where
    Element: for<'a> glib::value::FromValue<'a> + 'static,
{
    let action = |name, act: fn(&Baselines)| {
        glib::subclass::Signal::builder(name)
            .action()
            .class_handler(move |values| {
                if let Some(Ok(element)) = values.first().map(glib::Value::get::<Element>) {
                    act(&baselines_of(&element));
                }
                None
            })
            .build()
    };
    vec![
        action(RESET, Baselines::reset),
        action(CALIBRATE, Baselines::calibrate),
    ]
}
