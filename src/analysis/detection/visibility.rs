//! Whether a picture is so dark or noisy that faces in it are looked for in a denoised copy as well.

use crate::picture::{Affine, BorderMode, Picture, PictureError};
use crate::statistics::{median, percentile};

/// Pixels a side of the sample that is looked at, at most, and of the tiles it is divided into.
const SIDE: usize = 256;
const TILE: usize = 16;
/// Noise in the smoother tiles from which a picture counts as poor: of 49 photos and scenes in good light
/// nine in ten have .75 at most, one taken 3 stops under has 2 and more, 5 stops 2.25 (a sensor of
/// 2,000 electrons).
const NOISY: f64 = 1.75;
/// The part of the tiles that counts as smooth.
const SMOOTH: f64 = 0.25;
/// Mean brightness, 0..255, below which it does: nine in ten such photos have 98 and more.
const DARK: f64 = 50.0;
/// What the weights of the second difference multiply noise by.
const GAIN: f64 = 4.0;

/// Whether the middle of the picture is dark or noisy.
///
/// # Errors
/// The sample could not be cut.
pub fn is_poor(picture: &Picture<'_>) -> Result<bool, PictureError> {
    let size = [picture.width(), picture.height()];
    let side = (size[0].min(size[1]).min(SIDE) / TILE * TILE).max(TILE);
    // Pixels are taken as they are: a mean of two has less noise.
    let first = size.map(|pixels| (pixels.saturating_sub(side) / 2) as f64);
    let map = Affine([[1.0, 0.0, first[0]], [0.0, 1.0, first[1]]]);
    let sample = picture.rgb(&map, (side, side), BorderMode::Edge)?;
    let (pixels, _) = sample.bytes().as_chunks::<3>();
    let luma = pixels.iter().map(|&[r, g, b]| {
        f64::from(299 * u32::from(r) + 587 * u32::from(g) + 114 * u32::from(b)) / 1000.0
    });
    let luma: Vec<f64> = luma.collect();
    let mean = luma.iter().sum::<f64>() / luma.len().max(1) as f64;
    Ok(mean < DARK || noise(&luma, side) > NOISY)
}

/// The noise of the smoother tiles of a square of `side` pixels: in each the median of the second
/// difference both ways, since edges are rare and noise is everywhere (after Immerkaer 1996).
fn noise(luma: &[f64], side: usize) -> f64 {
    let mut tiles: Vec<f64> = Vec::new();
    for top in (0..side).step_by(TILE) {
        for left in (0..side).step_by(TILE) {
            let rows = luma.chunks_exact(side).skip(top).take(TILE);
            let rows: Vec<&[f64]> = rows.filter_map(|row| row.get(left..left + TILE)).collect();
            tiles.extend(tile_noise(&rows));
        }
    }
    tiles.sort_by(f64::total_cmp);
    percentile(&tiles, SMOOTH).unwrap_or_default()
}

fn tile_noise(rows: &[&[f64]]) -> Option<f64> {
    let second = |row: &[f64]| match row {
        [a, b, c] => a - 2.0 * b + c,
        _ => 0.0,
    };
    let mut differences: Vec<f64> = Vec::with_capacity(TILE * TILE);
    for rows in rows.windows(3) {
        let [above, at, below] = [0, 1, 2].map(|row| {
            let row = rows.get(row).copied().unwrap_or_default();
            row.windows(3).map(second)
        });
        let all = above.zip(at).zip(below);
        differences.extend(all.map(|((above, at), below)| (above - 2.0 * at + below).abs()));
    }
    Some(median(&mut differences)? / GAIN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::{Colour, PixelFormat, Plane};

    /// Whether a picture of these values counts as poor.
    fn poor(value: impl Fn(usize, usize) -> u8) -> bool {
        let data: Vec<u8> = (0..200 * 150).map(|at| value(at % 200, at / 200)).collect();
        let plane = Plane {
            data: &data,
            stride: 200,
        };
        let colour = Colour {
            full_range: true,
            ..Colour::BT601
        };
        let picture = Picture::new(PixelFormat::Gray8, 200, 150, vec![plane], colour);
        is_poor(&picture.unwrap()).unwrap()
    }

    #[test]
    fn a_dark_and_a_noisy_picture_are_poor_and_one_with_edges_is_not() {
        let mut state = 7u32;
        let mut dice: Vec<u8> = Vec::new();
        for _ in 0..200 * 150 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            dice.push((state >> 24) as u8);
        }
        assert!(poor(|_, _| 20));
        assert!(poor(|x, y| 100 + dice[y * 200 + x] / 4));
        assert!(!poor(|x, y| if (x / 20 + y / 20) % 2 == 0 {
            90
        } else {
            180
        }));
        assert!(!poor(|x, y| (60 + x / 2 + y / 3) as u8));
    }
}
