//! Pipelines with the element of this very program.

mod gif;

use std::path::Path;

use anyhow::{Context, Result, anyhow};
use gst::prelude::*;

/// Starts GStreamer, and makes the element known.
///
/// # Errors
/// GStreamer does not start.
pub fn init() -> Result<()> {
    gst::init().context("GStreamer does not start")?;
    gstaliyarface::plugin_register_static()?;
    Ok(())
}

/// The pipeline of a description; it reads animated GIFs too, whose decoder gives no times.
///
/// # Errors
/// It cannot be parsed, or is a single element.
pub fn launch(description: &str) -> Result<gst::Pipeline> {
    let pipeline = gst::parse::launch(description)?;
    let pipeline = pipeline.downcast::<gst::Pipeline>().ok();
    let pipeline = pipeline.context("the description is no pipeline of several elements")?;
    gif::mend(&pipeline);
    Ok(pipeline)
}

/// The element called `name`.
///
/// # Errors
/// There is none, or it is of another type.
pub fn named<T: IsA<gst::Element>>(pipeline: &gst::Pipeline, name: &str) -> Result<T> {
    let element = pipeline.by_name(name);
    let element = element.and_then(|element| element.downcast::<T>().ok());
    element.with_context(|| format!("the pipeline has no {name}"))
}

/// Sets a property that holds a path.
///
/// # Errors
/// The path is not UTF-8.
pub fn set_path(pipeline: &gst::Pipeline, element: &str, path: &Path) -> Result<()> {
    let element: gst::Element = named(pipeline, element)?;
    let path = path
        .to_str()
        .with_context(|| format!("{}: a path in UTF-8 is needed", path.display()))?;
    element.set_property("location", path);
    Ok(())
}

/// Plays to the end; the first error is returned with its reason.
///
/// # Errors
/// An element says why it cannot go on.
pub fn play_to_end(pipeline: &gst::Pipeline) -> Result<()> {
    let bus = pipeline.bus().context("a pipeline without bus")?;
    // The reason of a failure is on the bus.
    let _ = pipeline.set_state(gst::State::Playing);
    let ends = [gst::MessageType::Eos, gst::MessageType::Error];
    let message = bus.timed_pop_filtered(gst::ClockTime::NONE, &ends);
    pipeline.set_state(gst::State::Null)?;
    match message.as_ref().map(|message| message.view()) {
        Some(gst::MessageView::Error(err)) => Err(anyhow!(err.error())),
        _ => Ok(()),
    }
}
