//! A copy of a picture that outlives its frame.

use super::{Colour, Layout, Picture, PictureError, PixelFormat, Plane, View};

/// A picture's copy; its memory serves again for the next one.
#[derive(Debug, Default)]
pub struct Snapshot {
    planes: Vec<(Vec<u8>, usize)>,
    description: Option<Description>,
}

/// What a picture is but for its planes.
#[derive(Debug, Clone, Copy)]
struct Description {
    format: PixelFormat,
    width: usize,
    height: usize,
    colour: Colour,
    view: View,
}

impl Snapshot {
    /// Takes a copy of `picture` in place of what was held.
    pub fn take(&mut self, picture: &Picture<'_>) {
        let rows = picture.format.planes(picture.width, picture.height);
        self.planes
            .resize_with(picture.planes.len(), Default::default);
        let sources = picture.planes.iter().zip(rows);
        for ((bytes, stride), (plane, (_, rows))) in self.planes.iter_mut().zip(sources) {
            let used = plane.stride.saturating_mul(rows);
            bytes.clear();
            bytes.extend_from_slice(plane.data.get(..used).unwrap_or(plane.data));
            *stride = plane.stride;
        }
        self.description = Some(Description {
            format: picture.format,
            width: picture.width,
            height: picture.height,
            colour: picture.colour,
            view: picture.view,
        });
    }

    /// Leaves nothing of the picture but what lies within `boxes`, each left, top, right and bottom in fractions
    /// of the frame as it lies in memory; the rest becomes grey.
    pub fn keep_only(&mut self, boxes: &[[f64; 4]]) {
        let Some(Description {
            format,
            width,
            height,
            ..
        }) = self.description
        else {
            return;
        };
        let sizes = format.planes(width, height);
        let units = units(format);
        for (((bytes, stride), (row, rows)), unit) in self.planes.iter_mut().zip(sizes).zip(units) {
            let lines = bytes.chunks_mut((*stride).max(1)).take(rows);
            for (at, line) in lines.enumerate() {
                let middle = (at as f64 + 0.5) / rows as f64;
                let end = row.min(line.len());
                let line = line.get_mut(..end).unwrap_or_default();
                blank_outside(line, unit, boxes, middle);
            }
        }
    }

    /// The picture as it was when it was taken.
    ///
    /// # Errors
    /// Nothing was taken yet.
    pub fn picture(&self) -> Result<Picture<'_>, PictureError> {
        let nothing = PictureError::Size {
            width: 0,
            height: 0,
        };
        let description = self.description.ok_or(nothing)?;
        let planes = self.planes.iter().map(|(data, stride)| Plane {
            data,
            stride: *stride,
        });
        let planes = planes.collect();
        let picture = Picture::new(
            description.format,
            description.width,
            description.height,
            planes,
            description.colour,
        )?;
        Ok(picture.seen_as(description.view))
    }
}

/// Grey in every format that is read.
const GREY: u8 = 128;

/// Bytes in each plane that belong to the same pixels.
fn units(format: PixelFormat) -> Vec<usize> {
    match format.layout() {
        Layout::Grey => vec![1],
        Layout::Packed { bytes, .. } => vec![bytes],
        Layout::Planar { .. } => vec![1, 1, 1],
        Layout::SemiPlanar => vec![1, 2],
        Layout::Interleaved { .. } => vec![4],
    }
}

/// Blanks the bytes of a row, at `middle` of the picture's height, that lie in none of `boxes`.
fn blank_outside(line: &mut [u8], unit: usize, boxes: &[[f64; 4]], middle: f64) {
    let pixels = line.len() / unit.max(1);
    let mut spans: Vec<[usize; 2]> = boxes
        .iter()
        .filter(|[_, top, _, bottom]| (*top..=*bottom).contains(&middle))
        .map(|[left, _, right, _]| {
            let at = |share: f64| (share.clamp(0.0, 1.0) * pixels as f64) as usize * unit;
            [at(*left), at(*right) + unit]
        })
        .collect();
    spans.sort_unstable();
    let mut from = 0;
    for [left, right] in spans {
        if let Some(outside) = line.get_mut(from..left) {
            outside.fill(GREY);
        }
        from = from.max(right);
    }
    if let Some(outside) = line.get_mut(from..) {
        outside.fill(GREY);
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Affine, BorderMode};
    use super::*;

    const WHOLE: Affine = Affine([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]);

    fn grey(data: &[u8], width: usize, stride: usize) -> Picture<'_> {
        let height = data.len() / stride;
        let planes = vec![Plane { data, stride }];
        Picture::new(PixelFormat::Gray8, width, height, planes, Colour::BT601).unwrap()
    }

    #[test]
    fn a_snapshot_shows_the_picture_after_its_memory_changed() {
        let mut memory = vec![16; 8 * 4];
        memory[2 * 8 + 3] = 235;
        let mut snapshot = Snapshot::default();
        snapshot.take(&grey(&memory, 6, 8));
        memory.fill(16);
        let copy = snapshot.picture().unwrap();
        let seen = copy.grey(&WHOLE, (6, 4), BorderMode::Edge).unwrap();
        let bright = seen.bytes().iter().position(|&value| value > 200);
        assert_eq!(bright, Some(2 * 6 + 3));
    }

    #[test]
    fn a_second_snapshot_of_the_same_size_needs_no_new_memory() {
        let memory = vec![0; 64 * 64];
        let mut snapshot = Snapshot::default();
        snapshot.take(&grey(&memory, 64, 64));
        let place = snapshot.planes[0].0.as_ptr();
        snapshot.take(&grey(&memory, 64, 64));
        assert_eq!(snapshot.planes[0].0.as_ptr(), place);
    }

    #[test]
    fn nothing_is_left_outside_of_the_boxes_in_any_format() {
        for format in PixelFormat::ALL {
            let sizes = format.planes(16, 8);
            let memory: Vec<Vec<u8>> = sizes
                .iter()
                .map(|(row, rows)| vec![7; row * rows])
                .collect();
            let planes = memory
                .iter()
                .zip(&sizes)
                .map(|(data, (row, _))| Plane { data, stride: *row });
            let picture = Picture::new(format, 16, 8, planes.collect(), Colour::BT601).unwrap();
            let mut snapshot = Snapshot::default();
            snapshot.take(&picture);
            snapshot.keep_only(&[[0.0, 0.0, 0.2, 0.4], [0.5, 0.5, 0.7, 0.7]]);
            for ((bytes, stride), (row, rows)) in snapshot.planes.iter().zip(sizes) {
                assert_eq!(bytes[0], 7, "{format:?}");
                assert_eq!(bytes[row - 1], GREY, "{format:?}");
                let middle = (rows * 5 / 8) * stride + row * 5 / 8;
                assert_eq!(bytes[middle], 7, "{format:?}");
                assert_eq!(bytes[(rows - 1) * stride], GREY, "{format:?}");
            }
            snapshot.keep_only(&[]);
            assert!(
                snapshot
                    .planes
                    .iter()
                    .all(|(bytes, _)| bytes.iter().all(|byte| *byte == GREY))
            );
        }
    }

    #[test]
    fn an_empty_snapshot_is_no_picture() {
        assert!(Snapshot::default().picture().is_err());
    }
}
