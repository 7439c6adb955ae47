//! `train`: the weights of `models/action_units_linear.safetensors`.

use std::path::{Path, PathBuf};

use gstaliyarface::models::{HOG_NUMBERS, SCORES, SHAPE_NUMBERS};
use sha2::{Digest, Sha256};
use tch::{Kind, Tensor};

use crate::measures::{auroc, icc};
use crate::prototypes::{PROTOTYPES, Prototype};
use crate::ridge::{self, HOG_SCALE, Solution};
use crate::sets::{Data, HIGHEST, Split};
use crate::{Failure, regions, turning};

/// Penalties of shape and look, and shares of the faces, that are tried.
const SHAPE_PENALTIES: [f64; 3] = [0.001, 0.003, 0.01];
const LOOK_PENALTIES: [f64; 4] = [0.003, 0.01, 0.03, 0.1];
const SHARES: [f64; 5] = [0.03, 0.1, 0.3, 1.0, 3.0];
/// Gains that are tried: regression alone understates what it is not sure of. Of those that let a turning head
/// change a score by more than [`turning::ALLOWED`] none is taken.
const GAINS: [f64; 10] = [1.0, 1.2, 1.4, 1.6, 1.8, 2.0, 2.4, 2.8, 3.2, 4.0];
/// Agreement from which strong movements are stretched to the whole scale.
const AGREES: f64 = 0.5;
/// Agreement from which small movements are told as they score, drawn to 0 as far as they are unreliable
/// (Kelley 1927); else as the regression estimates them, without the gain.
const SURE: f64 = 0.85;
/// True intensities from which a movement is taken for a full one.
const FULL: f64 = 4.0;
/// Worths that differ by less are alike: of choices as good as the best, the one that learns most from
/// people is taken.
const ALIKE: f64 = 0.01;
/// The width of the element's rounded step (its `SOFTNESS`).
const SOFTNESS: f64 = 0.3;

/// Weights of the element's own numbers.
struct LinearWeights {
    shape: Tensor,
    shape_bias: f64,
    look: Tensor,
    look_bias: f64,
    spread: f64,
    small: f64,
    full: f64,
}

/// What was chosen, and how good it is on the part it was chosen on.
struct ChosenModel {
    share: f64,
    penalties: [f64; 2],
    gain: f64,
    area: Option<f64>,
    agreement: Option<f64>,
    /// What tells choices apart: area and agreement together, the latter with the gain that agrees best.
    worth: f64,
    /// What a turn of the head changes, as [`turning::ALLOWED`].
    turning: f64,
}

/// A gain, and how well heads are agreed with by it.
type GainAgreement = (f64, Option<f64>);

/// Learns the weights from `ferplus` and `renders`, and writes them into the repository.
pub fn train(ferplus: &Path, renders: &Path) -> Result<(), Failure> {
    let data = Data::read(ferplus, renders)?;
    eprintln!(
        "{} faces, {} heads",
        data.emotions.len(),
        data.heads.splits.len()
    );
    let mut learned = Vec::new();
    let mut choices = Vec::new();
    for prototype in &PROTOTYPES {
        let choice = choose(&data, prototype)?;
        eprintln!(
            "{} share {} penalties {:?} gain {}: AUROC {:.3?} ICC {:.3?} turning {:.2}",
            prototype.code,
            choice.share,
            choice.penalties,
            choice.gain,
            choice.area.unwrap_or(f64::NAN),
            choice.agreement.unwrap_or(f64::NAN),
            choice.turning
        );
        learned.push(learn(&data, prototype, &choice)?);
        choices.push(choice);
    }
    let mean = |of: fn(&ChosenModel) -> Option<f64>| {
        let known: Vec<f64> = choices.iter().filter_map(of).collect();
        known.iter().sum::<f64>() / known.len() as f64
    };
    let (area, agreement) = (mean(|choice| choice.area), mean(|choice| choice.agreement));
    eprintln!("selection: mean AUROC {area:.3}, mean ICC {agreement:.3}");
    write(&data, &learned)
}

/// The best of what is tried, on the selection part: penalties and share by how well faces and heads are told
/// with the best gain, and then of the gains that the turning of a head allows the best.
fn choose(data: &Data, prototype: &Prototype) -> Result<ChosenModel, Failure> {
    let heads = data.heads_for(prototype, &[Split::Fit]);
    let faces = data.faces_for(prototype, &[Split::Fit]);
    let shapes = heads.shape.size()[1] as usize;
    let (head_sums, face_sums) = (heads.sums(0)?, faces.sums(1)?);
    let turning = data.turning_for(prototype);
    let penalties = SHAPE_PENALTIES.into_iter();
    let penalties = penalties.flat_map(|shape| LOOK_PENALTIES.map(|look| [shape, look]));
    let shares = match prototype.present {
        [] => &[1.0][..],
        _ => &SHARES[..],
    };
    let mut tried = Vec::new();
    for &share in shares {
        for penalties in penalties.clone() {
            let solution = ridge::solve(&head_sums, &face_sums, share, shapes, penalties)?;
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

/// The scores of faces from those of their halves.
fn of_whole(halves: &Tensor) -> Result<Vec<f64>, Failure> {
    let whole = halves.f_view([-1, 2])?.mean_dim(1, false, Kind::Double);
    Ok(Vec::<f64>::try_from(&whole)?)
}

fn scores(shape: &Tensor, look: &Tensor, solution: &Solution) -> Result<Vec<f64>, Failure> {
    of_whole(&(shape.f_mv(&solution.shape)? + look.f_mv(&solution.look)?))
}

/// Scores of the heads from their shape; those that do not show the Action Unit score 0 on average.
fn centred_heads(
    data: &Data,
    prototype: &Prototype,
    shape: &Tensor,
    solution: &Solution,
) -> Result<Vec<f64>, Failure> {
    let scores = of_whole(&shape.f_mv(&solution.shape)?)?;
    let truth = data.truth(prototype.code).unwrap_or_default();
    let known = scores.iter().zip(&truth).zip(&data.heads.splits);
    let absent = known.filter(|((_, truth), split)| **truth <= 0.0 && **split == Split::Fit);
    let bias = mean(absent.map(|((score, _), _)| *score));
    Ok(scores.iter().map(|score| score - bias).collect())
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

/// The weights, learned from all but the report part.
fn learn(
    data: &Data,
    prototype: &Prototype,
    choice: &ChosenModel,
) -> Result<LinearWeights, Failure> {
    let parts = [Split::Fit, Split::Select];
    let heads = data.heads_for(prototype, &parts);
    let faces = data.faces_for(prototype, &parts);
    let shapes = heads.shape.size()[1] as usize;
    let (head_sums, face_sums) = (heads.sums(0)?, faces.sums(1)?);
    let solution = ridge::solve(
        &head_sums,
        &face_sums,
        choice.share,
        shapes,
        choice.penalties,
    )?;
    let gain = choice.gain;
    let shape_places = Tensor::from_slice(&regions::shape(prototype.part, &data.canonical));
    let shape = Tensor::zeros([SHAPE_NUMBERS as i64], (Kind::Float, tch::Device::Cpu));
    let shape = shape.index_put(&[Some(shape_places)], &solution.shape, false) * &data.scale * gain;
    let look_places = Tensor::from_slice(&regions::look(prototype));
    let look = Tensor::zeros([HOG_NUMBERS as i64], (Kind::Float, tch::Device::Cpu));
    let look = look.index_put(&[Some(look_places)], &solution.look, false) * (HOG_SCALE * gain);
    let of_heads = of_whole(&heads.shape.f_mv(&solution.shape)?)?;
    let truth = data.truth(prototype.code).unwrap_or_default();
    let absent = of_heads.iter().zip(&truth).zip(&data.heads.splits);
    let absent = absent.filter(|((_, truth), split)| **truth <= 0.0 && **split != Split::Report);
    let absent = gain * mean(absent.map(|((score, _), _)| *score));
    let shape_bias = -absent - f64::try_from(&data.shape_centre.f_dot(&shape)?)?;
    let strong = of_heads.iter().zip(&truth).zip(&data.heads.splits);
    let strong = strong.filter(|((_, truth), split)| **truth >= FULL && **split != Split::Report);
    let full = gain * mean(strong.map(|((score, _), _)| *score)) - absent;
    let agreement = choice.agreement.unwrap_or_default().clamp(0.0, 1.0);
    let agrees = agreement >= AGREES;
    let of_faces = scores(&faces.shape, &faces.look, &solution)?;
    let at_rest = of_faces.iter().zip(&data.emotions);
    let at_rest: Vec<f64> = at_rest
        .filter(|(_, emotion)| **emotion == "neutral")
        .map(|(score, _)| score * gain)
        .collect();
    let rest = mean(at_rest.iter().copied());
    let spread = mean(at_rest.iter().map(|score| (score - rest).powi(2))).sqrt();
    let look_bias = absent - rest - f64::try_from(&data.look_centre.f_dot(&look)?)?;
    Ok(LinearWeights {
        shape,
        shape_bias,
        look,
        look_bias,
        spread,
        small: match agreement {
            _ if prototype.strong_end => 0.0,
            agreement if prototype.beside_turning => agreement,
            sure if sure >= SURE => sure,
            // A smile dents the cheeks too: of what is neither told from it nor read well, little is believed.
            doubtful if prototype.beside_smile && !agrees => doubtful / gain,
            _ => 1.0 / gain,
        },
        full: if agrees && !prototype.beside_turning {
            full
        } else {
            0.0
        },
    })
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0);
    for value in values {
        sum += value;
        count += 1.0;
    }
    sum / f64::max(count, 1.0)
}

/// Writes the weights, and their hash into the manifest.
fn write(data: &Data, learned: &[LinearWeights]) -> Result<(), Failure> {
    let models = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../models");
    let file = models.join("action_units_linear.safetensors");
    let numbers = |of: fn(&LinearWeights) -> f64| {
        let numbers: Vec<f32> = learned.iter().map(|learned| of(learned) as f32).collect();
        Tensor::from_slice(&numbers)
    };
    let rows = |of: fn(&LinearWeights) -> &Tensor| {
        Tensor::stack(&learned.iter().map(of).collect::<Vec<_>>(), 0)
    };
    let points = data.canonical.as_flattened().iter();
    let points: Vec<f32> = points.map(|&value| value as f32).collect();
    debug_assert_eq!(learned.len(), SCORES);
    let tensors = [
        ("canonical", Tensor::from_slice(&points).view([-1, 3])),
        ("shape.weight", rows(|learned| &learned.shape)),
        ("shape.bias", numbers(|learned| learned.shape_bias)),
        ("look.weight", rows(|learned| &learned.look)),
        ("look.bias", numbers(|learned| learned.look_bias)),
        ("rest.spread", numbers(|learned| learned.spread)),
        ("small", numbers(|learned| learned.small)),
        ("full", numbers(|learned| learned.full)),
    ];
    Tensor::write_safetensors(&tensors, &file)?;
    let digest = Sha256::digest(std::fs::read(&file)?);
    let hash: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let manifest = models.join("manifest.toml");
    let text = std::fs::read_to_string(&manifest)?;
    let entry = text.find("file = \"action_units_linear.safetensors\"");
    let entry = entry.ok_or("the manifest does not list the weights")?;
    let key = "sha256 = \"";
    let start = text[entry..].find(key).ok_or("the manifest has no hash")? + entry + key.len();
    let end = start + hash.len();
    std::fs::write(&manifest, [&text[..start], &hash, &text[end..]].concat())?;
    eprintln!(
        "{} and its hash are written; build anew to use them",
        file.display()
    );
    Ok(())
}
