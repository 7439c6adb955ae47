//! `make bench`: median and 95th percentile of each stage and of the whole element.
//!
//! Every stage runs on every frame: one face and four in 720p NV12 and one in the 640x360 sample
//! clip. Times are of a shared machine: compare them within one run.

use std::error::Error;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use gst::prelude::*;
use gst_video::VideoInfo;
use gstaliyarface::analysis::{Analyser, AnalysisSettings, Stage};
use gstaliyarface::models::{Folders, ModelChoice, Models};
use gstaliyarface::picture::{self, Picture};

const FRAMES: usize = 150;
const WARM_UP: usize = 20;
const FRAME: u64 = 33_333_333;

type Failure = Box<dyn Error>;

fn main() -> Result<(), Failure> {
    gst::init()?;
    gstaliyarface::plugin_register_static()?;
    let samples = PathBuf::from(std::env::var("ALIYARFACE_SAMPLES")?);
    let one = "videoscale add-borders=true ! video/x-raw,width=1280,height=720";
    let four = "videocrop left=200 bottom=0 ! videoscale add-borders=true ! \
                video/x-raw,width=1280,height=720";
    let scenes = [
        (
            "1 face, 640x360 I420 clip",
            "single_face.mp4",
            "identity",
            "I420",
        ),
        ("1 face, 1280x720 NV12 clip", "single_face.mp4", one, "NV12"),
        (
            "4 faces, 1280x720 NV12 picture",
            "multi_face.jpg",
            four,
            "NV12",
        ),
    ];
    println!("{FRAMES} frames each; milliseconds a frame, median / p95");
    for (name, file, filter, format) in scenes {
        let frames = decode(&samples.join(file), filter, format)?;
        stages(name, &frames)?;
        element(&frames)?;
    }
    Ok(())
}

/// The frames of a file, at most as many as are needed.
fn decode(file: &std::path::Path, filter: &str, format: &str) -> Result<Vec<gst::Sample>, Failure> {
    let description = format!(
        "filesrc name=file ! decodebin ! videoconvert ! {filter} ! videoconvert ! \
         video/x-raw,format={format} ! appsink name=out sync=false"
    );
    let pipeline = gst::parse::launch(&description)?;
    let pipeline = pipeline
        .downcast::<gst::Pipeline>()
        .map_err(|_| "no pipeline")?;
    let source = pipeline.by_name("file").ok_or("no source")?;
    source.set_property("location", file.to_str().ok_or("a strange path")?);
    let sink = pipeline.by_name("out").ok_or("no sink")?;
    let sink = sink
        .downcast::<gst_app::AppSink>()
        .map_err(|_| "no appsink")?;
    pipeline.set_state(gst::State::Playing)?;
    let mut frames = Vec::new();
    while let Some(sample) = sink.try_pull_sample(gst::ClockTime::from_seconds(10)) {
        frames.push(sample);
    }
    pipeline.set_state(gst::State::Null)?;
    match frames.is_empty() {
        true => Err(format!("{} cannot be decoded", file.display()).into()),
        false => Ok(frames),
    }
}

fn stages(name: &str, frames: &[gst::Sample]) -> Result<(), Failure> {
    let models = std::env::var("ALIYARFACE_MODELS")?;
    let choice = ModelChoice::bundled(Folders(vec![models.into()]));
    let settings = AnalysisSettings {
        micro_expressions: true,
        ..AnalysisSettings::default()
    };
    let mut analyser = Analyser::new(Models::load(&choice)?);
    let mut spent = Stage::ALL.map(|_| Vec::new());
    let mut faces = 0;
    for index in 0..WARM_UP + FRAMES {
        let sample = pick(frames, index);
        let info = VideoInfo::from_caps(sample.caps().ok_or("no caps")?)?;
        let buffer = sample.buffer().ok_or("no buffer")?;
        let frame = picture::map(buffer, &info)?;
        let picture = Picture::from_frame(&frame, &info)?;
        let analysis = analyser.analyse(&picture, index as u64 * FRAME, &settings)?;
        if index >= WARM_UP {
            faces = faces.max(analysis.faces.len());
            for (spent, stage) in spent.iter_mut().zip(Stage::ALL) {
                spent.push(analysis.timing.spent(stage));
            }
        }
    }
    println!("\n{name} ({faces} followed)");
    for (spent, stage) in spent.iter_mut().zip(Stage::ALL) {
        line(&format!("{stage:?}").to_lowercase(), spent);
    }
    Ok(())
}

fn element(frames: &[gst::Sample]) -> Result<(), Failure> {
    for overlay in ["", "boxes+mesh+pose+labels"] {
        let description = match overlay {
            "" => "aliyarface analysis-mode=sync".to_owned(),
            parts => format!("aliyarface analysis-mode=sync overlay={parts}"),
        };
        let mut harness = gst_check::Harness::new_parse(&description);
        let caps = pick(frames, 0).caps_owned().ok_or("no caps")?;
        harness.set_src_caps(caps.clone());
        harness.set_sink_caps(caps);
        harness.play();
        let mut spent = Vec::new();
        for index in 0..WARM_UP + FRAMES {
            let mut buffer = pick(frames, index)
                .buffer()
                .ok_or("no buffer")?
                .copy_deep()?;
            let stamp = gst::ClockTime::from_nseconds(index as u64 * FRAME);
            let writable = buffer.get_mut().ok_or("a shared buffer")?;
            writable.set_pts(stamp);
            // The first frame of a file marks a break, at which faces are forgotten.
            writable.unset_flags(gst::BufferFlags::DISCONT);
            let start = Instant::now();
            harness.push_and_pull(buffer)?;
            if index >= WARM_UP {
                spent.push(start.elapsed());
            }
        }
        let name = if overlay.is_empty() {
            "whole element"
        } else {
            "... with all overlays"
        };
        line(name, &mut spent);
    }
    Ok(())
}

/// Forwards and backwards through the frames, so that no cut disturbs the tracks.
fn pick(frames: &[gst::Sample], index: usize) -> &gst::Sample {
    let around = (frames.len() * 2).saturating_sub(2).max(1);
    let place = index % around;
    &frames[if place < frames.len() {
        place
    } else {
        around - place
    }]
}

fn line(name: &str, spent: &mut [Duration]) {
    spent.sort();
    let at = |part: f64| {
        let place = ((spent.len() - 1) as f64 * part) as usize;
        spent[place].as_secs_f64() * 1e3
    };
    let mean = spent.iter().sum::<Duration>().as_secs_f64() * 1e3 / spent.len() as f64;
    println!(
        "  {name:<22} {:7.2} / {:7.2}   mean {mean:7.2}",
        at(0.5),
        at(0.95)
    );
}
