//! A laboratory for micro-expressions: real photos moved by a rig, and what the element finds of it.
//!
//! ```text
//! micro_lab evaluate --rig face_rig.npz [--photos tuning|held-out|FILE,FILE] [--pictures FOLDER] [--clips KIND,KIND]
//!                    [--fps 60] [--eyes 120] [--seconds 30] [--amplitudes 10-30] [--plot recall.png] [--seed 1]
//!                    [--quick|--thorough]
//! micro_lab clip --rig face_rig.npz --photo FILE --to clip.mkv [--fps 60] [--eyes 120] [--seconds 20]
//! micro_lab watch [--height PIXELS] FILE...
//! ```
//!
//! Kinds of clips are `mixed`, `small`, `speaking`, `videos` and those of [`script::Plot::EVENT_FREE`]; `--quick` shows
//! `mixed` alone, `--thorough` other conditions too.

#[path = "../lab/mod.rs"]
mod lab;

mod clip;
mod evaluate;
mod film;
mod plot;
mod rig;
mod score;
mod script;
mod show;
mod sitter;

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use gst::prelude::*;
use gstaliyarface::analysis::Analyser;
use gstaliyarface::models::{ModelChoice, Models};
use pico_args::Arguments;

use self::clip::Clip;
use self::lab::dice::Dice;
use self::lab::{pipelines, places};
use self::rig::Rig;
use self::script::{Plot, script};
use self::sitter::{Photo, Sitter};

const USAGE: &str = "usage: micro_lab evaluate --rig NPZ [--photos tuning|held-out|FILE,FILE] [--pictures FOLDER] \
                     [--clips KIND,KIND] [--fps 60] [--eyes 120] [--seconds 30] [--amplitudes 10-30] [--seed 1] [--plot PNG] \
                     [--quick|--thorough]\n       \
                     micro_lab clip --rig NPZ --photo FILE --to MKV [--fps 60] [--eyes 120] [--seconds 20] [--seed 1]\n       \
                     micro_lab watch [--height PIXELS] FILE...";
/// Amplitudes of micro-expressions.
const AMPLITUDES: [f64; 2] = [0.1, 0.3];

/// What the clips look like.
#[derive(Debug, Clone, Copy)]
struct Look {
    fps: f64,
    eyes: f64,
    seconds: f64,
    seed: u64,
}

fn main() -> Result<()> {
    tch::set_num_threads(1);
    gst::init()?;
    let _ = gstaliyarface::plugin_register_static();
    let mut arguments = Arguments::from_env();
    match arguments.subcommand()?.as_deref() {
        Some("evaluate") => evaluate::evaluate(arguments),
        Some("watch") => evaluate::watch(arguments),
        Some("clip") => write(arguments),
        _ => bail!(USAGE),
    }
}

/// Writes a clip and, beside it, what happens in it.
fn write(mut arguments: Arguments) -> Result<()> {
    let rig = Rig::read(
        &arguments
            .value_from_str::<_, PathBuf>("--rig")
            .context(USAGE)?,
    )?;
    let photo: PathBuf = arguments.value_from_str("--photo").context(USAGE)?;
    let to: PathBuf = arguments.value_from_str("--to").context(USAGE)?;
    let look = look(&mut arguments, 20.0)?;
    let sitter = Sitter::new(&Photo::read(&photo, 0)?, look.eyes, &rig, &mut analyser()?)?;
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

fn look(arguments: &mut Arguments, seconds: f64) -> Result<Look> {
    Ok(Look {
        fps: arguments.opt_value_from_str("--fps")?.unwrap_or(60.0),
        eyes: arguments.opt_value_from_str("--eyes")?.unwrap_or(120.0),
        seconds: arguments
            .opt_value_from_str("--seconds")?
            .unwrap_or(seconds),
        seed: arguments.opt_value_from_str("--seed")?.unwrap_or(1),
    })
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
        action_units: false,
        ..ModelChoice::bundled(places::models())
    };
    Ok(Analyser::new(Models::load(&choice)?))
}
