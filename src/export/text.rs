//! Words for people: subtitles.

use crate::record::{Event, Face};

use super::{Options, Record, rounded};

/// Action Units are told of from this intensity on: B, "slight", begins there on FACS' scale of 5.
const TOLD_FROM: f64 = 1.0;

/// A line for each face and event of a buffer.
pub fn record(record: &Record, options: &Options) -> String {
    let mut lines = Vec::new();
    if options.frames {
        lines.extend(record.faces().iter().map(face));
        if lines.is_empty() {
            lines.push("no face".to_owned());
        }
    }
    if options.events && !record.events.is_empty() {
        lines.push(events(&record.events));
    }
    lines.join("\n")
}

/// A line for each event.
pub fn events(events: &[Event]) -> String {
    let lines: Vec<_> = events.iter().map(event).collect();
    lines.join("\n")
}

fn face(face: &Face) -> String {
    let readings = &face.readings;
    let mut parts = vec![format!("#{}", face.location.id)];
    if let Some(emotion) = &readings.emotion {
        let confidence = readings.confidence.unwrap_or_default();
        parts.push(format!("{emotion} {:.0}%", confidence * 100.0));
    }
    let angles = [
        ("pitch", readings.pitch),
        ("yaw", readings.yaw),
        ("roll", readings.roll),
    ];
    for (angle, degrees) in angles {
        if let Some(degrees) = rounded(degrees, 0) {
            parts.push(format!("{angle} {degrees:+}"));
        }
    }
    if let Some(units) = &readings.action_units {
        let units = units
            .iter()
            .filter(|&(_, &intensity)| intensity >= TOLD_FROM);
        parts.extend(units.map(|(code, intensity)| format!("{code} {intensity:.1}")));
    }
    parts.join("  ")
}

fn event(event: &Event) -> String {
    let turn = match (&event.from, &event.to) {
        (Some(from), Some(to)) => format!(": {from} to {to}"),
        _ => String::new(),
    };
    let kind = event.kind.map(|kind| format!(": {}", kind.name()));
    let kind = kind.unwrap_or_default();
    let name = event.event.name().replace('-', " ");
    format!("#{} {name}{turn}{kind}", event.face_id)
}
