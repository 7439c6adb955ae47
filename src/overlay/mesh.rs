//! The face mesh: a faint net, and over it the features one reads a face by.

use super::canvas::Canvas;
use super::colours::{lightened, with_opacity};
use super::mesh_edges::TESSELATION;
use super::pixel_rect::PixelRect;
use crate::geometry::contours::{BROWS, EYES, FACE_OVAL, INNER_LIPS, IRISES, OUTER_LIPS};

/// A landmark: x and y in pixels of the picture, z in the same unit, smaller is nearer.
pub type Point = [f32; 3];

/// Below this face width in pixels the net would be a solid blob and is left out.
const MIN_NET_WIDTH: f32 = 80.0;
/// From this face width on the net is drawn at its full strength.
const FULL_NET_WIDTH: f32 = 180.0;
/// Opacity of the net's farthest and nearest lines.
const NET_OPACITY: (f32, f32) = (0.2, 0.66);

/// Sides of the polygon an iris is drawn as.
const IRIS_SIDES: u8 = 20;

/// The box around all points that are numbers.
pub fn bounds(points: &[Point]) -> PixelRect {
    let mut area = PixelRect::EMPTY;
    for [x, y, _] in points {
        area.include([*x, *y]);
    }
    area
}

/// The features a face is read by, drawn stronger than the oval.
const fn feature_contours() -> [&'static [u16]; 6] {
    [
        EYES.left,
        EYES.right,
        BROWS.left,
        BROWS.right,
        OUTER_LIPS,
        INNER_LIPS,
    ]
}

/// Draws the mesh; `line` is the picture's line width in pixels.
pub fn draw(canvas: &mut Canvas, points: &[Point], colour: [u8; 3], line: f32) {
    let area = bounds(points);
    let face = area.width().max(area.height());
    if !face.is_finite() {
        return;
    }
    // On a small face the lines grow thinner with it.
    let line = line.min(face / 110.0);
    let mut painter = MeshPainter { canvas, points };
    if face > MIN_NET_WIDTH {
        let strength = ((face - MIN_NET_WIDTH) / (FULL_NET_WIDTH - MIN_NET_WIDTH)).clamp(0.35, 1.0);
        painter.tesselation(lightened(colour, 0.65), strength, line * 0.6);
    }

    let feature = lightened(colour, 0.35);
    painter.polygon(FACE_OVAL, feature, 0.75, line * 0.9);
    for rim in feature_contours() {
        painter.polygon(rim, feature, 0.95, line);
    }
    for rim in IRISES.into_array() {
        painter.iris(rim, lightened(colour, 0.75), line * 0.9);
    }
}

struct MeshPainter<'a> {
    canvas: &'a mut Canvas,
    points: &'a [Point],
}

impl MeshPainter<'_> {
    fn point(&self, index: u16) -> Option<Point> {
        self.points.get(usize::from(index)).copied()
    }

    /// The tesselation, its lines fainter the farther away they are.
    fn tesselation(&mut self, colour: [u8; 3], strength: f32, width: f32) {
        let depths = self.points.iter().map(|point| point[2]);
        let (near, far) = depths.fold((f32::INFINITY, f32::NEG_INFINITY), |(near, far), z| {
            (near.min(z), far.max(z))
        });
        let depth = (far - near).max(1.0);
        let (faintest, strongest) = NET_OPACITY;
        for [a, b] in TESSELATION.as_chunks::<2>().0 {
            let (Some([ax, ay, az]), Some([bx, by, bz])) = (self.point(*a), self.point(*b)) else {
                continue;
            };
            let nearness = 1.0 - ((az + bz) / 2.0 - near) / depth;
            let opacity = faintest + (strongest - faintest) * nearness;
            let colour = with_opacity(colour, opacity * strength);
            self.canvas.line([ax, ay], [bx, by], width, colour);
        }
    }

    fn polygon(&mut self, rim: &[u16], colour: [u8; 3], opacity: f32, width: f32) {
        for (a, b) in rim.iter().zip(rim.iter().cycle().skip(1)) {
            if let (Some([ax, ay, _]), Some([bx, by, _])) = (self.point(*a), self.point(*b)) {
                let colour = with_opacity(colour, opacity);
                self.canvas.line([ax, ay], [bx, by], width, colour);
            }
        }
    }

    /// The ellipse through the four points of an iris.
    fn iris(&mut self, rim: [u16; 4], colour: [u8; 3], width: f32) {
        let [Some(right), Some(upper), Some(left), Some(lower)] = rim.map(|at| self.point(at))
        else {
            return;
        };
        let at = |turn: u8| {
            let angle = std::f32::consts::TAU * f32::from(turn) / f32::from(IRIS_SIDES);
            let (sin, cos) = angle.sin_cos();
            [0, 1].map(|axis| {
                let centre = (right[axis] + upper[axis] + left[axis] + lower[axis]) / 4.0;
                centre
                    + cos * (right[axis] - left[axis]) / 2.0
                    + sin * (upper[axis] - lower[axis]) / 2.0
            })
        };
        for turn in 0..IRIS_SIDES {
            let colour = with_opacity(colour, 0.95);
            self.canvas.line(at(turn), at(turn + 1), width, colour);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::MESH_POINTS;

    #[test]
    fn every_line_joins_two_points_of_the_mesh_and_comes_once() {
        let lines = TESSELATION.as_chunks::<2>().0;
        assert!(lines.iter().all(|[a, b]| a < b && *b < 468));
        assert!(lines.is_sorted() && lines.windows(2).all(|pair| pair[0] != pair[1]));
        let irises = IRISES.into_array().concat();
        let rims = feature_contours().concat().into_iter().chain(irises);
        assert!(
            rims.chain(FACE_OVAL.to_vec())
                .all(|index| usize::from(index) < MESH_POINTS)
        );
    }

    #[test]
    fn rims_of_lids_and_lips_run_along_the_net() {
        for (index, rim) in feature_contours().iter().chain([&FACE_OVAL]).enumerate() {
            // Of the brows' outlines the ends are no lines of the mesh.
            let strays = rim
                .iter()
                .zip(rim.iter().cycle().skip(1))
                .filter(|(a, b)| {
                    let edge = [**a.min(b), **a.max(b)];
                    !TESSELATION.as_chunks::<2>().0.contains(&edge)
                })
                .count();
            assert!(strays <= 2, "rim {index}: {strays}");
        }
    }

    #[test]
    fn missing_and_unreal_points_are_left_out() {
        let mut canvas = Canvas::default();
        canvas.resize(PixelRect::from_size(50.0, 50.0), (50, 50));
        draw(&mut canvas, &[], [255; 3], 1.0);
        draw(&mut canvas, &[[f32::NAN; 3]; 478], [255; 3], 1.0);
        draw(
            &mut canvas,
            &[[f32::MAX, -f32::MAX, 0.0]; 478],
            [255; 3],
            1.0,
        );
        draw(&mut canvas, &[[1.0, 2.0, f32::NAN]; 100], [255; 3], 1.0);
    }
}
