//! Formats that keep luma, most of them with chroma at half the resolution.

use super::{Patch, RUN, Rgba, drawn_runs, is_clear};
use crate::picture::{Colour, Layout, PictureMut, PlaneMut};

/// Where one component lies.
#[derive(Clone, Copy)]
struct Channel {
    plane: usize,
    /// Bytes before a row's first sample.
    offset: usize,
    /// Bytes from one sample to the next.
    step: usize,
}

/// Where both chroma components lie and how many pixels a sample covers.
struct Chroma {
    u: Channel,
    v: Channel,
    across: usize,
    down: usize,
}

/// Blends into luma, and into chroma where there is any.
pub fn blend(picture: &mut PictureMut<'_>, patch: &Patch<'_>, layout: Layout) {
    let (luma, chroma) = match layout {
        Layout::Packed { .. } => return,
        Layout::Grey => (channel(0, 0, 1), None),
        Layout::Planar { across, down } => {
            let (u, v) = (channel(1, 0, 1), channel(2, 0, 1));
            (channel(0, 0, 1), Some(Chroma { u, v, across, down }))
        }
        Layout::SemiPlanar => {
            let (u, v) = (channel(1, 0, 2), channel(1, 1, 2));
            let (across, down) = (2, 2);
            (channel(0, 0, 1), Some(Chroma { u, v, across, down }))
        }
        Layout::Interleaved { y, u, v } => {
            let (u, v) = (channel(0, u, 4), channel(0, v, 4));
            let (across, down) = (2, 1);
            (channel(0, y, 2), Some(Chroma { u, v, across, down }))
        }
    };
    let matrix = match chroma {
        Some(_) => Matrix::new(picture.colour),
        // GStreamer's grey is full range whatever the stream it came from.
        None => Matrix::new(Colour {
            full_range: true,
            ..Colour::BT601
        }),
    };
    if let Some(plane) = picture.planes.get_mut(luma.plane) {
        match luma.step {
            1 => blend_luma::<1>(plane, luma.offset, patch, matrix.y),
            _ => blend_luma::<2>(plane, luma.offset, patch, matrix.y),
        }
    }
    if let Some(chroma) = chroma {
        match chroma.across {
            1 => blend_chroma::<1>(picture, &chroma, patch, &matrix),
            _ => blend_chroma::<2>(picture, &chroma, patch, &matrix),
        }
    }
}

impl Channel {
    /// The samples from one on.
    fn samples<'a>(
        self,
        picture: &'a mut PictureMut<'_>,
        x: usize,
        y: usize,
    ) -> Option<impl Iterator<Item = &'a mut u8>> {
        let plane = picture.planes.get_mut(self.plane)?;
        let start = y * plane.stride + self.offset + x * self.step;
        let bytes = plane.data.get_mut(start..)?;
        Some(bytes.iter_mut().step_by(self.step))
    }
}

fn channel(plane: usize, offset: usize, step: usize) -> Channel {
    Channel {
        plane,
        offset,
        step,
    }
}

/// What red, green, blue and alpha, each 0..255, add to a component, in 65536ths.
type Weights = [i32; 4];

struct Matrix {
    y: Weights,
    u: Weights,
    v: Weights,
}

impl Matrix {
    fn new(colour: Colour) -> Self {
        let (luma_span, luma_floor, chroma_span) = if colour.full_range {
            (1.0, 0, 1.0)
        } else {
            (219.0 / 255.0, 16, 224.0 / 255.0)
        };
        let (kr, kb) = (colour.kr, colour.kb);
        let fixed = |value: f32| (value * 65536.0).round() as i32;

        let (red, blue) = (fixed(kr * luma_span), fixed(kb * luma_span));
        let y = [red, fixed(luma_span) - red - blue, blue, luma_floor * 257];

        let half = fixed(0.5 * chroma_span);
        let red = fixed(-0.5 * kr / (1.0 - kb) * chroma_span);
        let u = [red, -half - red, half, 128 * 257];
        let blue = fixed(-0.5 * kb / (1.0 - kr) * chroma_span);
        let v = [half, -half - blue, blue, 128 * 257];
        Self { y, u, v }
    }
}

/// Mixes a component of premultiplied colour, summed over `1 << shift` pixels, into `byte`.
fn mix(byte: &mut u8, sums: [u16; 4], weights: Weights, shift: u32) {
    let [r, g, b, a] = sums.map(i32::from);
    let drawn = weights[0] * r + weights[1] * g + weights[2] * b + weights[3] * a;
    let kept = i32::from(*byte) * ((255 << shift) - a) * 257;
    let bits = 16 + shift;
    *byte = ((drawn + kept + (1 << (bits - 1))) >> bits).clamp(0, 255) as u8;
}

/// Luma samples lie `STEP` bytes apart, `offset` bytes into each step.
fn blend_luma<const STEP: usize>(
    plane: &mut PlaneMut<'_>,
    offset: usize,
    patch: &Patch<'_>,
    weights: Weights,
) {
    for y in 0..patch.height {
        let start = (patch.y + y) * plane.stride + patch.x * STEP;
        let end = start + patch.width * STEP;
        let Some(row) = plane.data.get_mut(start..end) else {
            return;
        };
        let steps = row.as_chunks_mut::<STEP>().0;
        for (first, run) in drawn_runs(patch.row(y)) {
            let steps = steps.get_mut(first..).unwrap_or_default();
            for (step, pixel) in steps.iter_mut().zip(run) {
                // Mixing in nothing changes nothing: testing each pixel would cost more.
                if let Some(byte) = step.get_mut(offset) {
                    mix(byte, pixel.map(u16::from), weights, 0);
                }
            }
        }
    }
}

/// A chroma sample covers `ACROSS` pixels of each of `chroma.down` rows.
fn blend_chroma<const ACROSS: usize>(
    picture: &mut PictureMut<'_>,
    chroma: &Chroma,
    patch: &Patch<'_>,
    matrix: &Matrix,
) {
    let Chroma { u, v, down, .. } = *chroma;
    // How far the patch begins inside its first chroma sample.
    let (inset_x, inset_y) = (patch.x % ACROSS, patch.y % down);
    for row in 0..(inset_y + patch.height).div_ceil(down) {
        let sample_y = patch.y / down + row;
        let lines =
            (row * down).saturating_sub(inset_y)..((row + 1) * down - inset_y).min(patch.height);
        let rows = down.min(picture.height - sample_y * down);
        let mut next = 0;
        while next < patch.width {
            let first = next;
            let inset = if first == 0 { inset_x } else { 0 };
            next = (first + RUN - inset).min(patch.width);
            let runs = lines
                .clone()
                .map(|line| patch.row(line).get(first..next).unwrap_or_default());
            if runs.clone().all(is_clear) {
                continue;
            }
            let sample_x = (patch.x + first) / ACROSS;
            let count = (inset + next - first).div_ceil(ACROSS);
            let mut sums = [[0; 4]; RUN];
            runs.for_each(|run| add::<ACROSS>(&mut sums, run, inset));
            let sums = sums.get_mut(..count).unwrap_or_default();

            // A sample at an odd picture's edge covers fewer pixels: each weighs more.
            let columns = ACROSS.min(picture.width - (sample_x + count - 1) * ACROSS);
            if rows < down {
                sums.iter_mut().for_each(|sum| scale(sum, down / rows));
            }
            if let (true, Some(sum)) = (columns < ACROSS, sums.last_mut()) {
                scale(sum, ACROSS / columns);
            }
            let shift = (ACROSS * down).ilog2();
            for (channel, weights) in [(u, matrix.u), (v, matrix.v)] {
                let Some(samples) = channel.samples(picture, sample_x, sample_y) else {
                    return;
                };
                for (byte, sums) in samples.zip(&*sums) {
                    mix(byte, *sums, weights, shift);
                }
            }
        }
    }
}

/// Adds up the pixels under each chroma sample; the first pixel lies `inset` pixels into the first
/// sample.
fn add<const ACROSS: usize>(sums: &mut [[u16; 4]; RUN], run: &[Rgba], inset: usize) {
    let (head, run) = run.split_at(((ACROSS - inset) % ACROSS).min(run.len()));
    let (groups, tail) = run.as_chunks::<ACROSS>();
    let mut sums = sums.iter_mut();
    if !head.is_empty()
        && let Some(sum) = sums.next()
    {
        head.iter().for_each(|pixel| put(sum, pixel));
    }
    for (group, sum) in groups.iter().zip(&mut sums) {
        group.iter().for_each(|pixel| put(sum, pixel));
    }
    if let Some(sum) = sums.next() {
        tail.iter().for_each(|pixel| put(sum, pixel));
    }
}

fn put(sum: &mut [u16; 4], [r, g, b, a]: &Rgba) {
    let [red, green, blue, alpha] = sum;
    *red += u16::from(*r);
    *green += u16::from(*g);
    *blue += u16::from(*b);
    *alpha += u16::from(*a);
}

fn scale(sums: &mut [u16; 4], factor: usize) {
    *sums = sums.map(|sum| sum * factor as u16);
}
