//! Who was seen, and which emotion was shown when, as a short table.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use gstaliyarface::analysis::{Emotion, Face};

use super::Frame;

/// Rows of times, and faces that have a column.
const SLICES: usize = 10;
const FACES: usize = 3;
/// Cells of a whole bar.
const BAR: f64 = 8.0;
/// Frames without a time are as far apart as those of 25 pictures a second.
const GAP: u64 = 40_000_000;

/// How much a face shows: large, sure, and something else than rest.
pub fn worth(face: &Face) -> f64 {
    let size = (face.rect.width.max(0.0) * face.rect.height.max(0.0)).sqrt();
    let shown = face.emotion.as_ref().map_or(0.1, |emotion| {
        let quiet = matches!(emotion.label(), "neutral" | Emotion::UNKNOWN);
        let highest = emotion.smoothed.iter().copied().fold(0.0, f64::max);
        highest * if quiet { 0.3 } else { 1.0 }
    });
    size * shown
}

/// The table of `frames` of the file `name`, which were read at `fps` a second.
pub fn text(name: &str, frames: &[Frame], fps: f64) -> String {
    let time = |(index, frame): (usize, &Frame)| {
        let counted = GAP * index as u64;
        frame.time.map_or(counted, gst::ClockTime::nseconds)
    };
    let times: Vec<u64> = frames.iter().enumerate().map(time).collect();
    let (start, end) = (
        times.first().copied().unwrap_or_default(),
        times.last().copied().unwrap_or_default(),
    );
    let gap = match times.len() {
        0 | 1 => GAP,
        count => end.saturating_sub(start) / (count as u64 - 1),
    };
    let length = (end.saturating_sub(start) + gap).max(1);
    let mut seen: BTreeMap<u32, Vec<(u64, &Face)>> = BTreeMap::new();
    for (time, frame) in times.iter().zip(frames) {
        for face in &frame.faces {
            seen.entry(face.id.number())
                .or_default()
                .push((*time, face));
        }
    }
    let mut text = String::new();
    let plural = |count: usize| if count == 1 { "" } else { "s" };
    let _ = writeln!(
        text,
        "\n{name}: {} frame{}, {:.1} s, {} face{}; read at {fps:.0} frames a second, decoding and encoding included",
        frames.len(),
        plural(frames.len()),
        length as f64 * 1e-9,
        seen.len(),
        plural(seen.len()),
    );
    if seen.is_empty() {
        text += "No face was found.\n";
        return text;
    }
    let mut order: Vec<_> = seen.iter().collect();
    order.sort_by_key(|(_, faces)| std::cmp::Reverse(faces.len()));
    let more = order.len().saturating_sub(FACES);
    order.truncate(FACES);
    text += "\nface  in frames  width  pitch   yaw  roll   mostly\n";
    for (id, faces) in &order {
        let mean = |value: fn(&Face) -> f64| {
            faces.iter().map(|(_, face)| value(face)).sum::<f64>() / faces.len() as f64
        };
        let _ = writeln!(
            text,
            "{id:>4}  {:>9}  {:>4.0}%  {:>+5.0} {:>+5.0} {:>+5.0}   {}",
            faces.len(),
            100.0 * mean(|face| face.rect.width),
            mean(|face| face.head_pose.pitch),
            mean(|face| face.head_pose.yaw),
            mean(|face| face.head_pose.roll),
            prevailing(faces.iter().map(|(_, face)| *face)).trim_end(),
        );
    }
    if more > 0 {
        let _ = writeln!(text, "and {more} more, seen in fewer frames");
    }
    let names: String = order
        .iter()
        .map(|(id, _)| format!("{:<25}", format!("face {id}")))
        .collect();
    let _ = writeln!(text, "\n{:<13}{}", "seconds", names.trim_end());
    let slices = SLICES.min(frames.len()) as u64;
    for slice in 0..slices {
        let [low, high] = [slice, slice + 1].map(|edge| start + length * edge / slices);
        let cells: String = order
            .iter()
            .map(|(_, faces)| {
                let within = faces.iter().filter(|(time, _)| (low..high).contains(time));
                format!("{:<25}", prevailing(within.map(|(_, face)| *face)))
            })
            .collect();
        let seconds = |time: u64| (time - start) as f64 * 1e-9;
        let span = format!("{:.1} - {:.1}", seconds(low), seconds(high));
        let _ = writeln!(text, "{span:<13}{}", cells.trim_end());
    }
    text
}

/// The emotion with the highest mean probability, that mean, and a bar of it.
fn prevailing<'a>(faces: impl Iterator<Item = &'a Face>) -> String {
    let (mut sums, mut count) = (BTreeMap::<&str, f64>::new(), 0usize);
    for face in faces {
        count += 1;
        let emotions = face.emotion.iter();
        let pairs = emotions.flat_map(|emotion| emotion.labels.iter().zip(&emotion.smoothed));
        for (label, probability) in pairs {
            *sums.entry(label).or_default() += probability;
        }
    }
    let highest = sums
        .into_iter()
        .max_by(|one, other| one.1.total_cmp(&other.1));
    match highest {
        None => "-".to_owned(),
        Some((label, sum)) => {
            let share = sum / count as f64;
            let bar = "█".repeat((BAR * share).round() as usize);
            format!("{label:<10}{:>3.0}% {bar}", 100.0 * share)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(seconds: u64, faces: Vec<Face>) -> Frame {
        Frame {
            time: Some(gst::ClockTime::from_seconds(seconds)),
            faces,
        }
    }

    fn face(id: u32) -> Face {
        Face {
            id: id.into(),
            ..Face::default()
        }
    }

    #[test]
    fn the_face_seen_longest_comes_first_and_a_fourth_is_only_counted() {
        let mut frames: Vec<_> = (0..4).map(|second| frame(second, vec![face(9)])).collect();
        frames[0].faces.extend([face(1), face(2), face(3)]);
        let text = text("clip", &frames, 30.0);
        assert!(text.contains("clip: 4 frames, 4.0 s, 4 faces"), "{text}");
        assert!(text.contains("and 1 more"), "{text}");
        let row = text.lines().nth(4).unwrap_or_default();
        assert!(row.starts_with("   9          4"), "{text}");
    }

    #[test]
    fn a_clip_without_a_face_says_so() {
        let text = text("clip", &[frame(0, Vec::new())], 30.0);
        assert!(
            text.contains("1 frame,") && text.contains("No face was found."),
            "{text}"
        );
    }
}
