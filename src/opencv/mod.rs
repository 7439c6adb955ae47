//! The operations of OpenCV that are used. OpenCV stands in a library of our own (`crates/aliyarface-opencv`),
//! which is opened with the first operation: its symbols and the host's do not meet.

#[allow(unsafe_code)]
mod ffi;

use crate::runtime::private::LibraryError;

pub use ffi::{
    Image, derivatives, eigenvector, grey, mean_and_deviation, open, resize, scale, transform, warp,
};

/// Why an operation failed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum OpenCvError {
    /// The library is not there, or does not fit.
    #[error("OpenCV: {0}")]
    Library(String),
    /// OpenCV refused the operation.
    #[error("OpenCV: {0}")]
    Refused(String),
}

impl From<LibraryError> for OpenCvError {
    fn from(err: LibraryError) -> Self {
        Self::Library(err.to_string())
    }
}

/// Pixels of 8 bits a channel, rows without padding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pixels {
    /// Bytes, channel by channel of each pixel, row by row.
    pub bytes: Vec<u8>,
    /// Pixels a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Channels a pixel.
    pub channels: usize,
}

impl Pixels {
    /// Black pixels.
    pub fn new((width, height): (usize, usize), channels: usize) -> Self {
        Self {
            bytes: vec![0; width * height * channels],
            width,
            height,
            channels,
        }
    }

    /// Width and height.
    pub fn size(&self) -> (usize, usize) {
        (self.width, self.height)
    }

    /// Channel number `channel` of each pixel.
    pub fn channel(&self, channel: usize) -> Self {
        let pixels = self.bytes.chunks_exact(self.channels);
        Self {
            bytes: pixels
                .filter_map(|pixel| pixel.get(channel).copied())
                .collect(),
            channels: 1,
            ..*self
        }
    }

    /// The channels of all `parts`, which are equally large, pixel by pixel.
    pub fn merged(parts: &[Self]) -> Self {
        let size = parts.first().map_or((0, 0), Self::size);
        let mut merged = Self::new(size, parts.iter().map(|part| part.channels).sum());
        let mut first = 0;
        for part in parts {
            let from = part.bytes.chunks_exact(part.channels);
            for (to, from) in merged.bytes.chunks_exact_mut(merged.channels).zip(from) {
                to[first..first + part.channels].copy_from_slice(from);
            }
            first += part.channels;
        }
        merged
    }
}
