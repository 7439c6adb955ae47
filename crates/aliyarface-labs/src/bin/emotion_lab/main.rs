//! Trains, exports and measures the emotion net.

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
mod real;
mod train;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Result, bail};
use clap::{Args, Parser, Subcommand};
use gstaliyarface::models::EmotionNet;
use serde::Serialize;
use tch::Device;

use self::data::{Canvases, Faces, Set};
use self::measures::Measures;
use self::mixed::MixedMeasures;
use self::train::TrainingOptions;
use aliyarface_labs::places;

/// Trains, exports and measures the emotion net.
#[derive(Parser)]
#[command(name = "emotion_lab")]
struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Trains a net on Training.npz and chooses by PublicTest.npz.
    Train(Box<Training>),
    /// Fits the temperature and writes weights in half precision.
    Export {
        /// The faces to fit on.
        #[arg(long)]
        data: PathBuf,
        /// Averaged weights of a training.
        #[arg(long)]
        weights: PathBuf,
        /// The file to write.
        #[arg(long)]
        to: PathBuf,
    },
    /// Measures how fast a change of emotion is told.
    Changes {
        /// The faces to fade between.
        #[arg(long)]
        data: PathBuf,
        /// Weights in place of the repository's.
        #[arg(long)]
        weights: Option<PathBuf>,
        /// How many pairs of faces.
        #[arg(long, default_value_t = 60)]
        fades: usize,
    },
    /// Measures clips in which a viewer sees one emotion.
    Clips {
        /// The folder of the clips.
        #[arg(long)]
        folder: PathBuf,
        /// What a viewer sees in them.
        #[arg(long)]
        truth: PathBuf,
    },
    /// Measures the element on a folder of portraits, acted clips and speech.
    Real {
        /// A folder with an index.json: a list of path and label.
        #[arg(long)]
        folder: PathBuf,
        /// Properties of the element, as on gst-launch-1.0's command line.
        #[arg(long, default_value = "")]
        properties: String,
    },
    /// Measures a net on one file of faces.
    Evaluate {
        /// The faces.
        #[arg(long)]
        data: PathBuf,
        /// Weights in place of the repository's.
        #[arg(long)]
        weights: Option<PathBuf>,
        /// The PNG file of a confusion matrix.
        #[arg(long)]
        confusion: Option<PathBuf>,
    },
}

#[derive(Args)]
struct Training {
    /// The folder of Training.npz and PublicTest.npz.
    #[arg(long)]
    data: PathBuf,
    /// Where checkpoints lie; the cache's where none is named.
    #[arg(long)]
    folder: Option<PathBuf>,
    /// `cpu` or `cuda`.
    #[arg(long, default_value = "cpu")]
    device: String,
    #[command(flatten)]
    plan: TrainingOptions,
}

fn main() -> Result<()> {
    tch::set_num_threads(1);
    match Options::parse().command {
        Command::Train(training) => train(*training),
        Command::Export { data, weights, to } => calibrate::export(&weights, &read(&data)?, &to),
        Command::Changes {
            data,
            weights,
            fades,
        } => {
            let measures = changes::measure(&net(weights)?, &read(&data)?, fades)?;
            println!("{}", serde_json::to_string(&measures)?);
            Ok(())
        }
        Command::Clips { folder, truth } => {
            let measures = clips::measure(&folder, &truth)?;
            println!("{}", serde_json::to_string(&measures)?);
            Ok(())
        }
        Command::Real { folder, properties } => {
            let measures = real::measure(&folder, &properties)?;
            println!("{}", serde_json::to_string(&measures)?);
            Ok(())
        }
        Command::Evaluate {
            data,
            weights,
            confusion,
        } => evaluate(&data, weights, confusion),
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

fn evaluate(data: &Path, weights: Option<PathBuf>, picture: Option<PathBuf>) -> Result<()> {
    let net = net(weights)?;
    let set = read(data)?;
    let probabilities = measures::probabilities(&*net, &set)?;
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

fn train(training: Training) -> Result<()> {
    let Training {
        data,
        folder,
        device,
        plan,
    } = training;
    let folder = match folder {
        Some(folder) => folder,
        None => places::cache()?.join("emotion"),
    };
    let device = match device.as_str() {
        "cpu" => Device::Cpu,
        "cuda" if tch::Cuda::is_available() => Device::Cuda(0),
        other => bail!("libtorch has no device {other} here; take --device cpu"),
    };
    let training = read(&data.join("Training.npz"))?;
    let validation = read(&data.join("PublicTest.npz"))?;
    train::train(&plan, &training, &validation, &folder, device)
}
