//! Reads the faces back from the buffers of a pipeline: one JSON object a frame on standard output.
//!
//! `read_meta FILE` analyses a video or picture file; `read_meta --pipeline "DESCRIPTION"` runs any
//! pipeline description that ends with the element whose buffers are to be read, for example
//! `--pipeline "v4l2src ! videoconvert ! aliyarface"`.

use std::error::Error;
use std::io::{self, Write};

use gst::prelude::*;
use gstaliyarface::analysis::{ACTION_UNITS, ActionUnit, Emotion, Face, Intensities};
use gstaliyarface::metadata;
use serde_json::{Map, Value, json};

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

fn frame(buffer: &gst::BufferRef) -> Result<Value, Box<dyn Error>> {
    let meta = metadata::read(buffer)?;
    let faces = meta.iter().flat_map(|meta| &meta.faces).map(face);
    Ok(json!({
        "pts": buffer.pts().map(gst::ClockTime::nseconds),
        "analysed": meta.is_some(),
        "faces": faces.collect::<Vec<_>>(),
    }))
}

fn face(face: &Face) -> Value {
    let mut values = json!({
        "id": face.id,
        "x": face.rect.x,
        "y": face.rect.y,
        "width": face.rect.width,
        "height": face.rect.height,
        "score": face.score,
        "size-px": face.quality.size_px,
        "pitch": face.head_pose.pitch,
        "yaw": face.head_pose.yaw,
        "roll": face.head_pose.roll,
    });
    if let Some(emotion) = &face.emotion {
        values["emotion"] = emotion.label().into();
        values["confidence"] = emotion.confidence().into();
        values["emotions"] = distribution(emotion);
    }
    if let Some(units) = &face.action_units {
        values["baseline"] = units.baseline.name().into();
        values["action-units-observable"] = units.movement.is_some().into();
        if let Some(movement) = &units.movement {
            let Intensities { both, left, right } = &movement.intensities;
            values["action-units"] = intensities(both, |_| true);
            values["action-units-left"] = intensities(left, |unit| unit.sided);
            values["action-units-right"] = intensities(right, |unit| unit.sided);
            values["action-units-raw"] = intensities(&movement.raw, |_| true);
        }
    }
    values
}

fn intensities(values: &[f64], wanted: fn(&ActionUnit) -> bool) -> Value {
    let units = ACTION_UNITS.iter().zip(values);
    let wanted = units.filter(|(unit, _)| wanted(unit));
    let values = wanted.map(|(unit, value)| (unit.code.to_owned(), json!(value)));
    Value::Object(values.collect::<Map<_, _>>())
}

fn distribution(emotion: &Emotion) -> Value {
    let values = emotion.labels.iter().zip(&emotion.smoothed);
    let values = values.map(|(label, value)| (label.clone(), json!(value)));
    Value::Object(values.collect::<Map<_, _>>())
}
