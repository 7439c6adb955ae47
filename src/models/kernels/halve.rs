//! Pixels in pairs: every other one, and the largest of four.

use pulp::{Simd, WithSimd};

use super::dispatch;

/// Where the planes of a halved row go: plane number n at n times `plane`, from pixel `at` on.
#[derive(Clone, Copy)]
pub struct Place {
    /// Length of a plane.
    pub plane: usize,
    /// The first pixel.
    pub at: usize,
}

/// Takes the pixels of two rows apart, each a band of planes of twice `width` pixels: into `quarters` go a
/// band of the upper left ones of each four, of the upper right, of the lower left and of the lower right;
/// into `largest` goes a band of the largest of each four.
pub fn halve(
    rows: [&[f32]; 2],
    width: usize,
    quarters: &mut [f32],
    largest: &mut [f32],
    place: Place,
) {
    dispatch(Halve {
        rows,
        width,
        quarters,
        largest,
        place,
    });
}

struct Halve<'a> {
    rows: [&'a [f32]; 2],
    width: usize,
    quarters: &'a mut [f32],
    largest: &'a mut [f32],
    place: Place,
}

impl WithSimd for Halve<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        let (width, Place { plane, at }) = (self.width, self.place);
        let [upper, lower] = self.rows;
        let channels = upper.len() / (2 * width);
        let planes = upper
            .chunks_exact(2 * width)
            .zip(lower.chunks_exact(2 * width));
        for (channel, (upper, lower)) in planes.enumerate() {
            let (upper, lower) = (upper.as_chunks::<2>().0, lower.as_chunks::<2>().0);
            let largest = &mut self.largest[channel * plane + at..][..width];
            for (largest, (upper, lower)) in largest.iter_mut().zip(upper.iter().zip(lower)) {
                *largest = upper[0].max(upper[1]).max(lower[0].max(lower[1]));
            }
            for (quarter, (row, side)) in [(upper, 0), (upper, 1), (lower, 0), (lower, 1)]
                .into_iter()
                .enumerate()
            {
                let start = (quarter * channels + channel) * plane + at;
                let pixels = &mut self.quarters[start..][..width];
                for (pixel, pair) in pixels.iter_mut().zip(row) {
                    *pixel = pair[side];
                }
            }
        }
    }
}

/// Takes a row of pixels of three bytes apart: into `planes`, each of `plane` numbers, go the reds (0..1) of
/// every other pixel and of those between, the greens, and the blues likewise.
pub fn separate(row: &[u8], planes: &mut [f32], plane: usize) {
    dispatch(Separate { row, planes, plane });
}

struct Separate<'a> {
    row: &'a [u8],
    planes: &'a mut [f32],
    plane: usize,
}

impl WithSimd for Separate<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        let (pairs, _) = self.row.as_chunks::<6>();
        for (index, plane) in self.planes.chunks_exact_mut(self.plane).enumerate() {
            let byte = index % 2 * 3 + index / 2;
            for (value, pair) in plane.iter_mut().zip(pairs) {
                *value = f32::from(pair[byte]) * (1.0 / 255.0);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_taken_apart_by_twos() {
        // Two channels of four pixels a row.
        let upper = [0.0, 1.0, 2.0, 3.0, 10.0, 11.0, 12.0, 13.0];
        let lower = [4.0, 5.0, 6.0, 7.0, 14.0, 15.0, 16.0, -17.0];
        let place = Place { plane: 3, at: 1 };
        let (mut quarters, mut largest) = (vec![0.0; 24], vec![0.0; 6]);
        halve([&upper, &lower], 2, &mut quarters, &mut largest, place);
        assert_eq!(largest, [0.0, 5.0, 7.0, 0.0, 15.0, 16.0]);
        let wanted = [
            [0.0, 0.0, 2.0],
            [0.0, 10.0, 12.0],
            [0.0, 1.0, 3.0],
            [0.0, 11.0, 13.0],
            [0.0, 4.0, 6.0],
            [0.0, 14.0, 16.0],
            [0.0, 5.0, 7.0],
            [0.0, 15.0, -17.0],
        ];
        assert_eq!(quarters, wanted.as_flattened());
    }

    #[test]
    fn colours_are_taken_apart_by_twos() {
        let row = [255, 0, 51, 0, 255, 102, 51, 51, 153, 102, 102, 204];
        let mut planes = vec![-1.0; 18];
        separate(&row, &mut planes, 3);
        let wanted = [
            [1.0, 0.2, -1.0],
            [0.0, 0.4, -1.0],
            [0.0, 0.2, -1.0],
            [1.0, 0.4, -1.0],
            [0.2, 0.6, -1.0],
            [0.4, 0.8, -1.0],
        ];
        for (value, wanted) in planes.iter().zip(wanted.as_flattened()) {
            assert!((value - wanted).abs() < 1e-6);
        }
    }
}
