//! The laboratory of the Action Units: `make eval-au` and `make train-au`.

#[path = "../lab/mod.rs"]
mod lab;

mod cache;
mod data;
mod eval;
mod features;
mod measures;
mod prototypes;
mod regions;
mod ridge;
mod sets;
mod train;

use std::error::Error;
use std::path::Path;

use gstaliyarface::analysis::ImageActionUnits;

type Failure = Box<dyn Error>;

const USAGE: &str = "au_lab eval FERPLUS.npz RENDERS.npz [held-out] | \
                     au_lab train Training.npz RENDERS.npz";

fn main() -> Result<(), Failure> {
    tch::set_num_threads(1);
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["eval", ferplus, renders, ref rest @ ..] => {
            let heads = match rest {
                [] => eval::Heads::All,
                ["held-out"] => eval::Heads::HeldOut,
                _ => return Err(USAGE.into()),
            };
            let measured = eval::eval(Path::new(ferplus), Path::new(renders), heads)?;
            println!("{measured}");
        }
        ["train", ferplus, renders] => train::train(Path::new(ferplus), Path::new(renders))?,
        _ => return Err(USAGE.into()),
    }
    Ok(())
}

/// The element's own stages.
fn reader() -> Result<ImageActionUnits, Failure> {
    Ok(ImageActionUnits::load(&lab::places::models())?)
}
