//! From GStreamer's mapped frames to pictures.

use gst_video::{
    VideoColorMatrix, VideoColorRange, VideoFormat, VideoFrameExt, VideoFrameRef, VideoInfo,
};

use super::{Colour, Picture, PictureError, PictureMut, PixelFormat, Plane, PlaneMut};

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
    fn of(info: &VideoInfo) -> Self {
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

impl<'a> Picture<'a> {
    /// Views a frame mapped for reading.
    ///
    /// # Errors
    /// A format, size or stride that cannot be analysed.
    pub fn from_frame(frame: &'a VideoFrameRef<&gst::BufferRef>) -> Result<Self, PictureError> {
        let planes = frame.planes_data().into_iter().zip(frame.plane_stride());
        let planes = planes.map(|(data, &stride)| Plane {
            data,
            stride: usize::try_from(stride).unwrap_or(0),
        });
        Self::new(
            PixelFormat::from_gst(frame.format())?,
            frame.width() as usize,
            frame.height() as usize,
            planes.take(frame.n_planes() as usize).collect(),
            Colour::of(frame.info()),
        )
    }
}

impl<'a> PictureMut<'a> {
    /// Views a frame mapped for writing.
    ///
    /// # Errors
    /// A format, size or stride that cannot be drawn upon.
    pub fn from_frame(
        frame: &'a mut VideoFrameRef<&mut gst::BufferRef>,
    ) -> Result<Self, PictureError> {
        let format = PixelFormat::from_gst(frame.format())?;
        let (width, height) = (frame.width() as usize, frame.height() as usize);
        let colour = Colour::of(frame.info());
        let (strides, count) = (frame.plane_stride().to_vec(), frame.n_planes() as usize);
        let planes = frame.planes_data_mut().into_iter().zip(strides);
        let planes = planes.map(|(data, stride)| PlaneMut {
            data,
            stride: usize::try_from(stride).unwrap_or(0),
        });
        let planes = planes.take(count).collect();
        Self::new(format, width, height, planes, colour)
    }
}
