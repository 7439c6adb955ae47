//! A copy of a picture that outlives its frame.

use super::{Colour, Picture, PictureError, PixelFormat, Plane, View};

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

#[cfg(test)]
mod tests {
    use super::super::{Affine, Beyond};
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
        let seen = copy.grey(&WHOLE, (6, 4), Beyond::Edge).unwrap();
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
    fn an_empty_snapshot_is_no_picture() {
        assert!(Snapshot::default().picture().is_err());
    }
}
