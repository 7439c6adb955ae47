//! Text: measuring it, and laying its glyphs on a canvas.

use std::borrow::Cow;
use std::collections::HashMap;

use ab_glyph::{Font, FontRef, GlyphId, InvalidFont, PxScale, ScaleFont, point};

use super::canvas::Canvas;
use super::colours::Rgba;

const REGULAR: &[u8] = include_bytes!("font/DejaVuSansCondensed.ttf");
const BOLD: &[u8] = include_bytes!("font/DejaVuSansCondensed-Bold.ttf");

/// Glyphs are kept for so many positions within a pixel: letters stand evenly without being
/// rasterised anew each time.
const SUBPIXEL_POSITIONS: f32 = 4.0;

/// Glyphs kept before all are forgotten: several sizes of a whole alphabet.
const MAX_CACHED_GLYPHS: usize = 2048;

/// How heavy letters are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Weight {
    Regular,
    Bold,
}

/// A weight and a size, the latter in pixels an em.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TextStyle {
    pub weight: Weight,
    pub size: f32,
}

#[derive(PartialEq, Eq, Hash)]
struct GlyphKey {
    weight: Weight,
    size: u32,
    glyph: GlyphId,
    position: u8,
}

/// A rasterised glyph.
struct GlyphBitmap {
    /// Where its first pixel lies from the pen.
    left: i32,
    top: i32,
    width: usize,
    coverage: Vec<u8>,
}

/// The font and the glyphs drawn so far.
pub struct Typesetter {
    regular: FontRef<'static>,
    bold: FontRef<'static>,
    glyphs: HashMap<GlyphKey, Option<GlyphBitmap>>,
}

impl Typesetter {
    pub fn new() -> Result<Self, InvalidFont> {
        Ok(Self {
            regular: FontRef::try_from_slice(REGULAR)?,
            bold: FontRef::try_from_slice(BOLD)?,
            glyphs: HashMap::new(),
        })
    }

    /// How far `text` moves the pen, in pixels.
    pub fn width(&self, text: &str, style: TextStyle) -> f32 {
        let font = self.font(style.weight);
        let font = font.as_scaled(scale(font, style.size));
        let advance = |letter| font.h_advance(font.glyph_id(letter));
        text.chars().map(advance).sum()
    }

    /// `text`, or as much of its beginning as fits into `width` pixels, and an ellipsis.
    pub fn truncated<'a>(&self, text: &'a str, style: TextStyle, width: f32) -> Cow<'a, str> {
        if self.width(text, style) <= width {
            return Cow::Borrowed(text);
        }
        let mut room = width - self.width("…", style);
        let kept = text.chars().take_while(|letter| {
            room -= self.width(letter.encode_utf8(&mut [0; 4]), style);
            room >= 0.0
        });
        Cow::Owned(kept.chain(['…']).collect())
    }

    /// Draws `text` from (`x`, `baseline`) on; gives where the pen ends.
    pub fn draw(
        &mut self,
        canvas: &mut Canvas,
        text: &str,
        style: TextStyle,
        (x, baseline): (f32, f32),
        colour: Rgba,
    ) -> f32 {
        if self.glyphs.len() > MAX_CACHED_GLYPHS {
            self.glyphs.clear();
        }
        let font = match style.weight {
            Weight::Regular => &self.regular,
            Weight::Bold => &self.bold,
        };
        let scaled = font.as_scaled(scale(font, style.size));
        let baseline = baseline.round() as i32;
        let mut pen = x;
        for letter in text.chars() {
            let glyph = scaled.glyph_id(letter);
            let quarters = (pen * SUBPIXEL_POSITIONS).round();
            let whole = (quarters / SUBPIXEL_POSITIONS).floor();
            let position = (quarters - whole * SUBPIXEL_POSITIONS) as u8;
            let key = GlyphKey {
                weight: style.weight,
                size: style.size.to_bits(),
                glyph,
                position,
            };
            let offset = f32::from(position) / SUBPIXEL_POSITIONS;
            let bitmap = self
                .glyphs
                .entry(key)
                .or_insert_with(|| rasterise(font, glyph, style.size, offset));
            if let Some(bitmap) = bitmap {
                let left = whole as i32 + bitmap.left;
                let top = baseline + bitmap.top;
                canvas.blend_coverage(left, top, bitmap.width, &bitmap.coverage, colour);
            }
            pen += scaled.h_advance(glyph);
        }
        pen
    }

    fn font(&self, weight: Weight) -> &FontRef<'static> {
        match weight {
            Weight::Regular => &self.regular,
            Weight::Bold => &self.bold,
        }
    }
}

/// ab_glyph counts a size from the lowest to the highest letter, designers in ems.
fn scale(font: &FontRef<'_>, size: f32) -> PxScale {
    let per_em = font.units_per_em().unwrap_or(1000.0);
    PxScale::from(size * font.height_unscaled() / per_em)
}

fn rasterise(font: &FontRef<'_>, glyph: GlyphId, size: f32, offset: f32) -> Option<GlyphBitmap> {
    let placed = glyph.with_scale_and_position(scale(font, size), point(offset, 0.0));
    let outline = font.outline_glyph(placed)?;
    let bounds = outline.px_bounds();
    let (width, height) = (bounds.width() as usize, bounds.height() as usize);
    let mut coverage = vec![0; width * height];
    outline.draw(|x, y, cover| {
        if let Some(byte) = coverage.get_mut(y as usize * width + x as usize) {
            *byte = (cover.clamp(0.0, 1.0) * 255.0).round() as u8;
        }
    });
    Some(GlyphBitmap {
        left: bounds.min.x as i32,
        top: bounds.min.y as i32,
        width,
        coverage,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::overlay::pixel_rect::PixelRect;
    use crate::overlay::words::Language;

    const SMALL: TextStyle = TextStyle {
        weight: Weight::Regular,
        size: 12.0,
    };

    #[test]
    fn every_word_has_its_glyphs() {
        let typesetter = Typesetter::new().unwrap();
        let mut letters: String = (' '..='~').chain('Ѐ'..='ӿ').collect();
        letters += "°…−";
        for language in [Language::English, Language::Russian, Language::Kazakh] {
            letters.extend(language.angles());
            for class in
                "neutral happiness sadness anger fear surprise disgust contempt unknown".split(' ')
            {
                letters += language.emotion(class);
            }
        }
        for weight in [Weight::Regular, Weight::Bold] {
            let font = typesetter.font(weight);
            for letter in letters.chars() {
                assert_ne!(font.glyph_id(letter), GlyphId(0), "{letter:?} {weight:?}");
            }
        }
    }

    #[test]
    fn digits_are_equally_wide_so_that_numbers_do_not_jump() {
        let typesetter = Typesetter::new().unwrap();
        for weight in [Weight::Regular, Weight::Bold] {
            let style = TextStyle { weight, size: 20.0 };
            let zero = typesetter.width("0", style);
            for digit in "123456789".chars() {
                assert_eq!(typesetter.width(&digit.to_string(), style), zero);
            }
        }
    }

    #[test]
    fn a_name_too_long_is_cut_with_an_ellipsis() {
        let typesetter = Typesetter::new().unwrap();
        let name = "Schadenfreude".repeat(1000);
        let cut = typesetter.truncated(&name, SMALL, 60.0);
        assert!(cut.starts_with("Scha") && cut.ends_with('…'), "{cut}");
        assert!(typesetter.width(&cut, SMALL) <= 60.0);
        assert_eq!(typesetter.truncated("Joy", SMALL, 60.0), "Joy");
        assert_eq!(typesetter.truncated("Joy", SMALL, 0.0), "…");
    }

    #[test]
    fn the_same_letters_are_rasterised_once() {
        let mut typesetter = Typesetter::new().unwrap();
        let mut canvas = Canvas::default();
        canvas.resize(PixelRect::from_size(80.0, 30.0), (80, 30));
        let mut draw = |typesetter: &mut Typesetter| {
            typesetter.draw(&mut canvas, "Қуаныш 93%", SMALL, (4.0, 20.0), [255; 4])
        };
        let end = draw(&mut typesetter);
        let kept = typesetter.glyphs.len();
        assert_eq!(draw(&mut typesetter), end);
        assert_eq!(typesetter.glyphs.len(), kept);
    }
}
