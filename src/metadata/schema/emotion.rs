//! The fields of a face's emotion.

use std::sync::Arc;

use gst::glib::prelude::*;

use crate::analysis::{Emotion, Mixture, MixtureKind, Transition};

use super::{SchemaError, field, missing, optional};

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
    structure.set("mixture", mixture(emotion));
    structure.set("transition", transition(emotion));
    if let Some([valence, arousal]) = emotion.valence_arousal {
        structure.set("valence", valence);
        structure.set("arousal", arousal);
    }
}

const KINDS: [(MixtureKind, &str); 3] = [
    (MixtureKind::Pure, "pure"),
    (MixtureKind::Mixed, "mixed"),
    (MixtureKind::Ambiguous, "ambiguous"),
];
const CHANGING: &str = "changing";
const STEADY: &str = "steady";

fn name(emotion: &Emotion, class: usize) -> &str {
    let label = emotion.labels.get(class);
    label.map_or(Emotion::UNKNOWN, String::as_str)
}

fn mixture(emotion: &Emotion) -> gst::Structure {
    let mixture = &emotion.mixture;
    let kind = KINDS.iter().find(|(kind, _)| *kind == mixture.kind);
    let classes = mixture.classes.iter();
    let labels = classes.map(|&class| name(emotion, class).to_send_value());
    let mut structure = gst::Structure::new_empty("mixture");
    structure.set("kind", kind.map_or("", |(_, name)| name));
    structure.set("labels", gst::Array::from_iter(labels));
    if let Some(name) = mixture.name {
        structure.set("name", name);
    }
    structure.set("entropy", mixture.entropy);
    structure
}

fn transition(emotion: &Emotion) -> gst::Structure {
    let transition = &emotion.transition;
    let state = if transition.changing {
        CHANGING
    } else {
        STEADY
    };
    gst::Structure::builder("transition")
        .field("state", state)
        .field("from", name(emotion, transition.from))
        .field("to", name(emotion, transition.to))
        .field("since", transition.since)
        .field("progress", transition.progress)
        .build()
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
    let Some(label) = optional::<String>(structure, "emotion")? else {
        return Ok(None);
    };
    let smoothed: gst::Structure = field(structure, "emotions")?;
    let labels: Arc<[String]> = smoothed.fields().map(|name| name.to_string()).collect();
    let values = |distribution: &gst::StructureRef, name| {
        let value = |label: &String| {
            let value = distribution.get::<f64>(label.as_str());
            value.map_err(|_| missing(name))
        };
        labels.iter().map(value).collect::<Result<Vec<_>, _>>()
    };
    let raw = optional::<gst::Structure>(structure, "emotions-raw")?;
    let raw = raw.map(|raw| values(&raw, "emotions-raw")).transpose()?;
    let smoothed = values(&smoothed, "emotions")?;
    let valence_arousal = match optional(structure, "valence")? {
        Some(valence) => Some([valence, field(structure, "arousal")?]),
        None => None,
    };
    Ok(Some(Emotion {
        // It follows from the probabilities alone.
        mixture: Mixture::from_probabilities(&smoothed, &labels),
        transition: read_transition(structure, &labels)?,
        smoothed,
        raw,
        winner: labels.iter().position(|name| *name == label),
        valence_arousal,
        labels: Arc::clone(&labels),
    }))
}

fn read_transition(
    structure: &gst::StructureRef,
    labels: &[String],
) -> Result<Transition, SchemaError> {
    let transition: gst::Structure = field(structure, "transition")?;
    let class = |name| {
        let label: String = field(&transition, name)?;
        let class = labels.iter().position(|known| *known == label);
        class.ok_or_else(|| missing("transition"))
    };
    let state: String = field(&transition, "state")?;
    Ok(Transition {
        changing: state == CHANGING,
        from: class("from")?,
        to: class("to")?,
        since: field(&transition, "since")?,
        progress: field(&transition, "progress")?,
    })
}
