//! Formats that keep red, green and blue side by side.

use super::{Patch, drawn_runs};
use crate::picture::PlaneMut;

/// Blends into pixels of `BYTES` bytes with their colours at the offsets `rgb`.
pub fn blend<const BYTES: usize>(
    plane: &mut PlaneMut<'_>,
    patch: &Patch<'_>,
    rgb: [usize; 3],
    alpha: Option<usize>,
) {
    for y in 0..patch.height {
        let start = (patch.y + y) * plane.stride + patch.x * BYTES;
        let end = start + patch.width * BYTES;
        let Some(row) = plane.data.get_mut(start..end) else {
            return;
        };
        let targets = row.as_chunks_mut::<BYTES>().0;
        for (first, run) in drawn_runs(patch.row(y)) {
            for (target, pixel) in targets.iter_mut().skip(first).zip(run) {
                if pixel[3] != 0 {
                    lay(target, *pixel, rgb, alpha);
                }
            }
        }
    }
}

fn lay<const BYTES: usize>(
    target: &mut [u8; BYTES],
    [r, g, b, a]: [u8; 4],
    rgb: [usize; 3],
    alpha: Option<usize>,
) {
    let kept = u32::from(255 - a);
    for (offset, drawn) in rgb.into_iter().zip([r, g, b]) {
        if let Some(byte) = target.get_mut(offset) {
            // 257 / 65536 is 1 / 255 to within a thousandth of a step.
            let below = (u32::from(*byte) * kept * 257 + 0x8000) >> 16;
            *byte = drawn.saturating_add(below as u8);
        }
    }
    if let Some(opacity) = alpha.and_then(|offset| target.get_mut(offset)) {
        *opacity = a.max(*opacity);
    }
}
