//! The pipeline of a session.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use gst::prelude::*;

use super::Shared;
use super::message::Codec;
use crate::pipelines::{launch, named, set_path};

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

impl Playing {
    /// A pipeline for pictures of a socket, and where they go in.
    ///
    /// # Errors
    /// An element is missing.
    pub fn camera(codec: Codec, shared: &Arc<Shared>) -> Result<(Self, gst_app::AppSrc)> {
        let (caps, decode) = match codec {
            Codec::H264 => (
                "video/x-h264,stream-format=byte-stream,alignment=au",
                "h264parse ! avdec_h264 max-threads=1",
            ),
            Codec::Jpeg => ("image/jpeg", "jpegdec"),
        };
        let playing = Self::start(
            &format!(
                "appsrc name=pictures is-live=false format=time block=false max-buffers=16 \
                 caps={caps} ! {decode} ! {READ}"
            ),
            shared,
            |_| Ok(()),
        )?;
        let pictures = named(&playing.pipeline, "pictures")?;
        Ok((playing, pictures))
    }

    /// A pipeline that reads every picture of a file.
    ///
    /// # Errors
    /// An element is missing, or the path is not UTF-8.
    pub fn file(file: &Path, shared: &Arc<Shared>) -> Result<Self> {
        Self::start(
            &format!("filesrc name=file ! decodebin ! {READ}"),
            shared,
            |pipeline| set_path(pipeline, "file", file),
        )
    }

    fn start(
        description: &str,
        shared: &Arc<Shared>,
        prepare: impl FnOnce(&gst::Pipeline) -> Result<()>,
    ) -> Result<Self> {
        let pipeline = launch(description)?;
        prepare(&pipeline)?;
        let reader: gst::Element = named(&pipeline, "reader")?;
        shared.settings().apply(&reader);
        listen(&pipeline, "lines", shared, Shared::lines)?;
        listen(&pipeline, "table", shared, Shared::rows)?;
        let bus = pipeline.bus().context("a pipeline without bus")?;
        let told = Arc::downgrade(shared);
        bus.set_sync_handler(move |_, message| {
            if let Some(shared) = told.upgrade() {
                match message.view() {
                    gst::MessageView::Eos(_) => shared.ended(),
                    gst::MessageView::Error(err) => shared.failed(&err.error().to_string()),
                    _ => {}
                }
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

/// Gives each buffer that comes to the sink `name`, as text with its time, to `take`.
fn listen(
    pipeline: &gst::Pipeline,
    name: &str,
    shared: &Arc<Shared>,
    take: fn(&Shared, &str),
) -> Result<()> {
    let sink: gst_app::AppSink = named(pipeline, name)?;
    let shared = Arc::downgrade(shared);
    let callbacks = gst_app::AppSinkCallbacks::builder().new_sample(move |sink| {
        let sample = sink.pull_sample().map_err(|_| gst::FlowError::Eos)?;
        let buffer = sample
            .buffer()
            .and_then(|buffer| buffer.map_readable().ok());
        if let (Some(buffer), Some(shared)) = (buffer, shared.upgrade())
            && let Ok(text) = std::str::from_utf8(&buffer)
        {
            take(&shared, text);
        }
        Ok(gst::FlowSuccess::Ok)
    });
    sink.set_callbacks(callbacks.build());
    Ok(())
}
