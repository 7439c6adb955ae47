//! Clips on their way through the element, and what it tells of them.

use std::path::Path;

use anyhow::{Context, Result};
use gst::prelude::*;
use gstaliyarface::metadata;

use super::ClipOptions;
use super::clip::Clip;
use super::film;
use super::score::DecidedExpression;
use aliyarface_labs::pipelines;

/// The element as it is measured, with the eyes that tell of blinks, and where its frames are taken from.
const ELEMENT: &str =
    "aliyarface name=face analysis-mode=sync emotions=false micro-expressions=true";
const SINK: &str = "appsink name=out sync=false";

/// What was told of a clip.
pub struct ReadClip {
    pub told: Vec<DecidedExpression>,
    pub seconds: f64,
    /// Median time in ms that micro-expressions were looked for in a frame.
    pub cost: f64,
}

/// Shows a clip to the element, frame by frame; `codec` encodes and decodes it on the way.
pub fn clip(clip: &mut Clip<'_>, look: ClipOptions, codec: &str) -> Result<ReadClip> {
    let codec = match codec {
        "" => String::new(),
        codec => format!("! videoconvert ! {codec} ! videoconvert"),
    };
    let pipeline = pipelines::launch(&format!(
        "appsrc name=in format=time {codec} ! {ELEMENT} ! {SINK}"
    ))?;
    let sink: gst_app::AppSink = pipelines::end(&pipeline, "out")?;
    let mut told = Vec::new();
    let mut take = |sample: gst::Sample| -> Result<()> {
        told.extend(told_on(sample.buffer().context("a buffer")?)?);
        Ok(())
    };
    film::play(&pipeline, clip, look, || {
        // A codec may hold frames back.
        match sink.try_pull_sample(gst::ClockTime::ZERO) {
            Some(sample) => take(sample),
            None => Ok(()),
        }
    })?;
    pipelines::end::<gst_app::AppSrc>(&pipeline, "in")?.end_of_stream()?;
    while let Ok(sample) = sink.pull_sample() {
        take(sample)?;
    }
    let cost = cost(&pipeline)?;
    pipeline.set_state(gst::State::Null)?;
    Ok(ReadClip {
        told,
        seconds: look.seconds,
        cost,
    })
}

/// Shows a file to the element, its pictures `height` high where that is not 0.
pub fn file(path: &Path, height: u32) -> Result<ReadClip> {
    let scale = match height {
        0 => String::new(),
        height => format!("videoscale ! video/x-raw,height={height},pixel-aspect-ratio=1/1 !"),
    };
    let (pipeline, sink) = pipelines::play(path, &format!("{scale} {ELEMENT}"))?;
    let (mut told, mut seconds) = (Vec::new(), 0.0f64);
    while let Ok(sample) = sink.pull_sample() {
        let buffer = sample.buffer().context("a buffer")?;
        told.extend(told_on(buffer)?);
        if let Some(pts) = buffer.pts() {
            seconds = seconds.max(pts.nseconds() as f64 / 1e9);
        }
    }
    let cost = cost(&pipeline)?;
    pipeline.set_state(gst::State::Null)?;
    Ok(ReadClip {
        told,
        seconds,
        cost,
    })
}

fn cost(pipeline: &gst::Pipeline) -> Result<f64> {
    let element = pipeline.by_name("face").context("our element")?;
    let stats: gst::Structure = element.property("stats");
    let stages: gst::Structure = stats.get("stages")?;
    let times: gst::Structure = stages.get("micro-expressions")?;
    Ok(times.get::<u64>("p50")? as f64 / 1e6)
}

fn told_on(buffer: &gst::BufferRef) -> Result<Vec<DecidedExpression>> {
    let decided = buffer.pts().map_or(0.0, |pts| pts.nseconds() as f64 / 1e9);
    let faces = metadata::read(buffer)?.map_or(Vec::new(), |meta| meta.faces);
    let expressions = faces.into_iter().flat_map(|face| face.micro_expressions);
    let told = expressions.map(|expression| DecidedExpression {
        decided,
        expression,
    });
    Ok(told.collect())
}
