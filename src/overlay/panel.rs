//! The panel of one face: what it says, how large it is, how it looks.

use std::borrow::Cow;

use super::canvas::{Canvas, rounded};
use super::colours::{Rgba, WHITE, lightened, with_opacity};
use super::pixel_rect::PixelRect;
use super::text::{TextStyle, Typesetter, Weight};
use super::words::Language;
use crate::analysis::{Emotion, Face};

/// How much a panel says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PanelDetail {
    /// Everything: the likeliest emotions as bars, and the head pose.
    Full,
    /// Id and winning emotion.
    Title,
}

/// Emotions shown as bars.
const BARS: usize = 4;

/// A dark blue through which the picture is still seen.
const BACKGROUND: Rgba = [14, 17, 23, 190];
const BORDER: Rgba = [255, 255, 255, 34];
const BAR_BACKGROUND: Rgba = [255, 255, 255, 36];
const STRONG_TEXT: Rgba = WHITE;
const NORMAL_TEXT: Rgba = [255, 255, 255, 220];
const SECONDARY_TEXT: Rgba = [255, 255, 255, 165];

/// A face's panel, laid out.
pub struct Panel<'a> {
    id: String,
    emotion: Option<Title<'a>>,
    bars: Vec<Bar<'a>>,
    angles: Option<[String; 3]>,
    layout: PanelLayout,
    /// Width and height in pixels, whole numbers.
    pub size: (f32, f32),
}

struct Title<'a> {
    word: Cow<'a, str>,
    /// Empty where no class wins.
    percent: String,
}

struct Bar<'a> {
    word: Cow<'a, str>,
    share: f32,
    percent: String,
    wins: bool,
}

/// Distances in pixels, all from the size of the text.
struct PanelLayout {
    title: TextStyle,
    id: TextStyle,
    small: TextStyle,
    padding: f32,
    gap: f32,
    title_height: f32,
    row: f32,
    /// Where bars begin and how long they are, from the inner left edge.
    bar_left: f32,
    bar_width: f32,
    /// Where the three angles begin, from the inner left edge.
    angles: [f32; 3],
}

impl<'a> Panel<'a> {
    /// Lays out the panel of `face` with text `em` pixels high.
    pub fn new(
        face: &'a Face,
        detail: PanelDetail,
        language: Language,
        em: f32,
        typesetter: &Typesetter,
    ) -> Self {
        let mut layout = PanelLayout::new(em);
        let longest = em * 11.0;
        let id = format!("#{}", face.id);
        let emotion = face.emotion.as_ref().map(|emotion| Title {
            word: typesetter.truncated(language.emotion(emotion.label()), layout.title, longest),
            percent: emotion
                .winner
                .map_or_else(String::new, |_| percent(emotion.confidence())),
        });
        let mut inner = typesetter.width(&id, layout.id);
        if let Some(Title { word, percent }) = &emotion {
            inner += layout.gap + typesetter.width(word, layout.title);
            if !percent.is_empty() {
                inner += layout.gap * 0.7 + typesetter.width("100%", layout.title);
            }
        }

        let mut bars = Vec::new();
        let mut angles = None;
        if detail == PanelDetail::Full {
            let small = layout.small;
            if let Some(emotion) = &face.emotion {
                bars = likeliest(emotion, language, typesetter, small, longest);
                // As wide as the widest of all classes: the panel keeps its width while the
                // likeliest change.
                let words = emotion.labels.iter().map(|label| {
                    let word = language.emotion(label);
                    typesetter.width(word, small).min(longest)
                });
                layout.bar_left = words.fold(0.0, f32::max) + layout.gap;
                layout.bar_width = em * 4.5;
                let percent = typesetter.width("100%", small);
                inner = inner.max(layout.bar_left + em * 4.5 + layout.gap + percent);
            }
            let pose = face.head_pose;
            let [pitch, yaw, roll] = language.angles();
            let words = [(pitch, pose.pitch), (yaw, pose.yaw), (roll, pose.roll)];
            let widths = words.map(|(word, _)| typesetter.width(word, small));
            let number = typesetter.width(" −88°", small);
            let spaces = layout.gap * 1.6;
            let all = widths.iter().sum::<f32>() + number * 3.0 + spaces;
            inner = inner.max(all);
            let slack = (inner - all) / 2.0 + spaces / 2.0;
            layout.angles[1] = widths[0] + number + slack;
            layout.angles[2] = layout.angles[1] + widths[1] + number + slack;
            angles = Some(words.map(|(word, angle)| format!("{word} {}", degrees(angle))));
        }
        if !bars.is_empty() {
            let percent = typesetter.width("100%", layout.small);
            layout.bar_width = inner - layout.bar_left - layout.gap - percent;
        }

        let rows = bars.len() as f32 + if angles.is_some() { 1.25 } else { 0.0 };
        let between = if rows > 0.0 { layout.gap * 0.35 } else { 0.0 };
        let height = layout.padding * 1.5 + layout.title_height + between + rows * layout.row;
        Self {
            id,
            emotion,
            bars,
            angles,
            size: ((inner + layout.padding * 2.0).ceil(), height.ceil()),
            layout,
        }
    }

    /// Draws the panel at `area`, which `canvas` covers.
    pub fn draw(
        &self,
        canvas: &mut Canvas,
        typesetter: &mut Typesetter,
        area: PixelRect,
        colour: [u8; 3],
    ) {
        let layout = &self.layout;
        let em = layout.title.size;
        let radius = em * 0.5;
        canvas.replace(rounded(area, radius).as_ref(), BACKGROUND);
        canvas.stroke(
            rounded(area.expanded(-0.5), radius - 0.5).as_ref(),
            BORDER,
            1.0,
        );

        let left = area.left + layout.padding;
        let right = area.right - layout.padding;
        let mut top = area.top + layout.padding * 0.75;
        self.draw_title(
            canvas,
            typesetter,
            (left, top + layout.title_height * 0.76),
            colour,
        );
        top += layout.title_height + layout.gap * 0.35;

        for bar in &self.bars {
            let small = layout.small;
            let baseline = top + layout.row * 0.5 + small.size * 0.36;
            let text_colour = if bar.wins { STRONG_TEXT } else { NORMAL_TEXT };
            typesetter.draw(canvas, &bar.word, small, (left, baseline), text_colour);
            let percent = right - typesetter.width(&bar.percent, small);
            typesetter.draw(
                canvas,
                &bar.percent,
                small,
                (percent, baseline),
                text_colour,
            );
            let middle = top + layout.row * 0.5;
            self.draw_bar(canvas, bar, (left + layout.bar_left, middle), colour);
            top += layout.row;
        }

        if let Some(angles) = &self.angles {
            if !self.bars.is_empty() {
                let y = (top + layout.row * 0.1).round();
                let line = PixelRect {
                    left,
                    top: y,
                    right,
                    bottom: y + (em / 16.0).round().max(1.0),
                };
                canvas.fill(rounded(line, 0.0).as_ref(), BORDER);
            }
            let baseline = top + layout.row * 0.75 + layout.small.size * 0.36;
            for (words, at) in angles.iter().zip(layout.angles) {
                let pen = (left + at, baseline);
                typesetter.draw(canvas, words, layout.small, pen, SECONDARY_TEXT);
            }
        }
    }

    fn draw_title(
        &self,
        canvas: &mut Canvas,
        typesetter: &mut Typesetter,
        (left, baseline): (f32, f32),
        colour: [u8; 3],
    ) {
        let PanelLayout { title, id, gap, .. } = self.layout;
        let id_colour = with_opacity(lightened(colour, 0.15), 1.0);
        let mut pen = typesetter.draw(canvas, &self.id, id, (left, baseline), id_colour);
        if let Some(Title { word, percent }) = &self.emotion {
            pen = typesetter.draw(canvas, word, title, (pen + gap, baseline), STRONG_TEXT);
            let figures = TextStyle {
                weight: Weight::Regular,
                ..title
            };
            typesetter.draw(
                canvas,
                percent,
                figures,
                (pen + gap * 0.7, baseline),
                NORMAL_TEXT,
            );
        }
    }

    fn draw_bar(
        &self,
        canvas: &mut Canvas,
        bar: &Bar<'_>,
        (left, middle): (f32, f32),
        colour: [u8; 3],
    ) {
        let half = (self.layout.small.size * 0.2).max(1.5);
        let background = PixelRect {
            left,
            top: (middle - half).round(),
            right: left + self.layout.bar_width,
            bottom: (middle - half).round() + (half * 2.0).round(),
        };
        let half = background.height() / 2.0;
        canvas.fill(rounded(background, half).as_ref(), BAR_BACKGROUND);
        let length = background.width() * bar.share;
        if length >= 0.5 {
            let filled = PixelRect {
                right: left + length.max(half * 2.0),
                ..background
            };
            let strength = if bar.wins { 1.0 } else { 0.62 };
            canvas.fill(
                rounded(filled, half).as_ref(),
                with_opacity(colour, strength),
            );
        }
    }
}

impl PanelLayout {
    fn new(em: f32) -> Self {
        let title = TextStyle {
            weight: Weight::Bold,
            size: em,
        };
        Self {
            title,
            id: title,
            small: TextStyle {
                weight: Weight::Regular,
                size: (em * 0.9).max(em.min(12.0)),
            },
            padding: em * 0.7,
            gap: em * 0.55,
            title_height: em * 1.4,
            row: em * 1.3,
            bar_left: 0.0,
            bar_width: 0.0,
            angles: [0.0; 3],
        }
    }
}

fn likeliest<'a>(
    emotion: &'a Emotion,
    language: Language,
    typesetter: &Typesetter,
    style: TextStyle,
    longest: f32,
) -> Vec<Bar<'a>> {
    let mut classes: Vec<(usize, &String, f64)> = emotion
        .labels
        .iter()
        .zip(&emotion.smoothed)
        .enumerate()
        .map(|(index, (label, share))| (index, label, *share))
        .collect();
    classes.sort_by(|a, b| b.2.total_cmp(&a.2));
    classes.truncate(BARS);
    classes
        .into_iter()
        .map(|(index, label, share)| Bar {
            word: typesetter.truncated(language.emotion(label), style, longest),
            share: if share.is_finite() {
                share.clamp(0.0, 1.0) as f32
            } else {
                0.0
            },
            percent: percent(share),
            wins: emotion.winner == Some(index),
        })
        .collect()
}

/// A share of 1 as percent; a cast makes 0 of what is not a number.
fn percent(share: f64) -> String {
    format!("{}%", (share.clamp(0.0, 1.0) * 100.0).round() as u32)
}

fn degrees(angle: f64) -> String {
    let whole = angle.clamp(-180.0, 180.0).round() as i32;
    let sign = if whole < 0 { "−" } else { "" };
    format!("{sign}{}°", whole.abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_people_read_them() {
        assert_eq!(percent(0.926), "93%");
        assert_eq!(percent(f64::NAN), "0%");
        assert_eq!(percent(7.0), "100%");
        assert_eq!(degrees(-3.4), "−3°");
        assert_eq!(degrees(-0.4), "0°");
        assert_eq!(degrees(f64::INFINITY), "180°");
    }
}
