//! What a server is told of the element's properties, by their names.

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::analysis::{AnalysisSettings, IndexKinds};

/// Faces that a server follows at once, at most.
const MOST_FACES: usize = 50;

/// The properties that load models, and must be known before the first picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stages {
    /// Whether emotions are read.
    pub emotions: bool,
    /// Whether Action Units are.
    pub action_units: bool,
}

/// All properties, for a session that begins.
pub fn all(stages: Stages, settings: &AnalysisSettings) -> Value {
    let mut fields = changing(settings);
    fields.insert("emotions".into(), stages.emotions.into());
    fields.insert("action-units".into(), stages.action_units.into());
    Value::Object(fields)
}

/// Those that may change while pictures are read.
pub fn changing(settings: &AnalysisSettings) -> Map<String, Value> {
    let AnalysisSettings {
        track,
        emotion,
        indices,
        micro_expressions,
        ..
    } = settings;
    let seconds = |time: Duration| time.as_secs();
    let fields = json!({
        "detection-threshold": track.detection_threshold,
        "detection-interval": track.detection_interval,
        "max-faces": track.max_faces.min(MOST_FACES),
        "remember": seconds(track.remember),
        "emotion-interval": emotion.interval,
        "emotion-smoothing": emotion.smoothing.as_millis() as u64,
        "perclos-window": seconds(indices.perclos_window),
        "micro-expressions": micro_expressions,
        "indices": names(indices.kinds),
        "perclos-alarm": indices.perclos_alarm,
        "perclos-without-blinks": indices.perclos_without_blinks,
        "blink-window": seconds(indices.blink_window),
        "focus-window": indices.focus_window.as_millis() as u64,
        "expressiveness-window": seconds(indices.expressiveness_window),
        "tension-window": seconds(indices.tension_window),
    });
    match fields {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// As the property `indices` takes them.
fn names(kinds: IndexKinds) -> String {
    let names = [
        (kinds.fatigue, "fatigue"),
        (kinds.attention, "attention"),
        (kinds.expressivity, "expressivity"),
        (kinds.tension, "tension"),
        (kinds.gestures, "gestures"),
    ];
    let names = names.iter().filter(|(on, _)| *on).map(|(_, name)| *name);
    names.collect::<Vec<_>>().join("+")
}
