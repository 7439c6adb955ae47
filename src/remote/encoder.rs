//! Pictures as they travel: upright, in square pixels, no larger than the stages need, compressed.

use gst::prelude::*;
use gst_video::VideoInfo;

use crate::picture::{self, Orientation, Picture};

use super::link_error::LinkError;
use super::protocol::{JPEG, KEY, PNG, RAW};

/// How pictures are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, glib::Enum)]
#[enum_type(name = "GstAliyarFaceRemoteCodec")]
pub enum Codec {
    /// One JPEG each.
    #[default]
    #[enum_value(
        name = "A JPEG each: some 8 Mbit/s at 640x480 and 30 a second",
        nick = "jpeg"
    )]
    Jpeg,
    /// H.264, each picture by what changed since the last.
    #[enum_value(
        name = "H.264: some 1 Mbit/s at 640x480 and 30 a second",
        nick = "h264"
    )]
    H264,
    /// One PNG each, without loss but for the step to RGB.
    #[enum_value(
        name = "A PNG each, never scaled: without loss but for the step to RGB",
        nick = "png"
    )]
    Png,
    /// As they are.
    #[enum_value(
        name = "As they are, never scaled: results as exact as on this machine",
        nick = "raw"
    )]
    Raw,
}

impl Codec {
    /// Whether the server sees what this machine sees.
    pub fn is_lossless(self) -> bool {
        matches!(self, Self::Png | Self::Raw)
    }

    const fn flag(self) -> u8 {
        match self {
            Self::Jpeg => JPEG,
            Self::H264 => 0,
            Self::Png => PNG,
            Self::Raw => RAW,
        }
    }

    /// The elements that compress, the likeliest first.
    fn encoders(self) -> &'static [&'static str] {
        match self {
            Self::Jpeg => &["jpegenc quality=80 idct-method=ifast", "avenc_mjpeg"],
            Self::H264 => &[
                "x264enc tune=zerolatency speed-preset=veryfast bitrate=1100 vbv-buf-capacity=300 key-int-max=300 threads=1",
                "openh264enc bitrate=1100000 gop-size=300 complexity=low",
                "v4l2h264enc",
            ],
            Self::Png => &["pngenc compression-level=1"],
            Self::Raw => &["identity"],
        }
    }
}

/// What pictures are like before they are compressed.
#[derive(Debug, Clone)]
pub struct PictureFormat {
    /// Format and size of a frame.
    pub info: VideoInfo,
    /// How frames are turned to be upright.
    pub orientation: Orientation,
}

impl PartialEq for PictureFormat {
    fn eq(&self, other: &Self) -> bool {
        self.info == other.info && self.orientation == other.orientation
    }
}

/// How pictures are compressed before they travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EncoderOptions {
    /// How they are compressed.
    pub codec: Codec,
    /// The longest side in pixels; what is larger is scaled. 0 leaves every size.
    pub longest_side: u32,
}

/// A picture as it travels.
pub struct Encoded {
    /// Flags of the protocol.
    pub flags: u8,
    /// What stands before the picture.
    pub head: Vec<u8>,
    /// The picture.
    pub data: gst::MappedBuffer<gst::buffer::Readable>,
}

/// Compresses pictures of one format, on the thread that asks for it: a thread of the pipeline's own would take the
/// processor of a stream that has just woken it.
pub struct Encoder {
    format: PictureFormat,
    codec: Codec,
    pipeline: gst::Pipeline,
    /// Linked to the pipeline's first element.
    input: gst::Pad,
    output: gst_app::AppSink,
    frames: u64,
}

/// How long an encoder with a thread of its own, as those of hardware have, may take for a picture.
const PATIENCE: gst::ClockTime = gst::ClockTime::from_seconds(2);
/// Pictures a second, and the time between two of them, for the encoder, which has no other.
const RATE: i32 = 30;
const STEP: gst::ClockTime = gst::ClockTime::from_nseconds(33_333_333);

impl Encoder {
    /// An encoder for pictures of `format`.
    ///
    /// # Errors
    /// GStreamer has no element that compresses so.
    pub fn new(format: &PictureFormat, encoding: EncoderOptions) -> Result<Self, LinkError> {
        let codec = encoding.codec;
        let missing = || {
            let names = codec
                .encoders()
                .iter()
                .map(|words| words.split(' ').next().unwrap_or_default());
            let names: Vec<_> = names.collect();
            LinkError::Encoder(format!(
                "GStreamer has none of {}; install its plugins, or set another remote-codec",
                names.join(", ")
            ))
        };
        let encoder = codec.encoders().iter().find(|words| {
            let name = words.split(' ').next().unwrap_or_default();
            gst::ElementFactory::find(name).is_some()
        });
        let description = describe(format, encoding, encoder.ok_or_else(missing)?);
        Self::start(&description, format, codec).map_err(|err| LinkError::Encoder(err.to_string()))
    }

    fn start(
        description: &str,
        format: &PictureFormat,
        codec: Codec,
    ) -> Result<Self, Box<dyn std::error::Error>> {
        let pipeline = gst::parse::launch(description)?;
        let pipeline = pipeline
            .downcast::<gst::Pipeline>()
            .map_err(|_| "it is no pipeline")?;
        let named = |name| pipeline.by_name(name).ok_or("a pipeline without ends");
        let entry = named("in")?.static_pad("sink").ok_or("no way in")?;
        let output = named("out")?
            .downcast::<gst_app::AppSink>()
            .map_err(|_| "no appsink")?;
        let input = gst::Pad::new(gst::PadDirection::Src);
        input.set_active(true)?;
        // The pad is of no element, which every other check is about.
        input.link_full(&entry, gst::PadLinkCheck::empty())?;
        // The rate of the times that pictures get here: without one x264enc holds pictures back.
        let mut caps = format.info.to_caps()?;
        caps.make_mut()
            .set("framerate", gst::Fraction::new(RATE, 1));
        pipeline.set_state(gst::State::Playing)?;
        let segment = gst::FormattedSegment::<gst::ClockTime>::new();
        let began = input.push_event(gst::event::StreamStart::new("pictures"))
            && input.push_event(gst::event::Caps::new(&caps))
            && input.push_event(gst::event::Segment::new(&segment));
        if !began {
            return Err("the encoder takes no such pictures".into());
        }
        Ok(Self {
            format: format.clone(),
            codec,
            pipeline,
            input,
            output,
            frames: 0,
        })
    }

    /// Whether each picture can be decoded without those before it.
    pub fn is_of_single_pictures(&self) -> bool {
        self.codec != Codec::H264
    }

    /// Whether it is for such pictures.
    pub fn is_for(&self, format: &PictureFormat) -> bool {
        self.format == *format
    }

    /// Compresses `picture`. The first one of an encoder can be decoded without others.
    ///
    /// # Errors
    /// It is of another format, or the encoder fails.
    pub fn encode(&mut self, picture: &Picture<'_>) -> Result<Encoded, LinkError> {
        let failed = |err: &dyn std::fmt::Display| LinkError::Encoder(err.to_string());
        let mut buffer =
            picture::buffer_of(picture, &self.format.info).map_err(|err| failed(&err))?;
        if let Some(buffer) = buffer.get_mut() {
            buffer.set_pts(STEP * self.frames);
            buffer.set_duration(STEP);
        }
        self.frames += 1;
        self.input.push(buffer).map_err(|err| failed(&err))?;
        let Some(sample) = self.output.try_pull_sample(PATIENCE) else {
            let bus = self.pipeline.bus();
            let error = bus.and_then(|bus| bus.pop_filtered(&[gst::MessageType::Error]));
            let error = error.map(|message| match message.view() {
                gst::MessageView::Error(err) => err.error().to_string(),
                _ => String::new(),
            });
            return Err(failed(
                &error.unwrap_or_else(|| "the encoder gives nothing".to_owned()),
            ));
        };
        let buffer = sample
            .buffer_owned()
            .ok_or_else(|| failed(&"an empty sample"))?;
        // pngenc calls its pictures dependent on others.
        let alone =
            self.is_of_single_pictures() || !buffer.flags().contains(gst::BufferFlags::DELTA_UNIT);
        let head = match self.codec {
            Codec::Raw => raw_head(&sample)?,
            _ => Vec::new(),
        };
        let key = if alone { KEY } else { 0 };
        Ok(Encoded {
            flags: self.codec.flag() | key,
            head,
            data: buffer
                .into_mapped_buffer_readable()
                .map_err(|_| failed(&"it cannot be read"))?,
        })
    }
}

impl Drop for Encoder {
    fn drop(&mut self) {
        let _ = self.input.set_active(false);
        let _ = self.pipeline.set_state(gst::State::Null);
    }
}

fn describe(format: &PictureFormat, encoding: EncoderOptions, encoder: &str) -> String {
    let PictureFormat { info, orientation } = format;
    let [width, height] = sent_size(info, encoding);
    let mut steps = vec!["identity name=in".to_owned()];
    if [width, height] != [info.width(), info.height()] {
        steps.push(format!(
            "videoconvertscale ! video/x-raw,width={width},height={height},pixel-aspect-ratio=1/1"
        ));
    }
    if !orientation.is_upright() {
        // A mirrored picture is mirrored first, then turned.
        let turned = orientation.to_string();
        let (mirrored, turn) = match turned.strip_prefix("flip-") {
            Some(turn) => (true, turn),
            None => (false, turned.as_str()),
        };
        if mirrored {
            steps.push("videoflip video-direction=horiz".to_owned());
        }
        let turn = match turn {
            "rotate-90" => Some("90r"),
            "rotate-180" => Some("180"),
            "rotate-270" => Some("90l"),
            _ => None,
        };
        steps.extend(turn.map(|turn| format!("videoflip video-direction={turn}")));
    }
    if encoding.codec != Codec::Raw {
        steps.push("videoconvert".to_owned());
    }
    steps.push(encoder.to_owned());
    if encoding.codec == Codec::H264 {
        steps.push("h264parse config-interval=-1".to_owned());
        steps.push("video/x-h264,stream-format=byte-stream,alignment=au".to_owned());
    }
    steps.push("appsink name=out sync=false async=false max-buffers=4".to_owned());
    steps.join(" ! ")
}

/// Width and height in which a frame of `info` is sent, before it is turned.
fn sent_size(info: &VideoInfo, encoding: EncoderOptions) -> [u32; 2] {
    let par = f64::from(info.par().numer()) / f64::from(info.par().denom().max(1));
    let square = [f64::from(info.width()) * par, f64::from(info.height())];
    let longest = square[0].max(square[1]);
    let limit = f64::from(encoding.longest_side);
    let scale = if encoding.codec.is_lossless() || limit == 0.0 || longest <= limit {
        1.0
    } else {
        limit / longest
    };
    if scale == 1.0 && par == 1.0 {
        return [info.width(), info.height()];
    }
    // Chroma is halved.
    square.map(|side| ((side * scale / 2.0).round() as u32 * 2).max(2))
}

/// Width, height and format before a picture as it is.
fn raw_head(sample: &gst::Sample) -> Result<Vec<u8>, LinkError> {
    let failed = |what: &str| LinkError::Encoder(what.to_owned());
    let caps = sample
        .caps()
        .ok_or_else(|| failed("a picture without a format"))?;
    let info = VideoInfo::from_caps(caps).map_err(|_| failed("a picture of no format"))?;
    let side = |side: u32| u16::try_from(side).map_err(|_| failed("the picture is too large"));
    let mut head = Vec::with_capacity(12);
    head.extend(side(info.width())?.to_le_bytes());
    head.extend(side(info.height())?.to_le_bytes());
    let mut name = info.format().to_str().as_bytes().to_vec();
    name.resize(8, 0);
    head.extend(name);
    Ok(head)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(width: u32, height: u32, par: (i32, i32)) -> VideoInfo {
        gst::init().unwrap();
        let builder = VideoInfo::builder(gst_video::VideoFormat::I420, width, height);
        builder
            .par(gst::Fraction::new(par.0, par.1))
            .build()
            .unwrap()
    }

    fn size(width: u32, height: u32, par: (i32, i32), codec: Codec, side: u32) -> [u32; 2] {
        let encoding = EncoderOptions {
            codec,
            longest_side: side,
        };
        sent_size(&info(width, height, par), encoding)
    }

    #[test]
    fn a_picture_is_sent_no_larger_than_asked_for_and_in_square_pixels() {
        assert_eq!(size(1280, 720, (1, 1), Codec::Jpeg, 640), [640, 360]);
        assert_eq!(size(641, 479, (1, 1), Codec::Jpeg, 0), [641, 479]);
        assert_eq!(size(720, 576, (16, 15), Codec::H264, 640), [640, 480]);
        assert_eq!(size(1280, 720, (1, 1), Codec::Raw, 640), [1280, 720]);
    }

    #[test]
    fn every_codec_gives_a_picture_for_each_picture() {
        use crate::picture::{Colour, PixelFormat, Plane};
        let bytes = vec![90; 320 * 240 * 3 / 2];
        let (luma, chroma) = bytes.split_at(320 * 240);
        let (u, v) = chroma.split_at(160 * 120);
        let planes = [(luma, 320), (u, 160), (v, 160)].map(|(data, stride)| Plane { data, stride });
        let picture = Picture::new(PixelFormat::I420, 320, 240, planes.to_vec(), Colour::BT601);
        let picture = picture.unwrap();
        for turn in ["rotate-0", "flip-rotate-90"] {
            let format = PictureFormat {
                info: info(320, 240, (1, 1)),
                orientation: turn.parse().unwrap(),
            };
            for codec in [Codec::Jpeg, Codec::Png, Codec::Raw, Codec::H264] {
                let encoding = EncoderOptions {
                    codec,
                    longest_side: 640,
                };
                let mut encoder = Encoder::new(&format, encoding).unwrap();
                for frame in 0..3 {
                    let encoded = encoder.encode(&picture);
                    let encoded =
                        encoded.unwrap_or_else(|err| panic!("{codec:?} {turn} {frame}: {err}"));
                    assert_eq!(encoded.flags & !KEY, codec.flag());
                    assert_eq!(encoded.flags & KEY != 0, codec != Codec::H264 || frame == 0);
                    assert!(!encoded.data.is_empty());
                    if codec == Codec::Raw && turn == "rotate-0" {
                        assert_eq!(&encoded.data[..], &bytes[..]);
                    }
                }
            }
        }
    }
}
