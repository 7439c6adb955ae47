//! A time for each frame, whatever the time stamps are.

/// Time given to a frame that carries neither duration nor rate: that of 30 frames a second.
const DEFAULT_STEP: u64 = 33_333_333;
/// A leap in time, either way, after which what was known of the faces says nothing any more, in ns.
const LEAP: u64 = 1_500_000_000;

/// The time of one frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// In ns; never before the last frame's unless `leapt`.
    pub time: u64,
    /// Whether this frame does not continue what came before.
    pub leapt: bool,
}

/// Remembers the last frame's time.
#[derive(Debug, Default)]
pub struct Clock {
    last: Option<u64>,
}

impl Clock {
    /// The time of a frame with this PTS and duration (ns, where known).
    ///
    /// A frame without a PTS follows the last one by its duration; one that goes back a little (as
    /// in a badly muxed file) counts as simultaneous with the last.
    pub fn step(&mut self, pts: Option<u64>, duration: Option<u64>) -> Step {
        let after = |last: u64| last.saturating_add(duration.unwrap_or(DEFAULT_STEP));
        let time = pts.unwrap_or_else(|| self.last.map_or(0, after));
        let leapt = self.last.is_some_and(|last| time.abs_diff(last) > LEAP);
        let time = match self.last {
            Some(last) if !leapt => time.max(last),
            _ => time,
        };
        self.last = Some(time);
        Step { time, leapt }
    }

    /// Forgets the last frame.
    pub fn reset(&mut self) {
        self.last = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u64 = 86_400_000_000_000;

    #[test]
    fn time_never_runs_backwards_without_a_leap() {
        let mut clock = Clock::default();
        let stamps = [Some(DAY), Some(DAY), None, Some(DAY + 1), Some(DAY - 1000)];
        let mut last = 0;
        for pts in stamps {
            let step = clock.step(pts, None);
            assert!(!step.leapt && step.time >= last, "{step:?}");
            last = step.time;
        }
    }

    #[test]
    fn frames_without_time_stamps_follow_each_other() {
        let mut clock = Clock::default();
        let times = [(); 3].map(|()| clock.step(None, Some(40)).time);
        assert_eq!(times, [0, 40, 80]);
    }

    #[test]
    fn a_jump_of_seconds_either_way_is_a_leap() {
        let mut clock = Clock::default();
        clock.step(Some(DAY), None);
        assert!(clock.step(Some(2 * DAY), None).leapt);
        assert!(clock.step(Some(0), None).leapt);
        assert!(!clock.step(Some(33_000_000), None).leapt);
    }
}
