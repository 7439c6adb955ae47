//! `make soak`: one element for a quarter of an hour in a pipeline whose faces come and go, with every
//! stage and everything drawn, while caps, properties and places change and the pipeline starts anew.
//! Ends with a plot, a line of JSON, and a failure where memory grows or a picture is lost.

mod disturbances;
mod options;
mod plot;
mod soak;
mod verdict;

use anyhow::{Result, ensure};
use clap::Parser;
use serde_json::json;

use aliyarface_labs::memory::{Memory, limit_arenas};
use aliyarface_labs::trend::{percentile, rounded};
use options::Options;
use soak::Soak;
use verdict::{Verdict, WARM_UP};

const PATIENCE: gst::ClockTime = gst::ClockTime::from_seconds(60);
const DRAWN: &str = "boxes+mesh+pose+labels";

/// What was seen between two disturbances.
pub struct Sample {
    /// Minutes since the start.
    pub minutes: f64,
    /// What the process held.
    pub memory: Memory,
    /// Time in ms for which each picture was held.
    pub held: Vec<f64>,
    /// Whether pictures waited for their analysis.
    pub sync: bool,
    /// Faces in the newest picture.
    pub faces: u32,
}

fn main() -> Result<()> {
    let options = Options::parse();
    if options.arenas > 0 {
        limit_arenas(options.arenas)?;
    }
    gst::init()?;
    gstaliyarface::plugin_register_static()?;
    soaked(&options)
}

fn soaked(options: &Options) -> Result<()> {
    let Soak {
        samples,
        frames,
        cut_off,
        flushes,
        starts,
        disturbances,
        warnings,
    } = Soak::run(options)?;
    let verdict = Verdict::of(&samples);
    plot::draw(&options.plot, &samples, &verdict)?;
    let held = |sync: bool| {
        let held = samples.iter().filter(|sample| sample.sync == sync);
        let held: Vec<f64> = held
            .flat_map(|sample| sample.held.iter().copied())
            .collect();
        json!({ "p50": rounded(percentile(&held, 0.5)), "p99": rounded(percentile(&held, 0.99)) })
    };
    let minutes = samples.last().map_or(0.0, |sample| sample.minutes);
    let line = json!({
        "minutes": rounded(minutes),
        "seed": options.seed,
        "control": options.control,
        "arenas": options.arenas,
        "leak_mb_per_minute": options.leak,
        "frames": frames,
        "cut_off": cut_off,
        "starts": starts,
        "disturbances": disturbances,
        "warnings": warnings,
        "warm_up_minutes": rounded(minutes * WARM_UP),
        "resident_mb": verdict.resident.json(),
        "used_mb": verdict.used.json(),
        "free_mb": verdict.free.json(),
        "slope_allowed": verdict::ALLOWED,
        "held_ms": { "async": held(false), "sync": held(true) },
        "flat": verdict.flat(),
    });
    println!("{line}");
    println!("{}", options.plot.display());
    ensure!(
        cut_off <= flushes,
        "{cut_off} pictures were lost, {flushes} can have been on their way in a flush"
    );
    ensure!(
        verdict.flat(),
        "memory grows: resident {:+.2}, used {:+.2} MB a minute; {} are allowed",
        verdict.resident.slope,
        verdict.used.slope,
        verdict::ALLOWED
    );
    Ok(())
}
