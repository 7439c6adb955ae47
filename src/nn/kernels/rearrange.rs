//! Rearrangements of pixels by twos: space to depth, max pooling, deinterleaving.

use pulp::{Simd, WithSimd};

use crate::runtime::instructions::dispatch;

/// Where output planes lie: plane n starts at `n * stride + offset`.
#[derive(Clone, Copy)]
pub struct PlaneLayout {
    /// Numbers a plane.
    pub stride: usize,
    /// Numbers before the first pixel.
    pub offset: usize,
}

/// `depth[(2i + j) * channels + c][x] = rows[i][c][2x + j]` (space to depth) and
/// `pooled[c][x] = max over i, j of rows[i][c][2x + j]` (2x2 max pooling), for i, j < 2.
///
/// Each of the two `rows` is a band of planes of `2 * width` pixels.
pub fn space_to_depth_and_max_pool_2x2(
    rows: [&[f32]; 2],
    width: usize,
    depth: &mut [f32],
    pooled: &mut [f32],
    layout: PlaneLayout,
) {
    dispatch(SpaceToDepth {
        rows,
        width,
        depth,
        pooled,
        layout,
    });
}

struct SpaceToDepth<'a> {
    rows: [&'a [f32]; 2],
    width: usize,
    depth: &'a mut [f32],
    pooled: &'a mut [f32],
    layout: PlaneLayout,
}

impl WithSimd for SpaceToDepth<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        let (width, PlaneLayout { stride, offset }) = (self.width, self.layout);
        let [upper, lower] = self.rows;
        let channels = upper.len() / (2 * width);
        let planes = upper
            .chunks_exact(2 * width)
            .zip(lower.chunks_exact(2 * width));
        for (channel, (upper, lower)) in planes.enumerate() {
            let (upper, lower) = (upper.as_chunks::<2>().0, lower.as_chunks::<2>().0);
            let pooled = &mut self.pooled[channel * stride + offset..][..width];
            for (pooled, (upper, lower)) in pooled.iter_mut().zip(upper.iter().zip(lower)) {
                *pooled = upper[0].max(upper[1]).max(lower[0].max(lower[1]));
            }
            for (phase, (row, side)) in [(upper, 0), (upper, 1), (lower, 0), (lower, 1)]
                .into_iter()
                .enumerate()
            {
                let start = (phase * channels + channel) * stride + offset;
                let pixels = &mut self.depth[start..][..width];
                for (pixel, pair) in pixels.iter_mut().zip(row) {
                    *pixel = pair[side];
                }
            }
        }
    }
}

/// `planes[2c + j][x] = row[3 * (2x + j) + c] / 255`, for colour c < 3 and j < 2: the even and the
/// odd pixels of each colour of an RGB row, in planes of `plane` numbers.
pub fn deinterleave_rgb_even_odd(row: &[u8], planes: &mut [f32], plane: usize) {
    dispatch(Deinterleave { row, planes, plane });
}

struct Deinterleave<'a> {
    row: &'a [u8],
    planes: &'a mut [f32],
    plane: usize,
}

impl WithSimd for Deinterleave<'_> {
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
    fn rows_become_four_phases_and_the_largest_of_four() {
        // Two channels of four pixels a row.
        let upper = [0.0, 1.0, 2.0, 3.0, 10.0, 11.0, 12.0, 13.0];
        let lower = [4.0, 5.0, 6.0, 7.0, 14.0, 15.0, 16.0, -17.0];
        let layout = PlaneLayout {
            stride: 3,
            offset: 1,
        };
        let (mut depth, mut pooled) = (vec![0.0; 24], vec![0.0; 6]);
        space_to_depth_and_max_pool_2x2([&upper, &lower], 2, &mut depth, &mut pooled, layout);
        assert_eq!(pooled, [0.0, 5.0, 7.0, 0.0, 15.0, 16.0]);
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
        assert_eq!(depth, wanted.as_flattened());
    }

    #[test]
    fn colours_become_even_and_odd_planes() {
        let row = [255, 0, 51, 0, 255, 102, 51, 51, 153, 102, 102, 204];
        let mut planes = vec![-1.0; 18];
        deinterleave_rgb_even_odd(&row, &mut planes, 3);
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
