//! Words for people: subtitles.

use super::{Options, Record, rounded};

/// Action Units are told of from this intensity on: B, "slight", begins there on FACS' scale of 5.
const TOLD_FROM: f64 = 1.0;

/// A line for each face and event of a buffer.
pub fn record(record: &Record<'_>, options: &Options) -> String {
    let mut lines = Vec::new();
    if options.frames {
        lines.extend(record.faces().into_iter().map(face));
        if lines.is_empty() {
            lines.push("no face".to_owned());
        }
    }
    if options.events && !record.events.is_empty() {
        lines.push(events(record, options));
    }
    lines.join("\n")
}

/// A line for each event.
pub fn events(record: &Record<'_>, _: &Options) -> String {
    let lines: Vec<_> = record.events.iter().map(|event| told(event)).collect();
    lines.join("\n")
}

fn face(face: &gst::StructureRef) -> String {
    let id = face.get::<u32>("id").unwrap_or_default();
    let mut parts = vec![format!("#{id}")];
    if let Ok(emotion) = face.get::<&str>("emotion") {
        let confidence = face.get::<f64>("confidence").unwrap_or_default();
        parts.push(format!("{emotion} {:.0}%", confidence * 100.0));
    }
    for angle in ["pitch", "yaw", "roll"] {
        let degrees = face.get::<f64>(angle).ok();
        if let Some(degrees) = degrees.and_then(|degrees| rounded(degrees, 0)) {
            parts.push(format!("{angle} {degrees:+}"));
        }
    }
    if let Ok(units) = face.get::<&gst::StructureRef>("action-units") {
        let units = units.iter().filter_map(|(name, value)| {
            let intensity = value.get::<f64>().ok()?;
            (intensity >= TOLD_FROM).then(|| format!("{name} {intensity:.1}"))
        });
        parts.extend(units);
    }
    parts.join("  ")
}

fn told(event: &gst::StructureRef) -> String {
    let id = event.get::<u32>("face-id").unwrap_or_default();
    let name = event.get::<&str>("event").unwrap_or_default();
    let turn = match (event.get::<&str>("from"), event.get::<&str>("to")) {
        (Ok(from), Ok(to)) => format!(": {from} to {to}"),
        _ => String::new(),
    };
    // Of a micro-expression: micro, macro or blink.
    let kind = event.get::<&str>("kind").map(|kind| format!(": {kind}"));
    let kind = kind.unwrap_or_default();
    format!("#{id} {}{turn}{kind}", name.replace('-', " "))
}
