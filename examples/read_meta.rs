//! Reads the faces back from the buffers of a pipeline: one JSON object a frame on standard output.
//!
//! `read_meta FILE` analyses a video or picture file; `read_meta --pipeline "DESCRIPTION"` runs any
//! pipeline description that ends with the element whose buffers are to be read, for example
//! `--pipeline "v4l2src ! videoconvert ! aliyarface"`.

use std::error::Error;
use std::io::{self, Write};

use gst::prelude::*;
use gstaliyarface::metadata;
use gstaliyarface::record::{Face, Readings};
use serde::Serialize;

const FILE: &str = "filesrc name=file ! decodebin ! videoconvert ! \
                    videoflip video-direction=auto ! videoconvert ! aliyarface";

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    gst::init()?;
    gstaliyarface::plugin_register_static()?;
    let pipeline = match arguments.as_slice() {
        ["--pipeline", description] => parse(description)?,
        [file] | ["--input", file] => {
            let pipeline = parse(FILE)?;
            let source = pipeline.by_name("file").ok_or("no file source")?;
            source.set_property("location", file);
            pipeline
        }
        _ => return Err("usage: read_meta FILE | read_meta --pipeline \"DESCRIPTION\"".into()),
    };
    let result = print_faces(&pipeline);
    pipeline.set_state(gst::State::Null)?;
    result
}

fn parse(description: &str) -> Result<gst::Pipeline, Box<dyn Error>> {
    let description = format!("{description} ! appsink name=reader sync=false");
    let pipeline = gst::parse::launch(&description)?;
    pipeline
        .downcast()
        .map_err(|_| "the description is no pipeline".into())
}

fn print_faces(pipeline: &gst::Pipeline) -> Result<(), Box<dyn Error>> {
    let sink = pipeline.by_name("reader").ok_or("no sink")?;
    let sink = sink
        .downcast::<gst_app::AppSink>()
        .map_err(|_| "the sink is no appsink")?;
    let bus = pipeline.bus().ok_or("a pipeline without bus")?;
    // The reason of a failure is on the bus, where it is looked up below.
    let _ = pipeline.set_state(gst::State::Playing);
    let mut out = io::stdout().lock();
    loop {
        let sample = sink.try_pull_sample(gst::ClockTime::from_mseconds(100));
        if let Some(sample) = sample {
            let buffer = sample.buffer().ok_or("a sample without buffer")?;
            writeln!(out, "{}", frame(buffer)?)?;
        } else if let Some(message) = bus.pop_filtered(&[gst::MessageType::Error]) {
            if let gst::MessageView::Error(err) = message.view() {
                return Err(err.error().into());
            }
        } else if sink.is_eos() {
            return Ok(());
        }
    }
}

/// A line of output.
#[derive(Serialize)]
struct Frame<'a> {
    pts: Option<u64>,
    analysed: bool,
    faces: Vec<Located<'a>>,
}

/// A face without the points of its mesh.
#[derive(Serialize)]
struct Located<'a> {
    id: u32,
    x: f64,
    y: f64,
    width: f64,
    height: f64,
    #[serde(flatten)]
    readings: &'a Readings,
}

fn frame(buffer: &gst::BufferRef) -> Result<String, Box<dyn Error>> {
    let meta = metadata::record(buffer)?;
    let faces = meta.iter().flat_map(|meta| &meta.faces);
    let frame = Frame {
        pts: buffer.pts().map(gst::ClockTime::nseconds),
        analysed: meta.is_some(),
        faces: faces.map(located).collect(),
    };
    Ok(serde_json::to_string(&frame)?)
}

fn located(face: &Face) -> Located<'_> {
    Located {
        id: face.location.id,
        x: face.location.x,
        y: face.location.y,
        width: face.location.width,
        height: face.location.height,
        readings: &face.readings,
    }
}
