//! From GStreamer's mapped frames to pictures.

use gst::glib;
use gst_video::{
    VideoColorMatrix, VideoColorRange, VideoFormat, VideoFrameRef, VideoInfo, VideoMeta,
};

use super::{Colour, Orientation, Picture, PictureError, PictureMut, PixelFormat, View, memory};

impl PixelFormat {
    /// GStreamer's name of the format.
    pub const fn to_gst(self) -> VideoFormat {
        match self {
            Self::I420 => VideoFormat::I420,
            Self::Nv12 => VideoFormat::Nv12,
            Self::Yuy2 => VideoFormat::Yuy2,
            Self::Uyvy => VideoFormat::Uyvy,
            Self::Yvyu => VideoFormat::Yvyu,
            Self::Y42b => VideoFormat::Y42b,
            Self::Bgrx => VideoFormat::Bgrx,
            Self::Bgra => VideoFormat::Bgra,
            Self::Rgbx => VideoFormat::Rgbx,
            Self::Rgba => VideoFormat::Rgba,
            Self::Rgb => VideoFormat::Rgb,
            Self::Bgr => VideoFormat::Bgr,
            Self::Gray8 => VideoFormat::Gray8,
        }
    }

    fn from_gst(format: VideoFormat) -> Result<Self, PictureError> {
        Self::ALL
            .into_iter()
            .find(|known| known.to_gst() == format)
            .ok_or_else(|| PictureError::Format(format.to_string()))
    }
}

impl Colour {
    fn from_info(info: &VideoInfo) -> Self {
        let colorimetry = info.colorimetry();
        let (kr, kb) = match colorimetry.matrix() {
            VideoColorMatrix::Bt709 => (0.2126, 0.0722),
            VideoColorMatrix::Bt2020 => (0.2627, 0.0593),
            VideoColorMatrix::Smpte240m => (0.212, 0.087),
            VideoColorMatrix::Fcc => (0.30, 0.11),
            _ => (0.299, 0.114),
        };
        Self {
            kr,
            kb,
            full_range: colorimetry.range() == VideoColorRange::Range0_255,
        }
    }
}

/// Maps `buffer` for reading, as a frame of `info`.
///
/// # Errors
/// The buffer does not hold such a frame.
pub fn map<'a>(
    buffer: &'a gst::BufferRef,
    info: &VideoInfo,
) -> Result<VideoFrameRef<&'a gst::BufferRef>, glib::BoolError> {
    check(buffer, info)?;
    VideoFrameRef::from_buffer_ref_readable(buffer, info)
}

/// Maps `buffer` for drawing, as a frame of `info`.
///
/// # Errors
/// The buffer does not hold such a frame.
pub fn map_mut<'a>(
    buffer: &'a mut gst::BufferRef,
    info: &VideoInfo,
) -> Result<VideoFrameRef<&'a mut gst::BufferRef>, glib::BoolError> {
    check(buffer, info)?;
    VideoFrameRef::from_buffer_ref_writable(buffer, info)
}

/// What GStreamer would report as a programming error, since it takes its caps for granted.
fn check(buffer: &gst::BufferRef, info: &VideoInfo) -> Result<(), glib::BoolError> {
    let metas = buffer.iter_meta::<VideoMeta>();
    let Some(meta) = metas.min_by_key(|meta| meta.id()) else {
        return if buffer.size() < info.size() {
            Err(glib::bool_error!(
                "{} bytes where {} are needed",
                buffer.size(),
                info.size()
            ))
        } else {
            Ok(())
        };
    };
    let agrees = meta.format() == info.format()
        && meta.n_planes() == info.n_planes()
        && meta.width() >= info.width()
        && meta.height() >= info.height();
    if agrees {
        Ok(())
    } else {
        Err(glib::bool_error!(
            "a {} of {}x{} where a {} of {}x{} is announced",
            meta.format(),
            meta.width(),
            meta.height(),
            info.format(),
            info.width(),
            info.height()
        ))
    }
}

/// A buffer with the pixels of `picture`, in the layout that GStreamer gives frames of `info`.
///
/// # Errors
/// `info` is of another format or size, or there is no memory.
pub fn buffer_of(picture: &Picture<'_>, info: &VideoInfo) -> Result<gst::Buffer, glib::BoolError> {
    let size = [info.width() as usize, info.height() as usize];
    if picture.format.to_gst() != info.format() || [picture.width, picture.height] != size {
        return Err(glib::bool_error!(
            "the picture is of another format than {info:?}"
        ));
    }
    let mut bytes = vec![0; info.size()];
    let rows = picture.format.planes(picture.width, picture.height);
    let places = info.offset().iter().zip(info.stride());
    for ((plane, (row, rows)), (&offset, &stride)) in picture.planes.iter().zip(rows).zip(places) {
        let stride = usize::try_from(stride).unwrap_or(row);
        let lines = plane.data.chunks(plane.stride.max(1)).take(rows);
        let target = bytes.get_mut(offset..).unwrap_or_default();
        for (line, to) in lines.zip(target.chunks_mut(stride.max(1))) {
            let length = row.min(line.len()).min(to.len());
            if let (Some(from), Some(to)) = (line.get(..length), to.get_mut(..length)) {
                to.copy_from_slice(from);
            }
        }
    }
    Ok(gst::Buffer::from_mut_slice(bytes))
}

impl<'a> Picture<'a> {
    /// Views a frame mapped for reading as the picture that `info` announces, in square pixels; the
    /// frame itself may be padded beyond it.
    ///
    /// # Errors
    /// A format, size or stride that cannot be analysed.
    pub fn from_frame(
        frame: &'a VideoFrameRef<&gst::BufferRef>,
        info: &VideoInfo,
    ) -> Result<Self, PictureError> {
        let format = PixelFormat::from_gst(info.format())?;
        let (width, height) = (info.width() as usize, info.height() as usize);
        let planes = memory::planes(frame, format, width, height)?;
        let picture = Self::new(format, width, height, planes, Colour::from_info(info))?;
        let aspect = f64::from(info.par().numer()) / f64::from(info.par().denom());
        Ok(picture.seen_as(View::new(Orientation::default(), aspect)))
    }
}

impl<'a> PictureMut<'a> {
    /// Views a frame mapped for writing as the picture that `info` announces.
    ///
    /// # Errors
    /// A format, size or stride that cannot be drawn upon.
    pub fn from_frame(
        frame: &'a mut VideoFrameRef<&mut gst::BufferRef>,
        info: &VideoInfo,
    ) -> Result<Self, PictureError> {
        let format = PixelFormat::from_gst(info.format())?;
        let (width, height) = (info.width() as usize, info.height() as usize);
        let planes = memory::planes_mut(frame, format, width, height)?;
        Self::new(format, width, height, planes, Colour::from_info(info))
    }
}
