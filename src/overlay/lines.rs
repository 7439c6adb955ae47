//! Thin antialiased lines by the thousand.
//!
//! A pixel's coverage follows from its distance to the line. The 1322 lines of a mesh 300 pixels
//! wide take about a third of the time they take as tiny-skia's hairlines, and a tenth of its wider
//! strokes; and where lines meet, they do not add up to a darker spot.

use super::canvas::Canvas;
use super::colours::Rgba;

/// Lines shorter than this many pixels are dots.
const MIN_LENGTH: f32 = 1e-3;

impl Canvas {
    /// Draws a line `width` pixels wide with round ends. Where something more opaque was drawn
    /// before, that stays; otherwise the line replaces it.
    pub fn line(&mut self, from: [f32; 2], to: [f32; 2], width: f32, colour: Rgba) {
        self.rasterise(from, to, width, colour, |pixel, alpha| {
            if alpha > pixel[3] {
                *pixel = premultiplied(colour, alpha);
            }
        });
    }

    /// Draws a line like [`Canvas::line`], but over whatever was drawn before.
    pub fn line_over(&mut self, from: [f32; 2], to: [f32; 2], width: f32, colour: Rgba) {
        self.rasterise(from, to, width, colour, |pixel, alpha| {
            for (below, drawn) in pixel.iter_mut().zip(premultiplied(colour, alpha)) {
                *below = drawn.saturating_add(scale_byte(*below, 255 - alpha));
            }
        });
    }

    /// Calls `put` with each pixel of a line and how opaque it is there.
    fn rasterise(
        &mut self,
        from: [f32; 2],
        to: [f32; 2],
        width: f32,
        colour: Rgba,
        put: impl Fn(&mut [u8; 4], u8),
    ) {
        let [ax, ay] = self.place(from);
        let [bx, by] = self.place(to);
        let (dx, dy) = (bx - ax, by - ay);
        let length = (dx * dx + dy * dy).sqrt().max(MIN_LENGTH);
        if !(length + width).is_finite() {
            return;
        }
        let (columns, rows) = self.size();
        let opacity = f32::from(colour[3]) * width.min(1.0);
        let reach = width.max(1.0) / 2.0 + 0.5;
        let (unit_x, unit_y) = if length > MIN_LENGTH {
            (dx / length, dy / length)
        } else {
            (1.0, 0.0)
        };
        let (least_x, most_x) = (ax.min(bx) - reach, ax.max(bx) + reach);
        // What a row cuts out of the line, were it endless: how far the middle moves from row to
        // row, and half the width. A level line is cut by its ends alone.
        let (lean, cut) = if unit_y.abs() > 1e-3 {
            (unit_x / unit_y, reach / unit_y.abs())
        } else {
            (0.0, f32::MAX)
        };

        let (top, bottom) = pixel_span(ay.min(by) - reach, ay.max(by) + reach, rows);
        let Some(lines) = self.rows_mut(top as usize) else {
            return;
        };
        for (y, row) in (top..bottom).zip(lines) {
            let down = y as f32 - ay;
            let middle = ax + lean * down;
            let (left, right) = pixel_span(
                (middle - cut).max(least_x),
                (middle + cut).min(most_x),
                columns,
            );
            let Some(span) = row.get_mut(left as usize..right as usize) else {
                continue;
            };
            let mut across = left as f32 - ax;
            for pixel in span {
                let along = across * unit_x + down * unit_y;
                let aside = across * unit_y - down * unit_x;
                let beyond = along - clamp(along, 0.0, length);
                let distance = (beyond * beyond + aside * aside).sqrt();
                let cover = clamp(reach - distance, 0.0, 1.0);
                let alpha = (cover * opacity + 0.5) as i32 as u8;
                put(pixel, alpha);
                across += 1.0;
            }
        }
    }
}

/// The first whole pixel between two coordinates and the one after the last, within 0..`limit`.
fn pixel_span(from: f32, to: f32, limit: usize) -> (i32, i32) {
    // A cast cuts off the fraction. `ceil` and `floor` would be calls into libm on a plain
    // x86-64, and conversions of other integers than `i32` take several steps there.
    let from = from.max(0.0);
    let whole = from as i32;
    let start = whole.saturating_add(i32::from((whole as f32) < from));
    let end = ((to.max(-1.0) + 1.0) as i32).min(limit as i32);
    (start.min(end), end)
}

/// `value.clamp(low, high)`, but the two instructions it is where nothing is NaN.
fn clamp(value: f32, low: f32, high: f32) -> f32 {
    let value = if value > low { value } else { low };
    if value < high { value } else { high }
}

fn premultiplied([r, g, b, _]: Rgba, alpha: u8) -> [u8; 4] {
    [
        scale_byte(r, alpha),
        scale_byte(g, alpha),
        scale_byte(b, alpha),
        alpha,
    ]
}

/// `value * of / 255`, rounded.
fn scale_byte(value: u8, of: u8) -> u8 {
    ((u32::from(value) * u32::from(of) * 257 + 0x8000) >> 16) as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::overlay::pixel_rect::PixelRect;

    const WHITE: Rgba = [255; 4];

    fn canvas() -> Canvas {
        let mut canvas = Canvas::default();
        assert!(canvas.resize(PixelRect::from_size(20.0, 20.0), (20, 20)));
        canvas
    }

    fn alphas(canvas: &mut Canvas) -> Vec<Vec<u8>> {
        let rows = canvas.rows_mut(0).unwrap();
        rows.map(|row| row.iter().map(|pixel| pixel[3]).collect())
            .collect()
    }

    #[test]
    fn a_line_through_pixel_centres_covers_just_these() {
        let mut canvas = canvas();
        canvas.line([2.5, 5.5], [9.5, 5.5], 1.0, WHITE);
        let found = alphas(&mut canvas);
        assert_eq!(found[5][2..=9], [255; 8]);
        assert_eq!(found[5][1] + found[5][10] + found[4][5] + found[6][5], 0);
    }

    #[test]
    fn steep_and_flat_lines_weigh_the_same() {
        let ends = [([3.2, 3.0], [5.9, 16.0]), ([3.0, 3.2], [16.0, 5.9])];
        let sums = ends.map(|(from, to)| {
            let mut canvas = canvas();
            canvas.line(from, to, 1.5, WHITE);
            let all = alphas(&mut canvas).concat();
            all.iter().map(|alpha| u32::from(*alpha)).sum::<u32>()
        });
        assert!(sums[0].abs_diff(sums[1]) < 60, "{sums:?}");
    }

    #[test]
    fn lines_that_cross_do_not_darken_each_other() {
        let mut canvas = canvas();
        canvas.line([2.5, 10.5], [17.5, 10.5], 1.0, [255, 255, 255, 100]);
        canvas.line([10.5, 2.5], [10.5, 17.5], 1.0, [255, 255, 255, 100]);
        assert_eq!(alphas(&mut canvas)[10][10], 100);
    }

    #[test]
    fn a_line_over_others_hides_them() {
        let mut canvas = canvas();
        canvas.line([2.5, 10.5], [17.5, 10.5], 1.0, [255, 255, 255, 100]);
        canvas.line_over([10.5, 2.5], [10.5, 17.5], 3.0, [0, 0, 0, 255]);
        let row = canvas.rows_mut(10).unwrap().next().unwrap();
        assert_eq!([row[9], row[10], row[11]], [[0, 0, 0, 255]; 3]);
        assert_eq!(row[5], [100; 4]);
    }

    #[test]
    fn lines_without_end_or_number_do_no_harm() {
        let mut canvas = canvas();
        for far in [1e9, -1e9, f32::MAX, f32::NAN, f32::INFINITY] {
            canvas.line([far, 3.0], [4.0, far], 2.0, WHITE);
            canvas.line([far, far], [far, far], 2.0, WHITE);
        }
    }

    #[test]
    fn a_line_without_length_is_a_round_dot() {
        let mut canvas = canvas();
        canvas.line([9.5, 9.5], [9.5, 9.5], 6.0, WHITE);
        let found = alphas(&mut canvas);
        assert_eq!([found[9][9], found[9][11], found[11][9]], [255; 3]);
        assert!(found[12][12] == 0 && found[6][6] == 0);
    }
}
