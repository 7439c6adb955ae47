//! A laboratory for eyes: which labelled blinks of real clips the element tells of, and which of sitters
//! who blink at known times.

mod condition;
mod element;
mod gaze;
mod labelled;
mod score;
mod synthetic;

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Parser;

/// Measures blinks on a folder of clips, or on photos that blink.
#[derive(Parser)]
#[command(name = "eye_lab")]
struct Options {
    /// The clips, and beside them one JSON file: name of a clip -> seconds of its blinks.
    folder: Option<PathBuf>,
    /// Another JSON file than the folder's own.
    #[arg(long)]
    labels: Option<PathBuf>,
    /// Tells of each clip on the standard error.
    #[arg(long)]
    verbose: bool,
    #[command(flatten)]
    synthetic: synthetic::Options,
}

fn main() -> Result<()> {
    tch::set_num_threads(1);
    gst::init()?;
    let _ = gstaliyarface::plugin_register_static();
    let options = Options::parse();
    let Some(folder) = &options.folder else {
        if options.synthetic.rig.is_none() {
            bail!("name a folder of clips, or a rig and photos with --rig and --photos");
        }
        return synthetic::evaluate(&options.synthetic);
    };
    let score = labelled::evaluate(folder, options.labels.as_deref(), options.verbose)?;
    println!("{}", serde_json::to_string(&score)?);
    Ok(())
}
