//! A laboratory for micro-expressions: real photos moved by a rig, and what the element finds of it.

mod actions;
mod clip;
mod drawn;
mod evaluate;
mod film;
mod item;
mod plot;
mod record;
mod report;
mod score;
mod script;
mod show;

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{Args, Parser, Subcommand, ValueEnum};
use gst::prelude::*;
use gstaliyarface::analysis::Analyser;
use gstaliyarface::models::{ModelChoice, Models};

use self::clip::Clip;
use self::script::{Plot, script};
use aliyarface_labs::dice::Dice;
use aliyarface_labs::rig::Rig;
use aliyarface_labs::sitter::{Photo, Sitter};
use aliyarface_labs::{pipelines, places};

/// Amplitudes of micro-expressions.
const AMPLITUDES: [f64; 2] = [0.1, 0.3];

/// A laboratory for micro-expressions: real photos moved by a rig, and what the element finds of it.
#[derive(Parser)]
#[command(name = "micro_lab")]
struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Measures what is found of scripted movements.
    Evaluate(Box<evaluate::Options>),
    /// Measures the movement of scripted clips once, for `replay`.
    Record(record::Options),
    /// Decides again on what was recorded, with other numbers.
    Replay(record::ReplayOptions),
    /// Writes one clip and, beside it, what happens in it.
    Clip(WriteOptions),
    /// Tells what is found in real clips.
    Watch {
        /// Scales the clips to this height in pixels; 0 leaves them as they are.
        #[arg(long, default_value_t = 0)]
        height: u32,
        /// The clips.
        files: Vec<PathBuf>,
    },
}

#[derive(Args)]
struct WriteOptions {
    /// The rig that moves the photo.
    #[arg(long)]
    rig: PathBuf,
    /// The photo.
    #[arg(long)]
    photo: PathBuf,
    /// The Matroska file to write.
    #[arg(long)]
    to: PathBuf,
    /// Its length.
    #[arg(long, default_value_t = 20.0)]
    seconds: f64,
    #[command(flatten)]
    look: LookOptions,
}

/// Whose movements a photo makes.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Muscles {
    /// The rig's, in smooth movements.
    Rig,
    /// Those drawn by hand after FACS, in even movements.
    Drawn,
}

/// What the command line says of a clip's look.
#[derive(Args, Clone, Copy)]
struct LookOptions {
    /// Pictures a second.
    #[arg(long, default_value_t = 60.0)]
    fps: f64,
    /// Pixels between the outer eye corners.
    #[arg(long, default_value_t = 120.0)]
    eyes: f64,
    /// What chance is made of.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

impl LookOptions {
    fn lasting(self, seconds: f64) -> ClipOptions {
        let Self { fps, eyes, seed } = self;
        ClipOptions {
            fps,
            eyes,
            seconds,
            seed,
        }
    }
}

/// What the clips look like.
#[derive(Debug, Clone, Copy)]
struct ClipOptions {
    fps: f64,
    eyes: f64,
    seconds: f64,
    seed: u64,
}

fn main() -> Result<()> {
    tch::set_num_threads(1);
    gst::init()?;
    let _ = gstaliyarface::plugin_register_static();
    match Options::parse().command {
        Command::Evaluate(options) => evaluate::evaluate(&options),
        Command::Watch { height, files } => evaluate::watch(height, &files),
        Command::Clip(written) => write(&written),
        Command::Record(options) => record::record(&options),
        Command::Replay(options) => record::replay(&options),
    }
}

fn write(written: &WriteOptions) -> Result<()> {
    let rig = Rig::read(&written.rig)?;
    let WriteOptions { photo, to, .. } = written;
    let look = written.look.lasting(written.seconds);
    let sitter = Sitter::new(&Photo::read(photo, 0)?, look.eyes, &rig, &mut analyser()?)?;
    let items = script(
        look.seconds,
        Plot::Mixed,
        AMPLITUDES,
        &mut Dice::new(look.seed),
    );
    let mut clip = Clip::new(&sitter, &rig, items, Dice::new(look.seed + 7));
    std::fs::write(
        to.with_extension("json"),
        serde_json::to_string_pretty(&clip.items)?,
    )?;
    let pipeline = pipelines::launch(&format!(
        "appsrc name=in format=time block=true ! videoconvert ! x264enc pass=qual quantizer=16 \
         ! h264parse ! matroskamux ! filesink location={}",
        to.display()
    ))?;
    film::play(&pipeline, &mut clip, look, || Ok(()))?;
    pipelines::end::<gst_app::AppSrc>(&pipeline, "in")?.end_of_stream()?;
    let bus = pipeline.bus().context("a bus")?;
    let ends = [gst::MessageType::Eos, gst::MessageType::Error];
    bus.timed_pop_filtered(gst::ClockTime::NONE, &ends);
    pipeline.set_state(gst::State::Null)?;
    Ok(())
}

fn samples() -> Result<PathBuf> {
    let folder = std::env::var_os("ALIYARFACE_SAMPLES");
    Ok(folder
        .context("ALIYARFACE_SAMPLES is not set: run through make")?
        .into())
}

fn analyser() -> Result<Analyser> {
    let choice = ModelChoice {
        emotions: false,
        ..ModelChoice::bundled(places::models())
    };
    Ok(Analyser::new(Models::load(&choice)?))
}
