//! `make bench-streams`: live cameras in one process, 1 to 16 of them, each 1280x720 at 30 pictures a second with
//! one face, no property set. Prints a line a number of cameras, and leaves `out/bench-streams.json`.
//!
//! Each number is measured in a process of its own, so that memory counts from nothing.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use clap::Parser;
use gst::prelude::*;
use serde::{Deserialize, Serialize};

use aliyarface_labs::memory::Memory;

/// Live cameras in one process.
#[derive(Parser)]
#[command(name = "streams")]
struct Options {
    /// Numbers of cameras, one run each.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 2, 4, 8, 12, 16])]
    streams: Vec<usize>,
    /// Seconds that are measured, after five to settle.
    #[arg(long, default_value_t = 15)]
    seconds: u64,
    /// A picture with one face.
    #[arg(long)]
    picture: PathBuf,
    /// What reads the pictures: "identity" tells what the rest of the pipeline costs.
    #[arg(long, default_value = "aliyarface")]
    element: String,
    /// The JSON file to write.
    #[arg(long)]
    output: PathBuf,
    /// Measures the one number of cameras here, and prints it.
    #[arg(long, hide = true)]
    here: bool,
}

/// What one run gave.
#[derive(Serialize, Deserialize)]
struct RunMeasures {
    streams: usize,
    /// Of all streams together, a second.
    pictures: f64,
    analyses: f64,
    /// Of the stream that was read least, a second.
    fewest_analyses: f64,
    /// Processors kept busy.
    processors: f64,
    /// Processor time of one analysis, with its share of the pipeline, in ms.
    processor_ms: f64,
    /// The 95th percentile of the time a picture is held, of the worst stream, in ms.
    held_p95_ms: f64,
    resident_mb: f64,
}

const FPS: u32 = 30;
const SETTLING: Duration = Duration::from_secs(5);

fn main() -> Result<()> {
    let options = Options::parse();
    ensure!(options.seconds > 0, "nothing is measured in no time");
    if options.here {
        let streams = options.streams.first().context("no number of cameras")?;
        let measured = measure(*streams, &options)?;
        println!("{}", serde_json::to_string(&measured)?);
        return Ok(());
    }
    println!("streams pictures/s analyses/s fewest/s processors ms/analysis held p95  MB");
    let mut all: Vec<RunMeasures> = Vec::new();
    for &streams in &options.streams {
        let run = apart(streams, &options)?;
        println!(
            "{:>7} {:>10.1} {:>10.1} {:>8.1} {:>10.2} {:>11.2} {:>8.2} {:>5.0}",
            run.streams,
            run.pictures,
            run.analyses,
            run.fewest_analyses,
            run.processors,
            run.processor_ms,
            run.held_p95_ms,
            run.resident_mb
        );
        all.push(run);
    }
    if let Some(folder) = options.output.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(&options.output, serde_json::to_string_pretty(&all)?)?;
    println!("{}", options.output.display());
    Ok(())
}

/// Measures in a process of its own.
fn apart(streams: usize, options: &Options) -> Result<RunMeasures> {
    let output = Command::new(std::env::current_exe()?)
        .args(["--here", "--streams", &streams.to_string()])
        .args(["--seconds", &options.seconds.to_string()])
        .args(["--element", &options.element, "--output", "-", "--picture"])
        .arg(&options.picture)
        .output()?;
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{streams} streams: {errors}");
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().last().context("nothing was printed")?;
    Ok(serde_json::from_str(line)?)
}

fn measure(streams: usize, options: &Options) -> Result<RunMeasures> {
    gst::init()?;
    gstaliyarface::plugin_register_static()?;
    let cameras = (0..streams).map(|index| camera(index, options));
    let pipeline = gst::parse::launch(&cameras.collect::<Result<Vec<_>>>()?.join(" "))?;
    let pipeline = pipeline.downcast::<gst::Pipeline>();
    let pipeline = pipeline.map_err(|_| anyhow::anyhow!("no pipeline"))?;
    pipeline.set_state(gst::State::Playing)?;
    // The first pictures load and settle.
    let (changed, _, _) = pipeline.state(gst::ClockTime::from_seconds(60));
    changed?;
    thread::sleep(SETTLING);
    let elements: Vec<_> = (0..streams)
        .filter_map(|index| pipeline.by_name(&format!("reader{index}")))
        .collect();
    let sinks: Vec<_> = (0..streams)
        .filter_map(|index| pipeline.by_name(&format!("sink{index}")))
        .collect();
    let passed = || -> Vec<u64> { sinks.iter().map(rendered).collect() };
    let analysed = || -> Vec<u64> { elements.iter().map(|one| stat(one, "analysed")).collect() };
    let (start, before) = (Instant::now(), (passed(), analysed(), processor_time()));
    thread::sleep(Duration::from_secs(options.seconds));
    let (spent, after) = (start.elapsed(), (passed(), analysed(), processor_time()));
    let resident_mb = Memory::now()?.resident;
    let held = elements.iter().map(held_p95);
    let held_p95_ms = held.fold(0.0, f64::max);
    pipeline.set_state(gst::State::Null)?;
    let rates = |before: &[u64], after: &[u64]| -> Vec<f64> {
        let counts = after.iter().zip(before);
        counts
            .map(|(after, before)| after.saturating_sub(*before) as f64 / spent.as_secs_f64())
            .collect()
    };
    let pictures: f64 = rates(&before.0, &after.0).iter().sum();
    let analyses = rates(&before.1, &after.1);
    let total: f64 = analyses.iter().sum();
    let processors = (after.2.saturating_sub(before.2)).as_secs_f64() / spent.as_secs_f64();
    Ok(RunMeasures {
        streams,
        pictures,
        analyses: total,
        fewest_analyses: analyses
            .iter()
            .copied()
            .fold(f64::INFINITY, f64::min)
            .min(total),
        processors,
        processor_ms: 1000.0 * processors / if total > 0.0 { total } else { pictures },
        held_p95_ms,
        resident_mb,
    })
}

fn camera(index: usize, options: &Options) -> Result<String> {
    let picture: &Path = &options.picture;
    let picture = picture.to_str().context("the picture's name is no UTF-8")?;
    let element = &options.element;
    Ok(format!(
        "multifilesrc location=\"{picture}\" num-buffers=1 ! jpegdec ! videoconvert ! videoscale add-borders=true \
         ! video/x-raw,format=NV12,width=1280,height=720,pixel-aspect-ratio=1/1 ! imagefreeze is-live=true \
         ! video/x-raw,framerate={FPS}/1 ! {element} name=reader{index} ! fakesink name=sink{index} sync=true"
    ))
}

/// Pictures that came to the end.
fn rendered(sink: &gst::Element) -> u64 {
    let stats = sink.property::<gst::Structure>("stats");
    stats.get("rendered").unwrap_or_default()
}

fn stats(element: &gst::Element) -> Option<gst::Structure> {
    let known = element.find_property("stats")?;
    known
        .value_type()
        .is_a(gst::Structure::static_type())
        .then(|| element.property("stats"))
}

fn stat(element: &gst::Element, name: &str) -> u64 {
    let value = stats(element).and_then(|stats| stats.get(name).ok());
    value.unwrap_or_default()
}

fn held_p95(element: &gst::Element) -> f64 {
    let held = stats(element).and_then(|stats| stats.get::<gst::Structure>("held").ok());
    let p95 = held.and_then(|held| held.get::<u64>("p95").ok());
    p95.unwrap_or_default() as f64 / 1e6
}

/// Processor time of this process so far.
fn processor_time() -> Duration {
    let mut usage = std::mem::MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: the structure may be written, and zeros are valid where the call fails.
    #[allow(unsafe_code)]
    let usage = unsafe {
        libc::getrusage(libc::RUSAGE_SELF, usage.as_mut_ptr());
        usage.assume_init()
    };
    let time = |time: libc::timeval| {
        Duration::from_secs(time.tv_sec.unsigned_abs())
            + Duration::from_micros(time.tv_usec.unsigned_abs())
    };
    time(usage.ru_utime) + time(usage.ru_stime)
}
