//! The training run: batches, the schedule, progress and checkpoints.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Instant;

use anyhow::{Context, Result};
use clap::Args;
use gstaliyarface::models::EMOTION_SIDE;
use serde::{Deserialize, Serialize};
use tch::{Device, IndexOp, Kind, Tensor};

use super::augment::augment;
use super::data::Set;
use super::learner::Learner;
use super::measures::{Epoch, Measures};
use super::net::{Net, resized};
use super::plot;
use aliyarface_labs::ferplus::CLASSES;

/// What a run is asked to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Args)]
pub struct TrainingOptions {
    /// Passes over all faces.
    #[arg(long, default_value_t = 24)]
    pub epochs: i64,
    /// Faces in a step.
    #[arg(long, default_value_t = 96)]
    pub batch: i64,
    /// Highest learning rate, reached after the warm-up.
    #[arg(long, default_value_t = 0.1)]
    pub rate: f64,
    /// What chance is made of.
    #[arg(long, default_value_t = 1)]
    pub seed: i64,
    /// Part of the run in which the net sees 48 instead of 64 pixels: more epochs in the same time.
    #[arg(long, default_value_t = 0.5)]
    pub small_part: f64,
    /// Pixels of a face's side that the net sees in the other part.
    #[arg(long, default_value_t = EMOTION_SIDE as i64)]
    pub side: i64,
    /// Multiplies the shares of faces that are darkened, shrunk, compressed, hidden or mixed.
    #[arg(long, default_value_t = 1.0)]
    pub strength: f64,
    /// Weights to start from.
    #[arg(long)]
    pub start: Option<PathBuf>,
    /// Nets whose mean opinion of the very same pictures is learnt beside the votes.
    #[arg(long = "teacher", value_name = "FILE[@SIDE]")]
    pub teachers: Vec<Teacher>,
    /// Part of the target that the teachers give.
    #[arg(long, default_value_t = 0.5)]
    pub taught: f64,
}

/// A net to learn from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Teacher {
    pub weights: PathBuf,
    /// Pixels of a face's side at which it was trained.
    pub side: i64,
}

impl FromStr for Teacher {
    type Err = anyhow::Error;

    /// Reads `FILE` or `FILE@SIDE`.
    fn from_str(text: &str) -> Result<Self> {
        let (weights, side) = match text.rsplit_once('@') {
            Some((weights, side)) => (weights, side.parse()?),
            None => (text, EMOTION_SIDE as i64),
        };
        Ok(Self {
            weights: weights.into(),
            side,
        })
    }
}

#[derive(Serialize, Deserialize)]
struct Progress {
    plan: TrainingOptions,
    step: i64,
    loss: f64,
    epochs: Vec<Epoch>,
}

const WARM_UP_STEPS: i64 = 300;
/// Steps between two checkpoints.
const KEPT_EVERY: i64 = 100;
/// Batches made ahead of the net.
const AHEAD: usize = 2;
/// How often a face of a rare emotion (in the labels' order) is seen in an epoch.
const SEEN: [usize; 8] = [1, 1, 1, 1, 1, 3, 2, 3];
/// Part of the batches in which faces are mixed in pairs.
const MIXED: f64 = 0.3;
/// Pixels of a face's side in the quick part of a run.
const SMALL_SIDE: i64 = 48;

/// Trains in `folder`, or goes on with the run that stopped there; the averaged weights of the last
/// epoch lie in `averaged.safetensors`.
pub fn train(
    plan: &TrainingOptions,
    training: &Set,
    validation: &Set,
    folder: &Path,
    device: Device,
) -> Result<()> {
    std::fs::create_dir_all(folder)?;
    tch::manual_seed(plan.seed);
    let mut learner = Learner::new(device);
    if let Some(start) = &plan.start {
        learner.start_from(start)?;
    }
    let teachers = plan.teachers.iter().map(|teacher| {
        let net = Net::new(device);
        net.read(&teacher.weights)?;
        Ok((net, teacher.side))
    });
    let teachers = teachers.collect::<Result<Vec<_>>>()?;
    let watched = Net::new(device);
    let (state, log) = (
        folder.join("state.safetensors"),
        folder.join("progress.json"),
    );
    let mut progress = Progress {
        plan: plan.clone(),
        step: 0,
        loss: 0.0,
        epochs: Vec::new(),
    };
    if let Some(stopped) = std::fs::read(&log)
        .ok()
        .and_then(|text| serde_json::from_slice::<Progress>(&text).ok())
        && stopped.plan == *plan
    {
        learner
            .resume(&state)
            .with_context(|| format!("{} cannot be resumed", state.display()))?;
        progress = stopped;
        eprintln!("going on at step {}", progress.step);
    }
    let order = order(training);
    let steps = order.len() as i64 / plan.batch;
    let batches = batches(plan, training, order, progress.step, steps);
    let (began, first) = (Instant::now(), progress.step);
    for (faces, targets) in batches {
        let rate = rate(plan, progress.step, steps);
        let targets = taught(&targets.to_device(device), &faces, &teachers, plan.taught);
        let logits = learner.logits(&faces).log_softmax(-1, Kind::Float);
        let loss = -(targets * logits).sum(Kind::Float) / faces.size()[0] as f64;
        learner.step(&loss, rate);
        progress.loss += loss.double_value(&[]);
        progress.step += 1;
        let ended = progress.step % steps == 0;
        if ended {
            let averaged = folder.join("averaged.safetensors");
            let weights = learner.averaged();
            Tensor::write_safetensors(&weights, &averaged)?;
            watched.take(weights)?;
            let measured = watch(&watched, validation, plan.side)?;
            let epoch = Epoch {
                loss: progress.loss / steps as f64,
                argmax: measured.argmax_accuracy,
                majority: measured.majority_accuracy,
            };
            eprintln!(
                "epoch {} of {}: loss {:.4}, argmax {:.4}, majority {:.4}",
                progress.epochs.len() + 1,
                plan.epochs,
                epoch.loss,
                epoch.argmax,
                epoch.majority
            );
            progress.loss = 0.0;
            progress.epochs.push(epoch);
            plot::learning(&progress.epochs, &folder.join("learning.png"))?;
        }
        if ended || progress.step % KEPT_EVERY == 0 {
            learner.save(&state)?;
            std::fs::write(&log, serde_json::to_vec_pretty(&progress)?)?;
            let per_step = began.elapsed().as_secs_f64() / (progress.step - first) as f64;
            let left = (plan.epochs * steps - progress.step) as f64 * per_step / 60.0;
            let rate = plan.batch as f64 / per_step;
            eprintln!(
                "step {} of {}, {rate:.0} faces/s, about {left:.0} min left",
                progress.step,
                plan.epochs * steps
            );
        }
    }
    Ok(())
}

/// The votes' shares, moved towards what the teachers say of the same faces.
fn taught(votes: &Tensor, faces: &Tensor, teachers: &[(Net, i64)], share: f64) -> Tensor {
    if teachers.is_empty() {
        return votes.shallow_clone();
    }
    let said = teachers.iter().map(|(net, side)| {
        let faces = resized(faces, *side);
        tch::no_grad(|| net.logits(&faces, false).softmax(-1, Kind::Float))
    });
    let mean = said.sum::<Tensor>() / teachers.len() as f64;
    votes * (1.0 - share) + mean * share
}

/// What `net` reaches on a set that it sees at `side` pixels.
fn watch(net: &Net, set: &Set, side: i64) -> Result<Measures> {
    let said = net.probabilities(&set.canvases.seen(EMOTION_SIDE), side);
    let said: Vec<f64> = said
        .to_kind(Kind::Double)
        .to_device(Device::Cpu)
        .contiguous()
        .view([-1])
        .try_into()?;
    let rows: Vec<Vec<f64>> = said.chunks(CLASSES).map(<[f64]>::to_vec).collect();
    Ok(Measures::of(&rows, &set.faces.votes, set.canvases.found))
}

/// Warm-up, then a cosine down to nothing.
fn rate(plan: &TrainingOptions, step: i64, steps: i64) -> f64 {
    let total = (plan.epochs * steps) as f64;
    let warm = (step as f64 / WARM_UP_STEPS as f64).min(1.0);
    let part = step as f64 / total;
    plan.rate * warm * (0.5 + 0.5 * (part * std::f64::consts::PI).cos())
}

/// Indices of the faces of an epoch, the rare emotions' more than once.
fn order(training: &Set) -> Vec<i64> {
    let votes = training.faces.votes.iter().enumerate();
    let seen =
        votes.flat_map(|(index, votes)| std::iter::repeat_n(index as i64, SEEN[votes.winner]));
    seen.collect()
}

/// Augmented faces and targets from `step` on, made by a thread of their own; a batch depends on the
/// seed and its step alone, so a resumed run sees what an unbroken one would have seen.
fn batches(
    plan: &TrainingOptions,
    training: &Set,
    order: Vec<i64>,
    step: i64,
    steps: i64,
) -> Receiver<(Tensor, Tensor)> {
    let (sender, receiver) = sync_channel(AHEAD);
    let plan = plan.clone();
    let faces = training.canvases.faces.shallow_clone();
    let targets = training.faces.targets();
    std::thread::spawn(move || {
        tch::set_num_threads(1);
        let order = Tensor::from_slice(&order);
        for step in step..plan.epochs * steps {
            tch::manual_seed(plan.seed * 1_000_003 + step / steps);
            let shuffled = order.i(&Tensor::randperm(
                order.size()[0],
                (Kind::Int64, Device::Cpu),
            ));
            let start = step % steps * plan.batch;
            let chosen = shuffled.i(start..start + plan.batch);
            tch::manual_seed(plan.seed * 1_000_003 + 500_000 + step);
            let small = (step as f64) < plan.small_part * (plan.epochs * steps) as f64;
            let side = if small { SMALL_SIDE } else { plan.side };
            let faces = augment(
                &(faces.i(&chosen).to_kind(Kind::Float) / 255.0),
                side,
                plan.strength,
            );
            if sender
                .send(mix(&faces, &targets.i(&chosen), plan.strength * MIXED))
                .is_err()
            {
                return;
            }
        }
    });
    receiver
}

/// In some batches, each face with a part of its neighbour's, and the targets alike.
fn mix(faces: &Tensor, targets: &Tensor, share: f64) -> (Tensor, Tensor) {
    let drawn: Vec<f64> =
        Vec::try_from(Tensor::rand([2], (Kind::Double, Device::Cpu))).unwrap_or_default();
    match drawn[..] {
        [choice, part] if choice < share => {
            let part = 0.4 * part;
            let with = |values: &Tensor| values * (1.0 - part) + values.roll([1], [0]) * part;
            (with(faces), with(targets))
        }
        _ => (faces.shallow_clone(), targets.shallow_clone()),
    }
}
