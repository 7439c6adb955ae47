//! Where a person looks, against the person's own direction: visual focus, glances away, the AttenD
//! buffer, and who does not look any more. None of it says what a person thinks of.

use std::collections::VecDeque;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::analysis::eyes::COVERED;
use crate::analysis::time::{BufferTime, seconds};

use super::direction::{Angles, Direction, Reference};
use super::event::IndexEvent;
use super::sample::FaceSample;
use super::settings::IndexSettings;
use super::window::{Index, SlidingMean};
use crate::analysis::event_name::EventName;

/// What attention is measured by; the head's ramp is after AFFDEX's attention, what names no
/// source is ours, held on synthetic courses (`indices/tests`).
struct Tuning {
    /// Degrees of the head and of the gaze off the own direction up to which the focus is whole,
    /// and from which there is none.
    head: [f64; 2],
    gaze: [f64; 2],
    /// Focus below which the eyes are away.
    away: f64,
    /// Seconds that closed lids may be a blink's: what was before goes on.
    blink: f64,
    /// Seconds of a glance from which it is told of: shorter ones are noise of the gaze.
    glance: f64,
    /// Seconds away that are a long distraction; seconds away within how many that are a repeated
    /// one, and seconds forward that end it (Euro NCAP SA-SD, VATS).
    long: f64,
    repeated: f64,
    within: f64,
    reset: f64,
    /// Size of the AttenD buffer in seconds, and seconds on target before it fills again (Kircher &
    /// Ahlstrom 2009).
    buffer: f64,
    latency: f64,
    /// Seconds without eyes forward from which a person is unresponsive (Euro NCAP SA-SD).
    unresponsive: f64,
}

const TUNING: Tuning = Tuning {
    head: [15.0, 30.0],
    gaze: [10.0, 25.0],
    away: 0.5,
    blink: 0.5,
    glance: 0.5,
    long: 3.0,
    repeated: 10.0,
    within: 30.0,
    reset: 2.0,
    buffer: 2.0,
    latency: 0.1,
    unresponsive: 6.0,
};

/// What holds of a person's distraction.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Distraction {
    /// None that is told of.
    #[default]
    None,
    /// Away for three seconds.
    Long,
    /// Away for ten seconds within thirty.
    Repeated,
    /// No eyes forward for six seconds.
    Unresponsive,
}

impl Distraction {
    /// The name in metadata and records.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Long => "long",
            Self::Repeated => "repeated",
            Self::Unresponsive => "unresponsive",
        }
    }
}

/// Where a person looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename = "attention", rename_all = "kebab-case")]
pub struct Attention<I = Index> {
    /// Mean visual focus, 0..1: head and gaze near the person's own direction, eyes open.
    pub visual_focus: I,
    /// What that direction is taken from.
    pub reference: Reference,
    /// Glances away a minute.
    pub glances_away: I,
    /// Seconds for which the eyes have been away now.
    pub away: f64,
    /// The AttenD buffer in seconds; 0 is empty.
    #[schemars(range(min = 0.0, max = 2.0))]
    pub attention_buffer: f64,
    /// What holds of distraction.
    pub distraction: Distraction,
}

impl<I> Attention<I> {
    /// The same with what `change` makes of each index.
    pub fn map<J>(self, mut change: impl FnMut(I) -> J) -> Attention<J> {
        Attention {
            visual_focus: change(self.visual_focus),
            reference: self.reference,
            glances_away: change(self.glances_away),
            away: self.away,
            attention_buffer: self.attention_buffer,
            distraction: self.distraction,
        }
    }
}

/// Follows one person's eyes.
#[derive(Debug)]
pub struct AttentionMeter {
    direction: Direction,
    focus: SlidingMean,
    glances: SlidingMean,
    /// Focus of the last frame on which the eyes were open.
    last: Option<f64>,
    shut: f64,
    /// When the eyes went away, and for how many seconds they have been forward.
    away_since: Option<BufferTime>,
    forward: f64,
    buffer: f64,
    on_target: f64,
    /// Times of frames away and how long they last, since the last reset.
    shares: VecDeque<(BufferTime, f64)>,
    distraction: Distraction,
    empty: bool,
}

impl Default for AttentionMeter {
    fn default() -> Self {
        let default = IndexSettings::default();
        Self {
            direction: Direction::default(),
            focus: SlidingMean::new(default.focus_window),
            glances: SlidingMean::new(default.blink_window),
            last: None,
            shut: 0.0,
            away_since: None,
            forward: 0.0,
            buffer: TUNING.buffer,
            on_target: 0.0,
            shares: VecDeque::new(),
            distraction: Distraction::None,
            empty: false,
        }
    }
}

impl AttentionMeter {
    /// Where the person looks now is forward from now on.
    pub fn calibrate(&mut self) {
        self.direction.calibrate();
    }

    /// What was forward is forgotten.
    pub fn reset_direction(&mut self) {
        self.direction = Direction::default();
    }

    /// Takes in a frame at `time`, `elapsed` seconds after the last.
    pub fn observe(
        &mut self,
        sample: &FaceSample<'_>,
        (time, elapsed): (BufferTime, f64),
        settings: &IndexSettings,
        events: &mut Vec<IndexEvent>,
    ) {
        self.focus.set_window(settings.focus_window);
        let focus = self.focus_of(sample, elapsed);
        self.focus.observe(focus, elapsed);
        self.glances.observe(focus.map(|_| 0.0), elapsed);
        let Some(focus) = focus else {
            // Nothing is known: neither a glance nor its end.
            self.away_since = None;
            return;
        };
        if focus < TUNING.away {
            self.look_away((time, elapsed), events);
        } else {
            self.look_forward((time, elapsed), events);
        }
    }

    /// Focus of a frame, 0..1; `None` where the eyes cannot be observed. A blink goes on with what
    /// was before it.
    fn focus_of(&mut self, sample: &FaceSample<'_>, elapsed: f64) -> Option<f64> {
        let pose = sample.pose;
        let (forward, _) = self.direction.forward();
        let off = |pitch: f64, yaw: f64, [level, across]: [f64; 2]| {
            between([pitch, yaw], [level, across])
        };
        let head = ramp(
            off(pose.pitch, pose.yaw, [forward[0], forward[1]]),
            TUNING.head,
        );
        let Some(eyes) = sample.eyes else {
            // A head that is turned away is away, whatever the eyes do.
            self.last = (head == 0.0).then_some(0.0);
            return self.last;
        };
        let openness = eyes.openness.mean();
        let shut = openness <= COVERED || eyes.gaze.is_none();
        self.shut = if shut { self.shut + elapsed } else { 0.0 };
        if self.shut > TUNING.blink {
            self.last = Some(0.0);
        }
        if let (false, Some(gaze)) = (shut, eyes.gaze) {
            let angles: Angles = [pose.pitch, pose.yaw, gaze.pitch, gaze.yaw];
            self.direction.observe(angles, elapsed);
            let gaze = off(gaze.pitch, gaze.yaw, [forward[2], forward[3]]);
            self.last = Some(head * ramp(gaze, TUNING.gaze));
        }
        self.last
    }

    fn look_away(&mut self, (time, elapsed): (BufferTime, f64), events: &mut Vec<IndexEvent>) {
        let since = *self.away_since.get_or_insert(time);
        let lasted = seconds(time.since(since));
        (self.forward, self.on_target) = (0.0, 0.0);
        self.buffer = (self.buffer - elapsed).max(0.0);
        if self.buffer <= 0.0 && !self.empty {
            self.empty = true;
            events.push(IndexEvent::now(EventName::AttentionBufferEmpty, time));
        }
        self.shares.push_back((time, elapsed));
        let old = |first: &(BufferTime, f64)| seconds(time.since(first.0)) > TUNING.within;
        while self.shares.front().is_some_and(old) {
            self.shares.pop_front();
        }
        let total: f64 = self.shares.iter().map(|(_, share)| share).sum();
        let first = self.shares.front().map_or(since, |first| first.0);
        let told = self.distraction;
        if lasted >= TUNING.unresponsive {
            self.turn(Distraction::Unresponsive, (since, time), events);
        } else if lasted >= TUNING.long && told != Distraction::Repeated {
            self.turn(Distraction::Long, (since, time), events);
        }
        if total >= TUNING.repeated && self.distraction != Distraction::Unresponsive {
            self.turn(Distraction::Repeated, (first, time), events);
        }
    }

    fn turn(
        &mut self,
        to: Distraction,
        (from, now): (BufferTime, BufferTime),
        events: &mut Vec<IndexEvent>,
    ) {
        let kind = match to {
            Distraction::None => return,
            Distraction::Long => EventName::LongDistraction,
            Distraction::Repeated => EventName::RepeatedDistraction,
            Distraction::Unresponsive => EventName::Unresponsive,
        };
        if std::mem::replace(&mut self.distraction, to) != to {
            events.push(IndexEvent::since(kind, from, now));
        }
    }

    fn look_forward(&mut self, (time, elapsed): (BufferTime, f64), events: &mut Vec<IndexEvent>) {
        if let Some(since) = self.away_since.take()
            && seconds(time.since(since)) >= TUNING.glance
        {
            self.glances.count(1.0);
            events.push(IndexEvent::since(EventName::GlanceAway, since, time));
        }
        self.forward += elapsed;
        self.on_target += elapsed;
        if self.on_target > TUNING.latency {
            self.buffer = (self.buffer + elapsed).min(TUNING.buffer);
            self.empty &= self.buffer <= 0.0;
        }
        let single = !matches!(self.distraction, Distraction::Repeated);
        if single || self.forward >= TUNING.reset {
            self.distraction = Distraction::None;
        }
        if self.forward >= TUNING.reset {
            self.shares.clear();
        }
    }

    /// What is known at `now`.
    pub fn attention(&self, now: BufferTime) -> Attention {
        let since = self.away_since;
        Attention {
            visual_focus: self.focus.index(),
            reference: self.direction.forward().1,
            glances_away: self.glances.index().with(|rate| Some(rate * 60.0)),
            away: since.map_or(0.0, |since| seconds(now.since(since))),
            attention_buffer: self.buffer,
            distraction: self.distraction,
        }
    }
}

/// 1 up to the first of `limits`, 0 from the second on.
fn ramp(angle: f64, [whole, none]: [f64; 2]) -> f64 {
    ((none - angle) / (none - whole)).clamp(0.0, 1.0)
}

/// Degrees between two directions of pitch and yaw.
fn between(a: [f64; 2], b: [f64; 2]) -> f64 {
    let [[pitch, yaw], [level, across]] = [a, b].map(|angles| angles.map(f64::to_radians));
    let cos = pitch.sin() * level.sin() + pitch.cos() * level.cos() * (yaw - across).cos();
    cos.clamp(-1.0, 1.0).acos().to_degrees()
}
