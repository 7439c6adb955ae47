//! Panels of bars beside faces: rows of a word, a bar and a value. A panel covers no face and no other
//! panel.

use std::collections::HashMap;

use super::canvas::{Canvas, rounded};
use super::colours::{Rgba, lightened, with_opacity};
use super::free_place::{FreePlace, nearest};
use super::labels::FaceView;
use super::pixel_rect::PixelRect;
use super::text::{TextStyle, Typesetter, Weight};
use crate::analysis::TrackId;
use crate::picture::PictureMut;

const BACKGROUND: Rgba = [14, 17, 23, 190];
const TRACK: Rgba = [255, 255, 255, 36];
const PLAIN: Rgba = [255, 255, 255, 225];
const GREY: Rgba = [255, 255, 255, 130];
const ALERT: [u8; 3] = [255, 120, 90];

/// Rows that are tried, all first.
const ROW_COUNTS: [usize; 4] = [usize::MAX, 12, 7, 4];
/// Weight that a row gains by having been shown on the last frame, so that rows do not take turns.
const HYSTERESIS: f32 = 0.15;

/// How a row looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowStyle {
    /// As it is.
    Plain,
    /// Its value is unknown or can hardly be trusted.
    Grey,
    /// It should be looked at.
    Alert,
}

/// A row.
#[derive(Debug, Clone, PartialEq)]
pub struct BarRow {
    /// What it is of.
    pub word: String,
    /// One bar, or two where halves differ: the person's left above the right; 0..1.
    pub bars: Vec<f32>,
    /// Its value in words.
    pub value: String,
    /// How it looks.
    pub style: RowStyle,
    /// Rows of the least weight go first where there is no room.
    pub weight: f32,
}

/// The panels of one kind, of all faces.
#[derive(Debug, Default)]
pub struct BarPanels {
    before: HashMap<TrackId, ShownPanel>,
}

/// A panel as it stood on the last frame.
#[derive(Debug, Clone)]
struct ShownPanel {
    /// From the face's upper left corner to the panel's, in pixels.
    offset: [f32; 2],
    words: Vec<String>,
}

impl BarPanels {
    /// Draws as many of each face's `rows` as there is room for beside it, off the places `taken`, to
    /// which it adds its own.
    pub fn draw(
        &mut self,
        picture: &mut PictureMut<'_>,
        (canvas, typesetter): (&mut Canvas, &mut Typesetter),
        faces: &[(FaceView<'_>, Vec<BarRow>)],
        taken: &mut Vec<PixelRect>,
        em: f32,
    ) {
        let size = (picture.width(), picture.height());
        let boxes: Vec<PixelRect> = faces.iter().map(|(view, _)| view.area).collect();
        let mut shown = HashMap::with_capacity(faces.len());
        for (view, rows) in faces.iter().filter(|(_, rows)| !rows.is_empty()) {
            let before = self.before.get(&view.face.id);
            let search = FreePlace {
                picture: PixelRect::from_size(size.0 as f32, size.1 as f32),
                own: view.area,
                taken,
                faces: &boxes,
                gap: (em * 0.5).round(),
            };
            let found = ROW_COUNTS.into_iter().find_map(|count| {
                let rows = select_rows(rows, count, before);
                let panel = BarPanel::new(rows, em, typesetter);
                let kept = before.map(|before| before.offset);
                let place = nearest(&search, panel.size, kept)?;
                Some((panel, place))
            });
            let Some((panel, area)) = found else { continue };
            if canvas.resize(area, size) {
                panel.draw(canvas, typesetter, area, view.colour);
                canvas.blend_onto(picture);
            }
            taken.push(area);
            let words = panel.rows.iter().map(|row| row.word.clone()).collect();
            let offset = [area.left - view.area.left, area.top - view.area.top];
            shown.insert(view.face.id, ShownPanel { offset, words });
        }
        self.before = shown;
    }

    /// Forgets where panels stood.
    pub fn clear(&mut self) {
        self.before.clear();
    }
}

/// The `count` rows of the most weight, in their order.
fn select_rows(rows: &[BarRow], count: usize, before: Option<&ShownPanel>) -> Vec<BarRow> {
    let weight = |row: &BarRow| {
        let stays = before.is_some_and(|before| before.words.contains(&row.word));
        row.weight + if stays { HYSTERESIS } else { 0.0 }
    };
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by(|a, b| weight(&rows[*b]).total_cmp(&weight(&rows[*a])));
    order.truncate(count);
    order.sort_unstable();
    order.into_iter().map(|index| rows[index].clone()).collect()
}

/// Rows, laid out.
struct BarPanel {
    rows: Vec<BarRow>,
    text: TextStyle,
    padding: f32,
    row_height: f32,
    bar_left: f32,
    bar_width: f32,
    size: (f32, f32),
}

impl BarPanel {
    fn new(rows: Vec<BarRow>, em: f32, typesetter: &Typesetter) -> Self {
        let text = TextStyle {
            weight: Weight::Regular,
            size: (em * 0.9).max(em.min(12.0)),
        };
        let widest = |texts: &mut dyn Iterator<Item = &str>| {
            let widths = texts.map(|word| typesetter.width(word, text));
            widths.fold(0.0, f32::max)
        };
        let words = widest(&mut rows.iter().map(|row| row.word.as_str()));
        let values = widest(&mut rows.iter().map(|row| row.value.as_str()));
        let (gap, padding, row_height) = (em * 0.5, em * 0.5, text.size * 1.22);
        let barred = rows.iter().any(|row| !row.bars.is_empty());
        let bar_width = if barred { em * 4.0 } else { 0.0 };
        let bars = if barred { bar_width + gap } else { 0.0 };
        let width = words + gap + bars + values + padding * 2.0;
        Self {
            text,
            padding,
            row_height,
            bar_left: words + gap,
            bar_width,
            size: (
                width.ceil(),
                (row_height * rows.len() as f32 + padding).ceil(),
            ),
            rows,
        }
    }

    fn draw(
        &self,
        canvas: &mut Canvas,
        typesetter: &mut Typesetter,
        area: PixelRect,
        colour: [u8; 3],
    ) {
        canvas.replace(rounded(area, self.padding).as_ref(), BACKGROUND);
        // A stripe of the face's colour tells whose panel it is.
        let stripe = PixelRect {
            right: area.left + (self.padding * 0.3).max(2.0),
            ..area.expanded(-self.padding * 0.5)
        };
        let stripe = PixelRect {
            left: area.left,
            ..stripe
        };
        canvas.fill(rounded(stripe, 1.0).as_ref(), with_opacity(colour, 1.0));
        let (left, right) = (area.left + self.padding, area.right - self.padding);
        for (index, row) in self.rows.iter().enumerate() {
            let top = area.top + self.padding / 2.0 + self.row_height * index as f32;
            let baseline = top + self.row_height / 2.0 + self.text.size * 0.36;
            let (ink, bar) = match row.style {
                RowStyle::Plain => (PLAIN, with_opacity(colour, 1.0)),
                RowStyle::Grey => (GREY, GREY),
                RowStyle::Alert => (
                    with_opacity(lightened(ALERT, 0.2), 1.0),
                    with_opacity(ALERT, 1.0),
                ),
            };
            typesetter.draw(canvas, &row.word, self.text, (left, baseline), ink);
            let value = right - typesetter.width(&row.value, self.text);
            typesetter.draw(canvas, &row.value, self.text, (value, baseline), ink);
            let from = left + self.bar_left;
            self.draw_bars(canvas, &row.bars, (from, top), bar);
        }
    }

    fn draw_bars(&self, canvas: &mut Canvas, bars: &[f32], (left, top): (f32, f32), colour: Rgba) {
        let height = (self.text.size * 0.44).max(4.0);
        let each = height / bars.len().max(1) as f32;
        for (index, share) in bars.iter().enumerate() {
            let upper = top + (self.row_height - height) / 2.0 + each * index as f32;
            let whole = PixelRect {
                left,
                top: upper,
                right: left + self.bar_width,
                bottom: upper + (each - if bars.len() > 1 { 1.0 } else { 0.0 }).max(1.0),
            };
            canvas.fill(rounded(whole, each / 3.0).as_ref(), TRACK);
            let length = whole.width() * share.clamp(0.0, 1.0);
            if length >= 0.5 {
                let filled = PixelRect {
                    right: left + length,
                    ..whole
                };
                canvas.fill(rounded(filled, each / 3.0).as_ref(), colour);
            }
        }
    }
}
