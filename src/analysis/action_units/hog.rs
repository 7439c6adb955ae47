//! How a face looks where its shape says little - brows, lids, lip corners, chin: histograms of the
//! gradients' directions in the aligned crop (Dalal & Triggs 2005, with signed directions).

use std::f32::consts::TAU;

use crate::models::{EMOTION_SIDE, HOG_BINS, HOG_CELLS, HOG_NUMBERS};

use super::shape::Half;

/// Pixels along a cell's side.
const CELL: f32 = EMOTION_SIDE as f32 / HOG_CELLS as f32;
/// Variance in square pixels of the blur, of picture and smoothing together, under which gradients
/// are taken: that of a 48 px photo enlarged to the crop and smoothed by 1 px.
const BLUR: f64 = 1.5625;
/// Variance in square pixels of the picture of a pixel and of its interpolation: a box's 1/12 and a
/// triangle's 1/6.
const PIXEL: f64 = 0.25;
/// The least smoothing, in square pixels of the crop: a Gaussian much narrower than a pixel does
/// nothing.
const LEAST: f64 = 0.1;
/// Energy of gradients, in squared grey levels, below which a cell's are taken for noise: 5
/// levels. The weights were learned with it.
const NOISE: f32 = 25.0;

type Image = Vec<f32>;
type Cells = Vec<[f32; HOG_BINS]>;

/// The numbers of the left and of the right half of an aligned crop, one pixel of which spans
/// `scale` pixels of the picture; their mean is that of the whole face.
pub fn halves(crop: &[u8], scale: f64) -> [Vec<f32>; 2] {
    let cells = normalized(&histograms(&smooth(crop, scale)));
    [Half::Left, Half::Right].map(|half| {
        let mut numbers = Vec::with_capacity(HOG_NUMBERS);
        for index in 0..cells.len() {
            let column = index % HOG_CELLS;
            let twin = index - column + HOG_CELLS - 1 - column;
            let own = (column >= HOG_CELLS / 2) == (half == Half::Left);
            if own {
                numbers.extend(cells[index])
            } else {
                numbers.extend(mirrored(&cells[twin]))
            }
        }
        numbers
    })
}

/// The histogram of the mirror image.
fn mirrored(bins: &[f32; HOG_BINS]) -> [f32; HOG_BINS] {
    std::array::from_fn(|bin| bins[(HOG_BINS / 2 + HOG_BINS - bin) % HOG_BINS])
}

/// The crop as sharp as the photos that were learned from.
fn smooth(crop: &[u8], scale: f64) -> Image {
    let own = PIXEL / scale.clamp(0.1, 1.0).powi(2);
    let variance = (BLUR - own).max(LEAST);
    let reach = (2.5 * variance.sqrt()).ceil() as usize;
    let weight = |step: usize| {
        let far = step.abs_diff(reach) as f64;
        (-far * far / (2.0 * variance)).exp()
    };
    let total: f64 = (0..=2 * reach).map(weight).sum();
    let kernel: Vec<f32> = (0..=2 * reach)
        .map(|step| (weight(step) / total) as f32)
        .collect();
    let image: Image = crop.iter().map(|&byte| f32::from(byte)).collect();
    down(&across(&image, &kernel), &kernel)
}

/// Each row weighed by `kernel`; its ends go on beyond the image.
fn across(image: &[f32], kernel: &[f32]) -> Image {
    let reach = kernel.len() / 2;
    let mut result = vec![0.0; image.len()];
    let mut longer = [0.0; 3 * EMOTION_SIDE];
    let rows = image.chunks_exact(EMOTION_SIDE);
    for (row, result) in rows.zip(result.chunks_exact_mut(EMOTION_SIDE)) {
        let (first, last) = (row[0], row[EMOTION_SIDE - 1]);
        longer[..reach].fill(first);
        longer[reach..reach + EMOTION_SIDE].copy_from_slice(row);
        longer[reach + EMOTION_SIDE..][..reach].fill(last);
        for (start, &weight) in kernel.iter().enumerate() {
            add(result, weight, &longer[start..]);
        }
    }
    result
}

/// As [`across`], for columns.
fn down(image: &[f32], kernel: &[f32]) -> Image {
    let reach = kernel.len() / 2;
    let mut result = vec![0.0; image.len()];
    for (y, result) in result.chunks_exact_mut(EMOTION_SIDE).enumerate() {
        for (step, &weight) in kernel.iter().enumerate() {
            let row = (y + step).saturating_sub(reach).min(EMOTION_SIDE - 1);
            add(result, weight, &image[row * EMOTION_SIDE..]);
        }
    }
    result
}

fn add(sums: &mut [f32], weight: f32, values: &[f32]) {
    for (sum, value) in sums.iter_mut().zip(values) {
        *sum += weight * value;
    }
}

/// Gradients gathered by cell and direction, shared between the nearest of both.
fn histograms(image: &[f32]) -> Cells {
    let mut cells = vec![[0.0; HOG_BINS]; HOG_CELLS * HOG_CELLS];
    let nearest: Vec<[(usize, f32); 2]> = (0..EMOTION_SIDE).map(nearest_cells).collect();
    for y in 1..EMOTION_SIDE - 1 {
        for x in 1..EMOTION_SIDE - 1 {
            let at = y * EMOTION_SIDE + x;
            let across = (image[at + 1] - image[at - 1]) / 2.0;
            let down = (image[at + EMOTION_SIDE] - image[at - EMOTION_SIDE]) / 2.0;
            let strength = (across * across + down * down).sqrt();
            let turn = down.atan2(across).rem_euclid(TAU) / TAU * HOG_BINS as f32;
            let (bin, rest) = (turn as usize % HOG_BINS, turn.fract());
            for (row, row_weight) in nearest[y] {
                for (column, column_weight) in nearest[x] {
                    let share = strength * row_weight * column_weight;
                    let cell = &mut cells[row * HOG_CELLS + column];
                    cell[bin] += share * (1.0 - rest);
                    cell[(bin + 1) % HOG_BINS] += share * rest;
                }
            }
        }
    }
    cells
}

/// The two cells that pixel `at` of a row lies between, and its share in each.
fn nearest_cells(at: usize) -> [(usize, f32); 2] {
    let place = (at as f32 + 0.5) / CELL - 0.5;
    let first = place.floor();
    let inside = |cell: f32| (0.0..HOG_CELLS as f32).contains(&cell);
    [(first, 1.0 - (place - first)), (first + 1.0, place - first)].map(|(cell, share)| {
        if inside(cell) {
            (cell as usize, share)
        } else {
            (0, 0.0)
        }
    })
}

/// Histograms relative to the energy around them, so that light and contrast do not count.
fn normalized(cells: &Cells) -> Cells {
    let energy = |cell: &[f32; HOG_BINS]| cell.iter().map(|value| value * value).sum::<f32>();
    let energies: Vec<f32> = cells.iter().map(energy).collect();
    let last = HOG_CELLS as i64 - 1;
    let around = |index: usize| {
        let (row, column) = ((index / HOG_CELLS) as i64, (index % HOG_CELLS) as i64);
        let steps = (-1..=1).flat_map(|down| (-1..=1).map(move |across| (down, across)));
        let near = steps.map(|(down, across)| {
            let [row, column] = [row + down, column + across].map(|at| at.clamp(0, last));
            energies[row as usize * HOG_CELLS + column as usize]
        });
        near.sum::<f32>() / 9.0
    };
    let cells = cells.iter().enumerate();
    cells
        .map(|(index, cell)| {
            let scale = (around(index) + NOISE).sqrt();
            cell.map(|value| (value / scale).sqrt())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn crop(brightness: impl Fn(f32, f32) -> f32) -> Vec<u8> {
        let places = (0..EMOTION_SIDE * EMOTION_SIDE).map(|at| {
            let (x, y) = (at % EMOTION_SIDE, at / EMOTION_SIDE);
            brightness(x as f32, y as f32) as u8
        });
        places.collect()
    }

    fn wave(x: f32, y: f32) -> f32 {
        128.0 + 60.0 * (x * 0.21 + (y * 0.13).sin() * 2.0).sin() + x * 0.8
    }

    #[test]
    fn the_mirror_image_swaps_the_halves() {
        let last = EMOTION_SIDE as f32 - 1.0;
        let [left, right] = halves(&crop(wave), 1.0);
        let [mirrored_left, mirrored_right] = halves(&crop(|x, y| wave(last - x, y)), 1.0);
        for (one, other) in [(left, mirrored_right), (right, mirrored_left)] {
            assert_eq!(one.len(), HOG_NUMBERS);
            let pairs = one.iter().zip(&other);
            let worst = pairs.fold(0.0, |worst: f32, (a, b)| worst.max((a - b).abs()));
            assert!(worst < 0.02, "{worst}");
        }
    }

    #[test]
    fn light_and_contrast_hardly_count() {
        let [left, _] = halves(&crop(wave), 1.0);
        let [darker, _] = halves(&crop(|x, y| 20.0 + 0.5 * wave(x, y)), 1.0);
        let pairs = left.iter().zip(&darker);
        let worst = pairs.fold(0.0, |worst: f32, (a, b)| worst.max((a - b).abs()));
        assert!(worst < 0.1, "{worst}");
    }
}
