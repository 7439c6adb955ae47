//! What is in view, as text.

use std::fmt::Write as _;

use gstaliyarface::analysis::{ACTION_UNITS, Face, Group};

use super::indices;
use gstaliyarface::metadata;

/// Cells of a bar, and events that stay in view.
const BAR: usize = 16;
const EVENTS: usize = 4;
/// What fills an eighth of a cell and more.
const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
const HIGHEST_INTENSITY: f64 = 5.0;

/// What is in view.
#[derive(Default)]
pub struct View {
    pub time: Option<gst::ClockTime>,
    pub faces: Vec<Face>,
    pub group: Option<Group>,
    events: Vec<String>,
}

impl View {
    /// Keeps what a message on the bus says, if it is one of ours.
    pub fn take_message(&mut self, structure: Option<&gst::StructureRef>) {
        let ours = structure.filter(|structure| structure.name() == metadata::EVENT_NAME);
        let Some(event) = ours else { return };
        let text = |name| event.get::<&str>(name).ok();
        let time = event.get::<Option<gst::ClockTime>>("timestamp");
        let mut line = format!(
            "{} face {} {}",
            clock(time.ok().flatten()),
            event.get::<u32>("face-id").unwrap_or_default(),
            text("event").unwrap_or("event"),
        );
        if let (Some(from), Some(to)) = (text("from"), text("to")) {
            line += &format!(" from {from} to {to}");
        }
        // Of micro-expressions.
        if let Some(kind) = text("kind") {
            line += &format!(" {kind}");
        }
        if let Ok(Some(duration)) = event.get::<Option<gst::ClockTime>>("duration")
            && duration > gst::ClockTime::ZERO
        {
            line += &format!(" {} ms", duration.mseconds());
        }
        self.events.push(line);
        let old = self.events.len().saturating_sub(EVENTS);
        self.events.drain(..old);
    }

    /// All of it, as plain text.
    pub fn text(&self) -> String {
        let faces = self.faces.len();
        let plural = if faces == 1 { "" } else { "s" };
        let mut text = format!("{}  {faces} face{plural}\n", clock(self.time));
        for face in &self.faces {
            describe(face, &mut text);
            text += &indices::lines(face);
        }
        text += &indices::group(&self.faces, self.group);
        for event in &self.events {
            text += &format!("{event}\n");
        }
        text
    }
}

/// A head line, then bars: emotions on the left, Action Units in two columns beside them.
fn describe(face: &Face, text: &mut String) {
    let pose = &face.head_pose;
    let units = face.action_units.as_ref();
    let baseline = units.map(|units| format!("   baseline {}", units.baseline.name()));
    let _ = writeln!(
        text,
        "#{:<3} pitch {:+6.1}  yaw {:+6.1}  roll {:+6.1}{}",
        face.id,
        pose.pitch,
        pose.yaw,
        pose.roll,
        baseline.unwrap_or_default(),
    );
    let emotions = face.emotion.iter().flat_map(|emotion| {
        let values = emotion.labels.iter().zip(&emotion.smoothed);
        values.map(|(label, value)| format!("{label:<10}{} {value:4.2}", bar(*value)))
    });
    let movement = units.and_then(|units| units.movement.as_ref());
    let intensities = movement.iter().flat_map(|movement| {
        let values = ACTION_UNITS.iter().zip(&movement.intensities.both);
        let values = values.zip(movement.seen).filter(|(_, seen)| *seen);
        values.map(|((unit, value), _)| {
            let share = bar(value / HIGHEST_INTENSITY);
            format!("{} {share} {value:3.1}", unit.code)
        })
    });
    let (emotions, units): (Vec<_>, Vec<_>) = (emotions.collect(), intensities.collect());
    let half = units.len().div_ceil(2);
    let mut columns = vec![&units[..half], &units[half..]];
    if !emotions.is_empty() {
        columns.insert(0, &emotions);
    }
    let rows = columns.iter().map(|column| column.len()).max();
    for row in 0..rows.unwrap_or_default() {
        let cells = columns.iter().map(|column| {
            let width = column.first().map_or(0, |cell| cell.chars().count());
            let cell = column.get(row).map_or("", String::as_str);
            format!("{cell:width$}")
        });
        let line = cells.collect::<Vec<_>>().join("   ");
        let _ = writeln!(text, "     {}", line.trim_end());
    }
}

/// A bar of `share` of its width, 0..1.
fn bar(share: f64) -> String {
    let eighths = (share.clamp(0.0, 1.0) * (BAR * 8) as f64).round() as usize;
    let filled = "█".repeat(eighths / 8) + EIGHTHS[eighths % 8];
    format!("{filled:BAR$}")
}

fn clock(time: Option<gst::ClockTime>) -> String {
    time.map_or("-".into(), |time| {
        format!("{:.2} s", time.nseconds() as f64 * 1e-9)
    })
}
