//! A time for each frame that runs forward, whatever the time stamps are and however the stream is
//! played.

use gst::prelude::*;
use gst_video::VideoInfo;

/// Time given to a frame that carries neither duration nor rate: that of 30 frames a second.
const DEFAULT_STEP: u64 = 33_333_333;
/// A jump in time, either way, after which what was known of the faces says nothing any more, in ns.
const JUMP: u64 = 1_500_000_000;
/// As [`JUMP`], where nothing tells how long frames last: slides follow each other in seconds.
const UNKNOWN_RATE_JUMP: u64 = 10_000_000_000;
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

/// Where the time of the analysis and that of the buffers are tied together.
#[derive(Debug, Clone, Copy, Default)]
struct Anchor {
    /// In the time of the buffers, ns.
    pts: u64,
    /// In the time of the analysis, ns.
    time: u64,
}

/// Remembers the last frame's time, and how the time of the analysis, which only runs forward, follows
/// from that of the buffers.
#[derive(Debug, Default)]
pub struct FrameClock {
    last: Option<u64>,
    /// The last step forward in ns.
    gap: u64,
    reverse: bool,
    anchor: Option<Anchor>,
    /// Whether the next frame goes on from the last one, wherever it lies.
    goes_on: bool,
}

impl FrameClock {
    /// The time of a frame with this stamp.
    ///
    /// A frame without a PTS follows the last one by its duration; one that goes back a little (as
    /// in a badly muxed file) counts as simultaneous with the last.
    pub fn advance(&mut self, stamp: FrameStamps) -> FrameMoment {
        let duration = stamp.duration.unwrap_or(DEFAULT_STEP);
        let after = |last: u64| last.saturating_add(duration);
        let goes_on = std::mem::take(&mut self.goes_on);
        if let Some(pts) = stamp.pts {
            self.tie(pts, self.last.map(after), goes_on);
        }
        let pts = stamp.pts.map(|pts| self.time_of(pts));
        let time = pts.unwrap_or_else(|| self.last.map_or(0, after));
        // A decoder that plays backwards marks each group of pictures as a break.
        let marked = stamp.discont && !goes_on && !self.reverse;
        let longest = self.longest_gap(stamp.duration);
        let discontinuity = self.last.is_some_and(|last| {
            let jumped = time > last.saturating_add(longest) || last > time.saturating_add(JUMP);
            jumped || marked && breaks(last, time, duration)
        });
        self.gap = self.last.map_or(0, |last| time.saturating_sub(last));
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

    /// The stream is played in this direction from now on; with `goes_on` the next frame follows the
    /// last one, as after a change of the rate.
    pub fn play(&mut self, reverse: bool, goes_on: bool) {
        if self.reverse != reverse {
            self.anchor = None;
        }
        self.reverse = reverse;
        self.goes_on = goes_on;
    }

    /// The time of the analysis at a time of the buffers, both in ns.
    pub fn time_of(&self, pts: u64) -> u64 {
        let Some(Anchor { pts: tied, time }) = self.anchor else {
            return pts;
        };
        let (ahead, behind) = (pts.saturating_sub(tied), tied.saturating_sub(pts));
        if self.reverse {
            time.saturating_add(behind).saturating_sub(ahead)
        } else {
            time.saturating_add(ahead).saturating_sub(behind)
        }
    }

    /// The time of the buffers at a time of the analysis, both in ns.
    pub fn pts_at(&self, time: u64) -> u64 {
        let Some(Anchor { pts, time: tied }) = self.anchor else {
            return time;
        };
        let (later, earlier) = (time.saturating_sub(tied), tied.saturating_sub(time));
        if self.reverse {
            pts.saturating_add(earlier).saturating_sub(later)
        } else {
            pts.saturating_add(later).saturating_sub(earlier)
        }
    }

    /// Ties the times together at `pts`, where they are not yet or no longer; `next` is when a frame
    /// after the last one would be.
    fn tie(&mut self, pts: u64, next: Option<u64>, goes_on: bool) {
        if let (true, Some(time)) = (goes_on, next) {
            self.anchor = Some(Anchor { pts, time });
        } else if self.reverse && self.anchor.is_none() {
            self.anchor = Some(Anchor { pts, time: pts });
        }
    }

    /// The longest gap, in ns, after which a frame of this duration may follow the last one.
    fn longest_gap(&self, duration: Option<u64>) -> u64 {
        let Some(duration) = duration else {
            return UNKNOWN_RATE_JUMP;
        };
        let usual = duration.max(self.gap).min(UNKNOWN_RATE_JUMP);
        JUMP.max(usual.saturating_add(usual / 2))
    }

    /// Forgets the last frame.
    pub fn reset(&mut self) {
        self.last = None;
        self.anchor = None;
        self.gap = 0;
        self.goes_on = false;
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

/// The time a frame lasts at the rate of the caps; `None` where they name none (0/1).
pub fn frame_duration(info: &VideoInfo) -> Option<gst::ClockTime> {
    let fps = info.fps();
    let frames = u64::try_from(fps.numer())
        .ok()
        .filter(|&frames| frames > 0)?;
    let seconds = u64::try_from(fps.denom()).ok()?;
    gst::ClockTime::SECOND.mul_div_floor(seconds, frames)
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
    fn pictures_that_come_slowly_follow_each_other() {
        for duration in [Some(2_000_000_000), None] {
            let mut clock = FrameClock::default();
            let slides = (0..5u64).map(|slide| FrameStamps {
                pts: Some(DAY + slide * 2_000_000_000),
                duration,
                discont: false,
            });
            assert!(
                slides
                    .map(|stamps| clock.advance(stamps))
                    .all(|moment| !moment.discontinuity)
            );
        }
    }

    #[test]
    fn played_backwards_time_runs_on_and_every_moment_has_its_own_buffer_time() {
        let mut clock = FrameClock::default();
        clock.play(true, false);
        let mut last = 0;
        for frame in (0..60u64).rev() {
            let pts = DAY + frame * 40_000_000;
            let stamps = FrameStamps {
                discont: frame % 10 == 9,
                ..at(pts)
            };
            let moment = clock.advance(stamps);
            assert!(!moment.discontinuity && moment.time > last, "{moment:?}");
            assert_eq!(clock.pts_at(moment.time), pts);
            last = moment.time;
        }
    }

    #[test]
    fn a_change_of_rate_goes_on_from_the_last_frame() {
        let mut clock = FrameClock::default();
        let first = clock.advance(at(DAY)).time;
        clock.play(true, true);
        let marked = FrameStamps {
            discont: true,
            ..at(DAY + 500_000_000)
        };
        let turned = clock.advance(marked);
        assert!(!turned.discontinuity && turned.time > first);
        clock.play(false, true);
        let back = clock.advance(at(DAY - 3_000_000_000));
        assert!(!back.discontinuity && back.time > turned.time);
        assert_eq!(clock.pts_at(back.time), DAY - 3_000_000_000);
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
