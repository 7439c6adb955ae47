//! Turning the head changes no Action Unit much: on portraits turned by their own relief and seen anew by
//! every stage, on a woman who turns her head while her laugh lasts, and on a turned mesh.

use crate::support::pictures::{Clip, Photo, analyser, faces_with, folders, read};
use crate::support::relief::with_head_turned;
use gstaliyarface::analysis::{ACTION_UNITS, Analyser, Face, ImageActionUnits};
use gstaliyarface::models::SCORES;

/// People at rest, and people who laugh.
const RESTING: [&str; 2] = ["grace_hopper.jpg", "single_face.mp4"];
const LAUGHING: [&str; 2] = ["single_face.jpg", "astronaut.png"];
/// Degrees by which reliefs are turned to either side: the mesh sees heads turned by half of them.
const RELIEF: f64 = 20.0;
/// By how much turning may change an intensity of a face at rest, and of one that laughs.
const ALLOWED: f64 = 0.5;
const ALLOWED_IN_A_LAUGH: f64 = 0.8;

type Units = [f64; SCORES];

fn only_face(analyser: &mut Analyser, photo: &Photo) -> Face {
    let mut faces = faces_with(analyser, photo);
    assert_eq!(faces.len(), 1);
    faces.remove(0)
}

fn intensities(face: &Face) -> Units {
    let movement = face.action_units.unwrap().movement.unwrap();
    movement.intensities.both
}

/// The most that a unit changes while `file` is turned, and which.
fn most_changed(file: &str) -> (f64, &'static str) {
    let mut analyser = analyser();
    let photo = Photo::sample(file);
    let face = only_face(&mut analyser, &photo);
    let seen: Vec<(f64, Units)> = [-RELIEF, 0.0, RELIEF]
        .map(|degrees| {
            let turned = with_head_turned(&photo, &face, 0.0, degrees);
            let turned = only_face(&mut analyser, &turned);
            (turned.head_pose.yaw, intensities(&turned))
        })
        .into();
    let turned = seen[2].0 - seen[0].0;
    assert!((15.0..30.0).contains(&turned), "{file}: {turned} degrees");
    let change = |index: usize| {
        let course = seen.iter().map(|(_, units)| units[index]);
        let highest = course.clone().fold(f64::MIN, f64::max);
        highest - course.fold(f64::MAX, f64::min)
    };
    let changes = (0..SCORES).map(|index| (change(index), ACTION_UNITS[index].code));
    let most = changes.max_by(|a, b| a.0.total_cmp(&b.0)).unwrap();
    println!("{file} turned by {turned:.1} degrees: {most:?}");
    most
}

#[test]
fn a_resting_head_turned_from_side_to_side_by_twenty_degrees_changes_no_unit_much() {
    for file in RESTING {
        let (change, code) = most_changed(file);
        assert!(change < ALLOWED, "{file} {code}: {change}");
    }
    for file in LAUGHING {
        let (change, code) = most_changed(file);
        assert!(change < ALLOWED_IN_A_LAUGH, "{file} {code}: {change}");
    }
}

#[test]
fn a_woman_who_turns_her_head_while_she_laughs_keeps_her_units() {
    // From frame 340 to 362 she turns to the picture's right; the lips' gap and the mouth's width
    // change by less than 5 parts in a hundred.
    let mut analyser = analyser();
    let clip = Clip::open("WolfgangLanger_Pexels.mp4").take(363);
    let faces: Vec<Face> = clip
        .enumerate()
        .map(|(index, photo)| read(&mut analyser, &photo, index).faces.remove(0))
        .collect();
    let mean = |of: &dyn Fn(&Face) -> f64, frames: std::ops::Range<usize>| {
        let count = frames.len() as f64;
        faces[frames].iter().map(of).sum::<f64>() / count
    };
    let change = |of: &dyn Fn(&Face) -> f64| mean(of, 358..363) - mean(of, 340..345);
    let turned = change(&|face| face.head_pose.yaw);
    assert!(turned > 7.0, "{turned}");
    for (index, unit) in ACTION_UNITS.iter().enumerate().take(SCORES) {
        let change = change(&|face| intensities(face)[index]);
        println!("{} {change:.2}", unit.code);
        assert!(change.abs() < ALLOWED_IN_A_LAUGH, "{}: {change}", unit.code);
    }
}

/// A face's mesh, turned by `degrees` about the vertical axis.
fn turned(face: &Face, photo: &Photo, degrees: f64) -> Vec<[f64; 3]> {
    let (width, height) = (photo.width as f64, photo.height as f64);
    let (sin, cos) = degrees.to_radians().sin_cos();
    let points = face.landmarks.iter();
    points
        .map(|point| {
            let [x, y, z] = point.map(f64::from);
            // The mesh exaggerates depth, as the fit knows.
            let (x, y, z) = ((x - 0.5) * width, y * height, z * width * 0.8);
            [
                cos * x + sin * z + width / 2.0,
                y,
                (cos * z - sin * x) / 0.8,
            ]
        })
        .collect()
}

#[test]
fn a_mesh_turned_by_twenty_degrees_changes_no_unit_much_and_beyond_35_none_is_read() {
    let photo = Photo::frame("single_face.mp4", 5);
    let face = only_face(&mut analyser(), &photo);
    let mut reader = ImageActionUnits::load(&folders()).unwrap();
    let mut raw = |degrees: f64| reader.raw(&turned(&face, &photo, degrees), None).unwrap();
    let straight = raw(0.0).unwrap();
    for degrees in [-20.0, -10.0, 10.0, 20.0] {
        let turned = raw(degrees).unwrap();
        for ((unit, before), after) in ACTION_UNITS.iter().zip(straight).zip(turned) {
            let change: f64 = after - before;
            assert!(
                change.abs() < ALLOWED,
                "{} at {degrees}: {change}",
                unit.code
            );
        }
    }
    for degrees in [-42.0, 42.0] {
        assert!(raw(degrees).is_none());
    }
}
