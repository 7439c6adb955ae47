//! Micro-expressions, shown for a while after they are over: they last too short to be seen otherwise.

use std::collections::HashMap;

use super::canvas::{Canvas, rounded};
use super::colours::{WHITE, with_opacity};
use super::pixel_rect::PixelRect;
use super::text::{TextStyle, Typesetter, Weight};
use super::words::Language;
use crate::analysis::{BufferTime, ExpressionEvent, ExpressionKind, Face, Side, TrackId};
use crate::picture::PictureMut;

/// How long one is shown, in ns.
const DISPLAY_TIME: u64 = 1_500_000_000;

/// The latest of each face.
#[derive(Debug, Default)]
pub struct EventCaptions {
    latest: HashMap<TrackId, Caption>,
}

#[derive(Debug)]
struct Caption {
    apex: BufferTime,
    until: u64,
    text: String,
}

impl EventCaptions {
    /// Takes in what `faces` showed by `now`, in ns, and forgets what is too old.
    pub fn observe(&mut self, faces: &[Face], now: u64, language: Language) {
        let until = now.saturating_add(DISPLAY_TIME);
        let fresh = now..=until;
        self.latest
            .retain(|_, latest| fresh.contains(&latest.until));
        for expression in faces.iter().flat_map(|face| &face.micro_expressions) {
            let known = self.latest.get(&expression.face);
            let repeated = known.is_some_and(|known| known.apex == expression.apex);
            if expression.kind == ExpressionKind::Micro && !repeated {
                let latest = Caption {
                    apex: expression.apex,
                    until,
                    text: caption(expression, language),
                };
                self.latest.insert(expression.face, latest);
            }
        }
    }

    /// What is to be said of face `id`.
    pub fn get(&self, id: TrackId) -> Option<&str> {
        self.latest.get(&id).map(|latest| latest.text.as_str())
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.latest.clear();
    }
}

fn caption(expression: &ExpressionEvent, language: Language) -> String {
    let units = expression.action_units.iter().map(|unit| {
        let side = match unit.side {
            Side::Left => "L",
            Side::Right => "R",
            Side::Both => "",
        };
        format!("{}{side}", unit.code())
    });
    let units: Vec<String> = units.collect();
    let [name, unit] = language.micro_expression();
    let length = expression.duration().as_millis();
    format!("{name}: {} {length} {unit}", units.join("+"))
}

/// Draws a text below the face at `at`, or above it where there is no room.
pub fn draw(
    picture: &mut PictureMut<'_>,
    canvas: &mut Canvas,
    typesetter: &mut Typesetter,
    (text, at, colour): (&str, PixelRect, [u8; 3]),
    em: f32,
) {
    let size = (picture.width(), picture.height());
    let (width, height) = (size.0 as f32, size.1 as f32);
    let style = TextStyle {
        weight: Weight::Bold,
        size: em,
    };
    let (wide, high) = (typesetter.width(text, style) + em * 1.2, em * 1.7);
    let left = ((at.left + at.right - wide) / 2.0)
        .min(width - wide)
        .max(0.0);
    let below = at.bottom + em * 0.4;
    let top = if below + high > height {
        at.top - high - em * 0.4
    } else {
        below
    };
    let area =
        PixelRect::from_size(wide.ceil(), high.ceil()).moved_to(left.round(), top.max(0.0).round());
    if !canvas.resize(area, size) {
        return;
    }
    canvas.replace(rounded(area, em * 0.4).as_ref(), with_opacity(colour, 0.8));
    let pen = (area.left + em * 0.6, area.top + em * 1.2);
    typesetter.draw(canvas, text, style, pen, WHITE);
    canvas.blend_onto(picture);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::AuActivation;

    const FACE: TrackId = TrackId::new(2);

    fn face(kind: ExpressionKind) -> Face {
        let unit = AuActivation::new("AU14", Side::Left).unwrap();
        Face {
            id: FACE,
            micro_expressions: vec![ExpressionEvent {
                face: FACE,
                onset: BufferTime::from_nanos(1_000_000_000),
                apex: BufferTime::from_nanos(1_100_000_000),
                offset: BufferTime::from_nanos(1_210_000_000),
                kind,
                action_units: vec![unit],
                peak: 9.0,
                emotion: Some("contempt".to_owned()),
                confidence: 0.5,
            }],
            ..Face::default()
        }
    }

    #[test]
    fn a_micro_expression_is_shown_for_more_than_a_second_and_then_no_more() {
        let mut events = EventCaptions::default();
        let decided = 1_400_000_000;
        events.observe(&[face(ExpressionKind::Micro)], decided, Language::English);
        assert_eq!(events.get(FACE), Some("Micro-expression: AU14L 210 ms"));
        events.observe(&[], decided + 1_100_000_000, Language::English);
        assert!(events.get(FACE).is_some());
        events.observe(&[], decided + 1_600_000_000, Language::English);
        assert_eq!(events.get(FACE), None);
    }

    #[test]
    fn a_blink_has_no_caption() {
        let mut events = EventCaptions::default();
        events.observe(&[face(ExpressionKind::Blink)], 0, Language::English);
        assert_eq!(events.get(FACE), None);
    }
}
