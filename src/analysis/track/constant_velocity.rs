//! Where a face was and how it moved, so that it can be expected after an occlusion.

use crate::analysis::time::{BufferTime, seconds};
use crate::geometry::BBox;

/// Seconds over which the speed is averaged.
const SPEED_MEMORY: f64 = 0.25;
/// Seconds after which a hidden face is no longer expected to have moved on.
const COASTING: f64 = 0.7;

/// Place and speed of one face.
#[derive(Debug, Clone, PartialEq)]
pub struct ConstantVelocity {
    bounds: BBox,
    /// Pixels a second.
    speed: [f64; 2],
    seen: BufferTime,
}

impl ConstantVelocity {
    /// A face at rest at `time`.
    pub fn new(bounds: BBox, time: BufferTime) -> Self {
        Self {
            bounds,
            speed: [0.0; 2],
            seen: time,
        }
    }

    /// Takes in where the face is at `time`.
    pub fn update(&mut self, bounds: BBox, time: BufferTime) {
        let elapsed = seconds(time.since(self.seen));
        if elapsed > 0.0 {
            let ([x, y], [last_x, last_y]) = (bounds.centre(), self.bounds.centre());
            let now = [(x - last_x) / elapsed, (y - last_y) / elapsed];
            let trust = 1.0 - (-elapsed / SPEED_MEMORY).exp();
            for (speed, now) in self.speed.iter_mut().zip(now) {
                *speed += trust * (now - *speed);
            }
        }
        self.bounds = bounds;
        self.seen = time;
    }

    /// When the face was last seen where it was expected to be.
    pub fn last_seen(&self) -> BufferTime {
        self.seen
    }

    /// Where the face should be at `time` if it went on as before.
    pub fn expected(&self, time: BufferTime) -> BBox {
        let elapsed = seconds(time.since(self.seen));
        self.bounds
            .moved(self.speed.map(|speed| speed * elapsed.min(COASTING)))
    }

    /// Where the face was last seen.
    pub fn last(&self) -> BBox {
        self.bounds
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(ms: u64) -> BufferTime {
        BufferTime::from_nanos(ms * 1_000_000)
    }

    fn at(x: f64) -> BBox {
        BBox {
            corners: [x, 0.0, x + 10.0, 10.0],
        }
    }

    #[test]
    fn a_hidden_face_is_expected_further_along_its_way() {
        let mut motion = ConstantVelocity::new(at(0.0), after(0));
        for frame in 1..=30 {
            motion.update(at(f64::from(frame)), after(frame as u64 * 33));
        }
        let [x, _] = motion.expected(after(30 * 33 + 330)).centre();
        assert!((x - 45.0).abs() < 1.0, "expected near 45, got {x}");
    }

    #[test]
    fn equal_times_leave_the_speed_alone() {
        let mut motion = ConstantVelocity::new(at(0.0), after(5));
        motion.update(at(100.0), after(5));
        assert_eq!(motion.expected(after(1000)).centre(), at(100.0).centre());
    }
}
