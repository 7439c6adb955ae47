//! How soon a change of emotion is told, and how often one is told where there is none, on sequences
//! made of real faces: cross-fades from one to another, with the tremble of a camera and of the mesh.

use std::sync::Arc;

use anyhow::{Context, Result};
use gstaliyarface::analysis::{
    Aligned, BufferTime, EmotionSettings, EmotionStage, TrackId, Transition,
};
use gstaliyarface::models::{EMOTION_SIDE, EmotionNet};
use gstaliyarface::statistics::percentile;
use serde::Serialize;
use tch::{Device, IndexOp, Kind, Tensor};

use super::data::Set;
use super::measures::{probabilities, winner};
use aliyarface_labs::ferplus::CLASSES;

const FRAMES_PER_SECOND: f64 = 30.0;
/// Frames before the fade, of it, and after it.
const PARTS: [usize; 3] = [45, 15, 60];
/// Share of the votes from which a face counts as a clear case of its emotion.
const CLEAR: f64 = 0.8;
/// Sequences in which nothing changes have this many frames.
const STILL: usize = 240;
const SEED: i64 = 7;

/// What was found; times in seconds.
#[derive(Debug, Clone, Serialize)]
pub struct ChangeMeasures {
    pub fades: usize,
    /// Part of the fades, 0..1, at whose end the new emotion is settled.
    pub settled: f64,
    /// From the middle of the fade to the first frame that tells of the change; median and 90 %.
    pub told_after_median: f64,
    pub told_after_p90: f64,
    /// From the middle of the fade to the frame from which the new emotion is settled.
    pub settled_after_median: f64,
    pub settled_after_p90: f64,
    /// Changes told of other emotions or at other times, and in sequences that hold one face.
    pub false_per_minute: f64,
}

/// Runs `count` fades and as many still sequences.
pub fn measure(net: &Arc<EmotionNet>, set: &Set, count: usize) -> Result<ChangeMeasures> {
    let rows = probabilities(&**net, set)?;
    let clear = |class: usize| {
        let faces = set.faces.votes.iter().zip(&rows).enumerate();
        let clear = faces.filter(move |(_, (votes, row))| {
            votes.shares[class] >= CLEAR && winner(row).0 == class
        });
        clear.map(|(index, _)| index as i64).collect::<Vec<_>>()
    };
    let classes: Vec<Vec<i64>> = (0..CLASSES)
        .map(clear)
        .filter(|faces| !faces.is_empty())
        .collect();
    tch::manual_seed(SEED);
    let pick = |from: usize| -> usize {
        Tensor::randint(from as i64, [1], (Kind::Int64, Device::Cpu)).int64_value(&[0]) as usize
    };
    let (mut told, mut settled, mut wrong) = (Vec::new(), Vec::new(), 0);
    let (mut arrived, mut frames) = (0, 0);
    for _ in 0..count {
        let a = pick(classes.len());
        let b = (a + 1 + pick(classes.len() - 1)) % classes.len();
        let [a, b] = [a, b].map(|class| classes[class][pick(classes[class].len())]);
        let [from, to] = [a, b].map(|face| winner(&rows[face as usize]).0);
        let fade = |frame: usize| (frame as f64 + 0.5 - PARTS[0] as f64) / PARTS[1] as f64;
        let states = watch(net, set, [a, b], PARTS.iter().sum(), |frame| {
            fade(frame).clamp(0.0, 1.0)
        })?;
        let middle = PARTS[0] + PARTS[1] / 2;
        let since = |frame: usize| (frame as f64 - middle as f64) / FRAMES_PER_SECOND;
        let tells = |state: &Transition| state.to == to;
        told.extend(states.iter().position(tells).map(since));
        settled.extend(
            states
                .iter()
                .position(|state| tells(state) && !state.changing)
                .map(since),
        );
        arrived += usize::from(
            states
                .last()
                .is_some_and(|state| tells(state) && !state.changing),
        );
        wrong += runs(&states, |state| {
            state.to != to && state.to != from || state.to == from && state.changing
        });
        let still = watch(net, set, [a, a], STILL, |_| 0.0)?;
        wrong += runs(&still, |state| state.changing || state.to != from);
        frames += states.len() + still.len();
    }
    let [told_after_median, told_after_p90] = quantiles(&mut told).context("no change was told")?;
    let [settled_after_median, settled_after_p90] =
        quantiles(&mut settled).context("none settled")?;
    Ok(ChangeMeasures {
        fades: count,
        settled: f64::from(u32::try_from(arrived)?) / count as f64,
        told_after_median,
        told_after_p90,
        settled_after_median,
        settled_after_p90,
        false_per_minute: wrong as f64 / (frames as f64 / FRAMES_PER_SECOND / 60.0),
    })
}

/// The state in each frame of a sequence that shows `part(frame)` of the second face.
fn watch(
    net: &Arc<EmotionNet>,
    set: &Set,
    faces: [i64; 2],
    frames: usize,
    part: impl Fn(usize) -> f64,
) -> Result<Vec<Transition>> {
    let [a, b] = faces.map(|face| {
        set.canvases
            .faces
            .i(face)
            .squeeze_dim(0)
            .to_kind(Kind::Float)
    });
    let mut stage = EmotionStage::new(Arc::clone(net));
    let settings = EmotionSettings::default();
    let side = EMOTION_SIDE as i64;
    let margin = (a.size()[0] - side) / 2;
    let mut states = Vec::with_capacity(frames);
    for frame in 0..frames {
        let part = part(frame);
        let mixed = &a * (1.0 - part) + &b * part;
        let tremble: Vec<i64> =
            Tensor::randint_low(margin - 1, margin + 2, [2], (Kind::Int64, Device::Cpu))
                .try_into()?;
        let seen = mixed
            .narrow(0, tremble[0], side)
            .narrow(1, tremble[1], side);
        let light = Tensor::randn([1], (Kind::Float, Device::Cpu)) * 0.02 + 1.0;
        let noisy = seen * light + Tensor::randn([side, side], (Kind::Float, Device::Cpu)) * 5.0;
        let bytes: Vec<u8> = noisy
            .clamp(0.0, 255.0)
            .round()
            .to_kind(Kind::Uint8)
            .reshape([-1])
            .try_into()?;
        let time = (frame as f64 / FRAMES_PER_SECOND * 1e9) as u64;
        let time = BufferTime::from_nanos(time);
        let face = (TrackId::new(1), Some(&Aligned(bytes)));
        let read = stage.read(&[face], time, &settings)?;
        let emotion = read
            .into_iter()
            .flatten()
            .next()
            .context("no emotion was read")?;
        states.push(emotion.transition);
    }
    Ok(states)
}

/// How many times in a row of states `holds` begins to hold.
fn runs(states: &[Transition], holds: impl Fn(&Transition) -> bool) -> usize {
    let held: Vec<bool> = states.iter().map(holds).collect();
    let begins = held.windows(2).filter(|pair| !pair[0] && pair[1]).count();
    begins + usize::from(held.first() == Some(&true))
}

fn quantiles(values: &mut [f64]) -> Option<[f64; 2]> {
    values.sort_by(f64::total_cmp);
    Some([percentile(values, 0.5)?, percentile(values, 0.9)?])
}
