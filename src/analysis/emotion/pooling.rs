//! What a face has shown over the last second, and what it shows at this moment.

use std::time::Duration;

use crate::analysis::time::BufferTime;

/// How common the net believes each emotion to be: the shares among FER+'s training votes, those
/// of disgust, fear and contempt higher, as it saw their faces more often than once an epoch.
/// Surprise (.123 of the votes) is held for commoner than it is, since a talking mouth and the
/// brows that go with it look like it; chosen on four speeches (`models/emotion.md`).
const PRIOR: [(&str, f64); 8] = [
    ("neutral", 0.333),
    ("happiness", 0.265),
    ("surprise", 0.200),
    ("sadness", 0.141),
    ("anger", 0.087),
    ("disgust", 0.017),
    ("fear", 0.047),
    ("contempt", 0.025),
];

/// Time of a track over which the prior is taken off: a single picture keeps all of it, since
/// pictures are much like those of FER+, and a person who is watched is not.
const PRIOR_FADES_OVER: Duration = Duration::from_secs(1);
/// Part of the settled estimate's smoothing that the quick one has, 300 ms at the default: chosen
/// with the prior on four speeches (`models/emotion.md`).
const QUICK: f64 = 0.6;
/// Probability below which no class counts while it is pooled: one picture in a thousand that is
/// sure of anything else must not rule an emotion out for a second.
const LEAST: f64 = 1e-3;

/// How common the net believes each class to be.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassPrior(Vec<f64>);

impl ClassPrior {
    /// The prior of a net with these classes: that of FER+ where they are its eight, else an even
    /// one, which taken off changes nothing.
    pub fn new(labels: &[String]) -> Self {
        let share = |label: &String| {
            let known = PRIOR.iter().find(|(name, _)| name == label);
            known.map(|(_, share)| share.ln())
        };
        let logs: Option<Vec<f64>> = labels.iter().map(share).collect();
        Self(logs.unwrap_or_else(|| vec![0.0; labels.len()]))
    }

    /// Probabilities of these logarithms with `part` (0..1) of the prior taken off.
    fn take_off(&self, logs: &[f64], part: f64) -> Vec<f64> {
        let adjusted = logs
            .iter()
            .zip(&self.0)
            .map(|(log, prior)| log - part * prior);
        softmax(adjusted.collect())
    }
}

/// The two estimates of one face.
#[derive(Debug, Clone)]
pub struct Estimates {
    /// Mean logarithm of each class's probability, the net's prior in it.
    pooled: Vec<f64>,
    quick: Vec<f64>,
    /// Part of the prior that is taken off, 0..1.
    taken_off: f64,
    first: BufferTime,
    updated: BufferTime,
}

impl Estimates {
    /// Those of a face first seen at `time` with these probabilities.
    pub fn new(raw: &[f64], time: BufferTime) -> Self {
        Self {
            pooled: logarithms(raw, f64::MIN_POSITIVE),
            quick: raw.to_vec(),
            taken_off: 0.0,
            first: time,
            updated: time,
        }
    }

    /// Takes in the net's probabilities at `time`. `smoothing` is the time after which a picture
    /// counts
    /// 1/e of what it did; at 0 each picture stands for itself, as a photo does, prior and all.
    pub fn update(
        &mut self,
        raw: &[f64],
        prior: &ClassPrior,
        time: BufferTime,
        smoothing: Duration,
    ) {
        if smoothing.is_zero() {
            *self = Self::new(raw, time);
            return;
        }
        let elapsed = time.since(self.updated).as_secs_f64();
        let trust = |smoothing: f64| 1.0 - (-elapsed / smoothing).exp();
        let watched = time.since(self.first).as_secs_f64();
        self.updated = time;
        self.taken_off = (watched / PRIOR_FADES_OVER.as_secs_f64()).min(1.0);
        let smoothing = smoothing.as_secs_f64();
        let logs = logarithms(raw, LEAST);
        blend(&mut self.pooled, &logs, trust(smoothing));
        let now = prior.take_off(&logs, self.taken_off);
        blend(&mut self.quick, &now, trust(QUICK * smoothing));
    }

    /// When the net last ran on the face.
    pub fn updated(&self) -> BufferTime {
        self.updated
    }

    /// Probabilities pooled over the smoothing: what a viewer would call the face of this second.
    pub fn settled(&self, prior: &ClassPrior) -> Vec<f64> {
        prior.take_off(&self.pooled, self.taken_off)
    }

    /// Probabilities of the last moments, by which a change is told early.
    pub fn quick(&self) -> &[f64] {
        &self.quick
    }
}

fn logarithms(probabilities: &[f64], least: f64) -> Vec<f64> {
    probabilities.iter().map(|p| p.max(least).ln()).collect()
}

/// Moves `values` by `part` of the way to `to`.
fn blend(values: &mut [f64], to: &[f64], part: f64) {
    for (value, to) in values.iter_mut().zip(to) {
        *value += part * (to - *value);
    }
}

fn softmax(logs: Vec<f64>) -> Vec<f64> {
    let most = logs.iter().copied().fold(f64::MIN, f64::max);
    let powers: Vec<f64> = logs.iter().map(|log| (log - most).exp()).collect();
    let sum: f64 = powers.iter().sum();
    powers.iter().map(|power| power / sum).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMOOTHING: Duration = Duration::from_millis(500);

    /// Time of a run of the net, of which there are ten a second.
    fn at(run: usize) -> BufferTime {
        BufferTime::from_nanos(run as u64 * 100_000_000)
    }

    fn prior() -> ClassPrior {
        ClassPrior::new(&PRIOR.map(|(label, _)| label.to_owned()))
    }

    fn watch(rows: impl Iterator<Item = [f64; 8]>) -> Vec<Estimates> {
        let mut estimates: Option<Estimates> = None;
        let each = rows.enumerate().map(|(run, row)| {
            let time = at(run);
            let estimates = estimates.get_or_insert_with(|| Estimates::new(&row, time));
            estimates.update(&row, &prior(), time, SMOOTHING);
            estimates.clone()
        });
        each.collect()
    }

    fn row(class: usize, part: f64) -> [f64; 8] {
        let mut row = [(1.0 - part) / 7.0; 8];
        row[class] = part;
        row
    }

    #[test]
    fn a_first_picture_is_read_with_the_prior_and_a_watched_face_without() {
        let doubtful = [0.5, 0.05, 0.05, 0.05, 0.05, 0.2, 0.05, 0.05];
        let seen = watch((0..15).map(|_| doubtful));
        let first = seen[0].settled(&prior());
        let apart = first.iter().zip(doubtful).map(|(a, b)| (a - b).abs());
        assert!(apart.fold(0.0, f64::max) < 1e-9);
        let last = seen[14].settled(&prior());
        let likeliest = (0..8).max_by(|&a, &b| last[a].total_cmp(&last[b]));
        assert_eq!(
            likeliest,
            Some(5),
            "rare in FER+, not on this face: {last:?}"
        );
    }

    #[test]
    fn a_change_shows_in_the_quick_estimate_before_the_settled_one() {
        let seen = watch((0..60).map(|run| row(if run < 30 { 0 } else { 1 }, 0.9)));
        let turned = |values: &[f64]| values[1] > values[0];
        let quick = seen.iter().position(|seen| turned(seen.quick()));
        let settled = seen.iter().position(|seen| turned(&seen.settled(&prior())));
        let (quick, settled) = (quick.unwrap() - 30, settled.unwrap() - 30);
        assert!(
            quick <= 3 && quick < settled && settled <= 6,
            "{quick} {settled}"
        );
    }

    #[test]
    fn one_sure_picture_among_many_does_not_turn_the_second() {
        let seen = watch((0..40).map(|run| row(if run == 30 { 4 } else { 0 }, 0.99)));
        assert!(seen.iter().all(|seen| {
            let values = seen.settled(&prior());
            values.iter().all(|value| *value <= values[0])
        }));
    }

    #[test]
    fn classes_of_a_users_own_have_no_prior() {
        let prior = ClassPrior::new(&["boredom".to_owned(), "neutral".to_owned()]);
        let mut estimates = Estimates::new(&[0.7, 0.3], at(0));
        for run in 1..30 {
            estimates.update(&[0.7, 0.3], &prior, at(run), SMOOTHING);
        }
        assert!((estimates.settled(&prior)[0] - 0.7).abs() < 1e-9);
    }
}
