//! How a quantity goes over time.

use serde_json::{Value, json};

/// A quantity after the warm-up.
pub struct Trend {
    /// Change a minute: the median of the slopes between all pairs of samples (Theil 1950, Sen 1968),
    /// which a change of the pictures' size does not move.
    pub slope: f64,
    /// Median of the first tenth.
    pub first: f64,
    /// Median of the last tenth.
    pub last: f64,
}

impl Trend {
    /// Of places (minutes, value).
    pub fn of(places: &[(f64, f64)]) -> Self {
        let mut slopes = Vec::new();
        for (index, one) in places.iter().enumerate() {
            for other in &places[index + 1..] {
                slopes.push((other.1 - one.1) / (other.0 - one.0));
            }
        }
        let values: Vec<f64> = places.iter().map(|place| place.1).collect();
        let tenth = values.len().div_ceil(10);
        Self {
            slope: percentile(&slopes, 0.5),
            first: percentile(&values[..tenth], 0.5),
            last: percentile(&values[values.len() - tenth..], 0.5),
        }
    }

    /// As an object of JSON.
    pub fn json(&self) -> Value {
        json!({
            "after_warm_up": rounded(self.first),
            "last": rounded(self.last),
            "slope_per_minute": rounded(self.slope),
        })
    }
}

/// The value below which a `part` of the values lie; 0 where there are none.
pub fn percentile(values: &[f64], part: f64) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    gstaliyarface::statistics::percentile(&values, part).unwrap_or_default()
}

/// Two digits, which is more than a run repeats.
pub fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}
