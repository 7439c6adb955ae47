//! The training run: batches, the schedule, progress and checkpoints.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Instant;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use tch::{Device, IndexOp, Kind, Tensor};

use super::augment::augment;
use super::data::{Canvases, Faces};
use super::learner::Learner;
use super::measures::Measures;
use super::plot;

/// What a run is asked to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    pub epochs: i64,
    pub batch: i64,
    /// Highest learning rate, reached after the warm-up.
    pub rate: f64,
    pub seed: i64,
    /// Part of the run in which the net sees 48 instead of 64 pixels: more epochs in the same time.
    pub small_part: f64,
    /// Multiplies the shares of faces that are darkened, shrunk, compressed, hidden or mixed.
    pub strength: f64,
    /// Weights to start from.
    pub start: Option<PathBuf>,
}

/// What one epoch came to.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Epoch {
    pub loss: f64,
    pub argmax: f64,
    pub majority: f64,
}

#[derive(Serialize, Deserialize)]
struct Progress {
    plan: Plan,
    step: i64,
    loss: f64,
    epochs: Vec<Epoch>,
}

/// Faces and what was said of them.
pub struct Set {
    pub faces: Faces,
    pub canvases: Canvases,
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
const SIDES: [i64; 2] = [48, 64];

/// Trains in `folder`, or goes on with the run that stopped there; the averaged weights of the last
/// epoch lie in `averaged.safetensors`.
pub fn train(
    plan: &Plan,
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
        let logits = learner.logits(&faces, true).log_softmax(-1, Kind::Float);
        let loss = -(targets.to_device(device) * logits).sum(Kind::Float) / faces.size()[0] as f64;
        learner.step(&loss, rate);
        progress.loss += loss.double_value(&[]);
        progress.step += 1;
        let ended = progress.step % steps == 0;
        if ended {
            let averaged = folder.join("averaged.safetensors");
            let weights = learner.averaged();
            Tensor::write_safetensors(&weights, &averaged)?;
            let measured = Measures::of_net(weights, validation)?;
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

/// Warm-up, then a cosine down to nothing.
fn rate(plan: &Plan, step: i64, steps: i64) -> f64 {
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
    plan: &Plan,
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
            let side = SIDES[usize::from(!small)];
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
