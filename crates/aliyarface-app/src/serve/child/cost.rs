//! What it costs this machine to read a picture.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use gst::prelude::*;
use rustix::time::{ClockId, clock_gettime};

use crate::pipelines::{launch, named, set_path};

/// Pictures before the first that counts: models load, memory is laid out.
const WARM: u64 = 10;
/// Pictures that count, at most.
const COUNTED: u64 = 50;
/// How long it may take.
const PATIENCE: gst::ClockTime = gst::ClockTime::from_seconds(60);

/// Reads the first pictures of a file: processor time of one, in ms, its decoding included.
///
/// # Errors
/// The file has too few pictures, or cannot be read.
pub fn measure(file: &Path) -> Result<f64> {
    let pipeline = launch(
        "filesrc name=file ! decodebin ! videoconvert ! aliyarface analysis-mode=sync ! fakesink name=read",
    )?;
    set_path(&pipeline, "file", file)?;
    let sink: gst::Element = named(&pipeline, "read")?;
    let (count, spans) = (AtomicU64::new(0), Arc::new(Mutex::new(None)));
    let seen = spans.clone();
    let pad = sink.static_pad("sink").context("a sink without a pad")?;
    pad.add_probe(gst::PadProbeType::BUFFER, move |_, _| {
        let number = count.fetch_add(1, Ordering::Relaxed);
        if (WARM..=WARM + COUNTED).contains(&number) {
            let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
            let now = used();
            let (first, ..) = seen.unwrap_or((now, now, 0));
            *seen = Some((first, now, number - WARM));
        }
        gst::PadProbeReturn::Ok
    });
    pipeline.set_state(gst::State::Playing)?;
    let bus = pipeline.bus().context("a pipeline without bus")?;
    let ends = [gst::MessageType::Eos, gst::MessageType::Error];
    let mut left = PATIENCE;
    let step = gst::ClockTime::from_mseconds(100);
    let done = || {
        let spans = spans.lock().unwrap_or_else(PoisonError::into_inner);
        spans.is_some_and(|(_, _, pictures)| pictures >= COUNTED)
    };
    while !done() && left > step && bus.timed_pop_filtered(step, &ends).is_none() {
        left -= step;
    }
    pipeline.set_state(gst::State::Null)?;
    let spans = *spans.lock().unwrap_or_else(PoisonError::into_inner);
    let (first, last, pictures) = spans.context("no picture was read")?;
    ensure!(pictures > 0, "too few pictures were read");
    Ok((last - first).as_secs_f64() * 1e3 / pictures as f64)
}

/// Processor time of this process.
fn used() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::try_from(time).unwrap_or_default()
}
