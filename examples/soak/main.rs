//! `make soak`: one element for a quarter of an hour in a pipeline whose faces come and go, with every
//! stage and everything drawn, while caps, properties and places change and the pipeline starts anew.
//! Ends with a plot, a line of JSON, and a failure where memory grows or a picture is lost.

#[path = "../lab/mod.rs"]
mod lab;
mod plot;
mod probe;
mod verdict;
mod whims;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, ensure};
use gst::prelude::*;
use serde_json::json;

use lab::dice::Dice;
use lab::pipelines;
use probe::Probe;
use verdict::{Verdict, WARM_UP, percentile};
use whims::Whims;

/// Clips with one face, with several people who hide and laugh, and with nobody for a while.
const CLIPS: [&str; 5] = [
    "WolfgangLanger_Pexels.mp4",
    "face_noface.mov",
    "single_face.mp4",
    "noface_face.mov",
    "no_face.mp4",
];
const SAMPLE: Duration = Duration::from_secs(1);
const PATIENCE: gst::ClockTime = gst::ClockTime::from_seconds(60);
const DRAWN: &str = "boxes+mesh+pose+labels";

/// What was seen in one second.
pub struct Sample {
    /// Minutes since the start.
    pub minutes: f64,
    /// Resident memory in MB.
    pub resident: f64,
    /// Time in ms for which each picture was held.
    pub held: Vec<f64>,
    /// Whether pictures waited for their analysis.
    pub sync: bool,
    /// Faces in the newest picture.
    pub faces: u32,
}

fn main() -> Result<()> {
    gst::init()?;
    gstaliyarface::plugin_register_static()?;
    let mut arguments = pico_args::Arguments::from_env();
    let minutes: f64 = arguments.value_from_str("--minutes")?;
    let picture: PathBuf = arguments.value_from_str("--plot")?;
    ensure!(minutes > 0.0, "--minutes must be more than 0");
    let folder = std::env::var("ALIYARFACE_SAMPLES").context("ALIYARFACE_SAMPLES is not set")?;
    let description = format!(
        "filesrc name=file ! decodebin name=decoder  videoconvert name=pictures ! videoscale ! capsfilter name=caps \
         ! aliyarface name=face micro-expressions=true overlay={DRAWN} ! fakesink sync=true"
    );
    let pipeline = pipelines::launch(&description)?;
    let part = |name| pipeline.by_name(name).context("a part is missing");
    let (file, element) = (part("file")?, part("face")?);
    // A described link would be made once; each start brings a new pad.
    let pictures = part("pictures")?.static_pad("sink").context("no pad")?;
    part("decoder")?.connect_pad_added(move |_, pad| {
        let caps = pad.current_caps().unwrap_or_else(|| pad.query_caps(None));
        let video = caps
            .structure(0)
            .is_some_and(|kind| kind.name().starts_with("video/"));
        if video && !pictures.is_linked() {
            let _ = pad.link(&pictures);
        }
    });
    let probe = Probe::on(&element)?;
    let mut whims = Whims::new(
        element.clone(),
        part("caps")?,
        pipeline.clone(),
        Dice::new(5),
    );
    let bus = pipeline.bus().context("no bus")?;

    let start = Instant::now();
    let length = Duration::from_secs_f64(minutes * 60.0);
    let mut samples = Vec::new();
    let (mut lives, mut warnings) = (0, 0);
    while start.elapsed() < length {
        let sync = lives % 2 == 1;
        let mode = if sync { "sync" } else { "async" };
        let rest = if lives % 3 == 0 {
            gst::State::Null
        } else {
            gst::State::Ready
        };
        pipeline.set_state(rest)?;
        let clip = CLIPS[lives % CLIPS.len()];
        file.set_property("location", format!("{folder}/{clip}"));
        element.set_property_from_str("analysis-mode", mode);
        pipeline.set_state(gst::State::Playing)?;
        let (state, ..) = pipeline.state(PATIENCE);
        state.with_context(|| format!("{clip} does not play"))?;
        lives += 1;
        'life: while start.elapsed() < length {
            let second = Instant::now();
            while second.elapsed() < SAMPLE {
                let message = bus.timed_pop(gst::ClockTime::from_mseconds(100));
                let ended = match message.as_ref().map(|message| message.view()) {
                    Some(gst::MessageView::Error(err)) => return Err(anyhow!("{clip}: {err:?}")),
                    Some(gst::MessageView::Eos(_)) => true,
                    Some(gst::MessageView::Warning(_)) => {
                        warnings += 1;
                        false
                    }
                    _ => false,
                };
                if ended {
                    break 'life;
                }
            }
            let stats: gst::Structure = element.property("stats");
            samples.push(Sample {
                minutes: start.elapsed().as_secs_f64() / 60.0,
                resident: resident()?,
                held: probe.take(),
                sync,
                faces: stats.get("faces")?,
            });
            if !whims.follow_one()? {
                break;
            }
        }
    }
    pipeline.set_state(gst::State::Null)?;

    let verdict = Verdict::of(&samples);
    if let Some(folder) = picture.parent() {
        std::fs::create_dir_all(folder)?;
    }
    plot::draw(&picture, &samples, &verdict)?;
    let held = |sync: bool| {
        let held = samples.iter().filter(|sample| sample.sync == sync);
        let held: Vec<f64> = held
            .flat_map(|sample| sample.held.iter().copied())
            .collect();
        json!({ "p50": rounded(percentile(&held, 0.5)), "p99": rounded(percentile(&held, 0.99)) })
    };
    let (entered, left) = probe.counts();
    let line = json!({
        "minutes": minutes,
        "frames": left,
        "cut_off": entered - left,
        "starts": lives,
        "whims": whims.counts(),
        "warnings": warnings,
        "resident_mb": { "after_warm_up": rounded(verdict.first), "last": rounded(verdict.last) },
        "slope_mb_per_minute": rounded(verdict.slope),
        "slope_allowed": verdict::ALLOWED,
        "warm_up_minutes": minutes * WARM_UP,
        "held_ms": { "async": held(false), "sync": held(true) },
        "flat": verdict.flat(),
    });
    println!("{line}");
    println!("{}", picture.display());
    let flushes = lives as u64 + whims.flushes();
    ensure!(
        entered - left <= flushes,
        "{} pictures were lost, {flushes} can have been on their way in a flush",
        entered - left
    );
    ensure!(
        verdict.flat(),
        "memory grows by {:.2} MB a minute, {} are allowed",
        verdict.slope,
        verdict::ALLOWED
    );
    Ok(())
}

/// Two digits, which is more than a run repeats.
fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

/// Resident memory of this process in MB.
fn resident() -> Result<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next());
    let kilobytes: f64 = kilobytes.context("no VmRSS")?.parse()?;
    Ok(kilobytes / 1024.0)
}
