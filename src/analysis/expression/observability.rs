//! What cannot be seen: how short and how small an event may be, and when nothing is observed.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::analysis::head_pose::HeadPose;
use crate::analysis::quality::Quality;
use crate::analysis::time::{BufferTime, FrameTime, nanos, serde_nanos};

use super::event::SHORTEST_MICRO;
use super::tuning::ObservabilityTuning;

/// Why micro-expressions cannot be seen on a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Obstacle {
    /// The face has only just been found.
    Learning,
    /// Too few frames a second.
    FrameRate,
    /// Frames were not analysed.
    FramesSkipped,
    /// Too few pixels.
    SmallFace,
    /// The head is turned away.
    HeadTurned,
    /// The face is blurred or covered.
    Unclear,
    /// The stream is not played as fast as it was filmed, or backwards.
    PlaybackRate,
}

impl Obstacle {
    /// Every obstacle.
    pub const ALL: [Self; 7] = [
        Self::Learning,
        Self::FrameRate,
        Self::FramesSkipped,
        Self::SmallFace,
        Self::HeadTurned,
        Self::Unclear,
        Self::PlaybackRate,
    ];

    /// Its name in the metadata.
    pub fn name(self) -> &'static str {
        match self {
            Self::Learning => "learning",
            Self::FrameRate => "frame-rate",
            Self::FramesSkipped => "frames-skipped",
            Self::SmallFace => "small-face",
            Self::HeadTurned => "head-turned",
            Self::Unclear => "unclear",
            Self::PlaybackRate => "playback-rate",
        }
    }
}

/// What could be seen of micro-expressions on a frame.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Observability {
    /// Length of the shortest event that this frame rate shows.
    #[serde(with = "serde_nanos")]
    pub shortest: Duration,
    /// The smallest movement that this face's size shows, in outer-eye distances.
    pub smallest: f64,
    /// Why nothing can be seen; `None` where something can.
    pub obstacle: Option<Obstacle>,
}

impl Observability {
    /// Nothing can be told of how long a movement took.
    pub const PLAYBACK_RATE: Self = Self {
        shortest: Duration::ZERO,
        smallest: 0.0,
        obstacle: Some(Obstacle::PlaybackRate),
    };
}

/// How often a face's frames come, and when they were missing.
#[derive(Debug, Clone, Copy)]
pub struct FrameRateMonitor {
    tuning: ObservabilityTuning,
    first: Option<BufferTime>,
    last: Option<BufferTime>,
    /// The usual interval in ns, a mean that falls between them.
    interval_ns: Option<f64>,
    gap_until: BufferTime,
}

impl FrameRateMonitor {
    /// A monitor that has seen no frame.
    pub fn new(tuning: &ObservabilityTuning) -> Self {
        Self {
            tuning: *tuning,
            first: None,
            last: None,
            interval_ns: None,
            gap_until: BufferTime::default(),
        }
    }

    /// Takes in a frame; `true` where frames are missing before it.
    pub fn observe(&mut self, time: FrameTime) -> bool {
        let now = time.pts;
        self.first.get_or_insert(now);
        let Some(last) = self.last.replace(now) else {
            return false;
        };
        let elapsed = now.since(last);
        let step = nanos(elapsed) as f64;
        let usual = *self.interval_ns.get_or_insert(step);
        // A geometric low-pass whose step is limited: it follows a change of rate and ignores single gaps.
        let pull = (step / usual.max(1.0)).clamp(0.8, 1.25);
        self.interval_ns = Some(usual * pull.powf(0.2));
        let gap = step > self.tuning.gap_intervals * usual && elapsed > SHORTEST_MICRO;
        if gap {
            self.gap_until = now + self.tuning.gap_echo;
        }
        gap
    }

    /// Whether the face has only just been found at `now`.
    pub fn is_learning(&self, now: BufferTime) -> bool {
        now.since(self.first.unwrap_or(now)) < self.tuning.learning
    }

    /// The usual time between frames in ns.
    pub fn interval_ns(&self) -> f64 {
        self.interval_ns.unwrap_or(1.0)
    }

    /// What can be seen at `now` of a face of this quality.
    pub fn observability(
        &self,
        now: BufferTime,
        quality: &Quality,
        pose: &HeadPose,
    ) -> Observability {
        let (interval, tuning) = (self.interval_ns(), &self.tuning);
        let rate = 1e9 / interval.max(1.0);
        let obstacles = [
            (pose.angle() > tuning.widest_angle, Obstacle::HeadTurned),
            (
                quality.size_px < tuning.smallest_face_px,
                Obstacle::SmallFace,
            ),
            (!quality.usable, Obstacle::Unclear),
            (
                self.interval_ns.is_some() && rate < tuning.slowest_rate,
                Obstacle::FrameRate,
            ),
            (now < self.gap_until, Obstacle::FramesSkipped),
            (self.is_learning(now), Obstacle::Learning),
        ];
        Observability {
            shortest: SHORTEST_MICRO.max(Duration::from_nanos(
                (interval * tuning.frames_of_event) as u64,
            )),
            smallest: tuning.smallest_movement_px / quality.size_px.max(1.0),
            obstacle: obstacles
                .into_iter()
                .find(|(hindered, _)| *hindered)
                .map(|(_, obstacle)| obstacle),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::quality::VisibleParts;

    fn seen(fps: f64, frames: u32, quality: Quality, pose: HeadPose) -> Observability {
        let mut frame_rate = FrameRateMonitor::new(&ObservabilityTuning::default());
        let at = |frame: u32| BufferTime::from_nanos((f64::from(frame) * 1e9 / fps) as u64);
        for frame in 0..frames {
            frame_rate.observe(at(frame).into());
        }
        frame_rate.observability(at(frames - 1), &quality, &pose)
    }

    const GOOD: Quality = Quality {
        size_px: 120.0,
        blur: 0.0,
        occlusion: 0.0,
        angle: 0.0,
        visible: VisibleParts {
            brows: 1.0,
            eyes: 1.0,
            nose: 1.0,
            mouth: 1.0,
        },
        usable: true,
    };

    #[test]
    fn fast_frames_show_shorter_events_and_large_faces_smaller_ones() {
        let slow = seen(30.0, 60, GOOD, HeadPose::default());
        let fast = seen(60.0, 120, GOOD, HeadPose::default());
        assert_eq!((slow.obstacle, fast.obstacle), (None, None));
        assert!((99..101).contains(&slow.shortest.as_millis()), "{slow:?}");
        assert!((49..51).contains(&fast.shortest.as_millis()), "{fast:?}");
        let large = Quality {
            size_px: 240.0,
            ..GOOD
        };
        let large = seen(30.0, 60, large, HeadPose::default());
        assert!(large.smallest < slow.smallest);
    }

    #[test]
    fn each_obstacle_is_named() {
        let pose = HeadPose::default();
        let turned = HeadPose { yaw: 35.0, ..pose };
        let small = Quality {
            size_px: 40.0,
            ..GOOD
        };
        let named = |seen: Observability| seen.obstacle.map(Obstacle::name);
        assert_eq!(named(seen(30.0, 60, GOOD, turned)), Some("head-turned"));
        assert_eq!(named(seen(30.0, 60, small, pose)), Some("small-face"));
        assert_eq!(named(seen(12.0, 60, GOOD, pose)), Some("frame-rate"));
        assert_eq!(named(seen(30.0, 5, GOOD, pose)), Some("learning"));
        let covered = Quality {
            usable: false,
            ..GOOD
        };
        assert_eq!(named(seen(30.0, 60, covered, pose)), Some("unclear"));
    }

    #[test]
    fn a_gap_blinds_for_as_long_as_the_spotter_looks_back() {
        let mut frame_rate = FrameRateMonitor::new(&ObservabilityTuning::default());
        let frame = Duration::from_nanos(16_666_667);
        let start = BufferTime::default();
        for index in 0..120 {
            assert!(!frame_rate.observe((start + frame * index).into()));
        }
        let after = start + frame * 119 + Duration::from_millis(100);
        assert!(frame_rate.observe(after.into()));
        let pose = HeadPose::default();
        let obstacle = |now| frame_rate.observability(now, &GOOD, &pose).obstacle;
        assert_eq!(obstacle(after), Some(Obstacle::FramesSkipped));
        assert_eq!(
            obstacle(after + ObservabilityTuning::default().gap_echo),
            None
        );
    }
}
