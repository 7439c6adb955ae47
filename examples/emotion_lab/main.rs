//! Trains, exports and measures the emotion net.
//!
//! ```text
//! emotion_lab train --data FERPLUS_FOLDER [--folder RUN] [--start WEIGHTS] [--epochs N] ...
//! emotion_lab export --data FILE.npz --weights AVERAGED --to WEIGHTS
//! emotion_lab changes --data FILE.npz [--weights WEIGHTS] [--fades 60]
//! emotion_lab clips --folder SAMPLES --truth examples/emotion_lab/clips.json
//! emotion_lab evaluate --data FILE.npz [--weights WEIGHTS] [--confusion PNG]
//! ```

#[path = "../lab/mod.rs"]
mod lab;

mod augment;
mod calibrate;
mod changes;
mod clips;
mod data;
mod learner;
mod measures;
mod mixed;
mod net;
mod plot;
mod train;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use gstaliyarface::models::EmotionNet;
use pico_args::Arguments;
use serde::Serialize;
use tch::Device;

use self::data::{Canvases, Faces};
use self::lab::places;
use self::measures::Measures;
use self::mixed::MixedMeasures;
use self::train::{Plan, Set};

const USAGE: &str = "usage: emotion_lab train --data FOLDER [--folder FOLDER] [--start WEIGHTS] [--epochs 24] [--batch 96] \
                     [--rate 0.1] [--seed 1] [--small-part 0.5] [--strength 1] [--side 64] \
                     [--teacher WEIGHTS[@SIDE]]... [--taught 0.5] [--device cpu]\n       \
                     emotion_lab export --data FILE.npz --weights AVERAGED --to WEIGHTS\n       \
                     emotion_lab changes --data FILE.npz [--weights WEIGHTS] [--fades 60]\n       \
                     emotion_lab clips --folder FOLDER --truth FILE.json\n       \
                     emotion_lab evaluate --data FILE.npz [--weights WEIGHTS] [--confusion PNG]";

fn main() -> Result<()> {
    tch::set_num_threads(1);
    let mut arguments = Arguments::from_env();
    match arguments.subcommand()?.as_deref() {
        Some("train") => train(arguments),
        Some("export") => export(arguments),
        Some("changes") => changes(arguments),
        Some("clips") => clips(arguments),
        Some("evaluate") => evaluate(arguments),
        _ => bail!(USAGE),
    }
}

fn read(path: &Path) -> Result<Set> {
    let faces = Faces::read(path)?;
    let canvases = Canvases::of(&faces.pictures, &places::models(), &places::cache()?)?;
    eprintln!(
        "{}: {} faces, the mesh found in {:.1} %",
        path.display(),
        faces.votes.len(),
        100.0 * canvases.found
    );
    Ok(Set { faces, canvases })
}

fn export(mut arguments: Arguments) -> Result<()> {
    let data: PathBuf = arguments.value_from_str("--data").context(USAGE)?;
    let weights: PathBuf = arguments.value_from_str("--weights").context(USAGE)?;
    let to: PathBuf = arguments.value_from_str("--to").context(USAGE)?;
    calibrate::export(&weights, &read(&data)?, &to)
}

fn changes(mut arguments: Arguments) -> Result<()> {
    let data: PathBuf = arguments.value_from_str("--data").context(USAGE)?;
    let net = net(arguments.opt_value_from_str("--weights")?)?;
    let fades = arguments.opt_value_from_str("--fades")?.unwrap_or(60);
    let measures = changes::measure(&net, &read(&data)?, fades)?;
    println!("{}", serde_json::to_string(&measures)?);
    Ok(())
}

fn clips(mut arguments: Arguments) -> Result<()> {
    let folder: PathBuf = arguments.value_from_str("--folder").context(USAGE)?;
    let truth: PathBuf = arguments.value_from_str("--truth").context(USAGE)?;
    let measures = clips::measure(&folder, &truth)?;
    println!("{}", serde_json::to_string(&measures)?);
    Ok(())
}

/// The net of `weights`, or the one in the repository.
fn net(weights: Option<PathBuf>) -> Result<Arc<EmotionNet>> {
    let folders = places::models();
    let weights = match weights {
        Some(weights) => weights,
        None => folders.model("emotion_resnet18_int8.pt")?,
    };
    let labels = folders.model("emotion_labels.txt")?;
    Ok(Arc::new(EmotionNet::load(
        &weights,
        &labels,
        Default::default(),
    )?))
}

/// What an evaluation prints.
#[derive(Serialize)]
struct Report {
    #[serde(flatten)]
    measures: Measures,
    #[serde(flatten)]
    mixed: MixedMeasures,
    /// Of every second face, on which the thresholds of mixtures were not chosen.
    mixed_precision_odd_half: f64,
    mixed_recall_odd_half: f64,
}

fn evaluate(mut arguments: Arguments) -> Result<()> {
    let data: PathBuf = arguments.value_from_str("--data").context(USAGE)?;
    let net = net(arguments.opt_value_from_str("--weights")?)?;
    let picture: Option<PathBuf> = arguments.opt_value_from_str("--confusion")?;
    let set = read(&data)?;
    let probabilities = measures::probabilities(&net, &set)?;
    let measures = Measures::of(&probabilities, &set.faces.votes, set.canvases.found);
    if let Some(path) = picture {
        plot::confusion(&measures.confusion, &path)?;
    }
    let faces = probabilities.iter().zip(&set.faces.votes);
    let odd: (Vec<_>, Vec<_>) = faces.clone().skip(1).step_by(2).unzip();
    let odd = MixedMeasures::of(odd.0.into_iter().zip(odd.1));
    let all = Report {
        mixed: MixedMeasures::of(faces),
        mixed_precision_odd_half: odd.mixed_precision,
        mixed_recall_odd_half: odd.mixed_recall,
        measures,
    };
    println!("{}", serde_json::to_string(&all)?);
    Ok(())
}

fn train(mut arguments: Arguments) -> Result<()> {
    let data: PathBuf = arguments.value_from_str("--data").context(USAGE)?;
    let folder: Option<PathBuf> = arguments.opt_value_from_str("--folder")?;
    let folder = match folder {
        Some(folder) => folder,
        None => places::cache()?.join("emotion"),
    };
    let device: Option<String> = arguments.opt_value_from_str("--device")?;
    let device = match device.as_deref() {
        None | Some("cpu") => Device::Cpu,
        Some("cuda") if tch::Cuda::is_available() => Device::Cuda(0),
        Some(other) => bail!("libtorch has no device {other} here; take --device cpu"),
    };
    let plan = Plan {
        epochs: arguments.opt_value_from_str("--epochs")?.unwrap_or(24),
        batch: arguments.opt_value_from_str("--batch")?.unwrap_or(96),
        rate: arguments.opt_value_from_str("--rate")?.unwrap_or(0.1),
        seed: arguments.opt_value_from_str("--seed")?.unwrap_or(1),
        small_part: arguments.opt_value_from_str("--small-part")?.unwrap_or(0.5),
        strength: arguments.opt_value_from_str("--strength")?.unwrap_or(1.0),
        start: arguments.opt_value_from_str("--start")?,
        side: arguments.opt_value_from_str("--side")?.unwrap_or(64),
        teachers: arguments.values_from_str("--teacher")?,
        taught: arguments.opt_value_from_str("--taught")?.unwrap_or(0.5),
    };
    let training = read(&data.join("Training.npz"))?;
    let validation = read(&data.join("PublicTest.npz"))?;
    train::train(&plan, &training, &validation, &folder, device)
}
