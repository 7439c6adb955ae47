//! Pipelines with `aliyarfaceexport` at their end, and what it wrote.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use gst::prelude::*;
use gstaliyarface::metadata;
use serde_json::Value;

use crate::support::init;

/// Frames of the sample that most tests need: a neutral face that begins to smile.
pub const SOME: u32 = 30;

pub fn sample(name: &str) -> String {
    crate::support::sample(name).to_str().unwrap().to_owned()
}

/// The beginning of a clip that shows a face, `frames` frames and those the decoder still holds.
pub fn clip(frames: u32) -> String {
    format!(
        "filesrc location={} ! decodebin ! videoconvert ! identity eos-after={frames} ! queue",
        sample("single_face.mp4"),
    )
}

/// A file that goes away with its owner.
pub struct Scratch(PathBuf);

impl Scratch {
    pub fn new(name: &str) -> Self {
        let name = format!("aliyarface-export-{}-{name}", std::process::id());
        Self(std::env::temp_dir().join(name))
    }

    pub fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }

    pub fn text(&self) -> String {
        fs::read_to_string(&self.0).unwrap()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// What a pipeline did.
pub struct Run {
    /// Our element messages on the bus.
    pub messages: Vec<gst::Structure>,
    /// Buffers that left each analyser.
    pub buffers: u64,
}

/// Runs a pipeline to its end.
pub fn run(description: &str) -> Run {
    init();
    let pipeline = gst::parse::launch(description).unwrap();
    let pipeline = pipeline.downcast::<gst::Pipeline>().unwrap();
    let buffers = Arc::new(AtomicU64::new(0));
    for element in pipeline.iterate_elements() {
        let element = element.unwrap();
        if element.factory().unwrap().name() == "aliyarface" {
            let counted = Arc::clone(&buffers);
            let pad = element.static_pad("src").unwrap();
            pad.add_probe(gst::PadProbeType::BUFFER, move |_, _| {
                counted.fetch_add(1, Ordering::Relaxed);
                gst::PadProbeReturn::Ok
            });
        }
    }
    let bus = pipeline.bus().unwrap();
    pipeline.set_state(gst::State::Playing).unwrap();
    let mut messages = Vec::new();
    let mut ended = false;
    for message in bus.iter_timed(gst::ClockTime::from_seconds(120)) {
        match message.view() {
            gst::MessageView::Eos(_) => {
                ended = true;
                break;
            }
            gst::MessageView::Error(err) => panic!("{description}: {err:?}"),
            gst::MessageView::Element(element) => {
                let structure = element.structure().unwrap().to_owned();
                if structure.name() == metadata::EVENT_NAME {
                    messages.push(structure);
                }
            }
            _ => {}
        }
    }
    assert!(ended, "{description} did not end");
    pipeline.set_state(gst::State::Null).unwrap();
    let buffers = buffers.load(Ordering::Relaxed);
    Run { messages, buffers }
}

/// What each of `exports` (the element and what follows it) makes of a clip that is read once.
pub fn exported(name: &str, frames: u32, analyser: &str, exports: &[&str]) -> (Vec<String>, Run) {
    let files = exports.iter().enumerate();
    let files: Vec<_> = files
        .map(|(index, _)| Scratch::new(&format!("{name}-{index}")))
        .collect();
    let branches = exports.iter().zip(&files).map(|(export, file)| {
        format!("t. ! queue ! {export} ! filesink location={} ", file.path())
    });
    let branches: String = branches.collect();
    let run = run(&format!(
        "{} ! {analyser} ! tee name=t {branches}",
        clip(frames)
    ));
    (files.iter().map(Scratch::text).collect(), run)
}

pub fn records(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

pub fn of_kind<'a>(records: &'a [Value], kind: &str) -> Vec<&'a Value> {
    records
        .iter()
        .filter(|line| line["record"] == kind)
        .collect()
}
