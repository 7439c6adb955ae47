//! One emotion, two at once, or none that stands out.

use std::borrow::Cow;

use super::basic::BasicEmotion;

/// Probability from which the second emotion counts as shown beside the first, and what the two must
/// have together: chosen on the even half of FER+'s PublicTest (models/emotion.md).
const SECOND: f64 = 0.15;
const BOTH: f64 = 0.8;
/// Emotions that the net takes for one another on moving faces: of these, two of like probability
/// are both told, whatever they have together.
const CONFUSED: [[&str; 2]; 2] = [["anger", "disgust"], ["fear", "surprise"]];
/// Part of the likelier one's probability from which the other is told beside it.
const ALIKE: f64 = 0.5;
/// Probability below which no label is given.
const CONFIDENCE_FLOOR: f64 = 0.4;
/// Probability from which an emotion alone counts as shown.
const ALONE: f64 = 0.4;
/// Probability from which an emotion is named among those that an ambiguous face may show.
const POSSIBLE: f64 = 0.15;

/// In bits.
fn entropy(probabilities: &[f64]) -> f64 {
    let terms = probabilities.iter().filter(|&&p| p > 0.0);
    terms.map(|p| -p * p.log2()).sum()
}

/// Compound facial expressions and the two emotions of each: Du, Tao and Martinez 2014, "Compound
/// facial expressions of emotion", PNAS 111(15).
const COMPOUNDS: [([BasicEmotion; 2], &str); 12] = {
    use BasicEmotion::{Anger, Disgust, Fear, Happiness, Sadness, Surprise};
    [
        ([Happiness, Surprise], "happily surprised"),
        ([Happiness, Disgust], "happily disgusted"),
        ([Sadness, Fear], "sadly fearful"),
        ([Sadness, Anger], "sadly angry"),
        ([Sadness, Surprise], "sadly surprised"),
        ([Sadness, Disgust], "sadly disgusted"),
        ([Fear, Anger], "fearfully angry"),
        ([Fear, Surprise], "fearfully surprised"),
        ([Fear, Disgust], "fearfully disgusted"),
        ([Anger, Surprise], "angrily surprised"),
        ([Anger, Disgust], "angrily disgusted"),
        ([Disgust, Surprise], "disgustedly surprised"),
    ]
};

/// How many emotions a face shows.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum MixtureKind {
    /// One.
    Pure,
    /// Two at once.
    Mixed,
    /// None stands out.
    Ambiguous,
}

/// What a distribution over emotions is made up of.
#[derive(Debug, Clone, PartialEq)]
pub struct Mixture {
    /// How many emotions are shown.
    pub kind: MixtureKind,
    /// Classes that make it up, the likeliest first: one where it is pure, two where it is mixed,
    /// those that are possible where it is ambiguous.
    pub classes: Vec<usize>,
    /// Name of the compound in the literature, where it is mixed and has one.
    pub name: Option<Cow<'static, str>>,
    /// Entropy in bits: 0 where one class has all, 3 where eight classes share alike.
    pub entropy: f64,
}

impl Mixture {
    /// The mixture of a distribution over classes of these names.
    pub fn from_probabilities(probabilities: &[f64], labels: &[String]) -> Self {
        let mut ranked = ranked(probabilities);
        let probability = |rank: usize| ranked.get(rank).map_or(0.0, |&class| probabilities[class]);
        let (first, second) = (probability(0), probability(1));
        let both = confused(labels, &ranked) && second >= ALIKE * first;
        let kind = if both && first + second >= CONFIDENCE_FLOOR
            || second >= SECOND && first + second >= BOTH
        {
            MixtureKind::Mixed
        } else if first >= ALONE {
            MixtureKind::Pure
        } else {
            MixtureKind::Ambiguous
        };
        let count = match kind {
            MixtureKind::Pure => 1,
            MixtureKind::Mixed => 2,
            MixtureKind::Ambiguous => return Self::ambiguous(probabilities),
        };
        ranked.truncate(count);
        Self {
            name: match (kind, &ranked[..]) {
                (MixtureKind::Mixed, &[a, b]) => compound(labels, a, b).map(Cow::Borrowed),
                _ => None,
            },
            kind,
            classes: ranked,
            entropy: entropy(probabilities),
        }
    }

    /// What cannot be told, whatever the probabilities are.
    pub fn ambiguous(probabilities: &[f64]) -> Self {
        let mut classes = ranked(probabilities);
        let possible = probabilities.iter().filter(|&&p| p >= POSSIBLE);
        classes.truncate(possible.count().max(1));
        Self {
            kind: MixtureKind::Ambiguous,
            classes,
            name: None,
            entropy: entropy(probabilities),
        }
    }
}

/// The likeliest class, if its probability reaches the confidence floor; for an emotion that is often
/// taken for the second likeliest, the two together.
pub fn winner(probabilities: &[f64], labels: &[String]) -> Option<usize> {
    let ranked = ranked(probabilities);
    let probability = |rank: usize| ranked.get(rank).map_or(0.0, |&class| probabilities[class]);
    let known = if confused(labels, &ranked) {
        probability(0) + probability(1)
    } else {
        probability(0)
    };
    ranked
        .first()
        .copied()
        .filter(|_| known >= CONFIDENCE_FLOOR)
}

/// Classes, the likeliest first.
fn ranked(probabilities: &[f64]) -> Vec<usize> {
    let mut ranked: Vec<usize> = (0..probabilities.len()).collect();
    ranked.sort_by(|&a, &b| probabilities[b].total_cmp(&probabilities[a]));
    ranked
}

/// Whether the two likeliest classes are often taken for one another.
fn confused(labels: &[String], ranked: &[usize]) -> bool {
    let &[a, b, ..] = ranked else {
        return false;
    };
    let name = |class: usize| labels.get(class).map(String::as_str);
    CONFUSED.iter().any(|&[first, second]| {
        let pair = [name(a), name(b)];
        pair == [Some(first), Some(second)] || pair == [Some(second), Some(first)]
    })
}

fn compound(labels: &[String], a: usize, b: usize) -> Option<&'static str> {
    let emotion = |class: usize| BasicEmotion::from_label(labels.get(class)?);
    let pair = [emotion(a)?, emotion(b)?];
    let known = COMPOUNDS
        .iter()
        .find(|([first, second], _)| pair == [*first, *second] || pair == [*second, *first]);
    known.map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mixture(values: [(&str, f64); 3]) -> Mixture {
        let labels = values.map(|(label, _)| label.to_owned());
        Mixture::from_probabilities(&values.map(|(_, value)| value), &labels)
    }

    #[test]
    fn two_emotions_of_like_strength_are_mixed_and_named_in_any_order() {
        let a = mixture([("happiness", 0.5), ("surprise", 0.4), ("neutral", 0.1)]);
        assert_eq!(
            (a.kind, a.name.as_deref()),
            (MixtureKind::Mixed, Some("happily surprised"))
        );
        assert_eq!(a.classes, [0, 1]);
        let b = mixture([("happiness", 0.4), ("surprise", 0.5), ("neutral", 0.1)]);
        assert_eq!(
            (b.classes, b.name.as_deref()),
            (vec![1, 0], Some("happily surprised"))
        );
    }

    #[test]
    fn a_mixture_that_the_literature_does_not_name_has_none() {
        let a = mixture([("neutral", 0.5), ("sadness", 0.4), ("anger", 0.1)]);
        assert_eq!((a.kind, a.name), (MixtureKind::Mixed, None));
    }

    #[test]
    fn one_strong_emotion_is_pure_and_its_entropy_low() {
        let a = mixture([("neutral", 1.0), ("sadness", 0.0), ("anger", 0.0)]);
        assert_eq!(
            (a.kind, a.classes, a.entropy),
            (MixtureKind::Pure, vec![0], 0.0)
        );
    }

    #[test]
    fn emotions_that_are_often_confused_are_both_told_when_neither_is_twice_the_other() {
        let labels = ["anger", "disgust", "neutral"].map(str::to_owned);
        let of = |values: [f64; 3]| {
            let mixture = Mixture::from_probabilities(&values, &labels);
            (mixture.kind, winner(&values, &labels))
        };
        assert_eq!(of([0.35, 0.3, 0.35]), (MixtureKind::Ambiguous, None));
        assert_eq!(of([0.36, 0.33, 0.31]), (MixtureKind::Mixed, Some(0)));
        assert_eq!(of([0.3, 0.38, 0.32]).1, None, "neutral lies between them");
        assert_eq!(of([0.52, 0.24, 0.24]), (MixtureKind::Pure, Some(0)));
    }

    #[test]
    fn three_alike_are_ambiguous_between_all_of_them() {
        let third = 1.0 / 3.0;
        let a = mixture([("neutral", third), ("sadness", third), ("anger", third)]);
        assert_eq!((a.kind, a.classes.len()), (MixtureKind::Ambiguous, 3));
        let labels: Vec<String> = (0..4).map(|class| format!("class {class}")).collect();
        let b = Mixture::from_probabilities(&[0.25; 4], &labels);
        assert_eq!((b.kind, b.classes.len()), (MixtureKind::Ambiguous, 4));
        assert!((b.entropy - 2.0).abs() < 1e-9);
    }
}
