//! Valence and arousal of a distribution over emotions.

use super::basic::BasicEmotion;

/// Pleasure and arousal of emotion terms, -1..1, as rated by Russell and Mehrabian's subjects
/// ("Evidence for a three-factor theory of emotions", Journal of Research in Personality 11, 1977);
/// neutral is the origin of their scales.
const PLACES: [(BasicEmotion, [f64; 2]); 8] = [
    (BasicEmotion::Neutral, [0.0, 0.0]),
    (BasicEmotion::Happiness, [0.81, 0.51]),
    (BasicEmotion::Surprise, [0.40, 0.67]),
    (BasicEmotion::Sadness, [-0.63, -0.27]),
    (BasicEmotion::Anger, [-0.51, 0.59]),
    (BasicEmotion::Disgust, [-0.60, 0.35]),
    (BasicEmotion::Fear, [-0.64, 0.60]),
    (BasicEmotion::Contempt, [-0.23, 0.31]),
];

/// Valence and arousal, each -1..1: the mean of the classes' places, weighted by their probabilities.
/// `None` where a class is none of the eight whose place is known.
pub fn valence_arousal(probabilities: &[f64], labels: &[String]) -> Option<[f64; 2]> {
    let mut mean = [0.0; 2];
    for (probability, label) in probabilities.iter().zip(labels) {
        let emotion = BasicEmotion::from_label(label)?;
        let (_, place) = PLACES.iter().find(|(known, _)| *known == emotion)?;
        for (mean, place) in mean.iter_mut().zip(place) {
            *mean += probability * place;
        }
    }
    Some(mean)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_happy_face_is_pleasant_and_a_sad_one_is_not_and_calmer_than_an_angry_one() {
        let labels = ["happiness", "sadness", "anger"].map(str::to_owned);
        let of = |values: [f64; 3]| valence_arousal(&values, &labels).unwrap();
        assert!(of([1.0, 0.0, 0.0])[0] > 0.5);
        assert!(of([0.0, 1.0, 0.0])[0] < -0.5);
        assert!(of([0.0, 1.0, 0.0])[1] < of([0.0, 0.0, 1.0])[1]);
    }

    #[test]
    fn classes_of_a_users_own_have_no_place() {
        assert_eq!(valence_arousal(&[1.0], &["boredom".to_owned()]), None);
    }
}
