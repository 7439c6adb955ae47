//! The operations of OpenCV that the plugin uses, with a C interface; they are written in C++ (`src/cpp`).
//!
//! The plugin opens this library when an element becomes ready, so that no symbol of OpenCV meets the host's.
//! Each call returns whether it succeeded and, where it did not, writes why into a [`Failure`]. Memory belongs
//! to the caller.
//!
//! # Safety
//! Of every call: pointers are to live values, an [`Image`] holds what it says, and a result has the room that
//! its description says.

#![allow(clippy::missing_safety_doc)]

/// Version of this interface: the plugin uses no other.
pub const VERSION: u32 = 2;

/// Why a call failed: one line of UTF-8, zero-terminated.
#[repr(C)]
pub struct Failure {
    /// The line.
    pub message: [u8; 256],
}

/// Pixels of 8 bits a channel.
#[repr(C)]
pub struct Image {
    /// The first pixel.
    pub data: *mut u8,
    /// Pixels a row.
    pub width: i32,
    /// Rows.
    pub height: i32,
    /// Channels a pixel.
    pub channels: i32,
    /// Bytes from one row to the next.
    pub stride: usize,
}

/// [`VERSION`].
#[unsafe(no_mangle)]
pub extern "C" fn aliyarface_opencv_version() -> u32 {
    VERSION
}

/// Exports functions of the C++ half: a Rust library shows no others.
macro_rules! export {
    ($($(#[$doc:meta])* $name:ident = $inner:ident($($arg:ident: $kind:ty),*) $(-> $result:ty)?;)*) => {
        unsafe extern "C" {
            $(fn $inner($($arg: $kind),*) $(-> $result)?;)*
        }
        $(
            $(#[$doc])*
            #[unsafe(no_mangle)]
            pub unsafe extern "C" fn $name($($arg: $kind),*) $(-> $result)? {
                // SAFETY: what the caller promises.
                unsafe { $inner($($arg),*) }
            }
        )*
    };
}

export! {
    /// `warpAffine`, bilinear, by the inverse `matrix` (2 x 3); beyond the edge is the nearest pixel where
    /// `replicate`, else `outside` in each channel.
    aliyarface_opencv_warp = opencv_warp(
        from: *const Image, matrix: *const [[f64; 3]; 2], replicate: bool, outside: f64, to: *mut Image,
        failure: *mut Failure
    ) -> bool;
    /// `resize`: by areas where `area`, else bilinear.
    aliyarface_opencv_resize = opencv_resize(
        from: *const Image, area: bool, to: *mut Image, failure: *mut Failure
    ) -> bool;
    /// `transform` by a `matrix` of 3 rows and one more column than `from` has channels.
    aliyarface_opencv_transform = opencv_transform(
        from: *const Image, matrix: *const f32, to: *mut Image, failure: *mut Failure
    ) -> bool;
    /// `cvtColor` from RGB to grey.
    aliyarface_opencv_grey = opencv_grey(
        from: *const Image, to: *mut Image, failure: *mut Failure
    ) -> bool;
    /// `convertTo`: gain x + offset.
    aliyarface_opencv_scale = opencv_scale(
        from: *const Image, gain: f64, offset: f64, to: *mut Image, failure: *mut Failure
    ) -> bool;
    /// Sobel derivatives across and down, and the Laplacian, of a grey image after a Gaussian of one pixel, each
    /// with a number a pixel.
    aliyarface_opencv_derivatives = opencv_derivatives(
        from: *const Image, across: *mut f32, down: *mut f32, laplacian: *mut f32, failure: *mut Failure
    ) -> bool;
    /// Mean and standard deviation of a grey image.
    aliyarface_opencv_mean_and_deviation = opencv_mean_and_deviation(
        from: *const Image, to: *mut [f64; 2], failure: *mut Failure
    ) -> bool;
    /// The eigenvector of the largest eigenvalue of a symmetric matrix.
    aliyarface_opencv_eigenvector = opencv_eigenvector(
        matrix: *const [[f64; 4]; 4], to: *mut [f64; 4], failure: *mut Failure
    ) -> bool;
}
