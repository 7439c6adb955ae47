//! The element at work.

use std::path::Path;

use aliyarface_labs::pipelines;
use anyhow::{Context, Result, bail};
use gst::prelude::*;

use super::score::Told;

/// The element, as blinks are measured with it.
pub const ELEMENT: &str = "aliyarface analysis-mode=sync emotions=false micro-expressions=false";
/// Seconds after which a pipeline that shows no frame is given up.
const PATIENCE: u64 = 120;

/// The blinks told of in `file`, and its length in seconds.
pub fn watch(file: &Path) -> Result<(Vec<Told>, f64)> {
    let (pipeline, sink) = pipelines::play(file, ELEMENT)?;
    let bus = pipeline.bus().context("a bus")?;
    let (mut told, mut end) = (Vec::new(), 0.0f64);
    let patience = gst::ClockTime::from_seconds(PATIENCE);
    loop {
        let sample = sink.try_pull_sample(patience);
        while let Some(message) = bus.pop() {
            match message.view() {
                gst::MessageView::Error(error) => bail!("{}", error.error()),
                gst::MessageView::Element(element) => {
                    told.extend(element.structure().and_then(blink))
                }
                _ => {}
            }
        }
        let Some(sample) = sample else { break };
        let segment = sample
            .segment()
            .and_then(|segment| segment.downcast_ref::<gst::ClockTime>());
        let time = sample.buffer().and_then(gst::BufferRef::pts);
        let stream = segment
            .zip(time)
            .and_then(|(segment, time)| segment.to_stream_time(time));
        end = stream.map_or(end, |time| end.max(seconds(time)));
    }
    let eos = sink.is_eos();
    pipeline.set_state(gst::State::Null)?;
    if !eos {
        bail!("no frame for {PATIENCE} s");
    }
    Ok((told, end))
}

pub fn blink(structure: &gst::StructureRef) -> Option<Told> {
    if structure.get::<&str>("event").ok()? != "blink" {
        return None;
    }
    let onset: gst::ClockTime = structure.get("stream-time").ok()?;
    let lasted: gst::ClockTime = structure.get("duration").ok()?;
    Some([onset, onset + lasted].map(seconds))
}

pub fn seconds(time: gst::ClockTime) -> f64 {
    time.nseconds() as f64 / 1e9
}
