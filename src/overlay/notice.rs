//! A line that tells people what watches them.

use super::canvas::{Canvas, rounded};
use super::colours::{Rgba, WHITE};
use super::pixel_rect::PixelRect;
use super::text::{TextStyle, Typesetter, Weight};
use crate::picture::PictureMut;

/// A dark blue, so opaque that the line reads on any picture.
const BACKGROUND: Rgba = [14, 17, 23, 210];

/// Draws `text` at the middle of the picture's lower edge, `em` pixels high, smaller where the
/// picture is too narrow for it.
pub fn draw(
    picture: &mut PictureMut<'_>,
    canvas: &mut Canvas,
    typesetter: &mut Typesetter,
    text: &str,
    em: f32,
) {
    let size = (picture.width(), picture.height());
    let (width, height) = (size.0 as f32, size.1 as f32);
    let style = |size| TextStyle {
        weight: Weight::Bold,
        size,
    };
    let length = typesetter.width(text, style(em));
    let room = width - em * 2.0;
    let em = if length > room {
        em * room / length
    } else {
        em
    };
    if em < 1.0 {
        return;
    }
    let length = typesetter.width(text, style(em));
    let (wide, high) = (length + em * 1.2, em * 1.7);
    let area = PixelRect::from_size(wide.ceil(), high.ceil()).moved_to(
        ((width - wide) / 2.0).round(),
        (height - high - em * 0.4).round(),
    );
    if !canvas.resize(area, size) {
        return;
    }
    canvas.replace(rounded(area, em * 0.4).as_ref(), BACKGROUND);
    let pen = (area.left + em * 0.6, area.top + em * 1.2);
    typesetter.draw(canvas, text, style(em), pen, WHITE);
    canvas.blend_onto(picture);
}
