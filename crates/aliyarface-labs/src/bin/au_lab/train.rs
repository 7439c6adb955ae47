//! `train`: the weights of `models/action_units.safetensors`.
//!
//! First a linear map a unit; then, where it helps, a kernel over the linear estimates of the units of the same part
//! of the face, learned together with a linear map of its own.

use std::path::Path;

use gstaliyarface::models::{HOG_NUMBERS, KERNEL_CENTRES, SHAPE_NUMBERS};
use tch::{Kind, Tensor};

use crate::choice::{ALIKE, ChosenModel, choose};
use crate::kernel::{KernelColumns, NEARNESS_SCALE, PARTS};
use crate::prototypes::{PROTOTYPES, Prototype};
use crate::ridge::{self, HOG_SCALE, Part, Solution};
use crate::scores::{mean, of_whole, scores};
use crate::sets::{Data, Split};
use crate::weights_file::{self, UnitWeights};
use crate::{Failure, regions, turning};

/// The parts of the data that weights are learned from in the end.
const LEARNED: [Split; 2] = [Split::Fit, Split::Select];
/// Agreement from which strong movements are stretched to the whole scale.
const AGREES: f64 = 0.5;
/// Agreement from which small movements are told as they score, drawn to 0 as far as they are unreliable
/// (Kelley 1927); else as the regression estimates them, without the gain.
const SURE: f64 = 0.85;
/// True intensities from which a movement is taken for a full one.
const FULL: f64 = 4.0;

/// Learns the weights from `ferplus` and `renders`, and writes them into the repository.
pub fn train(ferplus: &Path, renders: &Path) -> Result<(), Failure> {
    let data = Data::read(ferplus, renders)?;
    eprintln!(
        "{} faces, {} heads",
        data.emotions.len(),
        data.heads.splits.len()
    );
    let linear = PROTOTYPES
        .iter()
        .map(|prototype| choose(&data, prototype, None))
        .collect::<Result<Vec<_>, _>>()?;
    let kernels = kernels(&data, &linear, &[Split::Fit])?;
    let mut choices = Vec::new();
    for (prototype, linear) in PROTOTYPES.iter().zip(&linear) {
        print(prototype, "linear", linear);
        let place = PARTS
            .iter()
            .position(|part| *part == prototype.part && prototype.may_have_kernel());
        let kernel = match place {
            Some(place) => Some(choose(&data, prototype, Some(&kernels[place]))?),
            None => None,
        };
        if let Some(kernel) = &kernel {
            print(prototype, "kernel", kernel);
        }
        let helps = kernel.filter(|kernel| kernel.worth > linear.worth + ALIKE);
        choices.push((*linear, helps.zip(place)));
    }
    let taken = |(linear, kernel): &(ChosenModel, Option<(ChosenModel, usize)>)| {
        kernel.map_or(*linear, |(choice, _)| choice)
    };
    let mean = |of: fn(ChosenModel) -> Option<f64>| {
        let known: Vec<f64> = choices.iter().map(taken).filter_map(of).collect();
        known.iter().sum::<f64>() / known.len() as f64
    };
    let (area, agreement) = (mean(|choice| choice.area), mean(|choice| choice.agreement));
    eprintln!("selection: mean AUROC {area:.3}, mean ICC {agreement:.3}");
    let kernels = self::kernels(&data, &linear, &LEARNED)?;
    let learned = PROTOTYPES.iter().zip(&choices);
    let learned = learned
        .map(|(prototype, choice)| {
            let place = choice.1.map(|(_, place)| place);
            learn(&data, prototype, &taken(choice), place, &kernels)
        })
        .collect::<Result<Vec<_>, _>>()?;
    weights_file::write(&data, &learned, &kernels)
}

fn print(prototype: &Prototype, kind: &str, choice: &ChosenModel) {
    eprintln!(
        "{} {kind} share {} penalties {:?} gain {}: AUROC {:.3?} ICC {:.3?} turning {:.2}",
        prototype.code,
        choice.share,
        choice.penalties,
        choice.gain,
        choice.area.unwrap_or(f64::NAN),
        choice.agreement.unwrap_or(f64::NAN),
        choice.turning
    );
}

/// The kernels of the parts over the linear estimates that the `wanted` data give.
fn kernels(
    data: &Data,
    linear: &[ChosenModel],
    wanted: &[Split],
) -> Result<Vec<KernelColumns>, Failure> {
    let solutions = PROTOTYPES.iter().zip(linear).map(|(prototype, choice)| {
        let heads = data.heads_for(prototype, wanted, None);
        let faces = data.faces_for(prototype, wanted, None);
        solve(&heads, &faces, choice, None)
    });
    let solutions = solutions.collect::<Result<Vec<_>, _>>()?;
    let parts = PARTS.iter();
    parts
        .map(|part| KernelColumns::fit(data, *part, &solutions, wanted))
        .collect()
}

fn solve(
    heads: &Part,
    faces: &Part,
    choice: &ChosenModel,
    turning: Option<&Tensor>,
) -> Result<Solution, Failure> {
    let shapes = heads.shape.size()[1] as usize;
    let (heads, faces) = (heads.sums(0)?, faces.sums(1)?);
    ridge::solve(
        &heads,
        &faces,
        choice.share,
        shapes,
        choice.penalties,
        turning,
    )
}

/// The weights, learned from all but the report part.
fn learn(
    data: &Data,
    prototype: &Prototype,
    choice: &ChosenModel,
    kernel_place: Option<usize>,
    kernels: &[KernelColumns],
) -> Result<UnitWeights, Failure> {
    let kernel = kernel_place.map(|place| &kernels[place]);
    let heads = data.heads_for(prototype, &LEARNED, kernel);
    let faces = data.faces_for(prototype, &LEARNED, kernel);
    let punished = kernel.map(|kernel| {
        let turning = data.turning_for(prototype, Some(kernel));
        turning::squares(&turning, prototype.turning_penalty)
    });
    let solution = solve(&heads, &faces, choice, punished.transpose()?.as_ref())?;
    let gain = choice.gain;
    let shape_places = regions::shape(prototype.part, &data.canonical);
    let own = shape_places.len() as i64;
    let shape_places = Tensor::from_slice(&shape_places);
    let of_kernel = solution.shape.f_slice(0, own, None, 1)? * (NEARNESS_SCALE * gain);
    let none = || Tensor::zeros([KERNEL_CENTRES as i64], (Kind::Float, tch::Device::Cpu));
    let of_kernels = (0..kernels.len()).map(|place| match kernel_place {
        Some(used) if used == place => of_kernel.shallow_clone(),
        _ => none(),
    });
    let of_kernels = of_kernels.collect();
    let shape = Tensor::zeros([SHAPE_NUMBERS as i64], (Kind::Float, tch::Device::Cpu));
    let shape = shape.index_put(
        &[Some(shape_places)],
        &solution.shape.f_narrow(0, 0, own)?,
        false,
    ) * &data.scale
        * gain;
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
    Ok(UnitWeights {
        shape,
        kernels: of_kernels,
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
