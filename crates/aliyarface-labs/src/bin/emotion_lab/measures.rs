//! How often a net is right, and how well it knows.

use aliyarface_torch::Network;
use anyhow::Result;
use gstaliyarface::models::{EMOTION_SIDE, EmotionNet};
use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::data::Set;
use aliyarface_labs::ferplus::{CLASSES, EMOTIONS, Votes};

/// Faces in a batch of the evaluation.
const BATCH: usize = 128;
/// Bins of the expected calibration error.
const BINS: usize = 15;

/// What a net reached on a set; fractions 0..1.
#[derive(Debug, Clone, Serialize)]
pub struct Measures {
    pub images: usize,
    pub faces_found: f64,
    /// Over all images with a winner.
    pub argmax_accuracy: f64,
    /// Over images where one emotion has more than half of the votes.
    pub majority_accuracy: f64,
    /// Of the images of each emotion (by their winner), the part that is named so.
    pub recall: serde_json::Map<String, serde_json::Value>,
    /// Expected calibration error of the winner's probability.
    pub ece: f64,
    /// Cross-entropy with the votes, in nats.
    pub cross_entropy: f64,
    /// Rows: the voters' winner; columns: the net's.
    #[serde(skip)]
    pub confusion: [[usize; CLASSES]; CLASSES],
}

/// What gives each face of a batch its class probabilities.
pub trait Classifier {
    /// The probabilities of faces of [`EMOTION_SIDE`] squared bytes.
    ///
    /// # Errors
    /// libtorch refused an operation.
    fn classify(&self, faces: &[&[u8]]) -> Result<Vec<Vec<f64>>>;
}

impl Classifier for EmotionNet {
    fn classify(&self, faces: &[&[u8]]) -> Result<Vec<Vec<f64>>> {
        Ok(self.probabilities(faces)?)
    }
}

impl Classifier for Network {
    fn classify(&self, faces: &[&[u8]]) -> Result<Vec<Vec<f64>>> {
        let rows = self.probabilities(&faces.concat())?;
        Ok(rows.chunks(self.classes()).map(<[_]>::to_vec).collect())
    }
}

/// The probabilities of each face of `set`, by the element's own network code.
pub fn probabilities(net: &impl Classifier, set: &Set) -> Result<Vec<Vec<f64>>> {
    let faces = set.canvases.seen(EMOTION_SIDE).contiguous();
    let bytes: Vec<u8> = faces.view([-1]).try_into()?;
    let faces: Vec<&[u8]> = bytes.chunks(EMOTION_SIDE * EMOTION_SIDE).collect();
    let mut all = Vec::with_capacity(faces.len());
    for batch in faces.chunks(BATCH) {
        all.extend(net.classify(batch)?);
    }
    Ok(all)
}

impl Measures {
    /// Measures weights with torchvision's names on `set`.
    pub fn of_net(weights: Vec<(String, Tensor)>, set: &Set) -> Result<Self> {
        let net = Network::resnet18(weights, EMOTIONS.len())?;
        Ok(Self::of(
            &probabilities(&net, set)?,
            &set.faces.votes,
            set.canvases.found,
        ))
    }

    /// Compares the probabilities of each face with its votes.
    pub fn of(probabilities: &[Vec<f64>], votes: &[Votes], faces_found: f64) -> Self {
        let mut confusion = [[0; CLASSES]; CLASSES];
        let (mut majority, mut right) = (0, 0);
        let mut bins = [[0.0; 3]; BINS];
        let mut cross_entropy = 0.0;
        for (row, votes) in probabilities.iter().zip(votes) {
            let (named, confidence) = winner(row);
            confusion[votes.winner][named] += 1;
            let hit = named == votes.winner;
            if votes.majority {
                majority += 1;
                right += usize::from(hit);
            }
            let bin = ((confidence * BINS as f64) as usize).min(BINS - 1);
            bins[bin][0] += 1.0;
            bins[bin][1] += confidence;
            bins[bin][2] += f64::from(u8::from(hit));
            let terms = row.iter().zip(votes.shares);
            cross_entropy -= terms
                .map(|(p, share)| share * p.max(1e-12).ln())
                .sum::<f64>();
        }
        let images = votes.len();
        let of = |part: usize, whole: usize| part as f64 / whole.max(1) as f64;
        let hits: usize = (0..CLASSES).map(|class| confusion[class][class]).sum();
        let recall = EMOTIONS.iter().enumerate().map(|(class, label)| {
            let share = of(confusion[class][class], confusion[class].iter().sum());
            ((*label).to_owned(), share.into())
        });
        let gaps = bins
            .iter()
            .map(|[_, confidence, hits]| (confidence - hits).abs());
        Self {
            images,
            faces_found,
            argmax_accuracy: of(hits, images),
            majority_accuracy: of(right, majority),
            recall: recall.collect(),
            ece: gaps.sum::<f64>() / images.max(1) as f64,
            cross_entropy: cross_entropy / images.max(1) as f64,
            confusion,
        }
    }
}

/// The likeliest class and its probability.
pub fn winner(row: &[f64]) -> (usize, f64) {
    row.iter().copied().enumerate().fold(
        (0, f64::MIN),
        |best, (class, p)| if p > best.1 { (class, p) } else { best },
    )
}

/// What one epoch came to.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Epoch {
    pub loss: f64,
    pub argmax: f64,
    pub majority: f64,
}
