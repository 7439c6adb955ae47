//! The pipeline of a session.

use std::path::Path;

use anyhow::{Context, Result};
use gst::prelude::*;

use super::Teller;
use super::wire::{Notice, Told};
use crate::pipelines::{launch, named, set_path};
use crate::serve::session::{Codec, Settings};

/// What follows the pictures: records as lines and, beside them, as a table.
const READ: &str = "videoconvert ! aliyarface name=reader analysis-mode=sync ! tee name=read \
    read. ! queue max-size-buffers=4 max-size-bytes=0 max-size-time=0 \
      ! aliyarfaceexport select=both landmarks=2d precision=4 ! application/x-ndjson \
      ! appsink name=lines sync=false \
    read. ! queue max-size-buffers=4 max-size-bytes=0 max-size-time=0 \
      ! aliyarfaceexport ! text/csv ! appsink name=table sync=false";

/// A pipeline that plays until it is dropped.
pub struct Playing {
    pipeline: gst::Pipeline,
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
        teller: &Teller,
    ) -> Result<(Self, gst_app::AppSrc)> {
        let h264 = "video/x-h264,stream-format=byte-stream,alignment=au";
        let (caps, decode) = match codec {
            Codec::H264 => (h264.to_owned(), "h264parse ! avdec_h264 max-threads=1"),
            Codec::Jpeg => ("image/jpeg".to_owned(), "jpegdec"),
            Codec::Png => ("image/png".to_owned(), "pngdec"),
            Codec::Raw(raw) => (raw.caps()?, "identity"),
        };
        let description = format!(
            "appsrc name=pictures is-live=false format=time block=false max-buffers=16 \
             caps={caps} ! {decode} ! {READ}"
        );
        let playing = Self::start(&description, settings, teller, |_| Ok(()))?;
        let pictures = named(&playing.pipeline, "pictures")?;
        Ok((playing, pictures))
    }

    /// A pipeline that reads every picture of a file.
    ///
    /// # Errors
    /// An element is missing, or the path is not UTF-8.
    pub fn file(file: &Path, settings: &Settings, teller: &Teller) -> Result<Self> {
        let description = format!("filesrc name=file ! decodebin ! {READ}");
        Self::start(&description, settings, teller, |pipeline| {
            set_path(pipeline, "file", file)
        })
    }

    fn start(
        description: &str,
        settings: &Settings,
        teller: &Teller,
        prepare: impl FnOnce(&gst::Pipeline) -> Result<()>,
    ) -> Result<Self> {
        let pipeline = launch(description)?;
        prepare(&pipeline)?;
        let reader: gst::Element = named(&pipeline, "reader")?;
        settings.apply(&reader);
        listen(&pipeline, "lines", teller, Told::Lines)?;
        listen(&pipeline, "table", teller, Told::Rows)?;
        let bus = pipeline.bus().context("a pipeline without bus")?;
        let to = teller.clone();
        bus.set_sync_handler(move |_, message| {
            match message.view() {
                gst::MessageView::Eos(_) => to.notice(Notice::Ended),
                gst::MessageView::Error(err) => {
                    to.notice(Notice::Failed(err.error().to_string()));
                }
                _ => {}
            }
            gst::BusSyncReply::Drop
        });
        let playing = Self { pipeline, reader };
        playing
            .pipeline
            .set_state(gst::State::Playing)
            .context("the pipeline does not start")?;
        Ok(playing)
    }
}

impl Drop for Playing {
    fn drop(&mut self) {
        let _ = self.pipeline.set_state(gst::State::Null);
    }
}

/// Tells of each buffer that comes to the sink `name`.
fn listen(
    pipeline: &gst::Pipeline,
    name: &str,
    teller: &Teller,
    told: fn(String) -> Told,
) -> Result<()> {
    let sink: gst_app::AppSink = named(pipeline, name)?;
    let teller = teller.clone();
    let callbacks = gst_app::AppSinkCallbacks::builder().new_sample(move |sink| {
        let sample = sink.pull_sample().map_err(|_| gst::FlowError::Eos)?;
        let buffer = sample
            .buffer()
            .and_then(|buffer| buffer.map_readable().ok());
        if let Some(text) = buffer.and_then(|buffer| String::from_utf8(buffer.to_vec()).ok()) {
            teller.tell(&told(text));
        }
        Ok(gst::FlowSuccess::Ok)
    });
    sink.set_callbacks(callbacks.build());
    Ok(())
}
