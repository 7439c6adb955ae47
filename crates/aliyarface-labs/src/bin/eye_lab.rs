//! A laboratory for eyes: which labelled blinks of real clips the element tells of.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use aliyarface_labs::pipelines;
use anyhow::{Context, Result, bail};
use clap::Parser;
use gst::prelude::*;
use serde::Serialize;

/// Seconds by which a label may lie before a blink's onset or after its offset: who labels by hand
/// names the frame at which the eyes seem shut.
const TOLERANCE: f64 = 0.3;
/// Seconds after which a pipeline that shows no frame is given up.
const PATIENCE: u64 = 120;

/// Measures blinks on a folder of clips.
#[derive(Parser)]
#[command(name = "eye_lab")]
struct Options {
    /// The clips, and beside them one JSON file: name of a clip -> seconds of its blinks.
    folder: PathBuf,
    /// Another JSON file than the folder's own.
    #[arg(long)]
    labels: Option<PathBuf>,
    /// Tells of each clip on the standard error.
    #[arg(long)]
    verbose: bool,
}

/// What was found of all clips.
#[derive(Default, Serialize)]
struct Score {
    blinks: usize,
    found: usize,
    #[serde(rename = "false")]
    wrong: usize,
    minutes: f64,
    f1: f64,
}

/// A blink that the element told of: onset and offset in seconds of the stream.
type Told = [f64; 2];

fn main() -> Result<()> {
    tch::set_num_threads(1);
    gst::init()?;
    let _ = gstaliyarface::plugin_register_static();
    let options = Options::parse();
    let labels = labels(&options)?;
    let mut score = Score::default();
    for (name, times) in &labels {
        let file = clip(&options.folder, name)?;
        let (told, seconds) = watch(&file).with_context(|| format!("{}", file.display()))?;
        let found = found(times, &told);
        let wrong = told.len() - found;
        if options.verbose {
            eprintln!(
                "{name}: {found} of {}, {wrong} false; told {told:.2?}",
                times.len()
            );
        }
        score.blinks += times.len();
        score.found += found;
        score.wrong += wrong;
        score.minutes += seconds / 60.0;
    }
    let missed = score.blinks - score.found;
    let errors = (missed + score.wrong) as f64;
    let twice = 2.0 * score.found as f64;
    score.f1 = if twice + errors > 0.0 {
        twice / (twice + errors)
    } else {
        1.0
    };
    println!("{}", serde_json::to_string(&score)?);
    Ok(())
}

/// The blinks of each clip.
fn labels(options: &Options) -> Result<BTreeMap<String, Vec<f64>>> {
    let file = match &options.labels {
        Some(file) => file.clone(),
        None => own_labels(&options.folder)?,
    };
    let text = fs::read_to_string(&file).with_context(|| format!("{}", file.display()))?;
    serde_json::from_str(&text)
        .with_context(|| format!("{} is no JSON of name -> list of seconds", file.display()))
}

fn own_labels(folder: &Path) -> Result<PathBuf> {
    let entries = fs::read_dir(folder).with_context(|| format!("{}", folder.display()))?;
    let mut found = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_some_and(|end| end == "json") {
            found.push(path);
        }
    }
    match &found[..] {
        [file] => Ok(file.clone()),
        [] => bail!("{} holds no JSON file of blink times", folder.display()),
        _ => bail!(
            "{} holds several JSON files; name one with --labels",
            folder.display()
        ),
    }
}

/// The file of a clip that the labels call `name`, with or without its extension.
fn clip(folder: &Path, name: &str) -> Result<PathBuf> {
    let exact = folder.join(name);
    if exact.is_file() {
        return Ok(exact);
    }
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let named = path.file_stem().is_some_and(|stem| stem == name);
        if named && path.extension().is_some_and(|end| end != "json") {
            return Ok(path);
        }
    }
    bail!("{} has no clip called {name}", folder.display())
}

/// The blinks told of in `file`, and its length in seconds.
fn watch(file: &Path) -> Result<(Vec<Told>, f64)> {
    let (pipeline, sink) = pipelines::play(
        file,
        "aliyarface analysis-mode=sync emotions=false micro-expressions=false",
    )?;
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

fn blink(structure: &gst::StructureRef) -> Option<Told> {
    if structure.get::<&str>("event").ok()? != "blink" {
        return None;
    }
    let onset: gst::ClockTime = structure.get("stream-time").ok()?;
    let lasted: gst::ClockTime = structure.get("duration").ok()?;
    Some([onset, onset + lasted].map(seconds))
}

fn seconds(time: gst::ClockTime) -> f64 {
    time.nseconds() as f64 / 1e9
}

/// How many of the labelled `times` were told of, each by a blink of its own, the nearest first.
fn found(times: &[f64], told: &[Told]) -> usize {
    let mut pairs = Vec::new();
    for (label, time) in times.iter().enumerate() {
        for (blink, [onset, offset]) in told.iter().enumerate() {
            let off = (time - (onset + offset) / 2.0).abs();
            if (onset - TOLERANCE..=offset + TOLERANCE).contains(time) {
                pairs.push((off, label, blink));
            }
        }
    }
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut labels, mut blinks) = (Vec::new(), Vec::new());
    for (_, label, blink) in pairs {
        if !labels.contains(&label) && !blinks.contains(&blink) {
            labels.push(label);
            blinks.push(blink);
        }
    }
    labels.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_label_needs_a_blink_of_its_own_near_it() {
        let told = [[1.0, 1.2], [2.0, 2.2], [9.0, 9.3]];
        assert_eq!(found(&[1.1, 2.45, 5.0], &told), 2);
        assert_eq!(found(&[1.05, 1.15], &told), 1);
        assert_eq!(found(&[], &told), 0);
        assert_eq!(found(&[1.1, 1.6], &[[1.1, 1.3]]), 1);
    }
}
