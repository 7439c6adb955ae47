//! When a movement began, was strongest and was over.

use std::time::Duration;

use crate::analysis::time::BufferTime;

use super::super::context::Context;
use super::super::regions::Displacements;
use super::super::tuning::PhaseTuning;

/// The times of a movement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Phases {
    /// Begin.
    pub onset: BufferTime,
    /// Strongest.
    pub apex: BufferTime,
    /// End.
    pub offset: BufferTime,
}

#[cfg(test)]
impl Phases {
    /// A movement in the middle of a history of tests.
    pub const OF_A_FIFTH_OF_A_SECOND: Self = Self {
        onset: BufferTime::from_millis(600),
        apex: BufferTime::from_millis(700),
        offset: BufferTime::from_millis(800),
    };
}

impl Phases {
    /// From `margin` before the movement to as long after it.
    pub fn with_margin(&self, margin: Duration) -> [BufferTime; 2] {
        [self.onset - margin, self.offset + margin]
    }
}

/// What can be said of a movement by now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// It is not over; its apex.
    Running(BufferTime),
    /// It is over.
    Over(Phases),
    /// There is nothing that came and went.
    Nothing,
}

/// The times of the movement around `centre` whose height at given displacements is `course`, as far as they are
/// known; `scale` is its half length.
pub fn trace(
    context: Context<'_>,
    course: impl Fn(&Displacements) -> f64,
    centre: BufferTime,
    scale: Duration,
) -> Progress {
    let reach = context.tuning.phases.reach;
    let values: Vec<(BufferTime, f64)> = (context.history)
        .smoothed_between(centre - reach, centre + reach)
        .map(|(time, displacements)| (time, course(displacements)))
        .collect();
    locate(&values, centre, scale, &context.tuning.phases)
}

fn locate(
    values: &[(BufferTime, f64)],
    centre: BufferTime,
    scale: Duration,
    tuning: &PhaseTuning,
) -> Progress {
    let near = values
        .iter()
        .enumerate()
        .filter(|(_, (time, _))| time.abs_diff(centre) <= scale * 3 / 4);
    let Some((top, &(apex, peak))) = near.max_by(|a, b| a.1.1.total_cmp(&b.1.1)) else {
        return Progress::Nothing;
    };
    let (before, after) = (values.get(..=top), values.get(top..));
    let (Some(before), Some(after)) = (before, after) else {
        return Progress::Nothing;
    };
    let rising: Vec<_> = before.iter().rev().copied().collect();
    let (Some(start), Some(end)) = (flank(&rising, tuning), flank(after, tuning)) else {
        return Progress::Running(apex);
    };
    let (rise, fall) = (peak - start.floor, peak - end.floor);
    if rise <= 0.0 {
        return Progress::Nothing;
    }
    let Some(&(now, last)) = values.last() else {
        return Progress::Nothing;
    };
    let earlier = values
        .iter()
        .rev()
        .find(|(time, _)| *time + tuning.last_fall <= now)
        .map_or(peak, |(_, value)| *value);
    let settled =
        last > end.floor || earlier - last <= tuning.still_falling * fall || fall >= 0.9 * rise;
    if fall < tuning.returned * rise || !settled || now < end.foot {
        return Progress::Running(apex);
    }
    Progress::Over(Phases {
        onset: start.foot.min(apex),
        apex,
        offset: end.foot.max(apex),
    })
}

/// One side of a bump.
struct Flank {
    /// The lowest value.
    floor: f64,
    /// Where a smooth flank would reach it.
    foot: BufferTime,
}

/// The flank that leads down from the first of `values`; `None` where nothing lies below.
fn flank(values: &[(BufferTime, f64)], tuning: &PhaseTuning) -> Option<Flank> {
    let &(start, peak) = values.first()?;
    let (mut floor, mut bottom) = (peak, 0);
    for (index, &(_, value)) in values.iter().enumerate() {
        if value < floor {
            (floor, bottom) = (value, index);
        }
        if value > floor + tuning.valley * (peak - floor) && index > bottom && bottom > 0 {
            break;
        }
    }
    let height = peak - floor;
    if bottom == 0 || height <= 0.0 {
        return None;
    }
    let down = values.get(..=bottom)?;
    let ns = |time: BufferTime| time.nanos() as f64;
    let start = ns(start);
    let crossing = |part: f64| {
        let level = floor + part * height;
        let next = down.iter().position(|&(_, value)| value <= level)?;
        let (&(there, low), &(here, high)) = (down.get(next)?, down.get(next.checked_sub(1)?)?);
        let step = (high - level) / (high - low).max(f64::MIN_POSITIVE);
        Some(ns(here) + (ns(there) - ns(here)) * step)
    };
    let (high, low) = (crossing(tuning.high)?, crossing(tuning.low)?);
    let foot = low + (low - high) * tuning.foot;
    let longest = (high - start).abs() * tuning.longest_foot;
    let foot = foot.clamp(high - longest, high + longest);
    let lowest = ns(down.last()?.0);
    // No farther from the peak than the lowest value.
    let (near, far) = if lowest > start {
        (start, lowest)
    } else {
        (lowest, start)
    };
    Some(Flank {
        floor,
        foot: BufferTime::from_nanos(foot.clamp(near, far) as u64),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: u64 = 1_000_000;

    fn at(ms: u64) -> BufferTime {
        BufferTime::from_millis(ms)
    }

    /// A raised cosine from `onset` over `apex` to `offset`, in ms.
    fn bump(time: u64, [onset, apex, offset]: [u64; 3]) -> f64 {
        let (onset, apex, offset) = (onset * MS, apex * MS, offset * MS);
        let part = match time {
            time if time <= onset || time >= offset => return 0.0,
            time if time < apex => (time - onset) as f64 / (apex - onset) as f64,
            time => (offset - time) as f64 / (offset - apex) as f64,
        };
        (1.0 - (part * std::f64::consts::PI).cos()) / 2.0
    }

    fn values(until: u64, step: u64, times: [u64; 3]) -> Vec<(BufferTime, f64)> {
        (0..until * MS / step)
            .map(|index| {
                (
                    BufferTime::from_nanos(index * step),
                    bump(index * step, times),
                )
            })
            .collect()
    }

    #[test]
    fn the_times_of_a_bump_are_found_within_a_frame() {
        for (fps, tolerance) in [(30, 34), (60, 17), (200, 12)] {
            let step = 1_000_000_000 / fps;
            let times = [400, 500, 620];
            let Progress::Over(phases) = locate(
                &values(900, step, times),
                at(500),
                Duration::from_millis(170),
                &PhaseTuning::default(),
            ) else {
                panic!("{fps}");
            };
            for (found, wanted) in [phases.onset, phases.apex, phases.offset]
                .into_iter()
                .zip(times)
            {
                assert!(
                    found.abs_diff(at(wanted)) <= Duration::from_millis(tolerance),
                    "{fps}: {phases:?}"
                );
            }
        }
    }

    #[test]
    fn what_has_not_come_back_is_not_over() {
        let values = values(550, 16_666_667, [400, 500, 800]);
        assert!(matches!(
            locate(
                &values,
                at(500),
                Duration::from_millis(100),
                &PhaseTuning::default()
            ),
            Progress::Running(_)
        ));
    }

    #[test]
    fn a_second_bump_does_not_stretch_the_first() {
        let mut both = values(1000, 16_666_667, [300, 400, 500]);
        for (time, value) in &mut both {
            *value += bump(time.nanos(), [520, 620, 720]);
        }
        let Progress::Over(phases) = locate(
            &both,
            at(400),
            Duration::from_millis(170),
            &PhaseTuning::default(),
        ) else {
            panic!("not over");
        };
        assert!(phases.offset < at(560), "{phases:?}");
    }

    #[test]
    fn a_drift_before_a_bump_does_not_stretch_it() {
        let mut drifting = values(1000, 16_666_667, [400, 500, 620]);
        for (time, value) in &mut drifting {
            *value += 0.3 * (time.nanos() as f64 / (400 * MS) as f64).min(1.0);
        }
        let Progress::Over(phases) = locate(
            &drifting,
            at(500),
            Duration::from_millis(170),
            &PhaseTuning::default(),
        ) else {
            panic!("not over");
        };
        assert!(
            phases.onset.abs_diff(at(400)) < Duration::from_millis(60),
            "{phases:?}"
        );
    }
}
