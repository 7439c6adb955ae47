//! The eyes: the edges of their lids, where they look, and a flash while they blink.

use tiny_skia::{Path, PathBuilder};

use super::canvas::{Canvas, rounded};
use super::colours::{lightened, with_opacity};
use super::mesh::Point;
use super::pixel_rect::PixelRect;
use crate::analysis::Face;
use crate::geometry::contours;
use crate::geometry::landmarks::EYES;

/// Length of a ray in shares of the box's longer side, for eyes that look across.
const RAY: f32 = 0.6;
/// Intensity of AU45 from which a blink flashes.
const FLASH: f64 = 1.0;
/// Radius of the dot on an iris, in shares of the box's longer side.
const DOT: f32 = 0.012;

/// What the eyes of a face reach over, whose box has this longer side.
pub fn bounds(points: &[Point], side: f32, line: f32) -> PixelRect {
    let mut bounds = PixelRect::EMPTY;
    for outline in contours::EYES.into_array() {
        for index in outline {
            if let Some([x, y, _]) = points.get(usize::from(*index)) {
                bounds.include([*x, *y]);
            }
        }
    }
    bounds.expanded(side * RAY + line * 3.0)
}

/// Draws lids, rays and flashes of `face`, whose mesh is `points`.
pub fn draw(
    canvas: &mut Canvas,
    face: &Face,
    points: &[Point],
    (colour, side, line): ([u8; 3], f32, f32),
) {
    let Some(eyes) = &face.eyes else { return };
    let bright = lightened(colour, 0.35);
    for outline in contours::EYES.into_array() {
        let lids = closed_path(outline, points);
        if eyes.blink >= FLASH {
            canvas.fill(lids.as_ref(), with_opacity([255, 255, 255], 0.75));
        }
        canvas.stroke(lids.as_ref(), with_opacity(bright, 0.9), line);
    }
    let Some(gaze) = eyes.gaze else { return };
    let [pitch, yaw] = [gaze.pitch, gaze.yaw].map(|angle| angle.to_radians() as f32);
    let length = side * RAY;
    let offset = [yaw.sin() * pitch.cos() * length, pitch.sin() * length];
    for eye in EYES.into_array() {
        let Some([x, y, _]) = points.get(eye.iris).copied() else {
            continue;
        };
        let tip = [x + offset[0], y + offset[1]];
        canvas.line_over([x, y], tip, line * 1.6, with_opacity(bright, 0.95));
        let dot = PixelRect {
            left: x,
            top: y,
            right: x,
            bottom: y,
        };
        let dot = dot.expanded((side * DOT).max(line));
        canvas.fill(
            rounded(dot, dot.width()).as_ref(),
            with_opacity(bright, 1.0),
        );
    }
}

fn closed_path(outline: &[u16], points: &[Point]) -> Option<Path> {
    let mut path = PathBuilder::new();
    for (index, point) in outline.iter().enumerate() {
        let [x, y, _] = *points.get(usize::from(*point))?;
        match index {
            0 => path.move_to(x, y),
            _ => path.line_to(x, y),
        }
    }
    path.close();
    path.finish()
}
