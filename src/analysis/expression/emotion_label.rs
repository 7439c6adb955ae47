//! The emotion that a movement is compatible with: that of its units, if the emotion net does not
//! see the face turn into another.

use std::time::Duration;

use crate::analysis::action_units::Au;
use crate::analysis::emotion::{BasicEmotion, Emotion};
use crate::analysis::time::BufferTime;

use super::event::{AuActivation, Side};
use super::history::History;

/// Set by hand: how far around the apex, and how long before the onset, the net's probabilities
/// are averaged: it may run ten times a second.
const AROUND: Duration = Duration::from_millis(60);
const BEFORE: Duration = Duration::from_millis(400);
/// Rise of a probability that is taken for a change of the face. Chosen on the photos for tuning.
const RISE: f64 = 0.15;

/// Emotions and the units that EMFACS names for them, those with more units first.
const EMOTIONS: [(BasicEmotion, &[Au]); 12] = [
    (BasicEmotion::Fear, &[Au::Au01, Au::Au04, Au::Au05]),
    (BasicEmotion::Fear, &[Au::Au05, Au::Au20]),
    (BasicEmotion::Surprise, &[Au::Au01, Au::Au02, Au::Au05]),
    (BasicEmotion::Sadness, &[Au::Au01, Au::Au04]),
    (BasicEmotion::Sadness, &[Au::Au01, Au::Au15]),
    (BasicEmotion::Anger, &[Au::Au04, Au::Au07]),
    (BasicEmotion::Anger, &[Au::Au04, Au::Au24]),
    (BasicEmotion::Surprise, &[Au::Au01, Au::Au02]),
    (BasicEmotion::Disgust, &[Au::Au09]),
    (BasicEmotion::Disgust, &[Au::Au10]),
    (BasicEmotion::Happiness, &[Au::Au12]),
    (BasicEmotion::Sadness, &[Au::Au15]),
];

/// The label whose textbook units these are, or the one whose probability rises most at the apex;
/// `unknown` where neither says any or each says another.
pub fn compatible_emotion(
    units: &[AuActivation],
    [onset, apex]: [BufferTime; 2],
    history: &History,
) -> String {
    let by_units = textbook_emotion(units);
    let by_net = risen([onset, apex], history).unwrap_or(Emotion::UNKNOWN);
    let agreed = match (by_units, by_net) {
        (units, Emotion::UNKNOWN) => units,
        (Emotion::UNKNOWN, net) => net,
        (units, net) if units == net => units,
        _ => Emotion::UNKNOWN,
    };
    agreed.to_owned()
}

/// The emotion that units are the textbook sign of; `unknown` where they are of none.
pub fn textbook_emotion(units: &[AuActivation]) -> &'static str {
    let moved = |wanted: &Au| units.iter().any(|unit| unit.unit == *wanted);
    let sign = EMOTIONS.iter().find(|(_, signs)| signs.iter().all(moved));
    if let Some((emotion, _)) = sign {
        return emotion.label();
    }
    // A dimple in one cheek alone.
    match units {
        [unit] if unit.unit == Au::Au14 && unit.side != Side::Both => {
            BasicEmotion::Contempt.label()
        }
        _ => Emotion::UNKNOWN,
    }
}

/// The emotion whose probability rises most from before the onset to the apex, if any does.
fn risen([onset, apex]: [BufferTime; 2], history: &History) -> Option<&str> {
    let before = mean(history, onset - BEFORE, onset)?;
    let apex = mean(history, apex - AROUND, apex + AROUND)?;
    let labels = history.labels()?;
    let rises = before.iter().zip(&apex).map(|(before, apex)| apex - before);
    let rises = labels.iter().zip(rises);
    let felt = rises.filter(|(label, _)| *label != BasicEmotion::Neutral.label());
    let (label, rise) = felt.max_by(|a, b| a.1.total_cmp(&b.1))?;
    (rise >= RISE).then_some(label.as_str())
}

/// The mean probabilities of the frames from `from` to `to` on which the net ran.
fn mean(history: &History, from: BufferTime, to: BufferTime) -> Option<Vec<f64>> {
    let mut sum: Option<(Vec<f64>, f64)> = None;
    for sample in history.between(from, to) {
        let Some(probabilities) = &sample.probabilities else {
            continue;
        };
        let (sum, count) = sum.get_or_insert_with(|| (vec![0.0; probabilities.len()], 0.0));
        for (sum, value) in sum.iter_mut().zip(probabilities) {
            *sum += value;
        }
        *count += 1.0;
    }
    let (sum, count) = sum?;
    Some(sum.into_iter().map(|sum| sum / count).collect())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    /// Onset and apex.
    const TIMES: [BufferTime; 2] = [BufferTime::from_millis(600), BufferTime::from_millis(700)];

    /// What `units` of a face are compatible with whose happiness is `happiness` at the apex.
    fn with(units: &[Au], happiness: Option<f64>) -> String {
        let mut history = History::of(50, |sample| {
            let near = sample.time.abs_diff(TIMES[1]) < AROUND * 2;
            let happy = happiness.map(|happiness| if near { happiness } else { 0.1 });
            sample.probabilities = happy.map(|happy| vec![1.0 - happy, happy]);
        });
        history.set_labels(&Arc::from(["neutral".to_owned(), "happiness".to_owned()]));
        let both = |&unit: &Au| AuActivation {
            unit,
            side: Side::Both,
        };
        let units: Vec<_> = units.iter().map(both).collect();
        compatible_emotion(&units, TIMES, &history)
    }

    #[test]
    fn units_and_net_must_not_contradict_each_other() {
        assert_eq!(with(&[Au::Au12], None), "happiness");
        assert_eq!(with(&[Au::Au12], Some(0.1)), "happiness");
        assert_eq!(with(&[Au::Au12], Some(0.6)), "happiness");
        assert_eq!(with(&[Au::Au15], Some(0.6)), "unknown");
        assert_eq!(with(&[Au::Au17], Some(0.6)), "happiness");
        assert_eq!(with(&[Au::Au17], Some(0.2)), "unknown");
        assert_eq!(with(&[Au::Au17], None), "unknown");
    }

    #[test]
    fn only_textbook_signs_have_an_emotion() {
        let unit = |unit, side| AuActivation { unit, side };
        let both = |au| unit(au, Side::Both);
        assert_eq!(
            textbook_emotion(&[both(Au::Au02), both(Au::Au01)]),
            "surprise"
        );
        assert_eq!(textbook_emotion(&[both(Au::Au12)]), "happiness");
        assert_eq!(textbook_emotion(&[unit(Au::Au14, Side::Left)]), "contempt");
        assert_eq!(textbook_emotion(&[both(Au::Au14)]), "unknown");
        assert_eq!(textbook_emotion(&[both(Au::Au07)]), "unknown");
        assert_eq!(textbook_emotion(&[]), "unknown");
    }
}
