//! The panel of one face: what it says, how large it is, how it looks.

use std::borrow::Cow;

use super::area::Area;
use super::canvas::{Canvas, rounded};
use super::colours::{Rgba, faded, lightened};
use super::text::{Lettering, Typesetter, Weight};
use super::words::Language;
use crate::analysis::{Emotion, Face};

/// How much a panel says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// Everything: the likeliest emotions as bars, and the head pose.
    Full,
    /// Id and winning emotion.
    Title,
}

/// Emotions shown as bars.
const BARS: usize = 4;

const GROUND: Rgba = [14, 17, 23, 190];
const EDGE: Rgba = [255, 255, 255, 34];
const TROUGH: Rgba = [255, 255, 255, 36];
const BRIGHT: Rgba = [255, 255, 255, 255];
const PLAIN: Rgba = [255, 255, 255, 220];
const FAINT: Rgba = [255, 255, 255, 165];

/// A face's panel, laid out.
pub struct Panel<'a> {
    id: String,
    emotion: Option<Title<'a>>,
    bars: Vec<Bar<'a>>,
    angles: Option<[String; 3]>,
    measures: Measures,
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
struct Measures {
    title: Lettering,
    id: Lettering,
    small: Lettering,
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
        detail: Detail,
        language: Language,
        em: f32,
        typesetter: &Typesetter,
    ) -> Self {
        let mut measures = Measures::new(em);
        let longest = em * 11.0;
        let id = format!("#{}", face.id);
        let emotion = face.emotion.as_ref().map(|emotion| Title {
            word: typesetter.fitted(language.emotion(emotion.label()), measures.title, longest),
            percent: emotion
                .winner
                .map_or_else(String::new, |_| percent(emotion.confidence())),
        });
        let mut inner = typesetter.width(&id, measures.id);
        if let Some(Title { word, percent }) = &emotion {
            inner += measures.gap + typesetter.width(word, measures.title);
            if !percent.is_empty() {
                inner += measures.gap * 0.7 + typesetter.width("100%", measures.title);
            }
        }

        let mut bars = Vec::new();
        let mut angles = None;
        if detail == Detail::Full {
            let small = measures.small;
            if let Some(emotion) = &face.emotion {
                bars = likeliest(emotion, language, typesetter, small, longest);
                // As wide as the widest of all classes: the panel keeps its width while the
                // likeliest change.
                let words = emotion.labels.iter().map(|label| {
                    let word = language.emotion(label);
                    typesetter.width(word, small).min(longest)
                });
                measures.bar_left = words.fold(0.0, f32::max) + measures.gap;
                measures.bar_width = em * 4.5;
                let percent = typesetter.width("100%", small);
                inner = inner.max(measures.bar_left + em * 4.5 + measures.gap + percent);
            }
            let pose = face.head_pose;
            let [pitch, yaw, roll] = language.angles();
            let words = [(pitch, pose.pitch), (yaw, pose.yaw), (roll, pose.roll)];
            let widths = words.map(|(word, _)| typesetter.width(word, small));
            let number = typesetter.width(" −88°", small);
            let spaces = measures.gap * 1.6;
            let all = widths.iter().sum::<f32>() + number * 3.0 + spaces;
            inner = inner.max(all);
            let slack = (inner - all) / 2.0 + spaces / 2.0;
            measures.angles[1] = widths[0] + number + slack;
            measures.angles[2] = measures.angles[1] + widths[1] + number + slack;
            angles = Some(words.map(|(word, angle)| format!("{word} {}", degrees(angle))));
        }
        if !bars.is_empty() {
            let percent = typesetter.width("100%", measures.small);
            measures.bar_width = inner - measures.bar_left - measures.gap - percent;
        }

        let rows = bars.len() as f32 + if angles.is_some() { 1.25 } else { 0.0 };
        let between = if rows > 0.0 { measures.gap * 0.35 } else { 0.0 };
        let height = measures.padding * 1.5 + measures.title_height + between + rows * measures.row;
        Self {
            id,
            emotion,
            bars,
            angles,
            size: ((inner + measures.padding * 2.0).ceil(), height.ceil()),
            measures,
        }
    }

    /// Draws the panel at `area`, over which `canvas` is spread.
    pub fn draw(
        &self,
        canvas: &mut Canvas,
        typesetter: &mut Typesetter,
        area: Area,
        colour: [u8; 3],
    ) {
        let measures = &self.measures;
        let em = measures.title.size;
        let radius = em * 0.5;
        canvas.cut(rounded(area, radius).as_ref(), GROUND);
        canvas.stroke(rounded(area.grown(-0.5), radius - 0.5).as_ref(), EDGE, 1.0);

        let left = area.left + measures.padding;
        let right = area.right - measures.padding;
        let mut top = area.top + measures.padding * 0.75;
        self.draw_title(
            canvas,
            typesetter,
            (left, top + measures.title_height * 0.76),
            colour,
        );
        top += measures.title_height + measures.gap * 0.35;

        for bar in &self.bars {
            let small = measures.small;
            let baseline = top + measures.row * 0.5 + small.size * 0.36;
            let ink = if bar.wins { BRIGHT } else { PLAIN };
            typesetter.draw(canvas, &bar.word, small, (left, baseline), ink);
            let percent = right - typesetter.width(&bar.percent, small);
            typesetter.draw(canvas, &bar.percent, small, (percent, baseline), ink);
            let middle = top + measures.row * 0.5;
            self.draw_bar(canvas, bar, (left + measures.bar_left, middle), colour);
            top += measures.row;
        }

        if let Some(angles) = &self.angles {
            if !self.bars.is_empty() {
                let y = (top + measures.row * 0.1).round();
                let line = Area {
                    left,
                    top: y,
                    right,
                    bottom: y + (em / 16.0).round().max(1.0),
                };
                canvas.fill(rounded(line, 0.0).as_ref(), EDGE);
            }
            let baseline = top + measures.row * 0.75 + measures.small.size * 0.36;
            for (words, at) in angles.iter().zip(measures.angles) {
                let pen = (left + at, baseline);
                typesetter.draw(canvas, words, measures.small, pen, FAINT);
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
        let Measures { title, id, gap, .. } = self.measures;
        let ink = faded(lightened(colour, 0.15), 1.0);
        let mut pen = typesetter.draw(canvas, &self.id, id, (left, baseline), ink);
        if let Some(Title { word, percent }) = &self.emotion {
            pen = typesetter.draw(canvas, word, title, (pen + gap, baseline), BRIGHT);
            let figures = Lettering {
                weight: Weight::Regular,
                ..title
            };
            typesetter.draw(canvas, percent, figures, (pen + gap * 0.7, baseline), PLAIN);
        }
    }

    fn draw_bar(
        &self,
        canvas: &mut Canvas,
        bar: &Bar<'_>,
        (left, middle): (f32, f32),
        colour: [u8; 3],
    ) {
        let half = (self.measures.small.size * 0.2).max(1.5);
        let trough = Area {
            left,
            top: (middle - half).round(),
            right: left + self.measures.bar_width,
            bottom: (middle - half).round() + (half * 2.0).round(),
        };
        let half = trough.height() / 2.0;
        canvas.fill(rounded(trough, half).as_ref(), TROUGH);
        let length = trough.width() * bar.share;
        if length >= 0.5 {
            let filled = Area {
                right: left + length.max(half * 2.0),
                ..trough
            };
            let strength = if bar.wins { 1.0 } else { 0.62 };
            canvas.fill(rounded(filled, half).as_ref(), faded(colour, strength));
        }
    }
}

impl Measures {
    fn new(em: f32) -> Self {
        let title = Lettering {
            weight: Weight::Bold,
            size: em,
        };
        Self {
            title,
            id: title,
            small: Lettering {
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
    style: Lettering,
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
            word: typesetter.fitted(language.emotion(label), style, longest),
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
