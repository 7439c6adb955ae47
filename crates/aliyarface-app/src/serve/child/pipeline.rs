//! The pipeline of a session.

use std::path::Path;

use anyhow::{Context, Result};
use gst::prelude::*;

use super::MessageSender;
use super::results::{DeviceRequest, Results};
use super::wire::{ChildMessage, ChildNotice};
use crate::pipelines::{launch, named, set_path};
use crate::serve::message::Codec;
use crate::serve::settings::Settings;

/// What follows the pictures: records as lines and, beside them, as a table.
const READ: &str = "videoconvert ! aliyarface name=reader analysis-mode=sync ! tee name=read \
    read. ! queue max-size-buffers=4 max-size-bytes=0 max-size-time=0 \
      ! aliyarfaceexport select=both landmarks=2d precision=4 ! application/x-ndjson \
      ! appsink name=lines sync=false \
    read. ! queue max-size-buffers=4 max-size-bytes=0 max-size-time=0 \
      ! aliyarfaceexport ! text/csv ! appsink name=table sync=false";

/// What follows pictures of which nothing but their records is told.
const READ_EVENTS: &str = "videoconvert ! aliyarface name=reader analysis-mode=sync \
    ! aliyarfaceexport select=both ! application/x-ndjson ! appsink name=lines sync=false";

/// Whether fetched pictures are coded for those who watch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ViewerVideo {
    /// Never.
    Never,
    /// While somebody watches.
    OnDemand,
    /// Always, and as a film too.
    Film,
}

/// What a branch of a tee waits in without holding up the others much.
const QUEUE: &str = "queue max-size-buffers=4 max-size-bytes=0 max-size-time=0";

/// A branch that codes the pictures for those who watch, and for a film: closed until somebody does.
/// A browser decodes the constrained baseline wherever it decodes at all.
fn coded(film: bool) -> String {
    let film = if film {
        format!(
            "coded. ! {QUEUE} ! h264parse ! matroskamux streamable=true ! appsink name=film sync=false async=false"
        )
    } else {
        String::new()
    };
    format!(
        "valve name=shown-valve drop=true drop-mode=forward-sticky-events \
         ! queue leaky=downstream max-size-buffers=2 max-size-bytes=0 max-size-time=0 \
         ! videoconvert ! videoscale ! video/x-raw,format=I420,width=[16,1280],height=[16,1280] \
         ! x264enc name=coder tune=zerolatency speed-preset=ultrafast bitrate=2500 key-int-max=60 threads=1 \
         ! video/x-h264,profile=constrained-baseline,stream-format=byte-stream,alignment=au \
         ! tee name=coded allow-not-linked=true coded. ! {QUEUE} \
         ! appsink name=shown sync=false async=false {film}"
    )
}
/// What follows a device's pictures: results as the device takes them, and records as lines.
const READ_DEVICE: &str = "videoconvert ! aliyarface name=reader analysis-mode=sync ! tee name=read \
    read. ! queue max-size-buffers=4 max-size-bytes=0 max-size-time=0 ! appsink name=results sync=false \
    read. ! queue max-size-buffers=4 max-size-bytes=0 max-size-time=0 \
      ! aliyarfaceexport select=both landmarks=2d precision=4 ! application/x-ndjson \
      ! appsink name=lines sync=false";

/// A pipeline that plays until it is dropped.
pub struct Playing {
    pipeline: gst::Pipeline,
    results: Option<Results>,
    /// The element that reads.
    pub reader: gst::Element,
}

/// Parts of names of elements that open addresses or files which a file names: a playlist that was
/// uploaded reads what its sender may not.
const OPENERS: [&str; 7] = ["hls", "dash", "mss", "sdp", "concat", "playlist", "rtsp"];

/// Lets no decoder choose an element that opens what a file names.
pub fn leave_out_elements_that_open_addresses() {
    let kinds = gst::ElementFactoryType::DEMUXER | gst::ElementFactoryType::DECODABLE;
    for factory in gst::ElementFactory::factories_with_type(kinds, gst::Rank::NONE).iter() {
        if OPENERS.iter().any(|part| factory.name().contains(part)) {
            factory.set_rank(gst::Rank::NONE);
        }
    }
}

impl Playing {
    /// A pipeline for pictures that come one by one, and where they go in.
    ///
    /// # Errors
    /// An element is missing.
    pub fn pictures(
        codec: Codec,
        settings: &Settings,
        film: bool,
        device: Option<&DeviceRequest>,
        sender: &MessageSender,
    ) -> Result<(Self, gst_app::AppSrc)> {
        let h264 = "video/x-h264,stream-format=byte-stream,alignment=au";
        let (caps, decode) = match codec {
            Codec::H264 => (h264.to_owned(), "h264parse ! avdec_h264 max-threads=1"),
            Codec::Jpeg => ("image/jpeg".to_owned(), "jpegdec"),
            Codec::Png => ("image/png".to_owned(), "pngdec"),
            Codec::Raw(raw) => {
                let colorimetry = device.map_or("", |device| &device.colorimetry);
                (raw.caps(colorimetry)?, "identity")
            }
        };
        let read = if device.is_some() { READ_DEVICE } else { READ };
        let description = format!(
            "appsrc name=pictures is-live=false format=time block=false max-buffers=16 \
             caps={caps} ! {decode} ! {}",
            if film {
                with_pictures("", film)
            } else {
                read.to_owned()
            }
        );
        let playing = Self::start(&description, settings, device, sender, |_| Ok(()))?;
        if film {
            playing.encode_viewer_video(true)?;
        }
        let pictures = named(&playing.pipeline, "pictures")?;
        Ok((playing, pictures))
    }

    /// A pipeline that reads every picture of a file.
    ///
    /// # Errors
    /// An element is missing, or the path is not UTF-8.
    pub fn file(file: &Path, settings: &Settings, sender: &MessageSender) -> Result<Self> {
        let description = format!("filesrc name=file ! decodebin ! {READ}");
        Self::start(&description, settings, None, sender, |pipeline| {
            set_path(pipeline, "file", file)
        })
    }

    /// A pipeline that fetches its pictures, from what `source` describes with an element called
    /// `source`; `keep` says whether none is left out where reading takes longer than they come.
    ///
    /// # Errors
    /// An element is missing, or what is fetched cannot be opened.
    pub fn fetched(
        source: &str,
        keep: bool,
        shown: ViewerVideo,
        settings: &Settings,
        sender: &MessageSender,
        prepare: impl FnOnce(&gst::Pipeline) -> Result<()>,
    ) -> Result<Self> {
        let leaky = if keep { "" } else { "leaky=downstream" };
        let film = shown == ViewerVideo::Film;
        let description = match shown {
            ViewerVideo::Never => format!("{source} ! {} ! {READ_EVENTS}", waiting(leaky)),
            _ => format!("{source} ! {}", with_pictures(leaky, film)),
        };
        let playing = Self::start(&description, settings, None, sender, prepare)?;
        if film {
            playing.encode_viewer_video(true)?;
        }
        Ok(playing)
    }

    /// Codes the pictures from the next one on, or no more.
    ///
    /// # Errors
    /// There is no such branch.
    pub fn encode_viewer_video(&self, on: bool) -> Result<()> {
        let valve: gst::Element = named(&self.pipeline, "shown-valve")?;
        valve.set_property("drop", !on);
        if on {
            let shown: gst::Element = named(&self.pipeline, "shown")?;
            shown.send_event(gst_video::UpstreamForceKeyUnitEvent::builder().build());
        }
        Ok(())
    }

    fn start(
        description: &str,
        settings: &Settings,
        device: Option<&DeviceRequest>,
        sender: &MessageSender,
        prepare: impl FnOnce(&gst::Pipeline) -> Result<()>,
    ) -> Result<Self> {
        let pipeline = launch(description)?;
        prepare(&pipeline)?;
        let reader: gst::Element = named(&pipeline, "reader")?;
        settings.apply(&reader);
        let text = |data| String::from_utf8(data).ok();
        listen(&pipeline, "lines", sender, move |_, data| {
            text(data).map(ChildMessage::Lines)
        })?;
        let results = match device {
            Some(device) => {
                forget_rate(&reader)?;
                Some(Results::new(&pipeline, &reader, device, sender)?)
            }
            None if pipeline.by_name("table").is_none() => None,
            None => {
                listen(&pipeline, "table", sender, move |_, data| {
                    text(data).map(ChildMessage::Rows)
                })?;
                None
            }
        };
        let ends = device.is_none();
        if pipeline.by_name("shown").is_some() {
            let coder: gst::Element = named(&pipeline, "coder")?;
            let pad = coder.static_pad("sink").context("a coder without a pad")?;
            let start = |segment: &gst::Segment| segment.downcast_ref::<gst::ClockTime>()?.start();
            listen(&pipeline, "shown", sender, move |sample, data| {
                let buffer = sample.buffer()?;
                let key = !buffer.flags().contains(gst::BufferFlags::DELTA_UNIT);
                // x264enc moves its times, and their segment, by a thousand hours.
                let before = pad.sticky_event::<gst::event::Segment>(0)?;
                let since = buffer.pts()?.checked_sub(start(sample.segment()?)?)?;
                let time = since.checked_add(start(before.segment())?)?;
                Some(ChildMessage::Shown(time.nseconds(), key, data))
            })?;
        }
        if pipeline.by_name("film").is_some() {
            sender.notice(ChildNotice::Film);
            listen(&pipeline, "film", sender, |_, data| {
                Some(ChildMessage::Film(data))
            })?;
        }
        let bus = pipeline.bus().context("a pipeline without bus")?;
        let to = sender.clone();
        bus.set_sync_handler(move |_, message| {
            match message.view() {
                gst::MessageView::Eos(_) if ends => to.notice(ChildNotice::Ended),
                gst::MessageView::Error(err) => {
                    to.notice(ChildNotice::Failed(err.error().to_string()));
                }
                _ => {}
            }
            gst::BusSyncReply::Drop
        });
        let playing = Self {
            pipeline,
            results,
            reader,
        };
        playing
            .pipeline
            .set_state(gst::State::Playing)
            .context("the pipeline does not start")?;
        Ok(playing)
    }
}

impl Playing {
    /// The device's stream ended at `pictures`: waits until what was still to be told is told.
    pub fn finish(&self, pictures: &gst_app::AppSrc) {
        if let Some(results) = &self.results
            && pictures.end_of_stream().is_ok()
        {
            results.wait();
        }
    }
}

impl Drop for Playing {
    fn drop(&mut self) {
        let _ = self.pipeline.set_state(gst::State::Null);
    }
}

/// Lets nothing tell `reader` how long pictures last. A device leaves some out, for seconds where a link or a start is
/// slow; by the rate that its encoder names, that would be a break, after which everybody is new.
fn forget_rate(reader: &gst::Element) -> Result<()> {
    let pad = reader
        .static_pad("sink")
        .context("a reader without a pad")?;
    let kinds = gst::PadProbeType::BUFFER | gst::PadProbeType::EVENT_DOWNSTREAM;
    pad.add_probe(kinds, |_, info| {
        match &mut info.data {
            Some(gst::PadProbeData::Buffer(buffer)) => buffer.make_mut().set_duration(None),
            Some(gst::PadProbeData::Event(event)) => {
                if let gst::EventView::Caps(caps) = event.view() {
                    let mut caps = caps.caps_owned();
                    caps.make_mut().set("framerate", gst::Fraction::new(0, 1));
                    *event = gst::event::Caps::new(&caps);
                }
            }
            _ => {}
        }
        gst::PadProbeReturn::Ok
    });
    Ok(())
}

/// Pictures to reading and, beside it, to coding.
fn with_pictures(leaky: &str, film: bool) -> String {
    let (waiting, coded) = (waiting(leaky), coded(film));
    format!("tee name=fetched fetched. ! {waiting} ! {READ} fetched. ! {coded}")
}

/// Where pictures wait to be read; where they are left out the newest is read.
fn waiting(leaky: &str) -> String {
    let waiting = if leaky.is_empty() { 4 } else { 1 };
    format!("queue {leaky} max-size-buffers={waiting} max-size-bytes=0 max-size-time=0")
}

/// Tells of each buffer that comes to the sink `name`.
fn listen(
    pipeline: &gst::Pipeline,
    name: &str,
    sender: &MessageSender,
    message: impl Fn(&gst::Sample, Vec<u8>) -> Option<ChildMessage> + Send + Sync + 'static,
) -> Result<()> {
    let sink: gst_app::AppSink = named(pipeline, name)?;
    let sender = sender.clone();
    let callbacks = gst_app::AppSinkCallbacks::builder().new_sample(move |sink| {
        let sample = sink.pull_sample().map_err(|_| gst::FlowError::Eos)?;
        let data = sample
            .buffer()
            .and_then(|buffer| Some(buffer.map_readable().ok()?.to_vec()));
        let message = data.and_then(|data| message(&sample, data));
        if let Some(message) = message {
            sender.send(&message);
        }
        Ok(gst::FlowSuccess::Ok)
    });
    sink.set_callbacks(callbacks.build());
    Ok(())
}
