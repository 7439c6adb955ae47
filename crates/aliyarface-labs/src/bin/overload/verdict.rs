//! Whether the stream bears the overload.

use super::live::{RunMeasures, SecondMeasures};
use aliyarface_labs::trend::{Trend, percentile};

/// Part of the run in which caches fill and faces are found.
const WARM_UP: f64 = 0.1;
/// Frames that come while one is analysed: fewer are no overload to speak of.
const OVERLOAD: f64 = 10.0;
/// Part of the camera's pictures a second that must come through.
const DELIVERED: f64 = 0.99;
/// Part of its median by which the lag may grow in a minute.
const LAG_GROWTH: f64 = 0.05;
/// Medians that the lag may reach at most.
const LAG_PEAK: f64 = 4.0;
/// Growth of a picture's own delay, in ms a minute; a picture that waits for the analysis adds hundreds.
const LATE_GROWTH: f64 = 1.0;
/// MB a minute.
const MEMORY_GROWTH: f64 = 1.0;
/// Minutes in which the histories of each face fill: its neutral is learned from two.
pub const FILLED: f64 = 2.2;
/// Pictures on their way between two counters.
const BETWEEN: u64 = 2;

/// What was demanded and did not hold, and the numbers behind it.
pub struct Verdict {
    /// Minutes at which the warm-up ended.
    pub from: f64,
    /// Pictures that come while one is analysed.
    pub overload: f64,
    /// Median and 95th percentile of an analysis, in ms.
    pub analysis: (f64, f64),
    pub lag: Trend,
    pub late: Trend,
    pub resident: Trend,
    pub used: Trend,
    /// In words, one for each demand.
    pub unmet: Vec<String>,
}

impl Verdict {
    /// The verdict on what was seen.
    pub fn of(watched: &RunMeasures) -> Self {
        let end = watched.seconds.last().map_or(0.0, |second| second.minutes);
        let from = end * WARM_UP;
        let filled = FILLED.max(from);
        let trend = |from: f64, of: &dyn Fn(&SecondMeasures) -> Option<f64>| {
            let seconds = watched.seconds.iter();
            let settled = seconds.filter(|second| second.minutes >= from);
            let places = settled.filter_map(|second| Some((second.minutes, of(second)?)));
            Trend::of(&places.collect::<Vec<_>>())
        };
        let median = |values: &[f64]| (!values.is_empty()).then(|| percentile(values, 0.5));
        let mut verdict = Self {
            from,
            overload: watched.analysis.0 * f64::from(watched.fps) / 1e3,
            analysis: watched.analysis,
            lag: trend(from, &|second| median(&second.lag)),
            late: trend(from, &|second| median(&second.late)),
            resident: trend(filled, &|second| Some(second.memory.resident)),
            used: trend(filled, &|second| Some(second.memory.used)),
            unmet: Vec::new(),
        };
        verdict.unmet = verdict.demands(watched);
        verdict
    }

    fn demands(&self, watched: &RunMeasures) -> Vec<String> {
        let lag = watched.lag();
        let (usual, peak) = (percentile(&lag, 0.5), percentile(&lag, 0.99));
        let interval = 1e3 / f64::from(watched.fps);
        let held = percentile(&watched.held(), 0.99);
        let accounted = watched.analysed + watched.skipped + watched.failed;
        let told = watched.told.last().map_or(0, |told| told.skipped);
        let counted_up = |pair: &[super::live::QosCounts]| {
            pair[0].skipped < pair[1].skipped && pair[0].analysed <= pair[1].analysed
        };
        let demands = [
            (
                self.overload >= OVERLOAD,
                format!(
                    "only {:.1} pictures come while one is analysed",
                    self.overload
                ),
            ),
            (
                watched.left == watched.pushed,
                format!(
                    "{} of {} pictures came through",
                    watched.left, watched.pushed
                ),
            ),
            (
                watched.delivered >= DELIVERED * f64::from(watched.fps),
                format!("{:.1} pictures a second come through", watched.delivered),
            ),
            (
                held <= interval,
                format!(
                    "pictures are held for {held:.1} ms (p99), the next comes after {interval:.1}"
                ),
            ),
            (
                self.late.slope <= LATE_GROWTH,
                format!(
                    "pictures come later by {:.1} ms each minute",
                    self.late.slope
                ),
            ),
            (
                !lag.is_empty() && self.lag.slope <= LAG_GROWTH * usual && peak <= LAG_PEAK * usual,
                format!(
                    "the lag, {usual:.0} ms, reaches {peak:.0} (p99) and grows by {:.1} a minute",
                    self.lag.slope
                ),
            ),
            (
                watched.left.abs_diff(accounted) <= BETWEEN,
                format!("of {} pictures {accounted} are accounted for", watched.left),
            ),
            (
                watched.told.windows(2).all(counted_up)
                    && told <= watched.skipped
                    // One message a second, and what was skipped after the last.
                    && watched.skipped - told <= 3 * u64::from(watched.fps),
                format!("QoS messages tell of {told} of {} skipped", watched.skipped),
            ),
            (
                self.resident.slope <= MEMORY_GROWTH && self.used.slope <= MEMORY_GROWTH,
                format!(
                    "memory grows: resident {:+.2}, used {:+.2} MB a minute",
                    self.resident.slope, self.used.slope
                ),
            ),
        ];
        let unmet = demands.into_iter().filter(|(met, _)| !met);
        unmet.map(|(_, words)| words).collect()
    }
}
