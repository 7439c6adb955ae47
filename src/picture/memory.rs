//! The memory behind a mapped frame's planes.
//!
//! It needs `unsafe`: the safe ways insist that a plane's last row has its padding too, which the
//! frames that GStreamer's own `videocrop` hands on do not have.

use std::ptr;

use gst_video::ffi::GstVideoFrame;
use gst_video::{VideoFrameExt, VideoFrameRef};

use crate::opencv::Image;

use super::{PictureError, PixelFormat, Plane, PlaneMut};

/// Where a plane lies.
struct Extent {
    start: *mut u8,
    len: usize,
    stride: usize,
}

/// The planes of `frame`, as far as a picture of `width` x `height` reaches into them.
///
/// # Errors
/// A plane's memory ends before the picture does.
pub fn planes<'a>(
    frame: &'a VideoFrameRef<&gst::BufferRef>,
    format: PixelFormat,
    width: usize,
    height: usize,
) -> Result<Vec<Plane<'a>>, PictureError> {
    // SAFETY: the frame is mapped for as long as it is borrowed.
    let extents = extents(unsafe { &*frame.as_ptr() }, format, width, height)?;
    let plane = |extent: Extent| Plane {
        // SAFETY: these bytes are mapped for reading as long as the frame is borrowed.
        data: unsafe { std::slice::from_raw_parts(extent.start, extent.len) },
        stride: extent.stride,
    };
    Ok(extents.into_iter().map(plane).collect())
}

/// As [`planes`], to draw upon.
///
/// # Errors
/// A plane's memory ends before the picture does, or two planes share it.
pub fn planes_mut<'a>(
    frame: &'a mut VideoFrameRef<&mut gst::BufferRef>,
    format: PixelFormat,
    width: usize,
    height: usize,
) -> Result<Vec<PlaneMut<'a>>, PictureError> {
    // SAFETY: the frame is mapped for as long as it is borrowed.
    let extents = extents(unsafe { &*frame.as_ptr() }, format, width, height)?;
    let mut ranges: Vec<_> = extents
        .iter()
        .map(|extent| (extent.start.addr(), extent.len))
        .collect();
    ranges.sort_unstable();
    if ranges.is_sorted_by(|before, after| before.0 + before.1 <= after.0) {
        let plane = |extent: Extent| PlaneMut {
            // SAFETY: these bytes are mapped for writing as long as the frame is borrowed, and no
            // other plane holds any of them.
            data: unsafe { std::slice::from_raw_parts_mut(extent.start, extent.len) },
            stride: extent.stride,
        };
        return Ok(extents.into_iter().map(plane).collect());
    }
    Err(PictureError::SharedPlanes)
}

fn extents(
    frame: &GstVideoFrame,
    format: PixelFormat,
    width: usize,
    height: usize,
) -> Result<Vec<Extent>, PictureError> {
    let planes = format.planes(width, height).into_iter().enumerate();
    planes
        .map(|(plane, (row_bytes, rows))| extent(frame, plane, row_bytes, rows))
        .collect()
}

fn extent(
    frame: &GstVideoFrame,
    plane: usize,
    row_bytes: usize,
    rows: usize,
) -> Result<Extent, PictureError> {
    let stride = frame.info.stride.get(plane).copied().unwrap_or(0);
    let stride = usize::try_from(stride).unwrap_or(0);
    let needed = reach(stride, row_bytes, rows);
    let start: *mut u8 = frame
        .data
        .get(plane)
        .map_or(ptr::null_mut(), |at| at.cast());
    // Without a GstVideoMeta the frame is mapped as a whole.
    let map = if frame.meta.is_null() {
        frame.map.first()
    } else {
        frame.map.get(plane)
    };
    let held = map.and_then(|map| {
        let skipped = start.addr().checked_sub(map.data.addr())?;
        map.size.checked_sub(skipped)
    });
    // Memory with a way of its own to be mapped tells no size.
    let held = held.unwrap_or(needed);
    if start.is_null() || held < needed || stride < row_bytes {
        return Err(PictureError::ShortPlane {
            plane,
            needed,
            held,
        });
    }
    Ok(Extent {
        start,
        len: needed,
        stride,
    })
}

/// Bytes from a plane's first pixel to its last.
pub fn reach(stride: usize, row_bytes: usize, rows: usize) -> usize {
    rows.saturating_sub(1)
        .saturating_mul(stride)
        .saturating_add(row_bytes)
}

impl Plane<'_> {
    /// The plane as `width` x `height` pixels of `channels` bytes.
    ///
    /// # Errors
    /// The plane is shorter than that.
    pub fn image(
        &self,
        (width, height): (usize, usize),
        channels: usize,
    ) -> Result<Image<'_>, PictureError> {
        let image = Image::new(self.data, (width, height), channels, self.stride);
        image.ok_or_else(|| PictureError::ShortPlane {
            plane: 0,
            needed: reach(self.stride, width * channels, height),
            held: self.data.len(),
        })
    }
}
