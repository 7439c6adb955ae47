use crate::picture::{Colour, Layout, PictureMut, PixelFormat, PlaneMut};

const PADDING: usize = 7;
const UNTOUCHED: u8 = 0xA5;

/// A frame of mid grey whose padding holds a value nothing should change.
struct Frame {
    format: PixelFormat,
    width: usize,
    height: usize,
    planes: Vec<(Vec<u8>, usize)>,
}

impl Frame {
    fn new(format: PixelFormat, width: usize, height: usize) -> Self {
        let planes = format
            .planes(width, height)
            .into_iter()
            .map(|(row_bytes, rows)| {
                let stride = row_bytes + PADDING;
                let mut data = vec![UNTOUCHED; stride * rows];
                for row in data.chunks_mut(stride) {
                    row[..row_bytes].fill(100);
                }
                (data, stride)
            })
            .collect();
        Self {
            format,
            width,
            height,
            planes,
        }
    }

    fn blend(&mut self, left: i32, top: i32, width: usize, rgba: &[u8], colour: Colour) {
        let planes = self
            .planes
            .iter_mut()
            .map(|(data, stride)| PlaneMut {
                data,
                stride: *stride,
            })
            .collect();
        PictureMut::new(self.format, self.width, self.height, planes, colour)
            .unwrap()
            .blend(left, top, width, rgba);
    }

    /// The components at a pixel: red green blue, or Y U V, or Y alone.
    fn at(&self, x: usize, y: usize) -> Vec<u8> {
        let byte = |plane: usize, at: usize, row: usize| {
            let (data, stride) = &self.planes[plane];
            data[row * stride + at]
        };
        match self.format.layout() {
            Layout::Grey => vec![byte(0, x, y)],
            Layout::Packed { bytes, rgb } => {
                rgb.iter().map(|at| byte(0, x * bytes + at, y)).collect()
            }
            Layout::Planar { across, down } => vec![
                byte(0, x, y),
                byte(1, x / across, y / down),
                byte(2, x / across, y / down),
            ],
            Layout::SemiPlanar => vec![
                byte(0, x, y),
                byte(1, x / 2 * 2, y / 2),
                byte(1, x / 2 * 2 + 1, y / 2),
            ],
            Layout::Interleaved { y: luma, u, v } => vec![
                byte(0, x * 2 + luma, y),
                byte(0, x / 2 * 4 + u, y),
                byte(0, x / 2 * 4 + v, y),
            ],
        }
    }
}

fn square(width: usize, height: usize, pixel: [u8; 4]) -> Vec<u8> {
    pixel.repeat(width * height)
}

fn assert_close(found: &[u8], wanted: &[u8], what: &str) {
    let close = found.iter().zip(wanted).all(|(a, b)| a.abs_diff(*b) <= 1);
    assert!(
        close && found.len() == wanted.len(),
        "{what}: {found:?} instead of {wanted:?}"
    );
}

const RED: [u8; 4] = [255, 0, 0, 255];
const HALF_RED: [u8; 4] = [128, 0, 0, 128];

#[test]
fn an_opaque_red_square_has_the_right_values_in_every_format() {
    for format in PixelFormat::ALL {
        let mut frame = Frame::new(format, 16, 12);
        frame.blend(4, 2, 6, &square(6, 4, RED), Colour::BT601);
        let wanted: &[u8] = match format.layout() {
            Layout::Grey => &[76],
            Layout::Packed { .. } => &[255, 0, 0],
            _ => &[81, 90, 240],
        };
        for (x, y) in [(4, 2), (9, 5)] {
            assert_close(&frame.at(x, y), wanted, &format!("{format:?} {x},{y}"));
        }
        for (x, y) in [(3, 2), (10, 5), (4, 1), (9, 6)] {
            assert_eq!(frame.at(x, y), vec![100; wanted.len()], "{format:?}");
        }
    }
}

#[test]
fn half_transparent_red_lets_half_of_the_picture_through() {
    for format in PixelFormat::ALL {
        let mut frame = Frame::new(format, 8, 8);
        frame.blend(0, 0, 8, &square(8, 8, HALF_RED), Colour::BT601);
        let wanted: &[u8] = match format.layout() {
            Layout::Grey => &[88],
            Layout::Packed { .. } => &[178, 50, 50],
            _ => &[91, 95, 170],
        };
        assert_close(&frame.at(5, 5), wanted, &format!("{format:?}"));
    }
}

#[test]
fn bt709_and_full_range_are_heeded() {
    let bt709 = Colour {
        kr: 0.2126,
        kb: 0.0722,
        full_range: true,
    };
    let mut frame = Frame::new(PixelFormat::I420, 4, 4);
    frame.blend(0, 0, 4, &square(4, 4, [0, 0, 255, 255]), bt709);
    assert_close(&frame.at(1, 1), &[18, 255, 116], "blue");
    frame.blend(0, 0, 4, &square(4, 4, [255; 4]), bt709);
    assert_eq!(frame.at(1, 1), [255, 128, 128]);
}

#[test]
fn odd_sizes_are_covered_to_the_last_pixel_and_padding_stays_as_it_was() {
    for format in PixelFormat::ALL {
        for (width, height) in [(1, 1), (7, 5), (33, 3), (2, 1)] {
            let mut frame = Frame::new(format, width, height);
            let drawn = square(width + 4, height + 4, RED);
            frame.blend(-2, -2, width + 4, &drawn, Colour::BT601);
            let corner = frame.at(width - 1, height - 1);
            assert_eq!(frame.at(0, 0), corner, "{format:?} {width}x{height}");
            assert_ne!(corner, vec![100; corner.len()]);
            let rows = format.planes(width, height);
            for ((data, stride), (row_bytes, _)) in frame.planes.iter().zip(rows) {
                for row in data.chunks(*stride) {
                    assert!(row[row_bytes..].iter().all(|byte| *byte == UNTOUCHED));
                }
            }
            if let (Layout::Interleaved { y, .. }, 1) = (format.layout(), width % 2) {
                let beyond = (width / 2) * 4 + y + 2;
                assert_eq!(frame.planes[0].0[beyond], 100, "luma of no pixel");
            }
        }
    }
}

#[test]
fn what_reaches_beyond_an_edge_is_cut_off() {
    for format in PixelFormat::ALL {
        for (left, top) in [(-3, 1), (9, 1), (1, -3), (1, 7), (-3, -3), (9, 7)] {
            let mut frame = Frame::new(format, 12, 10);
            frame.blend(left, top, 6, &square(6, 6, RED), Colour::BT601);
            for y in 0..10 {
                for x in 0..12 {
                    let inside = (left..left + 6).contains(&(x as i32))
                        && (top..top + 6).contains(&(y as i32));
                    let luma = frame.at(x, y)[0];
                    assert_eq!(luma != 100, inside, "{format:?} {left},{top} at {x},{y}");
                }
            }
        }
        let mut frame = Frame::new(format, 12, 10);
        let before = frame.planes.clone();
        for (left, top) in [(-6, 0), (12, 0), (0, -6), (0, 10), (i32::MIN, i32::MAX)] {
            frame.blend(left, top, 6, &square(6, 6, RED), Colour::BT601);
        }
        frame.blend(0, 0, 0, &[], Colour::BT601);
        frame.blend(0, 0, 5, &[255; 19], Colour::BT601);
        assert_eq!(frame.planes, before, "{format:?}");
    }
}

#[test]
fn a_single_pixel_weighs_a_quarter_in_the_chroma_it_shares() {
    for (format, share) in [(PixelFormat::Nv12, 4.0), (PixelFormat::Y42b, 2.0)] {
        let mut frame = Frame::new(format, 8, 8);
        frame.blend(3, 3, 1, &RED, Colour::BT601);
        let wanted = 100.0 + (240.0 - 100.0) / share;
        assert_close(
            &frame.at(3, 3)[2..],
            &[wanted as u8],
            &format!("{format:?}"),
        );
        assert_eq!(frame.at(4, 4)[2], 100);
    }
}

#[test]
fn luma_and_chroma_of_each_pixel_come_from_the_pixels_it_covers() {
    for format in PixelFormat::ALL {
        let down = match format.layout() {
            Layout::Planar { down, .. } => down,
            Layout::SemiPlanar => 2,
            _ => 1,
        };
        for (left, top) in [(0i32, 0i32), (1, 1), (3, 0), (-5, -3)] {
            // Red and blue in turn, cell by cell of the chroma grid, over several runs.
            let (width, height) = (70, 9);
            let mut drawn = Vec::new();
            for y in 0..height {
                for x in 0..width {
                    let cell = (x + left).div_euclid(2) + (y + top).div_euclid(down as i32);
                    let red = cell.rem_euclid(2) == 0;
                    drawn.extend(if red { RED } else { [0, 0, 255, 255] });
                }
            }
            let mut frame = Frame::new(format, 61, 7);
            frame.blend(left, top, width as usize, &drawn, Colour::BT601);
            for y in top.max(0) as usize + 1..6 {
                for x in left.max(0) as usize + 1..60 {
                    let red = (x / 2 + y / down) % 2 == 0;
                    let wanted: &[u8] = match (format.layout(), red) {
                        (Layout::Grey, true) => &[76],
                        (Layout::Grey, false) => &[29],
                        (Layout::Packed { .. }, true) => &[255, 0, 0],
                        (Layout::Packed { .. }, false) => &[0, 0, 255],
                        (_, true) => &[81, 90, 240],
                        (_, false) => &[41, 240, 110],
                    };
                    let what = format!("{format:?} {left},{top} at {x},{y}");
                    assert_close(&frame.at(x, y), wanted, &what);
                }
            }
        }
    }
}

#[test]
fn transparent_pixels_change_nothing() {
    for format in PixelFormat::ALL {
        let mut frame = Frame::new(format, 40, 9);
        let before = frame.planes.clone();
        frame.blend(-1, -1, 42, &square(42, 11, [0; 4]), Colour::BT601);
        assert_eq!(frame.planes, before, "{format:?}");
    }
}

#[test]
fn alpha_rises_to_what_was_drawn_and_x_stays() {
    for (format, wanted) in [
        (PixelFormat::Rgba, [128, 255]),
        (PixelFormat::Bgra, [128, 255]),
        (PixelFormat::Rgbx, [100, 100]),
        (PixelFormat::Bgrx, [100, 100]),
    ] {
        let mut frame = Frame::new(format, 3, 1);
        frame.blend(0, 0, 2, &[HALF_RED, RED].concat(), Colour::BT601);
        let data = &frame.planes[0].0;
        assert_eq!([data[3], data[7], data[11]], [wanted[0], wanted[1], 100]);
    }
}
