//! The head's angles have the signs that are promised, and its place the unit.

use crate::support::dice::Dice;
use crate::support::pictures::{Photo, Placement, faces_with, tracker};
use crate::support::relief::with_head_turned;
use gstaliyarface::analysis::{Analyser, Face, HeadPose};

const PORTRAITS: [&str; 4] = [
    "single_face.jpg",
    "grace_hopper.jpg",
    "astronaut.png",
    "single_face.mp4",
];
/// Points of the mesh: tip of the nose, outer corners of the eyes.
const NOSE: usize = 4;
const EYES: [usize; 2] = [33, 263];
/// Ends of each iris, across.
const IRISES: [[usize; 2]; 2] = [[469, 471], [474, 476]];
/// How far the eyes of the canonical face lie before its centre, in its units.
const EYES_BEFORE_CENTRE: f64 = 4.0;
/// Width of the human iris in centimetres, nearly the same in all adults (Ruefer et al. 2005).
const IRIS: f64 = 1.17;

fn only_face(analyser: &mut Analyser, photo: &Photo, what: &str) -> Face {
    let mut faces = faces_with(analyser, photo);
    assert_eq!(faces.len(), 1, "{what}");
    faces.remove(0)
}

fn point(face: &Face, photo: &Photo, index: usize) -> [f64; 2] {
    let [x, y, _] = face.landmarks[index].map(f64::from);
    [x * photo.width as f64, y * photo.height as f64]
}

#[test]
fn pitch_grows_as_the_chin_goes_down() {
    let mut analyser = tracker();
    for file in PORTRAITS {
        let photo = Photo::sample(file);
        let face = only_face(&mut analyser, &photo, file);
        let pitch = |analyser: &mut Analyser, degrees| {
            let nodded = with_head_turned(&photo, &face, degrees, 0.0);
            only_face(analyser, &nodded, file).head_pose.pitch
        };
        let (up, down) = (pitch(&mut analyser, -20.0), pitch(&mut analyser, 20.0));
        println!("{file}: {up:.1} {:.1} {down:.1}", face.head_pose.pitch);
        let turn = down - up;
        assert!((8.0..60.0).contains(&turn), "{file}: {up} to {down}");
        assert!(
            (up..down).contains(&face.head_pose.pitch),
            "{file}: {:?}",
            face.head_pose
        );
    }
}

#[test]
fn yaw_grows_as_the_nose_goes_to_the_pictures_right() {
    let mut analyser = tracker();
    for file in PORTRAITS {
        let photo = Photo::sample(file);
        let face = only_face(&mut analyser, &photo, file);
        let yaw = |analyser: &mut Analyser, degrees| {
            let turned = with_head_turned(&photo, &face, 0.0, degrees);
            only_face(analyser, &turned, file).head_pose.yaw
        };
        let (left, right) = (yaw(&mut analyser, -20.0), yaw(&mut analyser, 20.0));
        println!("{file}: {left:.1} {:.1} {right:.1}", face.head_pose.yaw);
        let turn = right - left;
        assert!((8.0..60.0).contains(&turn), "{file}: {left} to {right}");
    }
}

#[test]
fn yaw_has_the_side_on_which_the_nose_lies_between_the_eyes() {
    let mut analyser = tracker();
    let mut judged = 0;
    for file in ["multi_face.jpg", "astronaut.png", "grace_hopper.jpg"] {
        let photo = Photo::sample(file);
        for face in faces_with(&mut analyser, &photo) {
            let [left, right] = EYES.map(|eye| point(&face, &photo, eye));
            let [x, y] = [0, 1].map(|axis| right[axis] - left[axis]);
            let nose = point(&face, &photo, NOSE);
            let along = (nose[0] - left[0]) * x + (nose[1] - left[1]) * y;
            let off_middle = along / (x * x + y * y) - 0.5;
            println!("{file}: {off_middle:.3} {:.1}", face.head_pose.yaw);
            if off_middle.abs() > 0.05 {
                judged += 1;
                let yaw = face.head_pose.yaw;
                assert!(off_middle * yaw > 0.0, "{file}: {off_middle}, {yaw}");
            }
        }
    }
    assert!(judged >= 3, "{judged} faces turned enough");
}

#[test]
fn roll_follows_the_picture_turned_counter_clockwise_and_nothing_else_does() {
    let mut analyser = tracker();
    for file in PORTRAITS {
        let photo = Photo::sample(file);
        let straight = only_face(&mut analyser, &photo, file).head_pose;
        for degrees in [-45.0, -30.0, -10.0, 10.0, 30.0, 45.0] {
            let turned = photo.turned(degrees);
            let what = format!("{file} turned by {degrees}");
            let HeadPose {
                pitch, yaw, roll, ..
            } = only_face(&mut analyser, &turned, &what).head_pose;
            let [pitch, yaw] = [pitch - straight.pitch, yaw - straight.yaw];
            let roll = roll - straight.roll - degrees;
            println!("{what}: off by {pitch:.2} {yaw:.2} {roll:.2}");
            assert!(roll.abs() < 1.5, "{what}: roll is off by {roll}");
            assert!(
                pitch.abs() < 3.0 && yaw.abs() < 3.0,
                "{what}: {pitch} {yaw}"
            );
        }
    }
}

#[test]
fn a_mirror_changes_the_signs_of_yaw_and_roll_alone() {
    let mut analyser = tracker();
    for file in PORTRAITS {
        let photo = Photo::sample(file).turned(12.0);
        let seen = only_face(&mut analyser, &photo, file).head_pose;
        let mirrored = only_face(&mut analyser, &photo.mirrored(), file).head_pose;
        println!("{file}: {seen:?} {mirrored:?}");
        assert!((seen.pitch - mirrored.pitch).abs() < 2.0, "{file}");
        assert!((seen.yaw + mirrored.yaw).abs() < 2.0, "{file}");
        assert!((seen.roll + mirrored.roll).abs() < 1.5, "{file}");
    }
}

/// The product of two quaternions w, x, y, z.
fn product([a, b, c, d]: [f64; 4], [e, f, g, h]: [f64; 4]) -> [f64; 4] {
    [
        a * e - b * f - c * g - d * h,
        a * f + b * e + c * h - d * g,
        a * g - b * h + c * e + d * f,
        a * h + b * g - c * f + d * e,
    ]
}

#[test]
fn the_quaternion_is_roll_after_yaw_after_pitch() {
    let mut analyser = tracker();
    for file in ["multi_face.jpg", "astronaut.png", "grace_hopper.jpg"] {
        for degrees in [0.0, 25.0] {
            let photo = Photo::sample(file).turned(degrees);
            for face in faces_with(&mut analyser, &photo) {
                let pose = face.head_pose;
                let about = |axis: usize, degrees: f64| {
                    let (sin, cos) = (degrees.to_radians() / 2.0).sin_cos();
                    let mut quaternion = [cos, 0.0, 0.0, 0.0];
                    quaternion[axis + 1] = sin;
                    quaternion
                };
                let yaw_after_pitch = product(about(1, pose.yaw), about(0, pose.pitch));
                let expected = product(about(2, pose.roll), yaw_after_pitch);
                for (ours, expected) in pose.rotation.iter().zip(expected) {
                    assert!((ours - expected).abs() < 1e-6, "{file}: {pose:?}");
                }
            }
        }
    }
}

#[test]
fn a_face_twice_as_large_is_half_as_far_and_its_place_follows_the_picture() {
    let mut analyser = tracker();
    let mut dice = Dice(5);
    for file in PORTRAITS {
        let photo = Photo::sample(file);
        let (width, height) = (photo.width, photo.height);
        let scaled = |scale| {
            let placement = Placement {
                scale,
                ..Placement::default()
            };
            photo.placed(&placement, width, height)
        };
        let near = only_face(&mut analyser, &scaled(1.0), file).head_pose;
        let far = only_face(&mut analyser, &scaled(0.5), file).head_pose;
        let [_, _, z] = near.translation;
        assert!(z < 0.0, "{file}: a head in view lies before the camera");
        let growth = far.translation[2] / z;
        assert!((growth - 2.0).abs() < 0.1, "{file}: {growth}");

        let [x, y] = [0, 1].map(|_| dice.between(10.0, 25.0).round() as i64);
        let moved = photo.part(-x, y, width, height);
        let moved = only_face(&mut analyser, &moved, file).head_pose;
        let shift = [0, 1].map(|axis| moved.translation[axis] - near.translation[axis]);
        assert!(
            shift[0] > 0.0 && shift[1] > 0.0,
            "{file} to the right and up: {shift:?}"
        );
    }
}

#[test]
fn a_unit_of_the_translation_is_near_a_centimetre_by_the_width_of_the_iris() {
    let mut analyser = tracker();
    let mut widths = Vec::new();
    for file in PORTRAITS {
        // Enlarged, so that an iris spans some pixels.
        let photo = Photo::sample(file).scaled(1.5);
        let face = only_face(&mut analyser, &photo, file);
        let focal = photo.width as f64 / 2.0 / 30f64.to_radians().tan();
        let distance = -face.head_pose.translation[2] - EYES_BEFORE_CENTRE;
        for ends in IRISES {
            let [one, other] = ends.map(|end| point(&face, &photo, end));
            let pixels = (one[0] - other[0]).hypot(one[1] - other[1]);
            let width = pixels / face.head_pose.yaw.to_radians().cos() * distance / focal;
            println!("{file}: the iris spans {width:.2} units");
            widths.push(width);
        }
    }
    widths.sort_by(f64::total_cmp);
    let median = (widths[3] + widths[4]) / 2.0;
    println!("median {median:.3}: a unit is {:.3} cm", IRIS / median);
    assert!((0.75..1.25).contains(&(IRIS / median)), "median {median}");
}
