//! A time for each frame, whatever the time stamps are.

/// Time given to a frame that carries neither duration nor rate: that of 30 frames a second.
const DEFAULT_STEP: u64 = 33_333_333;
/// A jump in time, either way, after which what was known of the faces says nothing any more, in ns.
const JUMP: u64 = 1_500_000_000;
/// As [`JUMP`], where the stream itself says that it is broken here: what a track lives on unseen.
const MARKED_JUMP: u64 = 500_000_000;

/// The time of one frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrameMoment {
    /// In ns; never before the last frame's unless `discontinuity`.
    pub time: u64,
    /// Whether this frame does not continue what came before.
    pub discontinuity: bool,
}

/// What a frame says of its own time.
#[derive(Debug, Clone, Copy, Default)]
pub struct FrameStamps {
    /// In ns, where known.
    pub pts: Option<u64>,
    /// In ns, where known.
    pub duration: Option<u64>,
    /// Whether the frame is marked as one that does not continue the last.
    pub discont: bool,
}

/// Remembers the last frame's time.
#[derive(Debug, Default)]
pub struct FrameClock {
    last: Option<u64>,
}

impl FrameClock {
    /// The time of a frame with this stamp.
    ///
    /// A frame without a PTS follows the last one by its duration; one that goes back a little (as
    /// in a badly muxed file) counts as simultaneous with the last.
    pub fn advance(&mut self, stamp: FrameStamps) -> FrameMoment {
        let duration = stamp.duration.unwrap_or(DEFAULT_STEP);
        let after = |last: u64| last.saturating_add(duration);
        let time = stamp.pts.unwrap_or_else(|| self.last.map_or(0, after));
        let discontinuity = self.last.is_some_and(|last| {
            time.abs_diff(last) > JUMP || stamp.discont && breaks(last, time, duration)
        });
        let time = match self.last {
            Some(last) if !discontinuity => time.max(last),
            _ => time,
        };
        self.last = Some(time);
        FrameMoment {
            time,
            discontinuity,
        }
    }

    /// Forgets the last frame.
    pub fn reset(&mut self) {
        self.last = None;
    }
}

/// Whether a frame marked as discontinuous begins something new. A short gap before it means that
/// frames were dropped on the way, as a leaky queue does under load: the faces are still the same.
fn breaks(last: u64, time: u64, duration: u64) -> bool {
    let dropped = duration.saturating_add(duration / 2)..=MARKED_JUMP;
    !time
        .checked_sub(last)
        .is_some_and(|gap| dropped.contains(&gap))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u64 = 86_400_000_000_000;

    fn at(pts: impl Into<Option<u64>>) -> FrameStamps {
        FrameStamps {
            pts: pts.into(),
            ..FrameStamps::default()
        }
    }

    #[test]
    fn time_never_runs_backwards_without_a_jump() {
        let mut clock = FrameClock::default();
        let stamps = [Some(DAY), Some(DAY), None, Some(DAY + 1), Some(DAY - 1000)];
        let mut last = 0;
        for pts in stamps {
            let moment = clock.advance(at(pts));
            assert!(!moment.discontinuity && moment.time >= last, "{moment:?}");
            last = moment.time;
        }
    }

    #[test]
    fn frames_without_time_stamps_follow_each_other() {
        let mut clock = FrameClock::default();
        let stamp = FrameStamps {
            duration: Some(40),
            ..FrameStamps::default()
        };
        let times = [(); 3].map(|()| clock.advance(stamp).time);
        assert_eq!(times, [0, 40, 80]);
    }

    #[test]
    fn a_jump_of_seconds_either_way_is_a_discontinuity() {
        let mut clock = FrameClock::default();
        clock.advance(at(DAY));
        assert!(clock.advance(at(2 * DAY)).discontinuity);
        assert!(clock.advance(at(0)).discontinuity);
        assert!(!clock.advance(at(33_000_000)).discontinuity);
    }

    #[test]
    fn a_marked_break_is_a_discontinuity_unless_a_few_frames_were_dropped() {
        let discontinuity = |pts: u64, before: u64| {
            let mut clock = FrameClock::default();
            clock.advance(at(before));
            let marked = FrameStamps {
                discont: true,
                ..at(pts)
            };
            clock.advance(marked).discontinuity
        };
        for (gap, expected) in [
            (0, true),
            (33, true),
            (67, false),
            (400, false),
            (600, true),
        ] {
            assert_eq!(
                discontinuity(DAY + gap * 1_000_000, DAY),
                expected,
                "{gap} ms"
            );
        }
        assert!(discontinuity(DAY - 100_000_000, DAY), "backwards");
    }

    #[test]
    fn a_stream_may_begin_with_a_break() {
        let marked = FrameStamps {
            discont: true,
            ..at(DAY)
        };
        assert!(!FrameClock::default().advance(marked).discontinuity);
    }
}
