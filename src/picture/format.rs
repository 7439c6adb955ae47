//! The pixel formats and how each lays out its bytes.

/// A pixel format, named as GStreamer names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum PixelFormat {
    I420,
    Nv12,
    Yuy2,
    Uyvy,
    Yvyu,
    Y42b,
    Bgrx,
    Bgra,
    Rgbx,
    Rgba,
    Rgb,
    Bgr,
    Gray8,
}

/// Where the components of a pixel lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// One byte of brightness a pixel.
    Grey,
    /// `bytes` a pixel, red, green and blue at these offsets.
    Packed {
        /// Bytes a pixel takes.
        bytes: usize,
        /// Offsets of red, green and blue.
        rgb: [usize; 3],
    },
    /// Planes Y, U and V; one chroma sample covers `across` x `down` pixels.
    Planar {
        /// Pixels a chroma sample covers horizontally.
        across: usize,
        /// Pixels a chroma sample covers vertically.
        down: usize,
    },
    /// Plane Y, then a plane of UV pairs, each covering 2 x 2 pixels.
    SemiPlanar,
    /// Four bytes for two neighbouring pixels; the first luma byte, U and V at these offsets, the
    /// second luma byte two behind the first.
    Interleaved {
        /// Offset of the left pixel's luma.
        y: usize,
        /// Offset of U.
        u: usize,
        /// Offset of V.
        v: usize,
    },
}

impl PixelFormat {
    /// Every format, in the order of preference of a host that may choose.
    pub const ALL: [Self; 13] = [
        Self::I420,
        Self::Nv12,
        Self::Yuy2,
        Self::Uyvy,
        Self::Yvyu,
        Self::Y42b,
        Self::Bgrx,
        Self::Bgra,
        Self::Rgbx,
        Self::Rgba,
        Self::Rgb,
        Self::Bgr,
        Self::Gray8,
    ];

    /// Where this format keeps its components.
    pub const fn layout(self) -> Layout {
        match self {
            Self::I420 => Layout::Planar { across: 2, down: 2 },
            Self::Y42b => Layout::Planar { across: 2, down: 1 },
            Self::Nv12 => Layout::SemiPlanar,
            Self::Yuy2 => Layout::Interleaved { y: 0, u: 1, v: 3 },
            Self::Yvyu => Layout::Interleaved { y: 0, u: 3, v: 1 },
            Self::Uyvy => Layout::Interleaved { y: 1, u: 0, v: 2 },
            Self::Bgrx | Self::Bgra => packed(4, [2, 1, 0]),
            Self::Rgbx | Self::Rgba => packed(4, [0, 1, 2]),
            Self::Rgb => packed(3, [0, 1, 2]),
            Self::Bgr => packed(3, [2, 1, 0]),
            Self::Gray8 => Layout::Grey,
        }
    }

    /// Whether its bytes are R, G, B of each pixel, and nothing else.
    pub fn is_rgb(self) -> bool {
        let plain = Layout::Packed {
            bytes: 3,
            rgb: [0, 1, 2],
        };
        self.layout() == plain
    }

    /// Bytes a row and rows of each plane of a `width` x `height` picture, without padding.
    pub fn planes(self, width: usize, height: usize) -> Vec<(usize, usize)> {
        match self.layout() {
            Layout::Grey => vec![(width, height)],
            Layout::Packed { bytes, .. } => vec![(width * bytes, height)],
            Layout::Planar { across, down } => {
                let chroma = (width.div_ceil(across), height.div_ceil(down));
                vec![(width, height), chroma, chroma]
            }
            Layout::SemiPlanar => {
                vec![(width, height), (width.div_ceil(2) * 2, height.div_ceil(2))]
            }
            Layout::Interleaved { .. } => vec![(width.div_ceil(2) * 4, height)],
        }
    }
}

const fn packed(bytes: usize, rgb: [usize; 3]) -> Layout {
    Layout::Packed { bytes, rgb }
}
