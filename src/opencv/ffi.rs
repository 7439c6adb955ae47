//! The C interface of `libaliyarface_opencv.so` (`crates/aliyarface-opencv`).

use std::ffi::CStr;
use std::marker::PhantomData;

use once_cell::sync::OnceCell;

use crate::runtime::private::{self, LibraryError};

use super::{OpenCvError, Pixels};

const LIBRARY: &str = "libaliyarface_opencv.so";
const VERSION: u32 = 2;

#[repr(C)]
struct Failure {
    message: [u8; 256],
}

impl Failure {
    const NONE: Self = Self { message: [0; 256] };

    fn result(self, done: bool) -> Result<(), OpenCvError> {
        if done {
            return Ok(());
        }
        let text = CStr::from_bytes_until_nul(&self.message).unwrap_or_default();
        Err(OpenCvError::Refused(text.to_string_lossy().into_owned()))
    }
}

/// Pixels of 8 bits a channel as OpenCV sees them.
#[repr(C)]
pub struct Image<'a> {
    data: *mut u8,
    width: i32,
    height: i32,
    channels: i32,
    stride: usize,
    pixels: PhantomData<&'a [u8]>,
}

impl<'a> Image<'a> {
    /// `width` x `height` pixels of so many `channels` in `data`, whose rows begin `stride` bytes apart; `None`
    /// where the last row would end after the data.
    pub fn new(
        data: &'a [u8],
        (width, height): (usize, usize),
        channels: usize,
        stride: usize,
    ) -> Option<Self> {
        let row = width.checked_mul(channels)?;
        let reach = stride
            .checked_mul(height.checked_sub(1)?)?
            .checked_add(row)?;
        let sound = reach <= data.len() && row <= stride && row > 0;
        Some(Self {
            data: data.as_ptr().cast_mut(),
            width: i32::try_from(width).ok()?,
            height: i32::try_from(height).ok()?,
            channels: i32::try_from(channels).ok()?,
            stride,
            pixels: PhantomData,
        })
        .filter(|_| sound)
    }

    fn of(pixels: &'a Pixels) -> Result<Self, OpenCvError> {
        let stride = pixels.width * pixels.channels;
        let image = Self::new(&pixels.bytes, pixels.size(), pixels.channels, stride);
        image.ok_or_else(|| OpenCvError::Refused("an image without pixels".to_owned()))
    }

    fn of_mut(pixels: &'a mut Pixels) -> Result<Self, OpenCvError> {
        let data = pixels.bytes.as_mut_ptr();
        Ok(Self {
            data,
            ..Self::of(pixels)?
        })
    }
}

macro_rules! interface {
    ($($field:ident = $symbol:literal ( $($arg:ty),* ) -> $ret:ty;)*) => {
        struct Api {
            $($field: unsafe extern "C" fn($($arg),*) -> $ret,)*
        }

        impl Api {
            fn open() -> Result<Self, LibraryError> {
                let library = private::open(LIBRARY, &["alfmalloc.so"])?;
                // SAFETY: each symbol is given the type that the library of this version declares.
                let api = unsafe {
                    let version: unsafe extern "C" fn() -> u32 =
                        library.function(c"aliyarface_opencv_version")?;
                    if version() != VERSION {
                        return Err(LibraryError::Version(library.path().to_owned()));
                    }
                    Self { $($field: library.function($symbol)?,)* }
                };
                library.keep();
                Ok(api)
            }
        }
    };
}

type InputImage<'a> = *const Image<'a>;
type OutputImage<'a> = *mut Image<'a>;

interface! {
    warp = c"aliyarface_opencv_warp"
        (InputImage<'_>, *const [[f64; 3]; 2], bool, f64, OutputImage<'_>, *mut Failure) -> bool;
    resize = c"aliyarface_opencv_resize"(InputImage<'_>, bool, OutputImage<'_>, *mut Failure) -> bool;
    transform = c"aliyarface_opencv_transform"
        (InputImage<'_>, *const f32, OutputImage<'_>, *mut Failure) -> bool;
    grey = c"aliyarface_opencv_grey"(InputImage<'_>, OutputImage<'_>, *mut Failure) -> bool;
    scale = c"aliyarface_opencv_scale"(InputImage<'_>, f64, f64, OutputImage<'_>, *mut Failure) -> bool;
    derivatives = c"aliyarface_opencv_derivatives"
        (InputImage<'_>, *mut f32, *mut f32, *mut f32, *mut Failure) -> bool;
    mean_and_deviation = c"aliyarface_opencv_mean_and_deviation"
        (InputImage<'_>, *mut [f64; 2], *mut Failure) -> bool;
    eigenvector = c"aliyarface_opencv_eigenvector"
        (*const [[f64; 4]; 4], *mut [f64; 4], *mut Failure) -> bool;
}

impl Api {
    /// The library, opened when it is first asked for and never closed.
    fn get() -> Result<&'static Self, OpenCvError> {
        static API: OnceCell<Api> = OnceCell::new();
        Ok(API.get_or_try_init(Self::open)?)
    }
}

/// Opens the library ahead of the first operation.
///
/// # Errors
/// It is not there, or does not fit.
pub fn open() -> Result<(), OpenCvError> {
    Api::get().map(drop)
}

/// A warp of `from` to `size` by bilinear interpolation: `matrix` leads from pixel indices of the result to those
/// of `from`. Beyond the edge is the nearest pixel where `replicate`, else `outside` in each channel.
///
/// # Errors
/// As of all operations: OpenCV is not there, or refused.
pub fn warp(
    from: &Image<'_>,
    matrix: &[[f64; 3]; 2],
    size: (usize, usize),
    replicate: bool,
    outside: f64,
) -> Result<Pixels, OpenCvError> {
    let api = Api::get()?;
    let mut pixels = Pixels::new(size, from.channels as usize);
    let mut failure = Failure::NONE;
    let mut to = Image::of_mut(&mut pixels)?;
    // SAFETY: the images hold what they say.
    let done = unsafe { (api.warp)(from, matrix, replicate, outside, &mut to, &mut failure) };
    failure.result(done)?;
    Ok(pixels)
}

/// `from` resized to `size`: each pixel the mean of those it covers where `area`, else bilinear.
///
/// # Errors
/// See [`warp`].
pub fn resize(from: &Pixels, size: (usize, usize), area: bool) -> Result<Pixels, OpenCvError> {
    let api = Api::get()?;
    let mut pixels = Pixels::new(size, from.channels);
    let mut failure = Failure::NONE;
    let (from, mut to) = (Image::of(from)?, Image::of_mut(&mut pixels)?);
    // SAFETY: the images hold what they say.
    let done = unsafe { (api.resize)(&from, area, &mut to, &mut failure) };
    failure.result(done)?;
    Ok(pixels)
}

/// Three channels, each a row of `matrix` times the channels of `from` and 1.
///
/// # Errors
/// See [`warp`].
pub fn transform(from: &Pixels, matrix: &[Vec<f32>; 3]) -> Result<Pixels, OpenCvError> {
    let api = Api::get()?;
    let flat = matrix.concat();
    if flat.len() != 3 * (from.channels + 1) {
        return Err(OpenCvError::Refused("a matrix of another size".to_owned()));
    }
    let mut pixels = Pixels::new(from.size(), 3);
    let mut failure = Failure::NONE;
    let (from, mut to) = (Image::of(from)?, Image::of_mut(&mut pixels)?);
    // SAFETY: the images hold what they say, and the matrix is as large as the call expects.
    let done = unsafe { (api.transform)(&from, flat.as_ptr(), &mut to, &mut failure) };
    failure.result(done)?;
    Ok(pixels)
}

/// The brightness (BT.601) of RGB pixels.
///
/// # Errors
/// See [`warp`].
pub fn grey(from: &Pixels) -> Result<Pixels, OpenCvError> {
    let api = Api::get()?;
    let mut pixels = Pixels::new(from.size(), 1);
    let mut failure = Failure::NONE;
    let (from, mut to) = (Image::of(from)?, Image::of_mut(&mut pixels)?);
    // SAFETY: the images hold what they say.
    let done = unsafe { (api.grey)(&from, &mut to, &mut failure) };
    failure.result(done)?;
    Ok(pixels)
}

/// `gain * value + offset`, rounded and clipped to 0..255.
///
/// # Errors
/// See [`warp`].
pub fn scale(from: &Pixels, gain: f64, offset: f64) -> Result<Pixels, OpenCvError> {
    let api = Api::get()?;
    let mut pixels = Pixels::new(from.size(), from.channels);
    let mut failure = Failure::NONE;
    let (from, mut to) = (Image::of(from)?, Image::of_mut(&mut pixels)?);
    // SAFETY: the images hold what they say.
    let done = unsafe { (api.scale)(&from, gain, offset, &mut to, &mut failure) };
    failure.result(done)?;
    Ok(pixels)
}

fn square(grey: &[u8], side: usize) -> Result<Image<'_>, OpenCvError> {
    let image = Image::new(grey, (side, side), 1, side);
    image.ok_or_else(|| OpenCvError::Refused("a crop that ends early".to_owned()))
}

/// Sobel derivatives across and down, and the Laplacian, a number a pixel of a square grey crop of `side` pixels a
/// side, after a Gaussian of one pixel.
///
/// # Errors
/// See [`warp`].
pub fn derivatives(grey: &[u8], side: usize) -> Result<[Vec<f32>; 3], OpenCvError> {
    let (api, image) = (Api::get()?, square(grey, side)?);
    let mut results = [0; 3].map(|_| vec![0.0; side * side]);
    let mut failure = Failure::NONE;
    let [across, down, laplacian] = &mut results;
    let [across, down, laplacian] = [across, down, laplacian].map(Vec::as_mut_ptr);
    // SAFETY: the image holds what it says, and each result has room for a number a pixel.
    let done = unsafe { (api.derivatives)(&image, across, down, laplacian, &mut failure) };
    failure.result(done)?;
    Ok(results)
}

/// Mean and standard deviation of a square grey crop of `side` pixels a side.
///
/// # Errors
/// See [`warp`].
pub fn mean_and_deviation(grey: &[u8], side: usize) -> Result<[f64; 2], OpenCvError> {
    let (api, image) = (Api::get()?, square(grey, side)?);
    let (mut result, mut failure) = ([0.0; 2], Failure::NONE);
    // SAFETY: the image holds what it says.
    let done = unsafe { (api.mean_and_deviation)(&image, &mut result, &mut failure) };
    failure.result(done)?;
    Ok(result)
}

/// The eigenvector of the largest eigenvalue of a symmetric matrix.
///
/// # Errors
/// See [`warp`].
pub fn eigenvector(matrix: &[[f64; 4]; 4]) -> Result<[f64; 4], OpenCvError> {
    let api = Api::get()?;
    let (mut result, mut failure) = ([1.0, 0.0, 0.0, 0.0], Failure::NONE);
    // SAFETY: the matrix and the vector are as large as the call expects.
    let done = unsafe { (api.eigenvector)(matrix, &mut result, &mut failure) };
    failure.result(done)?;
    Ok(result)
}
