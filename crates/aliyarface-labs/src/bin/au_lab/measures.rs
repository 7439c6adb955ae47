//! Measures of agreement.

/// Area under the ROC curve: the chance that one of `present` scores higher than one of `absent`,
/// ties counting half.
pub fn auroc(present: &[f64], absent: &[f64]) -> Option<f64> {
    let mut all: Vec<(f64, bool)> = Vec::new();
    all.extend(present.iter().map(|&score| (score, true)));
    all.extend(absent.iter().map(|&score| (score, false)));
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut wins, mut below, mut index) = (0.0, 0.0, 0);
    while index < all.len() {
        let tied = all[index..].partition_point(|other| other.0 <= all[index].0);
        let ties = &all[index..index + tied];
        let high = ties.iter().filter(|(_, present)| *present).count() as f64;
        let low = tied as f64 - high;
        wins += high * (below + low / 2.0);
        below += low;
        index += tied;
    }
    let pairs = present.len() as f64 * absent.len() as f64;
    (pairs > 0.0).then(|| wins / pairs)
}

/// The intraclass correlation ICC(3,1) of Shrout and Fleiss 1979 of two raters.
pub fn icc(first: &[f64], second: &[f64]) -> Option<f64> {
    let count = first.len().min(second.len()) as f64;
    if count < 2.0 {
        return None;
    }
    let mean = |values: &[f64]| values.iter().sum::<f64>() / count;
    let raters = [mean(first), mean(second)];
    let grand = (raters[0] + raters[1]) / 2.0;
    let (mut between, mut error) = (0.0, 0.0);
    for (&a, &b) in first.iter().zip(second) {
        let target = (a + b) / 2.0;
        between += 2.0 * (target - grand).powi(2);
        for (value, rater) in [a, b].into_iter().zip(raters) {
            error += (value - target - rater + grand).powi(2);
        }
    }
    let (between, error) = (between / (count - 1.0), error / (count - 1.0));
    let total = between + error;
    (total > 0.0).then(|| (between - error) / total)
}
