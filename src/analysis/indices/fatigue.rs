//! Signs of fatigue: PERCLOS, closures, blinks against the person's own, yawns.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::analysis::eyes::COVERED;
use crate::analysis::time::{BufferTime, seconds};

use super::baseline::FirstMinutes;
use super::event::IndexEvent;
use super::sample::FaceSample;
use super::settings::IndexSettings;
use super::window::{Index, SlidingMean};
use super::yawn::YawnDetector;
use crate::analysis::event_name::EventName;

/// What fatigue is measured by; what names no source is ours, held on synthetic courses
/// (`indices/tests`).
struct Tuning {
    /// Seconds from which a closure is long (blinks end before: Caffier 2003), a microsleep and
    /// sleep (Euro NCAP, driver state monitoring).
    long_closure: f64,
    microsleep: f64,
    sleep: f64,
    /// Part of the alarm's level below which it may sound again.
    rearmed: f64,
    /// Window of yawns.
    yawns: Duration,
    /// Seconds a bin, and bins, of a person's own first two minutes.
    bin: f64,
    bins: usize,
}

const TUNING: Tuning = Tuning {
    long_closure: 0.5,
    microsleep: 1.0,
    sleep: 3.0,
    rearmed: 0.8,
    yawns: Duration::from_secs(300),
    bin: 30.0,
    bins: 4,
};

/// How long the eyes have been closed.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum ClosureState {
    /// Not, or no longer than a blink.
    #[default]
    Open,
    /// Half a second or longer.
    LongClosure,
    /// One to three seconds.
    Microsleep,
    /// Longer than three seconds.
    Sleep,
}

impl ClosureState {
    /// The name in metadata and records.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::LongClosure => "long-closure",
            Self::Microsleep => "microsleep",
            Self::Sleep => "sleep",
        }
    }
}

/// Signs of fatigue.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename = "fatigue", rename_all = "kebab-case")]
pub struct Fatigue<I = Index> {
    /// Share of time with the lids four fifths closed (P80).
    pub perclos: I,
    /// Whether it has come to the alarm's level.
    pub perclos_alarm: bool,
    /// How long the eyes are closed now.
    pub closure: ClosureState,
    /// Blinks a minute.
    pub blink_rate: I,
    /// Mean length of a blink in seconds.
    pub blink_duration: I,
    /// Mean speed of closing in openings a second.
    pub closing_speed: I,
    /// Blink rate in parts of the person's own first two minutes.
    pub own_blink_rate: I,
    /// Blink duration in parts of the same.
    pub own_blink_duration: I,
    /// Closing speed in parts of the same.
    pub own_closing_speed: I,
    /// Yawns a minute.
    pub yawn_rate: I,
}

impl<I> Fatigue<I> {
    /// The same with what `change` makes of each index.
    pub fn map<J>(self, mut change: impl FnMut(I) -> J) -> Fatigue<J> {
        Fatigue {
            perclos: change(self.perclos),
            perclos_alarm: self.perclos_alarm,
            closure: self.closure,
            blink_rate: change(self.blink_rate),
            blink_duration: change(self.blink_duration),
            closing_speed: change(self.closing_speed),
            own_blink_rate: change(self.own_blink_rate),
            own_blink_duration: change(self.own_blink_duration),
            own_closing_speed: change(self.own_closing_speed),
            yawn_rate: change(self.yawn_rate),
        }
    }
}

/// Follows one person's fatigue.
#[derive(Debug)]
pub struct FatigueMeter {
    perclos: SlidingMean,
    /// Seconds of covered eyes of which it is not known yet whether they are a blink's.
    pending: f64,
    covered_since: Option<BufferTime>,
    closure: ClosureState,
    alarm: bool,
    rate: SlidingMean,
    durations: SlidingMean,
    speeds: SlidingMean,
    own: [FirstMinutes; 3],
    yawn: YawnDetector,
    yawns: SlidingMean,
}

impl Default for FatigueMeter {
    fn default() -> Self {
        let minute = || SlidingMean::new(Duration::from_secs(60));
        let own = || FirstMinutes::new(TUNING.bin, TUNING.bins);
        Self {
            perclos: minute(),
            pending: 0.0,
            covered_since: None,
            closure: ClosureState::Open,
            alarm: false,
            rate: minute(),
            durations: minute(),
            speeds: minute(),
            own: [own(), own(), own()],
            yawn: YawnDetector::default(),
            yawns: SlidingMean::new(TUNING.yawns),
        }
    }
}

impl FatigueMeter {
    /// Takes in a frame at `time`, `elapsed` seconds after the last; what happened is told to
    /// `events`.
    pub fn observe(
        &mut self,
        sample: &FaceSample<'_>,
        (time, elapsed): (BufferTime, f64),
        settings: &IndexSettings,
        events: &mut Vec<IndexEvent>,
    ) {
        self.perclos.set_window(settings.perclos_window);
        for mean in [&mut self.rate, &mut self.durations, &mut self.speeds] {
            mean.set_window(settings.blink_window);
        }
        let openness = sample.openness();
        self.observe_lids(openness, (time, elapsed), settings, events);
        self.observe_blinks(sample, openness.is_some(), elapsed);
        self.yawns.observe(sample.mouth.map(|_| 0.0), elapsed);
        if let Some(yawn) = self.yawn.observe(sample, (time, elapsed)) {
            self.yawns.count(1.0);
            events.push(yawn);
        }
        let perclos = self.perclos.index().value;
        let reached = perclos.is_some_and(|perclos| perclos >= settings.perclos_alarm);
        if reached && !self.alarm {
            self.alarm = true;
            events.push(IndexEvent::now(EventName::PerclosAlarm, time));
        }
        let fallen = settings.perclos_alarm * TUNING.rearmed;
        self.alarm &= perclos.is_none_or(|perclos| perclos >= fallen);
    }

    fn observe_lids(
        &mut self,
        openness: Option<f64>,
        (time, elapsed): (BufferTime, f64),
        settings: &IndexSettings,
        events: &mut Vec<IndexEvent>,
    ) {
        let Some(openness) = openness else {
            self.perclos.observe(None, elapsed);
            self.pending = 0.0;
            self.end_closure(time, events);
            return;
        };
        let covered = openness <= COVERED;
        self.perclos.observe(Some(0.0), elapsed);
        if !covered {
            self.pending = 0.0;
            self.end_closure(time, events);
            return;
        }
        let since = *self.covered_since.get_or_insert(time);
        let lasted = seconds(time.since(since));
        self.pending += if lasted > 0.0 { elapsed } else { 0.0 };
        if !settings.perclos_without_blinks || lasted >= TUNING.long_closure {
            self.perclos.count(std::mem::take(&mut self.pending));
        }
        let state = match lasted {
            lasted if lasted >= TUNING.sleep => ClosureState::Sleep,
            lasted if lasted >= TUNING.microsleep => ClosureState::Microsleep,
            lasted if lasted >= TUNING.long_closure => ClosureState::LongClosure,
            _ => ClosureState::Open,
        };
        if state > self.closure {
            self.closure = state;
            let kind = match state {
                ClosureState::Sleep => EventName::Sleep,
                ClosureState::Microsleep => EventName::Microsleep,
                ClosureState::LongClosure | ClosureState::Open => EventName::LongClosure,
            };
            events.push(IndexEvent::since(kind, since, time));
        }
    }

    fn end_closure(&mut self, time: BufferTime, events: &mut Vec<IndexEvent>) {
        let since = self.covered_since.take();
        let told = std::mem::take(&mut self.closure) > ClosureState::Open;
        if let (true, Some(since)) = (told, since) {
            events.push(IndexEvent::since(EventName::EyesReopened, since, time));
        }
    }

    fn observe_blinks(&mut self, sample: &FaceSample<'_>, seen: bool, elapsed: f64) {
        let blink = sample.blink.filter(|blink| blink.is_of_both());
        self.rate.observe(seen.then_some(0.0), elapsed);
        self.durations.observe(seen.then_some(0.0), elapsed);
        self.speeds.observe(seen.then_some(0.0), elapsed);
        if seen {
            self.own
                .iter_mut()
                .for_each(|own| own.observe(0.0, elapsed));
        }
        let Some(blink) = blink else { return };
        let length = seconds(blink.offset.since(blink.onset));
        self.rate.count(1.0);
        self.durations.count(length);
        self.speeds.count(blink.closing_speed);
        let [rate, durations, speeds] = &mut self.own;
        rate.count(1.0);
        durations.count(length);
        speeds.count(blink.closing_speed);
    }

    /// What is known now.
    pub fn fatigue(&self) -> Fatigue {
        let per_second = self.rate.index();
        let blinks = per_second.value.filter(|rate| *rate > 0.0);
        let a_blink = |sum: &SlidingMean| {
            let sum = sum.index();
            sum.with(|sum| blinks.map(|rate| sum / rate))
        };
        let [rate, durations, speeds] = &self.own;
        let own = |sums: &FirstMinutes, now: Index| {
            let usual = sums.mean().zip(rate.mean().filter(|rate| *rate > 0.0));
            now.with(|now| usual.map(|(sum, rate)| now * rate / sum.max(f64::MIN_POSITIVE)))
        };
        let (blink_duration, closing_speed) = (a_blink(&self.durations), a_blink(&self.speeds));
        Fatigue {
            perclos: self.perclos.index(),
            perclos_alarm: self.alarm,
            closure: self.closure,
            blink_rate: per_second.with(|rate| Some(rate * 60.0)),
            blink_duration,
            closing_speed,
            own_blink_rate: rate.relative(per_second),
            own_blink_duration: own(durations, blink_duration),
            own_closing_speed: own(speeds, closing_speed),
            yawn_rate: self.yawns.index().with(|rate| Some(rate * 60.0)),
        }
    }
}
