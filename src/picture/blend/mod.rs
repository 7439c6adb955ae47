//! Laying premultiplied RGBA pixels over a picture of any format.

mod packed;
mod yuv;

#[cfg(test)]
mod tests;

use super::{Layout, PictureMut, PixelFormat};

/// One premultiplied RGBA pixel.
type Rgba = [u8; 4];

/// Pixels looked at together when skipping what is transparent: a vector register or two.
const RUN: usize = 16;

impl PictureMut<'_> {
    /// Lays `rgba` (premultiplied, rows of `width` pixels without padding) over the picture with
    /// its first pixel at (`left`, `top`); what reaches beyond the picture is cut off.
    ///
    /// A chroma sample takes the average of the pixels it covers. In formats with alpha the
    /// frame becomes at least as opaque as what was drawn; the byte `x` of RGBx is left alone.
    pub fn blend(&mut self, left: i32, top: i32, width: usize, rgba: &[u8]) {
        if self.view.is_upright() {
            return self.blend_in_frame(left, top, width, rgba);
        }
        let Some(turned) = TurnedPixels::new(self, left, top, width, rgba) else {
            return;
        };
        self.blend_in_frame(turned.left, turned.top, turned.width, &turned.rgba);
    }

    fn blend_in_frame(&mut self, left: i32, top: i32, width: usize, rgba: &[u8]) {
        let Some(patch) = Patch::clipped(left, top, width, rgba, (self.width, self.height)) else {
            return;
        };
        match self.format.layout() {
            Layout::Packed { bytes, rgb } => {
                let Some(plane) = self.planes.first_mut() else {
                    return;
                };
                let alpha = match self.format {
                    PixelFormat::Rgba | PixelFormat::Bgra => Some(3),
                    _ => None,
                };
                match bytes {
                    3 => packed::blend::<3>(plane, &patch, rgb, alpha),
                    _ => packed::blend::<4>(plane, &patch, rgb, alpha),
                }
            }
            layout => yuv::blend(self, &patch, layout),
        }
    }
}

/// Pixels drawn on the upright picture, turned to lie in the frame.
struct TurnedPixels {
    left: i32,
    top: i32,
    width: usize,
    rgba: Vec<u8>,
}

impl TurnedPixels {
    fn new(
        picture: &PictureMut<'_>,
        left: i32,
        top: i32,
        width: usize,
        rgba: &[u8],
    ) -> Option<Self> {
        let pixels = rgba.as_chunks::<4>().0;
        let height = pixels.len().checked_div(width)?;
        let upright = [picture.width() as f64, picture.height() as f64];
        let frame = [picture.width as f64, picture.height as f64];
        // The pixel of the frame under a pixel of the upright picture, by their middles.
        let place = |x: usize, y: usize| {
            let x = (f64::from(left) + x as f64 + 0.5) / upright[0];
            let y = (f64::from(top) + y as f64 + 0.5) / upright[1];
            let [x, y] = picture.view.to_frame([x, y]);
            [(x * frame[0]).floor() as i32, (y * frame[1]).floor() as i32]
        };
        let [first, last] = [
            place(0, 0),
            place(width.checked_sub(1)?, height.checked_sub(1)?),
        ];
        let [left, top] = [first[0].min(last[0]), first[1].min(last[1])];
        let [columns, _] = picture.view.turn_size([width, height]);
        let mut turned = vec![[0; 4]; width * height];
        for (y, row) in pixels.chunks_exact(width).enumerate() {
            for (x, pixel) in row.iter().enumerate() {
                let [column, line] = place(x, y);
                let at = usize::try_from(line - top).ok()? * columns
                    + usize::try_from(column - left).ok()?;
                *turned.get_mut(at)? = *pixel;
            }
        }
        Some(Self {
            left,
            top,
            width: columns,
            rgba: turned.into_flattened(),
        })
    }
}

/// The part of the drawn pixels that lies within the picture.
struct Patch<'a> {
    /// Column of the picture under the first pixel.
    x: usize,
    /// Row of the picture under the first pixel.
    y: usize,
    width: usize,
    height: usize,
    /// Pixels from the first visible one on.
    pixels: &'a [Rgba],
    /// Pixels from one row to the next.
    stride: usize,
}

impl<'a> Patch<'a> {
    fn clipped(
        left: i32,
        top: i32,
        width: usize,
        rgba: &'a [u8],
        picture: (usize, usize),
    ) -> Option<Self> {
        let pixels = rgba.as_chunks::<4>().0;
        let height = pixels.len().checked_div(width)?;
        let (x, skipped_columns, columns) = overlap(left, width, picture.0)?;
        let (y, skipped_rows, rows) = overlap(top, height, picture.1)?;
        Some(Self {
            x,
            y,
            width: columns,
            height: rows,
            pixels: pixels.get(skipped_rows * width + skipped_columns..)?,
            stride: width,
        })
    }

    /// Row `y` counted from the patch's first; empty beyond the last.
    fn row(&self, y: usize) -> &'a [Rgba] {
        let start = y * self.stride;
        self.pixels
            .get(start..start + self.width)
            .unwrap_or_default()
    }
}

/// Where `length` pixels from `start` on meet the picture's `side`: the first pixel of the
/// picture, how many are cut off before it, how many remain.
fn overlap(start: i32, length: usize, side: usize) -> Option<(usize, usize, usize)> {
    let skipped = if start < 0 {
        start.unsigned_abs() as usize
    } else {
        0
    };
    let first = usize::try_from(start).unwrap_or(0);
    let count = length.checked_sub(skipped)?.min(side.checked_sub(first)?);
    (count > 0).then_some((first, skipped, count))
}

/// Whether nothing is drawn in any of these pixels.
fn is_clear(pixels: &[Rgba]) -> bool {
    let bits = |all, pixel: &Rgba| all | u32::from_ne_bytes(*pixel);
    pixels.iter().fold(0, bits) == 0
}

/// The runs of a row in which something is drawn, each with its first column.
fn drawn_runs(row: &[Rgba]) -> impl Iterator<Item = (usize, &[Rgba])> {
    row.chunks(RUN)
        .enumerate()
        .filter(|(_, run)| !is_clear(run))
        .map(|(index, run)| (index * RUN, run))
}
