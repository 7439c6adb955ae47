//! What the benches share: decoded frames, the order in which they are shown, and percentiles.

#![allow(dead_code)] // No bench uses all of it.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Duration;

use gst::prelude::*;

pub type Failure = Box<dyn Error>;

/// Time from one frame to the next, in ns.
pub const FRAME: u64 = 33_333_333;

/// A file of the sample clips.
pub fn sample(file: &str) -> Result<PathBuf, Failure> {
    Ok(PathBuf::from(std::env::var("ALIYARFACE_SAMPLES")?).join(file))
}

/// The frames of a file in `format`, after `filter`.
pub fn decode(file: &Path, filter: &str, format: &str) -> Result<Vec<gst::Sample>, Failure> {
    let description = format!(
        "filesrc name=file ! decodebin ! videoconvert ! {filter} ! videoconvert ! \
         video/x-raw,format={format} ! appsink name=out sync=false"
    );
    let pipeline = launch(&description)?;
    let source = pipeline.by_name("file").ok_or("no source")?;
    source.set_property("location", file.to_str().ok_or("a strange path")?);
    let sink = app_sink(&pipeline)?;
    pipeline.set_state(gst::State::Playing)?;
    let mut frames = Vec::new();
    while let Some(sample) = sink.try_pull_sample(gst::ClockTime::from_seconds(10)) {
        frames.push(sample);
    }
    pipeline.set_state(gst::State::Null)?;
    if frames.is_empty() {
        Err(format!("{} cannot be decoded", file.display()).into())
    } else {
        Ok(frames)
    }
}

/// The pipeline of this description.
pub fn launch(description: &str) -> Result<gst::Pipeline, Failure> {
    let pipeline = gst::parse::launch(description)?;
    let pipeline = pipeline.downcast::<gst::Pipeline>();
    Ok(pipeline.map_err(|_| "no pipeline")?)
}

/// The appsink named `out`.
pub fn app_sink(pipeline: &gst::Pipeline) -> Result<gst_app::AppSink, Failure> {
    let sink = pipeline.by_name("out").ok_or("no sink")?;
    let sink = sink.downcast::<gst_app::AppSink>();
    Ok(sink.map_err(|_| "no appsink")?)
}

/// Forwards and backwards through the frames, so that no cut disturbs the tracks.
pub fn pick<T>(frames: &[T], index: usize) -> &T {
    let around = (frames.len() * 2).saturating_sub(2).max(1);
    let place = index % around;
    &frames[if place < frames.len() {
        place
    } else {
        around - place
    }]
}

/// The value below which this part (0..1) of `sorted` lies; 0 without any.
pub fn percentile(sorted: &[Duration], part: f64) -> f64 {
    let value = gstaliyarface::statistics::percentile(sorted, part);
    value.map_or(0.0, |value| value.as_secs_f64() * 1e3)
}
