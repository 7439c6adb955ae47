//! The laboratory of the Action Units: `make eval-au` and `make train-au`.

mod cache;
mod choice;
mod data;
mod eval;
mod features;
mod kernel;
mod measures;
mod prototypes;
mod regions;
mod ridge;
mod scores;
mod sets;
mod train;
mod turning;
mod weights_file;

use std::error::Error;
use std::path::PathBuf;

use clap::{Parser, Subcommand};
use gstaliyarface::analysis::ImageActionUnits;

type Failure = Box<dyn Error>;

/// The laboratory of the Action Units.
#[derive(Parser)]
#[command(name = "au_lab")]
struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Measures the Action Units on photos with emotions and on rendered heads.
    Eval {
        /// FER+ faces with votes.
        ferplus: PathBuf,
        /// Rendered heads with known intensities.
        renders: PathBuf,
        /// Unseen identities alone.
        #[arg(long)]
        held_out: bool,
    },
    /// Learns models/action_units.safetensors anew.
    Train {
        /// FER+ faces with votes.
        ferplus: PathBuf,
        /// Rendered heads with known intensities.
        renders: PathBuf,
    },
}

fn main() -> Result<(), Failure> {
    tch::set_num_threads(1);
    match Options::parse().command {
        Command::Eval {
            ferplus,
            renders,
            held_out,
        } => {
            let heads = if held_out {
                eval::Heads::HeldOut
            } else {
                eval::Heads::All
            };
            println!("{}", eval::eval(&ferplus, &renders, heads)?);
        }
        Command::Train { ferplus, renders } => train::train(&ferplus, &renders)?,
    }
    Ok(())
}

/// The element's own stages but for the weights, which are yet to be learned.
fn untrained_reader() -> Result<ImageActionUnits, Failure> {
    Ok(ImageActionUnits::untrained(
        &aliyarface_labs::places::models(),
    )?)
}

/// The element's own stages.
fn reader() -> Result<ImageActionUnits, Failure> {
    Ok(ImageActionUnits::load(&aliyarface_labs::places::models())?)
}
