//! `make overload`: minutes of a live camera whose pictures hold more faces than the machine can read at
//! that rate. The pictures must not wait, the lag must not grow, and what is skipped must be told.
//! Ends with a plot, a line of JSON, and a failure where one of these does not hold.

#[path = "../../../../../benches/common/mod.rs"]
mod common;
mod live;
mod plot;
#[path = "../../../../../benches/common/scene.rs"]
mod scene;
mod verdict;

use std::path::PathBuf;

use anyhow::{Result, anyhow, bail, ensure};
use clap::Parser;
use gst_video::VideoFormat;
use serde_json::json;

use aliyarface_labs::trend::{percentile, rounded};
use live::{Camera, RunMeasures};
use verdict::{FILLED, Verdict};

const SIZE: [usize; 2] = [1920, 1080];
/// Columns and rows in which the faces stand, of about 80 pixels each.
const GRID: [usize; 2] = [8, 6];

/// Minutes of a live camera that is too fast for its faces.
#[derive(Parser)]
#[command(name = "overload")]
struct Options {
    /// How long it takes.
    #[arg(long)]
    minutes: f64,
    /// The PNG file to write.
    #[arg(long)]
    plot: PathBuf,
    /// Faces in each picture.
    #[arg(long, default_value_t = 48)]
    faces: usize,
    /// Pictures a second.
    #[arg(long, default_value_t = 144)]
    fps: u32,
}

fn main() -> Result<()> {
    gst::init()?;
    gstaliyarface::plugin_register_static()?;
    let Options {
        minutes,
        plot: picture,
        faces,
        fps,
    } = Options::parse();
    ensure!(
        minutes > FILLED && fps > 0,
        "memory is judged after {FILLED} minutes"
    );
    ensure!(faces <= GRID[0] * GRID[1], "there is no room for {faces}");

    let frames = scene::tiled(SIZE, VideoFormat::Nv12, GRID, faces);
    let frames = frames.map_err(|err| anyhow!("{err}"))?;
    let watched = RunMeasures::run(&Camera { frames, fps }, minutes)?;
    let verdict = Verdict::of(&watched);
    plot::draw(&picture, &watched, &verdict)?;
    report(&watched, &verdict, minutes, faces)?;
    println!("{}", picture.display());
    match verdict.unmet.as_slice() {
        [] => Ok(()),
        unmet => bail!(unmet.join("; ")),
    }
}

fn report(watched: &RunMeasures, verdict: &Verdict, minutes: f64, faces: usize) -> Result<()> {
    let parts = |values: &[f64]| {
        json!({
            "p50": rounded(percentile(values, 0.5)),
            "p99": rounded(percentile(values, 0.99)),
            "most": rounded(percentile(values, 1.0)),
        })
    };
    let line = json!({
        "minutes": minutes,
        "faces": { "shown": faces, "followed": rounded(percentile(&watched.faces(), 0.5)) },
        "fps": { "camera": watched.fps, "delivered": rounded(watched.delivered) },
        "overload": rounded(verdict.overload),
        "analysis_ms": { "p50": rounded(verdict.analysis.0), "p95": rounded(verdict.analysis.1) },
        "frames": watched.left,
        "lost": watched.pushed - watched.left,
        "analysed": watched.analysed,
        "skipped": watched.skipped,
        "failed": watched.failed,
        "qos": {
            "messages": watched.told.len(),
            "skipped": watched.told.last().map(|told| told.skipped),
        },
        "held_ms": parts(&watched.held()),
        "late_ms": parts(&watched.late()),
        "lag_ms": parts(&watched.lag()),
        "lag_trend_ms": verdict.lag.json(),
        "late_trend_ms": verdict.late.json(),
        "resident_mb": verdict.resident.json(),
        "used_mb": verdict.used.json(),
        "holds": verdict.unmet.is_empty(),
    });
    println!("{line}");
    Ok(())
}
