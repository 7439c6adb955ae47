//! Single frames: photos, frames of clips, and what can be made of them.

use gst::prelude::*;
use gst_video::prelude::*;
use gst_video::{VideoConverter, VideoFormat, VideoFrame, VideoInfo};

use super::{pipeline, sample};

/// A frame and what its bytes mean.
#[derive(Debug, Clone)]
pub struct Still {
    pub info: VideoInfo,
    pub buffer: gst::Buffer,
}

/// A frame's description, 30 frames a second.
pub fn info(format: VideoFormat, width: u32, height: u32) -> VideoInfo {
    let info = VideoInfo::builder(format, width, height);
    info.fps(gst::Fraction::new(30, 1)).build().unwrap()
}

/// The first `count` frames of a sample clip in `format`, as they were filmed.
pub fn clip(name: &str, format: VideoFormat, count: usize) -> Vec<Still> {
    let path = sample(name);
    let pipeline = pipeline::launch(&format!(
        "filesrc location={} ! decodebin ! videoconvert ! video/x-raw,format={} ! \
         appsink name=out sync=false",
        path.display(),
        format.to_str(),
    ));
    let sink = pipeline.by_name("out").unwrap();
    let sink = sink.downcast::<gst_app::AppSink>().unwrap();
    pipeline.set_state(gst::State::Playing).unwrap();
    let pulled = std::iter::from_fn(|| sink.try_pull_sample(pipeline::PATIENCE));
    let stills: Vec<_> = pulled
        .take(count)
        .map(|sample| Still::of(&sample))
        .collect();
    pipeline.set_state(gst::State::Null).unwrap();
    assert!(!stills.is_empty(), "{} cannot be decoded", path.display());
    stills
}

impl Still {
    fn of(sample: &gst::Sample) -> Self {
        Self {
            info: VideoInfo::from_caps(sample.caps().unwrap()).unwrap(),
            buffer: sample.buffer().unwrap().copy_deep().unwrap(),
        }
    }

    /// A sample photo in RGB.
    pub fn photo(name: &str) -> Self {
        let still = clip(name, VideoFormat::Rgb, 1).remove(0);
        let plain = info(VideoFormat::Rgb, still.info.width(), still.info.height());
        // A photo has no frame rate, which the converter would insist on.
        Self {
            buffer: still.buffer,
            info: plain,
        }
    }

    /// A single-coloured picture in RGB.
    pub fn grey(width: u32, height: u32) -> Self {
        let info = info(VideoFormat::Rgb, width, height);
        let buffer = gst::Buffer::from_mut_slice(vec![110; info.size()]);
        Self { info, buffer }
    }

    /// The same picture in another format or size.
    pub fn converted(&self, to: &VideoInfo) -> Self {
        let to = VideoInfo::builder(to.format(), to.width(), to.height())
            .fps(self.info.fps())
            .colorimetry(&to.colorimetry())
            .build()
            .unwrap();
        let frame = VideoFrame::from_buffer_readable(self.buffer.clone(), &self.info).unwrap();
        let buffer = gst::Buffer::with_size(to.size()).unwrap();
        let mut converted = VideoFrame::from_buffer_writable(buffer, &to).unwrap();
        let converter = VideoConverter::new(&self.info, &to, None).unwrap();
        converter.frame(&frame, &mut converted);
        let buffer = converted.into_buffer();
        Self { info: to, buffer }
    }

    /// The same picture in another format.
    pub fn as_format(&self, format: VideoFormat) -> Self {
        self.converted(&info(format, self.info.width(), self.info.height()))
    }

    /// The same picture in another size.
    pub fn scaled(&self, width: u32, height: u32) -> Self {
        self.converted(&info(self.info.format(), width, height))
    }

    /// The part of an RGB picture that starts at (`x`, `y`).
    pub fn cut(&self, x: usize, y: usize, width: u32, height: u32) -> Self {
        let to = (-(x as i64), -(y as i64));
        Self::grey(width, height).with(self, to.0, to.1)
    }

    /// An RGB picture with another laid over it, its upper left corner at (`x`, `y`); what lies
    /// beyond the picture is cut off.
    pub fn with(&self, other: &Self, x: i64, y: i64) -> Self {
        let mut pixels = self.bytes();
        let laid = other.bytes();
        let stride = |info: &VideoInfo| {
            assert_eq!(info.format(), VideoFormat::Rgb, "only RGB can be laid over");
            info.stride()[0] as usize
        };
        let (into, from) = (stride(&self.info), stride(&other.info));
        for row in 0..i64::from(other.info.height()) {
            for column in 0..i64::from(other.info.width()) {
                let inside = (0..i64::from(self.info.width())).contains(&(x + column))
                    && (0..i64::from(self.info.height())).contains(&(y + row));
                if inside {
                    let to = (y + row) as usize * into + (x + column) as usize * 3;
                    let at = row as usize * from + column as usize * 3;
                    pixels[to..to + 3].copy_from_slice(&laid[at..at + 3]);
                }
            }
        }
        Self {
            info: self.info.clone(),
            buffer: gst::Buffer::from_mut_slice(pixels),
        }
    }

    /// A copy of the frame with this PTS.
    pub fn at(&self, pts: impl Into<Option<gst::ClockTime>>) -> gst::Buffer {
        let mut buffer = self.buffer.copy_deep().unwrap();
        let stamped = buffer.get_mut().unwrap();
        stamped.set_pts(pts);
        stamped.set_dts(gst::ClockTime::NONE);
        stamped.set_duration(gst::ClockTime::NONE);
        stamped.unset_flags(gst::BufferFlags::DISCONT);
        buffer
    }

    /// The caps of the frame.
    pub fn caps(&self) -> gst::Caps {
        self.info.to_caps().unwrap()
    }

    /// The frame's bytes, padding included.
    pub fn bytes(&self) -> Vec<u8> {
        self.buffer.map_readable().unwrap().to_vec()
    }
}
