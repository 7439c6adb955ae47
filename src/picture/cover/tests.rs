use super::*;
use crate::picture::{Colour, PixelFormat};

const PADDING: usize = 7;
const SIZE: [usize; 2] = [61, 47];
const FACE: Ellipse = Ellipse {
    centre: [30.0, 20.0],
    radii: [14.0, 12.0],
};

/// Each plane's stride and bytes: noise, so that every sample differs from its neighbours.
fn noise(format: PixelFormat) -> Vec<(usize, Vec<u8>)> {
    let mut state = 1u32;
    let planes = format.planes(SIZE[0], SIZE[1]).into_iter();
    let planes = planes.map(|(row, rows)| {
        let stride = row + PADDING;
        let bytes = (0..stride * rows).map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        });
        (stride, bytes.collect())
    });
    planes.collect()
}

fn covered(format: PixelFormat, ellipse: &Ellipse, cover: Cover) -> Vec<(usize, Vec<u8>)> {
    let mut planes = noise(format);
    let views = planes.iter_mut();
    let views = views.map(|(stride, data)| PlaneMut {
        data,
        stride: *stride,
    });
    let mut picture =
        PictureMut::new(format, SIZE[0], SIZE[1], views.collect(), Colour::BT601).unwrap();
    picture.cover(ellipse, cover);
    planes
}

/// The samples of every component before and after, with the pixel under each.
fn samples(format: PixelFormat, after: &[(usize, Vec<u8>)]) -> Vec<([f64; 2], u8, u8)> {
    let before = noise(format);
    let mut all = Vec::new();
    for component in components(format.layout()) {
        let ((stride, old), (_, new)) = (&before[component.plane], &after[component.plane]);
        let [wide, high] = component.pixels;
        for y in 0..SIZE[1].div_ceil(high) {
            for x in 0..SIZE[0].div_ceil(wide) {
                let at = y * stride + component.offset + x * component.step;
                let middle = [
                    (x as f64 + 0.5) * wide as f64,
                    (y as f64 + 0.5) * high as f64,
                ];
                all.push((middle, old[at], new[at]));
            }
        }
    }
    all
}

fn reach(ellipse: &Ellipse, [x, y]: [f64; 2], grown: f64) -> f64 {
    let across = (x - ellipse.centre[0]) / (ellipse.radii[0] + grown);
    let down = (y - ellipse.centre[1]) / (ellipse.radii[1] + grown);
    across.hypot(down)
}

const COVERS: [Cover; 3] = [Cover::Squares(6.0), Cover::Smooth(6.0), Cover::Blank];

#[test]
fn nothing_outside_changes_and_no_detail_inside_remains_in_any_format() {
    for format in PixelFormat::ALL {
        for cover in COVERS {
            let after = covered(format, &FACE, cover);
            let (mut before_spread, mut spread, mut count) = (0.0, 0.0, 0);
            for (middle, old, new) in samples(format, &after) {
                if reach(&FACE, middle, 3.0) > 1.0 {
                    assert_eq!(old, new, "{format:?} {cover:?} {middle:?}");
                }
                if reach(&FACE, middle, 0.0) < 1.0 {
                    before_spread += (f64::from(old) - 127.5).powi(2);
                    let flat = if cover == Cover::Blank { new } else { 127 };
                    spread += (f64::from(new) - f64::from(flat)).powi(2);
                    count += 1;
                }
            }
            assert!(count > 400);
            // Of noise, an average over 36 (or, of chroma, at least 9) samples leaves a ninth
            // of the variance at most.
            let left = spread / before_spread;
            assert!(left < 0.12, "{format:?} {cover:?}: {left}");
        }
    }
}

#[test]
fn padding_and_bytes_without_colour_stay_as_they_were() {
    let everything = Ellipse {
        centre: [30.0, 20.0],
        radii: [1e6, 1e6],
    };
    for format in PixelFormat::ALL {
        let (before, after) = (noise(format), covered(format, &everything, Cover::Blank));
        let rows = format.planes(SIZE[0], SIZE[1]);
        for (plane, (row, _)) in rows.into_iter().enumerate() {
            let ((stride, old), (_, new)) = (&before[plane], &after[plane]);
            for (old, new) in old.chunks(*stride).zip(new.chunks(*stride)) {
                assert_eq!(old[row..], new[row..], "{format:?}");
            }
        }
        let samples = samples(format, &after);
        assert!(
            samples
                .iter()
                .all(|(_, _, new)| [BLANK, NO_COLOUR].contains(new))
        );
    }
}

#[test]
fn an_ellipse_partly_or_wholly_outside_is_cut_off() {
    for centre in [[-5.0, -5.0], [61.0, 47.0], [500.0, 20.0], [f64::NAN, 0.0]] {
        for cover in COVERS {
            let ellipse = Ellipse { centre, ..FACE };
            let after = covered(PixelFormat::I420, &ellipse, cover);
            let changed = samples(PixelFormat::I420, &after);
            let changed = changed.iter().filter(|(_, old, new)| old != new).count();
            assert_eq!(changed > 0, centre[0] < 100.0, "{centre:?}");
        }
    }
}

#[test]
fn squares_are_flat_and_a_smooth_surface_has_no_steps() {
    let after = covered(PixelFormat::Gray8, &FACE, Cover::Smooth(6.0));
    let row = &after[0].1[20 * after[0].0..];
    for pair in row[18..42].windows(2) {
        assert!(pair[0].abs_diff(pair[1]) < 30, "{pair:?}");
    }
    let after = covered(PixelFormat::Gray8, &FACE, Cover::Squares(6.0));
    let row = &after[0].1[20 * after[0].0..];
    let steps = row[18..42].windows(2).filter(|pair| pair[0] != pair[1]);
    assert!(steps.count() <= 4);
}
