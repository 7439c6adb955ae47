//! Pipelines from a description.

use std::path::Path;

use anyhow::{Context, Result};
use gst::prelude::*;

/// The pipeline of a description.
pub fn launch(description: &str) -> Result<gst::Pipeline> {
    let pipeline = gst::parse::launch(description)?;
    pipeline
        .downcast::<gst::Pipeline>()
        .ok()
        .context("a pipeline")
}

/// The element called `name`, where an application gives or takes frames.
pub fn end<T: IsA<gst::Element>>(pipeline: &gst::Pipeline, name: &str) -> Result<T> {
    let element = pipeline.by_name(name);
    let element = element.and_then(|element| element.downcast::<T>().ok());
    element.with_context(|| format!("the pipeline has no {name}"))
}

/// A pipeline that plays `file`, decoded, through the elements of `description`, and where its frames come
/// out.
pub fn play(file: &Path, description: &str) -> Result<(gst::Pipeline, gst_app::AppSink)> {
    let pipeline = launch(&format!(
        "filesrc name=file ! decodebin ! videoconvert ! {description} ! appsink name=out sync=false max-buffers=4"
    ))?;
    let source: gst::Element = end(&pipeline, "file")?;
    source.set_property("location", file.to_str().context("a path in UTF-8")?);
    let sink = end(&pipeline, "out")?;
    pipeline.set_state(gst::State::Playing)?;
    Ok((pipeline, sink))
}
