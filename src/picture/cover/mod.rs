//! Making a part of a picture unrecognisable, in every format.
//!
//! Each component is worked on in its own samples: averaged over the cells of a coarse grid, then
//! written back as the cells themselves or as a smooth surface through their middles.

use std::ops::Range;

use super::{Layout, Orientation, PictureMut, PlaneMut};

/// Brightness of what is blanked: dark, and apart from a picture that is merely missing.
const BLANK: u8 = 40;
const NO_COLOUR: u8 = 128;

/// An upright ellipse in pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ellipse {
    /// Its middle.
    pub centre: [f64; 2],
    /// Half of its width and of its height.
    pub radii: [f64; 2],
}

/// What remains of what was there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cover {
    /// Squares of this many pixels.
    Squares(f64),
    /// A smooth surface in which nothing finer than this many pixels is left.
    Smooth(f64),
    /// Nothing: an even dark grey.
    Blank,
}

/// Where one component lies.
#[derive(Clone, Copy)]
struct Component {
    plane: usize,
    /// Bytes before a row's first sample.
    offset: usize,
    /// Bytes from one sample to the next.
    step: usize,
    /// Pixels that a sample covers.
    pixels: [usize; 2],
    blank: u8,
}

/// The averages of a component's samples over a grid.
struct Grid {
    /// The grid's first sample.
    start: [f64; 2],
    /// Samples a cell.
    cell: [f64; 2],
    /// Cells across.
    across: usize,
    means: Vec<f32>,
}

impl PictureMut<'_> {
    /// Covers the ellipse; what reaches beyond the picture is cut off.
    pub fn cover(&mut self, ellipse: &Ellipse, cover: Cover) {
        let size = [self.width, self.height];
        let ellipse = &ellipse.in_frame(self.view, size);
        for component in components(self.format.layout()) {
            if let Some(plane) = self.planes.get_mut(component.plane) {
                component.cover(plane, size, ellipse, cover);
            }
        }
    }
}

fn components(layout: Layout) -> Vec<Component> {
    let component = |plane, offset, step, pixels, blank| Component {
        plane,
        offset,
        step,
        pixels,
        blank,
    };
    let luma = |offset, step| component(0, offset, step, [1, 1], BLANK);
    let chroma = |plane, offset, step, pixels| component(plane, offset, step, pixels, NO_COLOUR);
    match layout {
        Layout::Grey => vec![luma(0, 1)],
        Layout::Packed { bytes, rgb } => rgb.map(|offset| luma(offset, bytes)).to_vec(),
        Layout::Planar { across, down } => {
            let pixels = [across, down];
            vec![luma(0, 1), chroma(1, 0, 1, pixels), chroma(2, 0, 1, pixels)]
        }
        Layout::SemiPlanar => {
            let pixels = [2, 2];
            vec![luma(0, 1), chroma(1, 0, 2, pixels), chroma(1, 1, 2, pixels)]
        }
        Layout::Interleaved { y, u, v } => {
            let pixels = [2, 1];
            vec![luma(y, 2), chroma(0, u, 4, pixels), chroma(0, v, 4, pixels)]
        }
    }
}

impl Ellipse {
    /// The ellipse of the upright picture, in a frame of this size that is turned so.
    fn in_frame(&self, orientation: Orientation, frame: [usize; 2]) -> Self {
        let frame = frame.map(|side| side as f64);
        let [width, height] = orientation.turn_size(frame);
        let [x, y] = self.centre;
        let [x, y] = orientation.to_frame([x / width, y / height]);
        Self {
            centre: [x * frame[0], y * frame[1]],
            radii: orientation.turn_size(self.radii),
        }
    }

    /// The part of row `y` (its middle counts) that lies inside, within `0..width`.
    fn span(&self, y: usize, width: usize) -> Range<usize> {
        let ([x, middle], [across, down]) = (self.centre, self.radii);
        let above = (y as f64 + 0.5 - middle) / down;
        let half = across * (1.0 - above * above).max(0.0).sqrt();
        clipped(x - half, x + half, width)
    }
}

/// The whole samples between two edges, within `0..length`.
fn clipped(from: f64, to: f64, length: usize) -> Range<usize> {
    // A cast makes 0 of what is negative or no number.
    let start = (from.floor() as usize).min(length);
    start..(to.ceil() as usize).clamp(start, length)
}

impl Component {
    fn cover(self, plane: &mut PlaneMut<'_>, size: [usize; 2], ellipse: &Ellipse, cover: Cover) {
        let own = [0, 1].map(|axis| size[axis].div_ceil(self.pixels[axis]));
        let scale = self.pixels.map(|pixels| pixels as f64);
        // Half a chroma sample more: no colour is left at the edge of what luma no longer shows.
        let radius = |axis: usize| (ellipse.radii[axis] + (scale[axis] - 1.0)) / scale[axis];
        let ellipse = Ellipse {
            centre: [0, 1].map(|axis| ellipse.centre[axis] / scale[axis]),
            radii: [radius(0), radius(1)],
        };
        let [[x, y], [across, down]] = [ellipse.centre, ellipse.radii];
        let rows = clipped(y - down, y + down, own[1]);
        let columns = clipped(x - across, x + across, own[0]);
        if rows.is_empty() || columns.is_empty() {
            return;
        }
        let grid = match cover {
            Cover::Squares(pixels) | Cover::Smooth(pixels) => {
                let cell = scale.map(|scale| (pixels / scale).max(1.0));
                Some(self.grid(plane, columns, rows.clone(), cell))
            }
            Cover::Blank => None,
        };
        for y in rows {
            let span = ellipse.span(y, own[0]);
            let Some(samples) = self.samples_mut(plane, span.start, y) else {
                return;
            };
            let samples = span.zip(samples);
            match (&grid, cover) {
                (Some(grid), Cover::Squares(_)) => {
                    samples.for_each(|(x, sample)| *sample = grid.square(x, y));
                }
                (Some(grid), _) => grid.smooth(samples, y),
                (None, _) => samples.for_each(|(_, sample)| *sample = self.blank),
            }
        }
    }

    fn grid(
        self,
        plane: &PlaneMut<'_>,
        columns: Range<usize>,
        rows: Range<usize>,
        cell: [f64; 2],
    ) -> Grid {
        let across = (columns.len() as f64 / cell[0]).ceil() as usize;
        let down = (rows.len() as f64 / cell[1]).ceil() as usize;
        let mut sums = vec![(0u32, 0u32); across * down];
        let start = [columns.start as f64, rows.start as f64];
        for y in rows {
            let row = ((y as f64 - start[1]) / cell[1]) as usize * across;
            let first = y * plane.stride + self.offset + columns.start * self.step;
            let samples = plane.data.get(first..).unwrap_or_default();
            for (x, sample) in columns.clone().zip(samples.iter().step_by(self.step)) {
                let column = ((x as f64 - start[0]) / cell[0]) as usize;
                if let Some((sum, count)) = sums.get_mut(row + column) {
                    *sum += u32::from(*sample);
                    *count += 1;
                }
            }
        }
        let mean = |(sum, count): (u32, u32)| sum as f32 / count.max(1) as f32;
        Grid {
            start,
            cell,
            across,
            means: sums.into_iter().map(mean).collect(),
        }
    }

    fn samples_mut<'a>(
        self,
        plane: &'a mut PlaneMut<'_>,
        x: usize,
        y: usize,
    ) -> Option<impl Iterator<Item = &'a mut u8>> {
        let start = y * plane.stride + self.offset + x * self.step;
        let bytes = plane.data.get_mut(start..)?;
        Some(bytes.iter_mut().step_by(self.step))
    }
}

impl Grid {
    /// The cell of a sample, counted in cells from the first.
    fn place(&self, axis: usize, at: usize) -> f64 {
        (at as f64 - self.start[axis]) / self.cell[axis]
    }

    fn mean(&self, column: usize, row: usize) -> f32 {
        let down = self.means.len() / self.across;
        let (column, row) = (column.min(self.across - 1), row.min(down - 1));
        let mean = self.means.get(row * self.across + column);
        mean.copied().unwrap_or_default()
    }

    fn square(&self, x: usize, y: usize) -> u8 {
        let mean = self.mean(self.place(0, x) as usize, self.place(1, y) as usize);
        mean.round() as u8
    }

    /// Writes the surface through the middles of the cells into samples of row `y`.
    fn smooth<'a>(&self, samples: impl Iterator<Item = (usize, &'a mut u8)>, y: usize) {
        let (row, down) = between(self.place(1, y));
        let mean = |column, row| self.mean(column, row);
        let mut column = usize::MAX;
        let mut edges = [0.0; 2];
        for (x, sample) in samples {
            let (next, right) = between(self.place(0, x));
            if next != column {
                column = next;
                edges = [column, column + 1]
                    .map(|column| mix(mean(column, row), mean(column, row + 1), down));
            }
            *sample = mix(edges[0], edges[1], right).round() as u8;
        }
    }
}

/// The cell whose middle lies before `place`, and how far `place` is on the way to the next one's.
fn between(place: f64) -> (usize, f32) {
    let behind = (place - 0.5).max(0.0);
    (behind as usize, behind.fract() as f32)
}

fn mix(from: f32, to: f32, share: f32) -> f32 {
    from + (to - from) * share
}

#[cfg(test)]
mod tests;
