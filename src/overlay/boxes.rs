//! The box around a face: a fine frame with strong corners.

use super::canvas::Canvas;
use super::colours::{Rgba, with_opacity};
use super::pixel_rect::PixelRect;

/// Share of the shorter side that each corner's arms take.
const CORNER_ARM: f32 = 0.16;
/// Radius of the corners, in shares of the shorter side.
const CORNER_RADIUS: f32 = 0.05;
/// Opacity of the frame between the corners.
const FRAME_OPACITY: f32 = 0.6;
/// Opacity of the dark rim that keeps the lines visible on a bright picture.
const SHADOW_OPACITY: f32 = 0.3;
/// Lines that make a round corner.
const ARC_SEGMENTS: u8 = 6;

/// What the drawn lines may cover beyond the box.
pub fn margin(line: f32) -> f32 {
    line * 2.0 + 2.0
}

/// Draws the box; `line` is the picture's line width in pixels.
pub fn draw(canvas: &mut Canvas, face: PixelRect, colour: [u8; 3], line: f32) {
    let side = face.width().min(face.height());
    if !face.is_finite() || side <= 0.0 {
        return;
    }
    let outline = BoxOutline {
        face,
        radius: (side * CORNER_RADIUS).min(line * 8.0),
        arm: side * CORNER_ARM,
    };
    // The stronger first: lines leave what is more opaque than they are.
    let (thin, strong) = (line * 0.8, line * 1.7);
    let shadow = with_opacity([0; 3], SHADOW_OPACITY);
    outline.corners(canvas, strong, with_opacity(colour, 1.0));
    outline.frame(canvas, thin, with_opacity(colour, FRAME_OPACITY));
    outline.corners(canvas, strong + line, shadow);
    outline.frame(canvas, thin + line, shadow);
}

struct BoxOutline {
    face: PixelRect,
    radius: f32,
    arm: f32,
}

impl BoxOutline {
    /// Where each corner is, and the directions inwards from it.
    fn each_corner(&self) -> [([f32; 2], [f32; 2]); 4] {
        let PixelRect {
            left,
            top,
            right,
            bottom,
        } = self.face;
        [
            ([left, top], [1.0, 1.0]),
            ([right, top], [-1.0, 1.0]),
            ([right, bottom], [-1.0, -1.0]),
            ([left, bottom], [1.0, -1.0]),
        ]
    }

    fn corners(&self, canvas: &mut Canvas, width: f32, colour: Rgba) {
        let (radius, arm) = (self.radius, self.arm.max(self.radius));
        for ([x, y], [inwards_x, inwards_y]) in self.each_corner() {
            let at = |dx: f32, dy: f32| [x + inwards_x * dx, y + inwards_y * dy];
            canvas.line(at(0.0, arm), at(0.0, radius), width, colour);
            canvas.line(at(arm, 0.0), at(radius, 0.0), width, colour);
            let bend = |step: u8| {
                let angle = std::f32::consts::FRAC_PI_2 * f32::from(step) / f32::from(ARC_SEGMENTS);
                let (sin, cos) = angle.sin_cos();
                at(radius * (1.0 - cos), radius * (1.0 - sin))
            };
            for step in 0..ARC_SEGMENTS {
                canvas.line(bend(step), bend(step + 1), width, colour);
            }
        }
    }

    /// The lines between the corners.
    fn frame(&self, canvas: &mut Canvas, width: f32, colour: Rgba) {
        let corners = self.each_corner();
        for (index, (from, inwards)) in corners.into_iter().enumerate() {
            let Some((to, _)) = corners.get((index + 1) % corners.len()) else {
                continue;
            };
            let start = self.radius;
            // Sides alternate between level and upright.
            let (from, to) = if index % 2 == 0 {
                let step = inwards[0] * start;
                ([from[0] + step, from[1]], [to[0] - step, to[1]])
            } else {
                let step = inwards[1] * start;
                ([from[0], from[1] + step], [to[0], to[1] - step])
            };
            canvas.line(from, to, width, colour);
        }
    }
}
