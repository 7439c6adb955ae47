//! Whether faces on which the voters split are told from those on which they agree.

use gstaliyarface::analysis::{Mixture, MixtureKind};
use serde::Serialize;

use super::measures::winner;
use aliyarface_labs::ferplus::{CLASSES, EMOTIONS, Votes};

/// Share of the votes that each of the two leading emotions must have on a split face.
const SPLIT: f64 = 0.3;

/// How mixtures compare with the votes; fractions 0..1.
#[derive(Debug, Clone, Serialize)]
pub struct MixedMeasures {
    /// Faces on which the voters split.
    pub split_images: usize,
    /// Of the faces called mixed, the part on which the voters split between the two labels named.
    pub mixed_precision: f64,
    /// Of the split faces, the part that is called mixed with both their labels.
    pub mixed_recall: f64,
    /// On split faces, of the labels named, the part that is one of the voters' two; the same of
    /// plain argmax.
    pub split_label_precision: f64,
    pub argmax_label_precision: f64,
    /// On split faces, of the voters' two labels, the part that is named; the same of plain argmax.
    pub split_label_recall: f64,
    pub argmax_label_recall: f64,
}

/// The two emotions between which the voters split, if they did.
fn split(votes: &Votes) -> Option<[usize; 2]> {
    let leading: Vec<usize> = (0..CLASSES)
        .filter(|&class| votes.shares[class] >= SPLIT)
        .collect();
    match leading[..] {
        [a, b, ..] => Some([a, b]),
        _ => None,
    }
}

impl MixedMeasures {
    /// Compares the mixtures of each face's probabilities with its votes.
    pub fn of<'a>(faces: impl Iterator<Item = (&'a Vec<f64>, &'a Votes)>) -> Self {
        let labels = EMOTIONS.map(str::to_owned);
        let (mut called, mut right, mut split_images, mut recalled) = (0, 0, 0, 0);
        let (mut named, mut named_right, mut argmax_right) = (0, 0, 0);
        for (row, votes) in faces {
            let mixture = Mixture::from_probabilities(row, &labels);
            let truth = split(votes);
            let mixed = mixture.kind == MixtureKind::Mixed;
            let both =
                truth.is_some_and(|pair| pair.iter().all(|class| mixture.classes.contains(class)));
            called += usize::from(mixed);
            right += usize::from(mixed && both);
            if let Some(pair) = truth {
                split_images += 1;
                recalled += usize::from(mixed && both);
                named += mixture.classes.len();
                named_right += mixture
                    .classes
                    .iter()
                    .filter(|class| pair.contains(class))
                    .count();
                argmax_right += usize::from(pair.contains(&winner(row).0));
            }
        }
        let of = |part: usize, whole: usize| part as f64 / whole.max(1) as f64;
        Self {
            split_images,
            mixed_precision: of(right, called),
            mixed_recall: of(recalled, split_images),
            split_label_precision: of(named_right, named),
            argmax_label_precision: of(argmax_right, split_images),
            split_label_recall: of(named_right, 2 * split_images),
            argmax_label_recall: of(argmax_right, 2 * split_images),
        }
    }
}
