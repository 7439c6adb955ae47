//! What the weights are learned from: rows of numbers, what is known of them, and which part of the
//! data they belong to.

use std::collections::HashMap;
use std::path::Path;

use gstaliyarface::models::{BLENDSHAPES, CANONICAL_FACE_POINTS, SHAPE_NUMBERS};
use tch::{Kind, Tensor};

use crate::data::{Faces, RENDERED, Renders};
use crate::features::{self, Table};
use crate::kernel::KernelColumns;
use crate::prototypes::Prototype;
use crate::ridge::{HOG_SCALE, POINT_SCALE, Part};
use crate::{Failure, cache, regions, untrained_reader};
use aliyarface_labs::ferplus::EMOTIONS;

/// Highest intensity.
pub const HIGHEST: f64 = 5.0;
/// Intensity that a face is taken to show of an Action Unit that its emotion belongs to.
const SHOWN: f64 = 2.5;
/// Lip gaps in the canonical frame (cm) of a closed mouth, and of one as wide as lips part.
const GAP: [f64; 2] = [0.1, 1.6];
/// Lip gap in the canonical frame (cm) below which a smile is one with closed lips: that of the median
/// neutral face is 0.13.
const CLOSED: f64 = 0.15;
/// Mesh points of the inner lips.
const INNER_LIPS: [usize; 2] = [13, 14];

/// The part of the data that a row belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Split {
    /// Weights are fitted to it.
    Fit,
    /// Penalties and gains are chosen on it.
    Select,
    /// Nothing is learned from it.
    Report,
}

/// Faces of one kind, two rows each.
pub struct Rows {
    /// Shape, scaled and centred.
    pub shape: Tensor,
    /// Look, scaled and centred.
    pub look: Tensor,
    /// The part of each face.
    pub splits: Vec<Split>,
}

/// How a face smiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Smile {
    /// So little that not all who see it do.
    Faint,
    /// With closed lips.
    Closed,
    /// With parted lips.
    Open,
}

/// What smiles of each kind weigh where a unit is told from them, beside neutral faces' 0.25: together
/// as much as all faces else, so that a smile is read as little as a neutral face is.
const SMILES: [(Smile, f64); 3] = [
    (Smile::Faint, 0.25),
    (Smile::Closed, 0.25),
    (Smile::Open, 0.5),
];

/// Everything that weights are learned from.
pub struct Data {
    /// FER+'s faces.
    pub faces: Rows,
    /// The emotion of each; empty where none is learned from it.
    pub emotions: Vec<&'static str>,
    smiles: Vec<Option<Smile>>,
    /// Rendered heads.
    pub heads: Rows,
    /// Shape, scaled and centred, of the selecting faces at rest, once a turn; two rows each.
    pub resting: Tensor,
    /// The same faces turned.
    pub turned: Tensor,
    truths: Vec<Vec<f64>>,
    gaps: Vec<f64>,
    /// What a shape number is multiplied by.
    pub scale: Tensor,
    /// The mean shape that both's are centred on.
    pub shape_centre: Tensor,
    /// The mean look that the faces' are centred on.
    pub look_centre: Tensor,
    /// The canonical face.
    pub canonical: Vec<[f64; 3]>,
}

/// Whether a rendered identity is kept for the report.
pub fn is_reported(identity: i64) -> bool {
    identity % 5 == 4
}

/// Whether a face of FER+'s training part selects.
pub fn is_selected(index: usize) -> bool {
    index % 5 == 4
}

impl Data {
    /// Reads FER+'s training part and the renders.
    pub fn read(ferplus: &Path, renders: &Path) -> Result<Self, Failure> {
        let mut reader = untrained_reader()?;
        let faces = Faces::read(ferplus)?;
        let seen = cache::look_once("Training", &faces)?;
        let table = features::of_faces(&mut reader, &faces, &seen)?;
        let resting = |index: usize| {
            let neutral = faces.teaches_emotion(index) && faces.majority[index] == Some(0);
            neutral && is_selected(index)
        };
        let [resting_shape, turned_shape] = features::of_turning(&mut reader, &seen, resting)?;
        let renders = Renders::read(renders)?;
        let heads = features::of_renders(&mut reader, &renders)?;
        let emotion = |&index: &usize| {
            let taught = faces.majority[index].filter(|_| faces.teaches_emotion(index));
            taught.map_or("", |place| EMOTIONS[place])
        };
        let smile = |(&index, &gap): (&usize, &f64)| match emotion(&index) {
            _ if faces.faint_smile[index] => Some(Smile::Faint),
            "happiness" if gap < CLOSED => Some(Smile::Closed),
            "happiness" => Some(Smile::Open),
            _ => None,
        };
        let shapes = Tensor::f_cat(&[&table.shape, &heads.shape], 0)?;
        let scale = scale(&shapes);
        let shape_centre = shapes.mean_dim(0, false, Kind::Float);
        let split = |&index: &usize| {
            if is_selected(index) {
                Split::Select
            } else {
                Split::Fit
            }
        };
        let head_split = |&index: &usize| match renders.identities[index] {
            identity if is_reported(identity) => Split::Report,
            identity if identity % 5 == 3 => Split::Select,
            _ => Split::Fit,
        };
        let truth = |&index: &usize| renders.intensities[index].clone();
        let look_centre = table.look.mean_dim(0, false, Kind::Float);
        Ok(Self {
            emotions: table.indices.iter().map(emotion).collect(),
            smiles: table
                .indices
                .iter()
                .zip(&gaps(&table)?)
                .map(smile)
                .collect(),
            resting: (resting_shape - &shape_centre) * &scale,
            turned: (turned_shape - &shape_centre) * &scale,
            truths: heads.indices.iter().map(truth).collect(),
            gaps: gaps(&heads)?,
            faces: Rows {
                splits: table.indices.iter().map(split).collect(),
                look: (&table.look - &look_centre) * HOG_SCALE,
                shape: (table.shape - &shape_centre) * &scale,
            },
            heads: Rows {
                splits: heads.indices.iter().map(head_split).collect(),
                shape: (heads.shape - &shape_centre) * &scale,
                look: heads.look,
            },
            scale,
            shape_centre,
            look_centre,
            canonical: reader.canonical().to_vec(),
        })
    }

    /// The true intensities of an Action Unit in the rendered heads; `None` where the rig has none.
    /// AU25 is the lips' gap, AU23 is taken to move as AU24 does.
    pub fn truth(&self, code: &str) -> Option<Vec<f64>> {
        if code == "AU25" {
            let [closed, widest] = GAP;
            let part = |gap: &f64| ((gap - closed) / (widest - closed)).clamp(0.0, 1.0);
            return Some(self.gaps.iter().map(|gap| part(gap) * HIGHEST).collect());
        }
        let code = if code == "AU23" { "AU24" } else { code };
        let place = RENDERED.iter().position(|other| *other == code)?;
        let truths = self.truths.iter();
        Some(truths.map(|truth| truth[place] * HIGHEST).collect())
    }

    /// What turning changes in the shape that `prototype` looks at, two rows a face and turn.
    pub fn turning_for(&self, prototype: &Prototype, kernel: Option<&KernelColumns>) -> Tensor {
        let shape = Tensor::from_slice(&regions::shape(prototype.part, &self.canonical));
        let changes = (&self.turned - &self.resting).index_select(1, &shape);
        beside(changes, kernel.map(|kernel| &kernel.turning))
    }

    /// Whether face `place` smiles.
    pub fn smiles(&self, place: usize) -> bool {
        self.smiles.get(place).is_some_and(Option::is_some)
    }

    /// The heads of the `wanted` parts for `prototype`, ready for regression, with the columns of `kernel` beside the shape.
    pub fn heads_for(
        &self,
        prototype: &Prototype,
        wanted: &[Split],
        kernel: Option<&KernelColumns>,
    ) -> Part {
        let is_wanted = |split: &Split| f64::from(wanted.contains(split));
        let weight: Vec<f64> = self.heads.splits.iter().map(is_wanted).collect();
        Part {
            target: self
                .truth(prototype.code)
                .unwrap_or_else(|| vec![0.0; weight.len()]),
            weight: shares(weight),
            ..self.columns(&self.heads, prototype, kernel.map(|kernel| &kernel.heads))
        }
    }

    /// The faces of the `wanted` parts for `prototype`: what it belongs to against what it does not,
    /// half and half, neutral faces being half of the latter; smiles besides where they move its place.
    pub fn faces_for(
        &self,
        prototype: &Prototype,
        wanted: &[Split],
        kernel: Option<&KernelColumns>,
    ) -> Part {
        let faces = || {
            let faces = self.emotions.iter().zip(&self.smiles);
            let smile = |smile: &Option<Smile>| smile.filter(|_| prototype.beside_smile);
            let faces = faces.map(move |(emotion, of)| (*emotion, smile(of)));
            faces.zip(self.faces.splits.iter().map(|split| wanted.contains(split)))
        };
        let count = |kind: (&str, Option<Smile>)| {
            let of_it = faces().filter(|(other, wanted)| *wanted && *other == kind);
            of_it.count().max(1) as f64
        };
        let role = |emotion: &str| {
            let present = prototype.present.contains(&emotion);
            let absent = !present && !prototype.uncertain.contains(&emotion);
            (present, absent)
        };
        let of_emotion = |emotion: &str| count((emotion, None));
        let present = prototype.present.iter();
        let all: f64 = present.map(|emotion| of_emotion(emotion).sqrt()).sum();
        let others = EMOTIONS.iter().skip(1).filter(|emotion| role(emotion).1);
        let others = others.count().max(1) as f64;
        let weights: HashMap<&str, f64> = EMOTIONS
            .iter()
            .map(|&emotion| {
                let weight = match role(emotion) {
                    (true, _) => 0.5 / all / of_emotion(emotion).sqrt(),
                    (_, true) if emotion == EMOTIONS[0] => 0.25 / of_emotion(emotion),
                    (_, true) => 0.25 / others / of_emotion(emotion),
                    _ => 0.0,
                };
                (emotion, weight)
            })
            .collect();
        let smiles = SMILES.map(|(smile, share)| {
            let of_it = faces().filter(|((_, other), wanted)| *wanted && *other == Some(smile));
            (smile, share / of_it.count().max(1) as f64)
        });
        let weight = |((emotion, smile), wanted): ((&str, Option<Smile>), bool)| match smile {
            _ if !wanted => 0.0,
            Some(smile) => smiles
                .iter()
                .find(|(other, _)| *other == smile)
                .map_or(0.0, |found| found.1),
            None => weights.get(emotion).copied().unwrap_or_default(),
        };
        let target = |((emotion, smile), _): ((&str, Option<Smile>), bool)| match role(emotion) {
            (true, _) if smile.is_none() => SHOWN,
            _ => 0.0,
        };
        Part {
            weight: shares(faces().map(weight).collect()),
            target: faces().map(target).collect(),
            ..self.columns(&self.faces, prototype, kernel.map(|kernel| &kernel.faces))
        }
    }

    fn columns(&self, rows: &Rows, prototype: &Prototype, kernel: Option<&Tensor>) -> Part {
        let shape = Tensor::from_slice(&regions::shape(prototype.part, &self.canonical));
        let look = Tensor::from_slice(&regions::look(prototype));
        Part {
            shape: beside(rows.shape.index_select(1, &shape), kernel),
            look: rows.look.index_select(1, &look),
            target: Vec::new(),
            weight: Vec::new(),
        }
    }
}

/// The shape's columns with the kernel's after them.
fn beside(shape: Tensor, kernel: Option<&Tensor>) -> Tensor {
    match kernel {
        Some(kernel) => Tensor::cat(&[&shape, kernel], 1),
        None => shape,
    }
}

/// Weights that sum to 1.
fn shares(weights: Vec<f64>) -> Vec<f64> {
    let total: f64 = weights.iter().sum();
    let total = total.max(f64::MIN_POSITIVE);
    weights.into_iter().map(|weight| weight / total).collect()
}

fn gaps(heads: &Table) -> Result<Vec<f64>, Failure> {
    let column = |point: usize| heads.shape.select(1, point as i64 * 3 + 1);
    let height = |point: usize| column(point).view([-1, 2]).mean_dim(1, false, Kind::Float);
    let [upper, lower] = INNER_LIPS.map(height);
    Ok(Vec::<f64>::try_from(
        &(upper - lower).to_kind(Kind::Double),
    )?)
}

/// Points alike, blendshapes by their standard deviation.
fn scale(shape: &Tensor) -> Tensor {
    let scale = shape.std_dim(0, true, false).clamp_min(1e-6).reciprocal();
    let points = (CANONICAL_FACE_POINTS * 3) as i64;
    let _ = scale.narrow(0, 0, points).fill_(POINT_SCALE);
    debug_assert_eq!(scale.size(), [SHAPE_NUMBERS as i64]);
    debug_assert!(points + 2 * BLENDSHAPES as i64 == SHAPE_NUMBERS as i64);
    scale
}
