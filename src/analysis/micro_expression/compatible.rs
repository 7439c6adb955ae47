//! The emotion that a movement is compatible with: that of its units, if the emotion net does not see the
//! face turn into another.

use super::super::emotion::Emotion;
use super::expression::MovedUnit;
use super::history::History;
use super::shape::Shape;
use super::units::emotion;

/// How far around the apex, and how long before the onset, the net's probabilities are averaged, in ns: it
/// may run ten times a second.
const AROUND: u64 = 60_000_000;
const BEFORE: u64 = 400_000_000;
/// Rise of a probability that is taken for a change of the face.
const RISE: f64 = 0.15;
const NEUTRAL: &str = "neutral";

/// The label whose textbook units these are, or the one whose probability rises most at the apex;
/// `unknown` where neither says any or each says another.
pub fn compatible(units: &[MovedUnit], shape: Shape, history: &History) -> String {
    let by_units = emotion(units);
    let by_net = risen(shape, history).unwrap_or(Emotion::UNKNOWN);
    let agreed = match (by_units, by_net) {
        (units, Emotion::UNKNOWN) => units,
        (Emotion::UNKNOWN, net) => net,
        (units, net) if units == net => units,
        _ => Emotion::UNKNOWN,
    };
    agreed.to_owned()
}

/// The emotion whose probability rises most from before the onset to the apex, if any does.
fn risen(shape: Shape, history: &History) -> Option<&str> {
    let before = mean(history, shape.onset.saturating_sub(BEFORE), shape.onset)?;
    let apex = mean(
        history,
        shape.apex.saturating_sub(AROUND),
        shape.apex + AROUND,
    )?;
    let labels = history.labels()?;
    let rises = before.iter().zip(&apex).map(|(before, apex)| apex - before);
    let rises = labels.iter().zip(rises);
    let felt = rises.filter(|(label, _)| *label != NEUTRAL);
    let (label, rise) = felt.max_by(|a, b| a.1.total_cmp(&b.1))?;
    (rise >= RISE).then_some(label.as_str())
}

/// The mean probabilities of the frames from `from` to `to` on which the net ran.
fn mean(history: &History, from: u64, to: u64) -> Option<Vec<f64>> {
    let mut sum: Option<(Vec<f64>, f64)> = None;
    for moment in history.between(from, to) {
        let Some(probabilities) = &moment.probabilities else {
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

    use super::super::expression::Side;
    use super::*;

    /// What units `codes` of a face are compatible with whose happiness is `happiness` at the apex.
    fn with(codes: &[&str], happiness: Option<f64>) -> String {
        let mut history = History::of(50, |moment| {
            let near = moment.time.abs_diff(Shape::OF_A_FIFTH_OF_A_SECOND.apex) < 2 * AROUND;
            let happy = happiness.map(|happiness| if near { happiness } else { 0.1 });
            moment.probabilities = happy.map(|happy| vec![1.0 - happy, happy]);
        });
        history.name(&Arc::from(["neutral".to_owned(), "happiness".to_owned()]));
        let units = codes.iter().map(|code| MovedUnit::new(code, Side::Both));
        let units: Vec<_> = units.map(Option::unwrap).collect();
        compatible(&units, Shape::OF_A_FIFTH_OF_A_SECOND, &history)
    }

    #[test]
    fn units_and_net_must_not_contradict_each_other() {
        assert_eq!(with(&["AU12"], None), "happiness");
        assert_eq!(with(&["AU12"], Some(0.1)), "happiness");
        assert_eq!(with(&["AU12"], Some(0.6)), "happiness");
        assert_eq!(with(&["AU15"], Some(0.6)), "unknown");
        assert_eq!(with(&["AU17"], Some(0.6)), "happiness");
        assert_eq!(with(&["AU17"], Some(0.2)), "unknown");
        assert_eq!(with(&["AU17"], None), "unknown");
    }
}
