//! How what was found compares with what there was.

use aliyarface_labs::trend::percentile;
use gstaliyarface::analysis::{ExpressionEvent, ExpressionKind};
use serde::Serialize;

use super::item::{Item, Kind};

/// Overlap from which an event counts as found.
const OVERLAP: f64 = 0.5;
/// Limits of the amplitudes for which recall is told, in percent of the rig's full movement.
const AMPLITUDES: [[f64; 2]; 4] = [[0.05, 0.1], [0.1, 0.15], [0.15, 0.2], [0.2, 0.3]];

/// An expression and the time in seconds of the frame on which it was decided.
pub struct DecidedExpression {
    pub decided: f64,
    pub expression: ExpressionEvent,
}

/// What clips came to, added up.
#[derive(Default)]
pub struct Score {
    pub seconds: f64,
    /// Median time in ms of a frame's search, a clip.
    pub costs: Vec<f64>,
    hits: usize,
    events: usize,
    told: usize,
    by_amplitude: [[usize; 2]; AMPLITUDES.len()],
    by_unit: Vec<(&'static str, [usize; 2])>,
    named: usize,
    macros: [usize; 3],
    blinks: [usize; 2],
    errors: [Vec<f64>; 3],
    delays: Vec<f64>,
    /// Micro-expressions told where there was none, by what there was instead.
    alarms_by: Vec<(String, usize)>,
}

/// The line that is printed.
#[derive(Serialize)]
pub struct Line {
    pub f1: f64,
    precision: f64,
    pub recall: f64,
    pub false_per_minute: f64,
    pub recall_by_amplitude: Vec<(String, f64, usize)>,
    recall_by_unit: Vec<(&'static str, usize, usize)>,
    right_unit: f64,
    false_by: Vec<(String, usize)>,
    /// Expressions that last: found, there were, told.
    pub macro_found: [usize; 3],
    blink_found: [usize; 2],
    onset_error_ms: f64,
    apex_error_ms: f64,
    offset_error_ms: f64,
    decision_delay_ms: [f64; 2],
    stage_ms_median: f64,
    pub events: usize,
    pub minutes: f64,
}

impl Score {
    /// Adds a clip.
    pub fn add(&mut self, items: &[Item], told: &[DecidedExpression], seconds: f64) {
        self.seconds += seconds;
        let mut taken = vec![false; told.len()];
        for item in items {
            let kind = match item.kind {
                Kind::Micro => ExpressionKind::Micro,
                Kind::Macro => ExpressionKind::Macro,
                Kind::Blink => ExpressionKind::Blink,
                Kind::Speech | Kind::Head | Kind::Gaze => continue,
            };
            let candidates = told.iter().enumerate();
            let best = candidates
                .filter(|(index, told)| !taken[*index] && told.expression.kind == kind)
                .map(|(index, told)| (index, overlap(item, &told.expression)))
                .max_by(|a, b| a.1.total_cmp(&b.1));
            let found = best.filter(|(_, overlap)| *overlap >= OVERLAP);
            let told = found.map(|(index, _)| {
                taken[index] = true;
                &told[index]
            });
            match item.kind {
                Kind::Micro => self.micro(item, told),
                Kind::Macro => {
                    self.macros[0] += usize::from(told.is_some());
                    self.macros[1] += 1;
                }
                _ => count(&mut self.blinks, told.is_some()),
            }
        }
        for (told, taken) in told.iter().zip(taken) {
            let offset = told.expression.offset.nanos() as f64 / 1e9;
            self.delays.push((told.decided - offset) * 1e3);
            self.macros[2] += usize::from(told.expression.kind == ExpressionKind::Macro);
            if told.expression.kind == ExpressionKind::Micro {
                self.told += 1;
                if !taken {
                    self.alarm(items, &told.expression);
                }
            }
        }
    }

    fn micro(&mut self, item: &Item, told: Option<&DecidedExpression>) {
        self.events += 1;
        self.hits += usize::from(told.is_some());
        let bins = self.by_amplitude.iter_mut().zip(AMPLITUDES);
        for (bin, [from, to]) in bins {
            if (from..to).contains(&item.amplitude) {
                count(bin, told.is_some());
            }
        }
        match self.by_unit.iter_mut().find(|(unit, _)| *unit == item.unit) {
            Some((_, bin)) => count(bin, told.is_some()),
            None => self
                .by_unit
                .push((item.unit, [usize::from(told.is_some()), 1])),
        }
        if let Some(DecidedExpression { expression, .. }) = told {
            let units = &expression.action_units;
            self.named += usize::from(units.iter().any(|unit| unit.code() == item.unit));
            let apex = (item.apex + item.hold) / 2.0;
            let pairs = [
                (expression.onset, item.onset),
                (expression.apex, apex),
                (expression.offset, item.offset),
            ];
            for (errors, (found, wanted)) in self.errors.iter_mut().zip(pairs) {
                errors.push((found.nanos() as f64 / 1e6 - wanted * 1e3).abs());
            }
        }
    }

    fn alarm(&mut self, items: &[Item], expression: &ExpressionEvent) {
        let (from, to) = (
            expression.onset.nanos() as f64 / 1e9,
            expression.offset.nanos() as f64 / 1e9,
        );
        let during = items
            .iter()
            .find(|item| item.onset < to && item.offset > from);
        let cause = during.map_or("nothing".to_owned(), |item| {
            format!("{:?}", item.kind).to_lowercase()
        });
        match self.alarms_by.iter_mut().find(|(name, _)| *name == cause) {
            Some((_, count)) => *count += 1,
            None => self.alarms_by.push((cause, 1)),
        }
    }

    /// What it all comes to.
    pub fn line(&self) -> Line {
        let share = |part: usize, whole: usize| rounded(part as f64 / whole.max(1) as f64, 3);
        let minutes = self.seconds / 60.0;
        let amplitudes = AMPLITUDES.iter().zip(&self.by_amplitude);
        Line {
            f1: share(2 * self.hits, self.events + self.told),
            precision: share(self.hits, self.told),
            recall: share(self.hits, self.events),
            false_per_minute: rounded((self.told - self.hits) as f64 / minutes.max(1e-9), 2),
            recall_by_amplitude: amplitudes
                .filter(|(_, [_, all])| *all > 0)
                .map(|([from, to], [hits, all])| {
                    let name = format!("{:.0}-{:.0} %", from * 100.0, to * 100.0);
                    (name, share(*hits, *all), *all)
                })
                .collect(),
            recall_by_unit: (self.by_unit.iter())
                .map(|(unit, [hits, all])| (*unit, *hits, *all))
                .collect(),
            right_unit: share(self.named, self.hits),
            false_by: self.alarms_by.clone(),
            macro_found: self.macros,
            blink_found: self.blinks,
            onset_error_ms: median(&self.errors[0]),
            apex_error_ms: median(&self.errors[1]),
            offset_error_ms: median(&self.errors[2]),
            decision_delay_ms: [
                median(&self.delays),
                rounded(self.delays.iter().copied().fold(0.0, f64::max), 1),
            ],
            stage_ms_median: median(&self.costs),
            events: self.events,
            minutes: rounded(minutes, 2),
        }
    }
}

/// Shared time over the time of both together.
fn overlap(item: &Item, expression: &ExpressionEvent) -> f64 {
    let (from, to) = (
        expression.onset.nanos() as f64 / 1e9,
        expression.offset.nanos() as f64 / 1e9,
    );
    let shared = to.min(item.offset) - from.max(item.onset);
    let all = to.max(item.offset) - from.min(item.onset);
    shared.max(0.0) / all.max(1e-9)
}

fn count(bin: &mut [usize; 2], hit: bool) {
    bin[0] += usize::from(hit);
    bin[1] += 1;
}

fn median(values: &[f64]) -> f64 {
    match values {
        [] => f64::NAN,
        values => rounded(percentile(values, 0.5), 2),
    }
}

fn rounded(value: f64, digits: i32) -> f64 {
    let scale = 10f64.powi(digits);
    (value * scale).round() / scale
}
