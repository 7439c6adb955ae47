//! Where the head points: its x, y and z axes from the tip of the nose.

use tiny_skia::{Path, PathBuilder};

use super::canvas::Canvas;
use super::colours::with_opacity;
use super::pixel_rect::PixelRect;
use crate::analysis::HeadPose;

/// Red x towards the picture's right, green y upwards, blue z out of the face, for a head that
/// looks straight into the camera.
const COLOURS: [[u8; 3]; 3] = [[255, 82, 82], [88, 224, 120], [72, 160, 255]];

/// Opacity of the dark rim that keeps the arrows visible on a bright picture.
const SHADOW_OPACITY: f32 = 0.4;

/// Three directions on the picture (x right, y down) and how far each comes towards the viewer;
/// unit length where it lies in the picture's plane.
type Directions = [[f32; 3]; 3];

/// Where the head's axes point; `None` without a valid rotation.
fn directions(pose: &HeadPose) -> Option<Directions> {
    let [w, x, y, z] = pose.rotation;
    let norm = w * w + x * x + y * y + z * z;
    if !(0.5..2.0).contains(&norm) {
        return None;
    }
    let axes = [
        [
            norm - 2.0 * (y * y + z * z),
            2.0 * (x * y + w * z),
            2.0 * (x * z - w * y),
        ],
        [
            2.0 * (x * y - w * z),
            norm - 2.0 * (x * x + z * z),
            2.0 * (y * z + w * x),
        ],
        [
            2.0 * (x * z + w * y),
            2.0 * (y * z - w * x),
            norm - 2.0 * (x * x + y * y),
        ],
    ];
    // The camera's y points up, the picture's down.
    Some(axes.map(|[x, y, z]| [x, -y, z].map(|part| (part / norm) as f32)))
}

/// What the axes may cover, `length` pixels long, from the nose on.
pub fn area([x, y]: [f32; 2], length: f32) -> PixelRect {
    let mut area = PixelRect::EMPTY;
    area.include([x, y]);
    area.expanded(length * 1.15 + 2.0)
}

/// Draws the axes from `nose` on; `length` in pixels.
pub fn draw(canvas: &mut Canvas, nose: [f32; 2], length: f32, pose: &HeadPose, line: f32) {
    let Some(axes) = directions(pose) else {
        return;
    };
    let width = (line * 2.0).min(length * 0.06);
    let mut arrows: Vec<_> = axes
        .into_iter()
        .zip(COLOURS)
        .filter_map(|(axis, colour)| Arrow::new(nose, axis, length, width, colour))
        .collect();
    arrows.sort_by(|a, b| a.towards_viewer.total_cmp(&b.towards_viewer));

    let shadow = with_opacity([0; 3], SHADOW_OPACITY);
    for arrow in &arrows {
        let colour = with_opacity(arrow.colour, 1.0);
        canvas.line_over(nose, arrow.shaft_end, width + 2.0, shadow);
        canvas.stroke(arrow.tip.as_ref(), shadow, 2.0);
        canvas.line_over(nose, arrow.shaft_end, width, colour);
        canvas.fill(arrow.tip.as_ref(), colour);
    }
    canvas.line_over(nose, nose, width * 2.6 + 2.0, shadow);
    canvas.line_over(nose, nose, width * 2.6, with_opacity([255; 3], 1.0));
}

struct Arrow {
    /// Where the shaft ends within the tip.
    shaft_end: [f32; 2],
    tip: Option<Path>,
    colour: [u8; 3],
    towards_viewer: f32,
}

impl Arrow {
    /// `None` where the axis points so straight at the viewer that nothing is seen of it.
    fn new(
        [x, y]: [f32; 2],
        [right, down, towards_viewer]: [f32; 3],
        length: f32,
        width: f32,
        colour: [u8; 3],
    ) -> Option<Self> {
        let share = (right * right + down * down).sqrt();
        let reach = share * length;
        if reach < width * 2.0 {
            return None;
        }
        let (dx, dy) = (right / share, down / share);
        let head = (width * 4.2).min(reach * 0.6);
        let half = head * 0.42;
        let at =
            |along: f32, aside: f32| [x + dx * along - dy * aside, y + dy * along + dx * aside];

        let mut tip = PathBuilder::with_capacity(4, 3);
        let [end, one, other] = [
            at(reach, 0.0),
            at(reach - head, half),
            at(reach - head, -half),
        ];
        tip.move_to(end[0], end[1]);
        tip.line_to(one[0], one[1]);
        tip.line_to(other[0], other[1]);
        tip.close();
        Some(Self {
            shaft_end: at(reach - head * 0.8, 0.0),
            tip: tip.finish(),
            colour,
            towards_viewer,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A head turned by `degrees` about x (pitch), y (yaw) or z (roll).
    fn turned(axis: usize, degrees: f64) -> Directions {
        let (sin, cos) = (degrees.to_radians() / 2.0).sin_cos();
        let mut rotation = [cos, 0.0, 0.0, 0.0];
        rotation[axis + 1] = sin;
        let pose = HeadPose {
            rotation,
            ..HeadPose::default()
        };
        directions(&pose).unwrap()
    }

    #[test]
    fn a_head_that_looks_into_the_camera_points_at_the_viewer() {
        let [x, y, z] = turned(0, 0.0);
        assert_eq!((x[0], y[1], z[2]), (1.0, -1.0, 1.0));
    }

    #[test]
    fn with_positive_pitch_the_nose_points_down() {
        assert!(turned(0, 30.0)[2][1] > 0.4);
    }

    #[test]
    fn with_positive_yaw_the_nose_points_to_the_right_of_the_picture() {
        assert!(turned(1, 30.0)[2][0] > 0.4);
    }

    #[test]
    fn with_positive_roll_the_head_tilts_counter_clockwise() {
        let [x, y, _] = turned(2, 30.0);
        assert!(x[1] < -0.4, "the x axis rises");
        assert!(y[0] < -0.4, "the crown goes left");
    }

    #[test]
    fn without_a_rotation_there_are_no_axes() {
        assert!(directions(&HeadPose::default()).is_none());
        let pose = HeadPose {
            rotation: [f64::NAN; 4],
            ..HeadPose::default()
        };
        assert!(directions(&pose).is_none());
    }
}
