//! Premultiplied RGBA pixels over a part of the picture, and what is drawn on them.

use std::slice::ChunksMut;

use tiny_skia::{
    BlendMode, FillRule, LineCap, LineJoin, Paint, Path, PathBuilder, PixmapMut, Stroke, Transform,
};

use super::colours::Rgba;
use super::pixel_rect::PixelRect;
use crate::picture::PictureMut;

/// How far a circle's control points lie from its quarter points, in radii.
const CIRCLE: f32 = 0.552_284_8;

/// The pixels to be laid over one part of the picture; all coordinates are the picture's.
#[derive(Debug, Default)]
pub struct Canvas {
    left: i32,
    top: i32,
    width: usize,
    height: usize,
    /// Kept from one use to the next: the steady state allocates nothing.
    pixels: Vec<u8>,
}

impl Canvas {
    /// Clears the canvas and makes it cover the part of `area` that lies within the picture;
    /// false where there is none.
    pub fn resize(&mut self, area: PixelRect, picture: (usize, usize)) -> bool {
        let visible = area.intersection(PixelRect::from_size(picture.0 as f32, picture.1 as f32));
        self.left = visible.left.floor() as i32;
        self.top = visible.top.floor() as i32;
        let span = |from: i32, to: f32| usize::try_from(to.ceil() as i32 - from).unwrap_or(0);
        let empty = visible.size() <= 0.0 || !visible.is_finite();
        (self.width, self.height) = if empty {
            (0, 0)
        } else {
            (
                span(self.left, visible.right),
                span(self.top, visible.bottom),
            )
        };
        self.pixels.clear();
        self.pixels.resize(self.width * self.height * 4, 0);
        !empty
    }

    /// Lays what was drawn over the picture.
    pub fn blend_onto(&self, picture: &mut PictureMut<'_>) {
        picture.blend(self.left, self.top, self.width, &self.pixels);
    }

    /// Fills a closed shape, and replaces what was drawn there.
    pub fn replace(&mut self, path: Option<&Path>, colour: Rgba) {
        let transform = self.transform();
        if let (Some(path), Some(mut pixmap)) = (path, self.pixmap()) {
            let mut paint = paint(colour);
            paint.blend_mode = BlendMode::Source;
            pixmap.fill_path(path, &paint, FillRule::Winding, transform, None);
        }
    }

    /// Fills a closed shape.
    pub fn fill(&mut self, path: Option<&Path>, colour: Rgba) {
        let transform = self.transform();
        if let (Some(path), Some(mut pixmap)) = (path, self.pixmap()) {
            pixmap.fill_path(path, &paint(colour), FillRule::Winding, transform, None);
        }
    }

    /// Draws along a path, with round ends and corners.
    pub fn stroke(&mut self, path: Option<&Path>, colour: Rgba, width: f32) {
        let transform = self.transform();
        let stroke = Stroke {
            width,
            line_cap: LineCap::Round,
            line_join: LineJoin::Round,
            ..Stroke::default()
        };
        if let (Some(path), Some(mut pixmap)) = (path, self.pixmap()) {
            pixmap.stroke_path(path, &paint(colour), &stroke, transform, None);
        }
    }

    /// Lays `coverage` (rows of `width` bytes) in `colour` over the canvas, its first byte at
    /// (`left`, `top`) of the picture.
    pub fn blend_coverage(
        &mut self,
        left: i32,
        top: i32,
        width: usize,
        coverage: &[u8],
        colour: Rgba,
    ) {
        let [r, g, b, opacity] = colour.map(u32::from);
        let columns = i64::from(left) - i64::from(self.left);
        let rows = i64::from(top) - i64::from(self.top);
        // What lies over the canvas is cut off here, what lies beside it below.
        let above = usize::try_from(-rows).unwrap_or(0);
        let lines = coverage.chunks_exact(width.max(1)).skip(above);
        let Some(targets) = self.rows_mut(usize::try_from(rows).unwrap_or(0)) else {
            return;
        };
        for (pixels, line) in targets.zip(lines) {
            for (column, cover) in (columns..).zip(line) {
                let pixel = usize::try_from(column).ok().and_then(|x| pixels.get_mut(x));
                let (Some(pixel), 1..) = (pixel, *cover) else {
                    continue;
                };
                let alpha = div_255(u32::from(*cover) * opacity);
                let drawn = [r * alpha, g * alpha, b * alpha, 255 * alpha];
                for (below, over) in pixel.iter_mut().zip(drawn) {
                    *below = div_255(over + u32::from(*below) * (255 - alpha)) as u8;
                }
            }
        }
    }

    /// Columns and rows of the canvas.
    pub(super) fn size(&self) -> (usize, usize) {
        (self.width, self.height)
    }

    /// Where a point of the picture lies on the canvas, counted from the first pixel's centre.
    pub(super) fn place(&self, [x, y]: [f32; 2]) -> [f32; 2] {
        [x - self.left as f32 - 0.5, y - self.top as f32 - 0.5]
    }

    /// The rows of pixels from row `y` on.
    pub(super) fn rows_mut(&mut self, y: usize) -> Option<ChunksMut<'_, [u8; 4]>> {
        let start = y.checked_mul(self.width)?;
        let pixels = self.pixels.as_chunks_mut::<4>().0.get_mut(start..)?;
        Some(pixels.chunks_mut(self.width.max(1)))
    }

    fn transform(&self) -> Transform {
        Transform::from_translate(-self.left as f32, -self.top as f32)
    }

    fn pixmap(&mut self) -> Option<PixmapMut<'_>> {
        PixmapMut::from_bytes(&mut self.pixels, self.width as u32, self.height as u32)
    }
}

/// An upright rectangle with round corners.
pub fn rounded(area: PixelRect, radius: f32) -> Option<Path> {
    let PixelRect {
        left,
        top,
        right,
        bottom,
    } = area;
    let radius = radius.min(area.width() / 2.0).min(area.height() / 2.0);
    let bend = radius * (1.0 - CIRCLE);
    let mut path = PathBuilder::with_capacity(10, 20);
    path.move_to(left + radius, top);
    path.line_to(right - radius, top);
    path.cubic_to(right - bend, top, right, top + bend, right, top + radius);
    path.line_to(right, bottom - radius);
    path.cubic_to(
        right,
        bottom - bend,
        right - bend,
        bottom,
        right - radius,
        bottom,
    );
    path.line_to(left + radius, bottom);
    path.cubic_to(
        left + bend,
        bottom,
        left,
        bottom - bend,
        left,
        bottom - radius,
    );
    path.line_to(left, top + radius);
    path.cubic_to(left, top + bend, left + bend, top, left + radius, top);
    path.close();
    path.finish()
}

/// `value / 255`, rounded, for products of two bytes.
fn div_255(value: u32) -> u32 {
    (value * 257 + 0x8000) >> 16
}

fn paint(colour: Rgba) -> Paint<'static> {
    let [r, g, b, a] = colour;
    let mut paint = Paint::default();
    paint.set_color_rgba8(r, g, b, a);
    paint
}
