//! The operations of OpenCV that the plugin uses, with a C interface.
//!
//! The plugin opens this library when an element becomes ready, so that no symbol of OpenCV meets the host's.
//! Each call returns whether it succeeded and, where it did not, writes why into a [`Failure`]. Memory belongs
//! to the caller.
//!
//! # Safety
//! Of every call: pointers are to live values, an [`Image`] holds what it says, and a result has the room that
//! its description says.

#![allow(clippy::missing_safety_doc)]

mod flow;
mod serial;

use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::slice;

use opencv::boxed_ref::{BoxedRef, BoxedRefMut};
use opencv::core::{
    self, BORDER_CONSTANT, BORDER_REPLICATE, CV_8U, CV_32F, CV_MAKETYPE, Mat, MatTraitConst,
    MatTraitConstManual, Scalar, Size,
};
use opencv::imgproc;

/// Version of this interface: the plugin uses no other.
pub const VERSION: u32 = 1;

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

impl Image {
    fn kind(&self) -> i32 {
        CV_MAKETYPE(CV_8U, self.channels)
    }

    fn size(&self) -> Size {
        Size::new(self.width, self.height)
    }

    /// A header of OpenCV over the pixels; it borrows them without saying so.
    unsafe fn header(&self) -> opencv::Result<Mat> {
        let (data, stride) = (self.data.cast::<c_void>(), self.stride);
        // SAFETY: the image holds what it says; OpenCV reads no padding after the last row.
        unsafe {
            Mat::new_rows_cols_with_data_unsafe(self.height, self.width, self.kind(), data, stride)
        }
    }

    /// The pixels as a matrix.
    unsafe fn view(&self) -> opencv::Result<BoxedRef<'_, Mat>> {
        // SAFETY: the result borrows the image.
        Ok(unsafe { self.header()? }.into())
    }

    /// The pixels as a matrix to write into.
    unsafe fn view_mut(&mut self) -> opencv::Result<BoxedRefMut<'_, Mat>> {
        // SAFETY: the result borrows the image as its only user.
        Ok(unsafe { self.header()? }.into())
    }
}

/// Runs `work` and writes why it failed; no panic leaves it.
fn guarded(failure: *mut Failure, work: impl FnOnce() -> opencv::Result<()>) -> bool {
    let text = match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(())) => return true,
        Ok(Err(err)) => err.message,
        Err(_) => "OpenCV broke down".to_owned(),
    };
    // SAFETY: the caller's to write.
    let message = unsafe { &mut (*failure).message };
    *message = [0; 256];
    let line = text.lines().next().unwrap_or_default().as_bytes();
    for (to, from) in message.iter_mut().take(255).zip(line) {
        *to = *from;
    }
    false
}

/// [`VERSION`].
#[unsafe(no_mangle)]
pub extern "C" fn aliyarface_opencv_version() -> u32 {
    VERSION
}

/// `warpAffine`, bilinear, by the inverse `matrix` (2 x 3); beyond the edge is the nearest pixel where
/// `replicate`, else `outside` in each channel.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aliyarface_opencv_warp(
    from: *const Image,
    matrix: *const [[f64; 3]; 2],
    replicate: bool,
    outside: f64,
    to: *mut Image,
    failure: *mut Failure,
) -> bool {
    guarded(failure, || unsafe {
        let (from, to, matrix) = (&*from, &mut *to, &*matrix);
        let size = to.size();
        imgproc::warp_affine(
            &from.view()?,
            &mut to.view_mut()?,
            &Mat::from_slice_2d(matrix)?,
            size,
            imgproc::INTER_LINEAR | imgproc::WARP_INVERSE_MAP,
            if replicate {
                BORDER_REPLICATE
            } else {
                BORDER_CONSTANT
            },
            Scalar::all(outside),
        )
    })
}

/// `resize`: by areas where `area`, else bilinear.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aliyarface_opencv_resize(
    from: *const Image,
    area: bool,
    to: *mut Image,
    failure: *mut Failure,
) -> bool {
    guarded(failure, || unsafe {
        let (from, to) = (&*from, &mut *to);
        let (size, how) = if area {
            (to.size(), imgproc::INTER_AREA)
        } else {
            (to.size(), imgproc::INTER_LINEAR)
        };
        imgproc::resize(&from.view()?, &mut to.view_mut()?, size, 0.0, 0.0, how)
    })
}

/// `transform` by a `matrix` of 3 rows and one more column than `from` has channels.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aliyarface_opencv_transform(
    from: *const Image,
    matrix: *const f32,
    to: *mut Image,
    failure: *mut Failure,
) -> bool {
    guarded(failure, || unsafe {
        let (from, to) = (&*from, &mut *to);
        let columns = from.channels as usize + 1;
        let rows: Vec<&[f32]> = slice::from_raw_parts(matrix, 3 * columns)
            .chunks(columns)
            .collect();
        core::transform(
            &from.view()?,
            &mut to.view_mut()?,
            &Mat::from_slice_2d(&rows)?,
        )
    })
}

/// `cvtColor` from RGB to grey.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aliyarface_opencv_grey(
    from: *const Image,
    to: *mut Image,
    failure: *mut Failure,
) -> bool {
    guarded(failure, || unsafe {
        let (from, to) = (&*from, &mut *to);
        imgproc::cvt_color_def(&from.view()?, &mut to.view_mut()?, imgproc::COLOR_RGB2GRAY)
    })
}

/// `convertTo`: gain x + offset.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aliyarface_opencv_scale(
    from: *const Image,
    gain: f64,
    offset: f64,
    to: *mut Image,
    failure: *mut Failure,
) -> bool {
    guarded(failure, || unsafe {
        let (from, to) = (&*from, &mut *to);
        from.view()?
            .convert_to(&mut to.view_mut()?, CV_8U, gain, offset)
    })
}

/// Sobel derivatives across and down, and the Laplacian, of a grey image after a Gaussian of one pixel, each with
/// a number a pixel.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aliyarface_opencv_derivatives(
    from: *const Image,
    across: *mut f32,
    down: *mut f32,
    laplacian: *mut f32,
    failure: *mut Failure,
) -> bool {
    guarded(failure, || unsafe {
        let from = &*from;
        let mut floats = Mat::default();
        from.view()?.convert_to(&mut floats, CV_32F, 1.0, 0.0)?;
        let mut smooth = Mat::default();
        imgproc::gaussian_blur_def(&floats, &mut smooth, Size::new(0, 0), 1.0)?;
        let (mut x, mut y, mut xy) = (Mat::default(), Mat::default(), Mat::default());
        imgproc::sobel_def(&smooth, &mut x, CV_32F, 1, 0)?;
        imgproc::sobel_def(&smooth, &mut y, CV_32F, 0, 1)?;
        imgproc::laplacian_def(&smooth, &mut xy, CV_32F)?;
        for (result, to) in [(x, across), (y, down), (xy, laplacian)] {
            let values: &[f32] = result.data_typed()?;
            slice::from_raw_parts_mut(to, values.len()).copy_from_slice(values);
        }
        Ok(())
    })
}

/// Mean and standard deviation of a grey image.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aliyarface_opencv_mean_and_deviation(
    from: *const Image,
    to: *mut [f64; 2],
    failure: *mut Failure,
) -> bool {
    guarded(failure, || unsafe {
        let (mut mean, mut deviation) = (Mat::default(), Mat::default());
        core::mean_std_dev_def(&(*from).view()?, &mut mean, &mut deviation)?;
        *to = [*mean.at::<f64>(0)?, *deviation.at::<f64>(0)?];
        Ok(())
    })
}

/// The eigenvector of the largest eigenvalue of a symmetric matrix.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aliyarface_opencv_eigenvector(
    matrix: *const [[f64; 4]; 4],
    to: *mut [f64; 4],
    failure: *mut Failure,
) -> bool {
    guarded(failure, || unsafe {
        let (mut values, mut vectors) = (Mat::default(), Mat::default());
        core::eigen(&Mat::from_slice_2d(&*matrix)?, &mut values, &mut vectors)?;
        let largest = vectors.row(0)?;
        let largest: &[f64] = largest.data_typed()?;
        for (to, from) in (*to).iter_mut().zip(largest) {
            *to = *from;
        }
        Ok(())
    })
}
