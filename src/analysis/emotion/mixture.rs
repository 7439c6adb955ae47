//! One emotion, two at once, or none that stands out.

use std::borrow::Cow;

/// Probability from which the second emotion counts as shown beside the first, and what the two must
/// have together: chosen on the even half of FER+'s PublicTest (models/emotion.md).
const SECOND: f64 = 0.15;
const BOTH: f64 = 0.8;
/// Probability from which an emotion alone counts as shown.
const ALONE: f64 = 0.4;
/// Probability from which an emotion is named among those that an ambiguous face may show.
const POSSIBLE: f64 = 0.15;

/// Compound facial expressions and the two emotions of each: Du, Tao and Martinez 2014, "Compound
/// facial expressions of emotion", PNAS 111(15).
const COMPOUNDS: [([&str; 2], &str); 12] = [
    (["happiness", "surprise"], "happily surprised"),
    (["happiness", "disgust"], "happily disgusted"),
    (["sadness", "fear"], "sadly fearful"),
    (["sadness", "anger"], "sadly angry"),
    (["sadness", "surprise"], "sadly surprised"),
    (["sadness", "disgust"], "sadly disgusted"),
    (["fear", "anger"], "fearfully angry"),
    (["fear", "surprise"], "fearfully surprised"),
    (["fear", "disgust"], "fearfully disgusted"),
    (["anger", "surprise"], "angrily surprised"),
    (["anger", "disgust"], "angrily disgusted"),
    (["disgust", "surprise"], "disgustedly surprised"),
];

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
        let mut ranked: Vec<usize> = (0..probabilities.len()).collect();
        ranked.sort_by(|&a, &b| probabilities[b].total_cmp(&probabilities[a]));
        let probability = |rank: usize| ranked.get(rank).map_or(0.0, |&class| probabilities[class]);
        let (first, second) = (probability(0), probability(1));
        let kind = if second >= SECOND && first + second >= BOTH {
            MixtureKind::Mixed
        } else if first >= ALONE {
            MixtureKind::Pure
        } else {
            MixtureKind::Ambiguous
        };
        let count = match kind {
            MixtureKind::Pure => 1,
            MixtureKind::Mixed => 2,
            MixtureKind::Ambiguous => {
                let possible = probabilities.iter().filter(|&&p| p >= POSSIBLE);
                possible.count().max(1)
            }
        };
        ranked.truncate(count);
        let terms = probabilities.iter().filter(|&&p| p > 0.0);
        Self {
            name: match (kind, &ranked[..]) {
                (MixtureKind::Mixed, &[a, b]) => compound(labels, a, b).map(Cow::Borrowed),
                _ => None,
            },
            kind,
            classes: ranked,
            entropy: terms.map(|p| -p * p.log2()).sum(),
        }
    }
}

fn compound(labels: &[String], a: usize, b: usize) -> Option<&'static str> {
    let pair = [labels.get(a)?.as_str(), labels.get(b)?.as_str()];
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
