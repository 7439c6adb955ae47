//! A real photo whose face the rig moves.

mod eyes;

use std::path::Path;

use anyhow::{Context, Result, ensure};
use gst::prelude::*;
use gstaliyarface::analysis::{Analyser, AnalysisSettings};
use gstaliyarface::picture::{Affine, BorderMode, Colour, Picture, PixelFormat, Plane};

use crate::pipelines;
use crate::rig::{POINTS, Rig};

/// Width and height of a clip in outer-eye distances, and where in it the eyes are.
const CANVAS: [f64; 2] = [3.0, 3.4];
const EYE_LINE: f64 = 0.42;
/// How far the ring that does not move lies outside of the face, as part of its radius.
const RING: f64 = 1.35;
/// How far behind the face that ring lies, in the rig's units: farther than any of its points.
const BEHIND: f64 = -1e4;
/// Points of the face's outline.
const OVAL: [usize; 36] = [
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152,
    148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
];

/// A face on a canvas, ready to be moved.
pub struct Sitter {
    /// Pixels across.
    pub width: usize,
    /// Pixels down.
    pub height: usize,
    /// Distance of the outer eye corners in pixels.
    pub eyes: f64,
    rgb: Vec<u8>,
    /// Points of the mesh, then of the ring around it, in pixels.
    points: Vec<[f64; 2]>,
    triangles: Vec<[usize; 3]>,
    /// From the rig's x and y (up) to pixels.
    from_rig: [[f64; 2]; 2],
}

/// What is done to the face on one frame.
pub struct Pose<'a> {
    /// How far each of the rig's points moves, in its units.
    pub moves: &'a [[f64; 3]],
    /// How much each point's movement changes its brightness.
    pub shading: &'a [f64],
    /// Degrees the head is turned about the upright and the level axis.
    pub turn: [f64; 2],
    /// Pixels the irises move within the lids, to the picture's right and down.
    pub irises: [f64; 2],
    /// Pixels the head has moved.
    pub shift: [f64; 2],
}

/// An RGB picture.
pub struct Photo {
    /// Pixels across.
    pub width: usize,
    /// Pixels down.
    pub height: usize,
    /// Its bytes, row by row without gaps.
    pub rgb: Vec<u8>,
}

impl Photo {
    /// Frame `index` of a picture or clip.
    pub fn read(path: &Path, index: usize) -> Result<Self> {
        let (pipeline, sink) = pipelines::play(path, "video/x-raw,format=RGB")?;
        let mut pulled = (0..=index).map(|_| sink.pull_sample());
        let sample = pulled.next_back().context("no frame")?;
        let sample = sample.with_context(|| format!("{} cannot be read", path.display()));
        let photo = sample.and_then(|sample| {
            let caps = sample.caps().context("no caps")?;
            let info = gst_video::VideoInfo::from_caps(caps)?;
            let map = sample.buffer().context("no buffer")?.map_readable()?;
            let (width, height) = (info.width() as usize, info.height() as usize);
            let rows = map.chunks(info.stride()[0] as usize).take(height);
            Ok(Self {
                width,
                height,
                rgb: rows.flat_map(|row| &row[..width * 3]).copied().collect(),
            })
        });
        pipeline.set_state(gst::State::Null)?;
        photo
    }

    /// A view of it.
    pub fn picture(&self) -> Result<Picture<'_>> {
        let plane = Plane {
            data: &self.rgb,
            stride: self.width * 3,
        };
        let planes = vec![plane];
        let colour = Colour::BT601;
        Ok(Picture::new(
            PixelFormat::Rgb,
            self.width,
            self.height,
            planes,
            colour,
        )?)
    }
}

impl Sitter {
    /// The largest face of `photo` with outer eye corners `eyes` pixels apart.
    pub fn new(photo: &Photo, eyes: f64, rig: &Rig, analyser: &mut Analyser) -> Result<Self> {
        let picture = photo.picture()?;
        analyser.reset();
        let faces = analyser
            .analyse(&picture, 0, &AnalysisSettings::default())?
            .faces;
        let largest = faces
            .iter()
            .max_by(|a, b| a.rect.width.total_cmp(&b.rect.width));
        let face = largest.context("no face in the photo")?;
        let (across, down) = (photo.width as f64, photo.height as f64);
        let points = face.landmarks.iter().take(POINTS);
        let points: Vec<[f64; 2]> = points
            .map(|[x, y, _]| [f64::from(*x) * across, f64::from(*y) * down])
            .collect();
        ensure!(points.len() == POINTS);
        let ([x, y], [u, v]) = (points[33], points[263]);
        let scale = (x - u).hypot(y - v) / eyes;
        let [width, height] = CANVAS.map(|side| (side * eyes).round());
        let (left, top) = (
            (x + u) / 2.0 - width / 2.0 * scale,
            (y + v) / 2.0 - height * EYE_LINE * scale,
        );
        let crop = Affine([[scale, 0.0, left], [0.0, scale, top]]);
        let (width, height) = (width as usize, height as usize);
        let rgb = picture.rgb_averaged(&crop, (width, height), BorderMode::Edge)?;
        let mut points: Vec<[f64; 2]> = points
            .iter()
            .map(|[x, y]| [(x - left) / scale, (y - top) / scale])
            .collect();
        let mut triangles = rig.triangles.clone();
        ring(&mut points, &mut triangles);
        // The rig's y points up, the picture's down.
        let (sin, cos) = (v - y).atan2(u - x).sin_cos();
        let unit = eyes / rig.eyes;
        Ok(Self {
            width,
            height,
            eyes,
            rgb: rgb.bytes().to_vec(),
            points,
            triangles,
            from_rig: [[cos * unit, sin * unit], [sin * unit, -cos * unit]],
        })
    }

    /// The picture of the face in `pose`, each value 0..255.
    pub fn posed(&self, rig: &Rig, pose: &Pose<'_>) -> Vec<f32> {
        let mut places = self.points.clone();
        let [yaw, pitch] = pose.turn.map(f64::to_radians);
        let middle = middle(&rig.neutral);
        let (mut shades, mut depths) = (vec![0.0; places.len()], vec![BEHIND; places.len()]);
        for (index, place) in places.iter_mut().enumerate() {
            if let (Some(own), Some(moves)) = (rig.neutral.get(index), pose.moves.get(index)) {
                let [x, y, z] = [0, 1, 2].map(|axis| own[axis] - middle[axis]);
                // A small turn: nearer points move farther, far ones the other way.
                let turned = [
                    z * yaw.sin() - x * (1.0 - yaw.cos()),
                    z * pitch.sin() - y * (1.0 - pitch.cos()),
                ];
                let [dx, dy] = [moves[0] + turned[0], moves[1] + turned[1]];
                for (axis, row) in self.from_rig.iter().enumerate() {
                    place[axis] += row[0] * dx + row[1] * dy;
                }
                depths[index] = own[2] + moves[2];
                shades[index] = pose.shading.get(index).copied().unwrap_or(0.0);
            }
        }
        let mut from: Vec<[f32; 3]> = (0..self.width * self.height)
            .map(|index| {
                [
                    (index % self.width) as f32,
                    (index / self.width) as f32,
                    0.0,
                ]
            })
            .collect();
        let mut nearest = vec![f64::NEG_INFINITY; from.len()];
        for corners in &self.triangles {
            let points = corners.map(|corner| (places[corner], shades[corner], depths[corner]));
            self.fill((&mut from, &mut nearest), *corners, points);
        }
        if pose.irises != [0.0; 2] {
            self.move_irises(&mut from, &places, pose.irises);
        }
        let shift = pose.shift.map(|shift| shift as f32);
        let mut picture = Vec::with_capacity(from.len() * 3);
        for index in 0..from.len() {
            let (x, y) = ((index % self.width) as f32, (index / self.width) as f32);
            let [u, v, shade] = sampled(&from, self.width, self.height, x - shift[0], y - shift[1]);
            for channel in 0..3 {
                picture.push(self.at(u, v, channel) * (1.0 + shade));
            }
        }
        picture
    }

    /// Writes where each pixel of a triangle comes from, if nothing nearer hides it: where lips meet, the one
    /// that is pushed out covers the other. `corners` lie at `points`: place, shade and depth.
    fn fill(
        &self,
        (from, nearest): (&mut [[f32; 3]], &mut [f64]),
        corners: [usize; 3],
        points: [([f64; 2], f64, f64); 3],
    ) {
        let [a, b, c] = points.map(|(place, ..)| place);
        let [p, q, r] = corners.map(|corner| self.points[corner]);
        let [s, t, w] = points.map(|(_, shade, _)| shade);
        let [d, e, f] = points.map(|(.., depth)| depth);
        let area = (b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1]);
        if area.abs() < 1e-9 {
            return;
        }
        let bounds = |axis: usize, side: usize| {
            let low = a[axis].min(b[axis]).min(c[axis]).ceil().max(0.0);
            let high = a[axis]
                .max(b[axis])
                .max(c[axis])
                .floor()
                .min(side as f64 - 1.0);
            (low as usize, high)
        };
        let ((left, right), (top, bottom)) = (bounds(0, self.width), bounds(1, self.height));
        let mut y = top;
        while y as f64 <= bottom {
            let mut x = left;
            while x as f64 <= right {
                let (u, v) = (x as f64 - a[0], y as f64 - a[1]);
                let second = (u * (c[1] - a[1]) - (c[0] - a[0]) * v) / area;
                let third = ((b[0] - a[0]) * v - u * (b[1] - a[1])) / area;
                let first = 1.0 - second - third;
                let depth = first * d + second * e + third * f;
                let index = y * self.width + x;
                let inside = first >= -1e-9 && second >= -1e-9 && third >= -1e-9;
                // Neighbours that share an edge are as near as each other.
                if inside && depth >= nearest[index] - 1e-6 {
                    nearest[index] = depth;
                    let mix = |a: f64, b: f64, c: f64| (first * a + second * b + third * c) as f32;
                    from[index] = [mix(p[0], q[0], r[0]), mix(p[1], q[1], r[1]), mix(s, t, w)];
                }
                x += 1;
            }
            y += 1;
        }
    }

    fn at(&self, x: f32, y: f32, channel: usize) -> f32 {
        let (x, y) = (
            x.clamp(0.0, self.width as f32 - 1.001),
            y.clamp(0.0, self.height as f32 - 1.001),
        );
        let (left, top) = (x as usize, y as usize);
        let (across, down) = (x - left as f32, y - top as f32);
        let value = |x: usize, y: usize| f32::from(self.rgb[(y * self.width + x) * 3 + channel]);
        let upper = value(left, top) * (1.0 - across) + value(left + 1, top) * across;
        let lower = value(left, top + 1) * (1.0 - across) + value(left + 1, top + 1) * across;
        upper * (1.0 - down) + lower * down
    }
}

/// The map of origins between its pixels.
fn sampled(from: &[[f32; 3]], width: usize, height: usize, x: f32, y: f32) -> [f32; 3] {
    let (u, v) = (
        x.clamp(0.0, width as f32 - 1.001),
        y.clamp(0.0, height as f32 - 1.001),
    );
    let (left, top) = (u as usize, v as usize);
    let (across, down) = (u - left as f32, v - top as f32);
    let corner = |x: usize, y: usize| from[y * width + x];
    let [a, b] = [corner(left, top), corner(left + 1, top)];
    let [c, d] = [corner(left, top + 1), corner(left + 1, top + 1)];
    let mut mixed = [0, 1, 2].map(|axis| {
        (a[axis] * (1.0 - across) + b[axis] * across) * (1.0 - down)
            + (c[axis] * (1.0 - across) + d[axis] * across) * down
    });
    mixed[0] += x - u;
    mixed[1] += y - v;
    mixed
}

/// Surrounds the face with points that stay, so that it moves without tearing.
fn ring(points: &mut Vec<[f64; 2]>, triangles: &mut Vec<[usize; 3]>) {
    let total = OVAL.len();
    let sum = OVAL.iter().fold([0.0; 2], |sum, &index| {
        [sum[0] + points[index][0], sum[1] + points[index][1]]
    });
    let middle = sum.map(|sum| sum / total as f64);
    let first = points.len();
    for &index in &OVAL {
        let place = [0, 1].map(|axis| middle[axis] + RING * (points[index][axis] - middle[axis]));
        points.push(place);
    }
    let following = OVAL.iter().cycle().skip(1);
    for (index, (&here, &next)) in OVAL.iter().zip(following).enumerate() {
        let (outside, beside) = (first + index, first + (index + 1) % total);
        triangles.push([here, next, outside]);
        triangles.push([next, beside, outside]);
    }
}

fn middle(points: &[[f64; 3]]) -> [f64; 3] {
    [0, 1, 2].map(|axis| {
        points.iter().map(|point| point[axis]).sum::<f64>() / points.len().max(1) as f64
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearer_of_two_parts_hides_the_other_whichever_is_drawn_first() {
        let sitter = Sitter {
            width: 8,
            height: 8,
            eyes: 1.0,
            rgb: vec![0; 8 * 8 * 3],
            points: vec![
                [0.0, 0.0],
                [7.0, 0.0],
                [0.0, 3.0],
                [0.0, 4.0],
                [7.0, 7.0],
                [0.0, 7.0],
            ],
            triangles: Vec::new(),
            from_rig: [[0.0; 2]; 2],
        };
        let place = [[0.0, 0.0], [7.0, 0.0], [0.0, 7.0]];
        let parts = [([0, 1, 2], 1.0), ([3, 4, 5], 2.0)];
        for order in [[0, 1], [1, 0]] {
            let mut from = vec![[0.0; 3]; 64];
            let mut nearest = vec![f64::NEG_INFINITY; 64];
            for (corners, depth) in order.map(|part| parts[part]) {
                let points = place.map(|place| (place, 0.0, depth));
                sitter.fill((&mut from, &mut nearest), corners, points);
            }
            let [_, row, _] = from[2 * 8 + 2];
            assert!((4.0..=7.0).contains(&row), "{order:?} {row}");
        }
    }
}
