//! Whether a picture is so dark or noisy that faces in it are looked for in a denoised copy as well.

use crate::picture::{Affine, Beyond, Picture, PictureError};

/// Pixels a side of the sample that is looked at.
const SIDE: usize = 128;
/// Noise from which a picture counts as poor: nine in ten photos in good light have 1.5 at most, those
/// taken 5 stops under and brightened 2.5 and more.
const NOISY: f64 = 2.5;
/// Mean brightness, 0..255, below which it does: such photos have 79 to 162.
const DARK: f64 = 50.0;
/// What the weights of the second difference multiply noise by.
const GAIN: f64 = 4.0;

/// Whether the picture is dark or noisy, by a grid of its own pixels.
///
/// # Errors
/// The sample could not be cut.
pub fn is_poor(picture: &Picture<'_>) -> Result<bool, PictureError> {
    let size = [picture.width(), picture.height()].map(|side| side as f64);
    // Whole steps, so that pixels are taken as they are: a mean of two has less noise.
    let step = (size[0].min(size[1]) / SIDE as f64).floor().max(1.0);
    let first = size.map(|side| ((side - step * SIDE as f64) / 2.0).floor());
    let map = Affine([[step, 0.0, first[0]], [0.0, step, first[1]]]);
    let sample = picture.rgb(&map, (SIDE, SIDE), Beyond::Edge)?;
    let (pixels, _) = sample.bytes().as_chunks::<3>();
    let luma = pixels.iter().map(|&[r, g, b]| {
        (299 * u32::from(r) + 587 * u32::from(g) + 114 * u32::from(b)) as f64 / 1000.0
    });
    let luma: Vec<f64> = luma.collect();
    let mean = luma.iter().sum::<f64>() / luma.len().max(1) as f64;
    Ok(mean < DARK || noise(&luma) > NOISY)
}

/// The median of the second difference both ways: that of edges and textures is rare, noise is
/// everywhere (after Immerkaer 1996).
fn noise(luma: &[f64]) -> f64 {
    let rows: Vec<&[f64]> = luma.chunks_exact(SIDE).collect();
    let mut differences: Vec<f64> = Vec::with_capacity(luma.len());
    for rows in rows.windows(3) {
        let second = |row: &[f64]| match row {
            [a, b, c] => a - 2.0 * b + c,
            _ => 0.0,
        };
        let [above, at, below] = [0, 1, 2].map(|row| {
            let row = rows.get(row).copied().unwrap_or_default();
            row.windows(3).map(second)
        });
        let all = above.zip(at).zip(below);
        differences.extend(all.map(|((above, at), below)| (above - 2.0 * at + below).abs()));
    }
    crate::statistics::median(&mut differences).unwrap_or_default() / GAIN
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
