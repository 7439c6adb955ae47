//! Indices over time as lines of text: of each face, and of several side by side.

use std::fmt::Write as _;

use gstaliyarface::analysis::{ClosureState, Distraction, Face, Group, Index};

/// What stands for an index that is not known.
const UNKNOWN: &str = "?";

/// The indices of `face`, two lines; nothing where none are measured.
pub fn lines(face: &Face) -> String {
    let Some(session) = &face.session else {
        return String::new();
    };
    let mut first = Vec::new();
    if let Some(of) = &session.attention {
        first.push(format!("focus {}", percent(of.visual_focus)));
        first.push(format!("AttenD {:.1} s", of.attention_buffer));
        first.extend(distraction(of.distraction).map(str::to_owned));
    }
    if let Some(of) = &session.fatigue {
        first.push(format!("PERCLOS {}", percent(of.perclos)));
        first.push(format!("blinks {}/min", number(of.blink_rate)));
        first.push(format!("yawns {}/min", number(of.yawn_rate)));
        first.extend(closure(of.closure).map(str::to_owned));
    }
    first.extend((session.expressiveness).map(|of| format!("expressiveness {}", percent(of))));
    let mut second = Vec::new();
    if let Some(of) = &session.tension {
        let signs = [
            ("blinks", of.blink_rate),
            ("head", of.head_movement),
            ("AU04", of.brow_lowerer),
            ("AU23/24", of.lip_tightener),
        ];
        let signs = signs.map(|(word, sign)| format!("{word} {}", number(sign)));
        second.push(format!("SD of the first minutes: {}", signs.join("  ")));
    }
    let lines = [first, second].into_iter();
    let lines = lines.filter(|line| !line.is_empty());
    lines
        .map(|line| format!("     {}\n", line.join("   ")))
        .collect()
}

/// A line a face where there are several, and the group where it is known.
pub fn group(faces: &[Face], group: Option<Group>) -> String {
    let mut text = String::new();
    let known = faces.iter().filter(|face| face.session.is_some());
    if known.clone().count() > 1 {
        text += "group   focus   PERCLOS   expressiveness\n";
        for face in known {
            let session = face.session.unwrap_or_default();
            let focus = session
                .attention
                .map(|of| of.visual_focus)
                .unwrap_or_default();
            let perclos = session.fatigue.map(|of| of.perclos).unwrap_or_default();
            let shown = session.expressiveness.unwrap_or_default();
            let _ = writeln!(
                text,
                "  #{:<4} {:>6} {:>9} {:>16}",
                face.id,
                percent(focus),
                percent(perclos),
                percent(shown),
            );
        }
    }
    if let Some(group) = group {
        let focus = group.focus * 100.0;
        let _ = writeln!(text, "group of {}: focus {focus:.0}%", group.faces);
    }
    text
}

fn percent(index: Index) -> String {
    let value = index.value.map(|value| format!("{:.0}%", value * 100.0));
    value.unwrap_or(UNKNOWN.to_owned())
}

fn number(index: Index) -> String {
    let value = index.value.map(|value| format!("{value:.1}"));
    value.unwrap_or(UNKNOWN.to_owned())
}

fn distraction(state: Distraction) -> Option<&'static str> {
    match state {
        Distraction::None => None,
        Distraction::Long => Some("long distraction"),
        Distraction::Repeated => Some("repeated distraction"),
        Distraction::Unresponsive => Some("unresponsive"),
    }
}

fn closure(state: ClosureState) -> Option<&'static str> {
    match state {
        ClosureState::Open => None,
        ClosureState::LongClosure => Some("eyes closed"),
        ClosureState::Microsleep => Some("microsleep"),
        ClosureState::Sleep => Some("sleep"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gstaliyarface::analysis::{Attention, Session};
    use std::time::Duration;

    fn focused(value: f64) -> Face {
        Face {
            session: Some(Session {
                attention: Some(Attention {
                    visual_focus: Index::new(Some(value), Duration::from_secs(2), 1.0),
                    ..Attention::default()
                }),
                ..Session::default()
            }),
            ..Face::default()
        }
    }

    #[test]
    fn each_face_has_its_line_and_what_is_unknown_is_no_zero() {
        let faces = [focused(0.25), focused(1.0)];
        let told = group(&faces, None);
        assert!(told.contains("25%") && told.contains("100%"), "{told}");
        assert!(told.contains(UNKNOWN), "{told}");
        assert_eq!(group(&faces[..1], None), "");
        assert!(lines(&faces[0]).contains("focus 25%"));
        assert_eq!(lines(&Face::default()), "");
    }
}
