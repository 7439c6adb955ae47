//! What a unit is learned with: penalties, the share of the faces, the gain and whether a kernel helps, all chosen
//! on the selecting part of the data.

use crate::Failure;
use crate::kernel::KernelColumns;
use crate::measures::{auroc, icc};
use crate::prototypes::Prototype;
use crate::ridge;
use crate::scores::{centred_heads, scores};
use crate::sets::{Data, HIGHEST, Split};
use crate::turning;

/// Penalties of shape (with a kernel's columns beside it: of both) and look, and shares of the faces, that are tried.
const SHAPE_PENALTIES: [f64; 3] = [0.001, 0.003, 0.01];
const KERNEL_PENALTIES: [f64; 3] = [0.0003, 0.001, 0.003];
const LOOK_PENALTIES: [f64; 4] = [0.003, 0.01, 0.03, 0.1];
const SHARES: [f64; 5] = [0.03, 0.1, 0.3, 1.0, 3.0];
/// Gains that are tried: regression alone understates what it is not sure of. Of those that let a turning head
/// change a score by more than [`turning::ALLOWED`] none is taken.
const GAINS: [f64; 10] = [1.0, 1.2, 1.4, 1.6, 1.8, 2.0, 2.4, 2.8, 3.2, 4.0];
/// Worths that differ by less are alike: of choices as good as the best, the one that learns most from
/// people is taken.
pub const ALIKE: f64 = 0.01;
/// The width of the element's rounded step (its `SOFTNESS`).
const SOFTNESS: f64 = 0.3;

/// What was chosen, and how good it is on the part it was chosen on.
#[derive(Clone, Copy)]
pub struct ChosenModel {
    /// How dear the faces are.
    pub share: f64,
    /// Of shape and look.
    pub penalties: [f64; 2],
    /// What the weights are multiplied by.
    pub gain: f64,
    /// How well its emotions are told from neutral faces.
    pub area: Option<f64>,
    /// How well the heads are agreed with.
    pub agreement: Option<f64>,
    /// What tells choices apart: area and agreement together, the latter with the gain that agrees best.
    pub worth: f64,
    /// What a turn of the head changes, as [`turning::ALLOWED`].
    pub turning: f64,
}

/// A gain, and how well heads are agreed with by it.
type GainAgreement = (f64, Option<f64>);

/// The best of what is tried, on the selection part: penalties and share by how well faces and heads are told
/// with the best gain, and then of the gains that the turning of a head allows the best.
pub fn choose(
    data: &Data,
    prototype: &Prototype,
    kernel: Option<&KernelColumns>,
) -> Result<ChosenModel, Failure> {
    let heads = data.heads_for(prototype, &[Split::Fit], kernel);
    let faces = data.faces_for(prototype, &[Split::Fit], kernel);
    let shapes = heads.shape.size()[1] as usize;
    let (head_sums, face_sums) = (heads.sums(0)?, faces.sums(1)?);
    let turning = data.turning_for(prototype, kernel);
    let punished = kernel
        .map(|_| turning::squares(&turning, prototype.turning_penalty))
        .transpose()?;
    let penalties = kernel.map_or(SHAPE_PENALTIES, |_| KERNEL_PENALTIES);
    let penalties = penalties.into_iter();
    let penalties = penalties.flat_map(|shape| LOOK_PENALTIES.map(|look| [shape, look]));
    let shares = match prototype.present {
        [] => &[1.0][..],
        _ => &SHARES[..],
    };
    let mut tried = Vec::new();
    for &share in shares {
        for penalties in penalties.clone() {
            let solution = ridge::solve(
                &head_sums,
                &face_sums,
                share,
                shapes,
                penalties,
                punished.as_ref(),
            )?;
            let scores = scores(&faces.shape, &faces.look, &solution)?;
            let bare = centred_heads(data, prototype, &heads.shape, &solution)?;
            let agreements = GAINS.map(|gain| (gain, agreement(data, prototype, &bare, gain)));
            let turned = turning::change(&turning, &solution)?;
            let (_, unlimited) = best_gain(&agreements, f64::INFINITY);
            let (gain, agreement) = best_gain(&agreements, turning::ALLOWED / turned);
            let area = area(data, prototype, &scores);
            tried.push(ChosenModel {
                share,
                penalties,
                gain,
                area,
                agreement,
                worth: area.unwrap_or_default() + unlimited.unwrap_or_default(),
                turning: gain * turned,
            });
        }
    }
    let best = tried.iter().map(|choice| choice.worth).fold(0.0, f64::max);
    let good = tried
        .into_iter()
        .filter(|choice| choice.worth > best - ALIKE);
    let chosen = good.max_by(|a, b| {
        let by_share = a.share.total_cmp(&b.share);
        by_share.then_with(|| a.worth.total_cmp(&b.worth))
    });
    chosen.ok_or_else(|| "nothing was tried".into())
}

/// Of the `agreements` of gains up to `highest` the best, and its gain; the lowest gain's where all are higher.
fn best_gain(agreements: &[GainAgreement; GAINS.len()], highest: f64) -> GainAgreement {
    let [lowest, higher @ ..] = *agreements;
    let allowed = higher.into_iter().filter(|(gain, _)| *gain <= highest);
    allowed.fold(
        lowest,
        |best, next| if next.1 > best.1 { next } else { best },
    )
}

/// How well the selecting faces of the emotions that a unit belongs to are told from neutral ones; where a
/// smile moves its place, the mean of this and of how well they are told from smiles.
fn area(data: &Data, prototype: &Prototype, scores: &[f64]) -> Option<f64> {
    let of = |wanted: &dyn Fn(usize) -> bool| -> Vec<f64> {
        let faces = scores.iter().zip(&data.faces.splits).enumerate();
        let chosen = faces.filter(|(place, (_, split))| **split == Split::Select && wanted(*place));
        chosen.map(|(_, (score, _))| *score).collect()
    };
    let shown = of(&|place| prototype.present.contains(&data.emotions[place]));
    let from_neutral = auroc(&shown, &of(&|place| data.emotions[place] == "neutral"))?;
    if !prototype.beside_smile {
        return Some(from_neutral);
    }
    let from_smiles = auroc(&shown, &of(&|place| data.smiles(place)))?;
    Some((from_neutral + from_smiles) / 2.0)
}

fn agreement(data: &Data, prototype: &Prototype, scores: &[f64], gain: f64) -> Option<f64> {
    let truth = data.truth(prototype.code)?;
    let pairs = scores.iter().zip(&truth).zip(&data.heads.splits);
    let chosen = pairs.filter(|(_, split)| **split == Split::Select);
    let raw = |score: f64| {
        let steps = score * gain / SOFTNESS;
        (SOFTNESS * (steps.max(0.0) + (-steps.abs()).exp().ln_1p())).min(HIGHEST)
    };
    let (read, truth): (Vec<f64>, Vec<f64>) = chosen
        .map(|((score, truth), _)| (raw(*score), *truth))
        .unzip();
    icc(&read, &truth)
}
