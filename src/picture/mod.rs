//! A frame's pixels, whatever their format: the only place that knows how a format lays them out.
//!
//! [`Picture`] reads (crops, scales and rotates into RGB or grey), [`PictureMut`] is drawn upon.

mod blend;
mod cover;
mod format;
mod frame;
#[allow(unsafe_code)]
mod memory;
mod orientation;
mod snapshot;
mod warp;

pub use cover::{Cover, Ellipse};
pub use format::{Layout, PixelFormat};
pub use frame::{buffer_of, map, map_mut};
pub use orientation::{Orientation, UnknownOrientation, View};
pub use snapshot::Snapshot;
pub use warp::{Affine, BorderMode, Grey, Rgb};

/// Why a picture could not be made or read.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// A side is zero, or larger than an `i16` coordinate of OpenCV's warp can address.
    #[error("a picture of {width}x{height} pixels cannot be analysed")]
    Size {
        /// Width in pixels.
        width: usize,
        /// Height in pixels.
        height: usize,
    },
    /// The memory behind a plane ends before its last row does, or the rows overlap.
    #[error("plane {plane} needs {needed} bytes, the frame holds {held}")]
    ShortPlane {
        /// Index of the plane.
        plane: usize,
        /// Bytes from its first pixel to its last.
        needed: usize,
        /// Bytes there are.
        held: usize,
    },
    /// Two planes lie in the same memory, so neither can be drawn upon.
    #[error("the planes of the frame overlap")]
    SharedPlanes,
    /// GStreamer names a format this element never offered in its caps.
    #[error("pixel format {0} is not supported")]
    Format(String),
    /// OpenCV refused an operation.
    #[error("could not cut a region out of the picture")]
    Warp(#[from] crate::opencv::OpenCvError),
}

/// How YUV relates to RGB in a picture; ignored for RGB and grey formats.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Colour {
    /// Weight of red in luma (.299 in BT.601, .2126 in BT.709).
    pub kr: f32,
    /// Weight of blue in luma (.114 in BT.601, .0722 in BT.709).
    pub kb: f32,
    /// Whether luma spans 0..255 rather than 16..235.
    pub full_range: bool,
}

impl Colour {
    /// BT.601, limited range: what cameras and SD video send.
    pub const BT601: Self = Self {
        kr: 0.299,
        kb: 0.114,
        full_range: false,
    };
}

/// One plane of a read-only picture.
#[derive(Debug, Clone, Copy)]
pub struct Plane<'a> {
    /// Bytes from the first pixel on.
    pub data: &'a [u8],
    /// Bytes from one row to the next.
    pub stride: usize,
}

/// One plane of a picture to draw upon.
#[derive(Debug)]
pub struct PlaneMut<'a> {
    /// Bytes from the first pixel on.
    pub data: &'a mut [u8],
    /// Bytes from one row to the next.
    pub stride: usize,
}

/// A plane of pixels, to be read or to be drawn upon.
pub trait PixelPlane {
    /// Bytes from the first pixel to the end of the memory, and from one row to the next.
    fn extent(&self) -> (usize, usize);
}

impl PixelPlane for Plane<'_> {
    fn extent(&self) -> (usize, usize) {
        (self.data.len(), self.stride)
    }
}

impl PixelPlane for PlaneMut<'_> {
    fn extent(&self) -> (usize, usize) {
        (self.data.len(), self.stride)
    }
}

/// Planes of pixels as a frame, and how it is seen.
#[derive(Debug, Clone)]
pub struct FrameView<P, V> {
    format: PixelFormat,
    width: usize,
    height: usize,
    planes: Vec<P>,
    colour: Colour,
    view: V,
}

/// A read-only view of a frame.
pub type Picture<'a> = FrameView<Plane<'a>, View>;

/// A view of a frame to draw upon.
pub type PictureMut<'a> = FrameView<PlaneMut<'a>, Orientation>;

fn check(
    format: PixelFormat,
    width: usize,
    height: usize,
    planes: impl ExactSizeIterator<Item = (usize, usize)>,
) -> Result<(), PictureError> {
    let side = 1..=i16::MAX as usize;
    if !side.contains(&width) || !side.contains(&height) {
        return Err(PictureError::Size { width, height });
    }
    let wanted = format.planes(width, height);
    if planes.len() != wanted.len() {
        return Err(PictureError::ShortPlane {
            plane: planes.len(),
            needed: 1,
            held: 0,
        });
    }
    for (plane, ((held, stride), (row_bytes, rows))) in planes.zip(wanted).enumerate() {
        let needed = memory::reach(stride, row_bytes, rows);
        if held < needed || stride < row_bytes {
            return Err(PictureError::ShortPlane {
                plane,
                needed,
                held,
            });
        }
    }
    Ok(())
}

impl<P: PixelPlane, V: Default> FrameView<P, V> {
    /// Views `planes` as a picture.
    ///
    /// # Errors
    /// A size of zero or beyond 32767, or a plane too short for it.
    pub fn new(
        format: PixelFormat,
        width: usize,
        height: usize,
        planes: Vec<P>,
        colour: Colour,
    ) -> Result<Self, PictureError> {
        check(format, width, height, planes.iter().map(P::extent))?;
        Ok(Self {
            format,
            width,
            height,
            planes,
            colour,
            view: V::default(),
        })
    }
}

impl Picture<'_> {
    /// The same frame, seen so.
    pub fn seen_as(self, view: View) -> Self {
        Self { view, ..self }
    }

    /// How the frame is seen.
    pub fn view(&self) -> View {
        self.view
    }

    /// Width of the upright picture in square pixels.
    pub fn width(&self) -> usize {
        self.view.size([self.width, self.height])[0]
    }

    /// Height of the upright picture in square pixels.
    pub fn height(&self) -> usize {
        self.view.size([self.width, self.height])[1]
    }
}

impl PictureMut<'_> {
    /// The same frame, drawn upon as it is seen when it is turned so.
    pub fn turned(self, orientation: Orientation) -> Self {
        Self {
            view: orientation,
            ..self
        }
    }

    /// Width of the upright picture in the frame's pixels.
    pub fn width(&self) -> usize {
        self.view.turn_size([self.width, self.height])[0]
    }

    /// Height of the upright picture in the frame's pixels.
    pub fn height(&self) -> usize {
        self.view.turn_size([self.width, self.height])[1]
    }
}
