//! Faces in noise, in the dark and in motion are found, and those called usable are not smeared.

use crate::support::dice::Dice;
use crate::support::pictures::{Photo, faces_with, tracker};
use crate::support::sensor::Sensor;
use gstaliyarface::analysis::Face;

/// A small one, as of a telephone.
const SENSOR: Sensor = Sensor {
    electrons: 2000.0,
    read_noise: 3.0,
};

fn brightened(photo: &Photo, stops: i32, dice: &mut Dice) -> Photo {
    Photo {
        rgb: SENSOR.brightened(&photo.rgb, stops, dice),
        ..*photo
    }
}

/// Moved sideways by `length` pixels while the shutter was open.
fn moved(photo: &Photo, length: usize) -> Photo {
    Photo::of(photo.width, photo.height, |x, y| {
        [0, 1, 2].map(|channel| {
            let values = (0..length).map(|step| {
                let x = (x + step).saturating_sub(length / 2).min(photo.width - 1);
                usize::from(photo.rgb[(y * photo.width + x) * 3 + channel])
            });
            (values.sum::<usize>() / length) as u8
        })
    })
}

/// Those of `all` that are seen again at their place.
fn again(all: &[Face], seen: &[Face]) -> usize {
    let is_near = |face: &Face, other: &Face| {
        let (across, down) = (face.rect.x - other.rect.x, face.rect.y - other.rect.y);
        across.hypot(down) < face.rect.width / 2.0
    };
    let found = all
        .iter()
        .filter(|face| seen.iter().any(|other| is_near(face, other)));
    found.count()
}

/// Faces of photos of one person and of five, at two sizes.
fn photos() -> Vec<Photo> {
    Photo::people()
        .iter()
        .flat_map(|photo| [0.5, 0.8].map(|scale| photo.scaled(scale)))
        .collect()
}

#[test]
fn faces_that_noise_hides_are_found_and_nothing_else() {
    let mut analyser = tracker();
    let mut dice = Dice(5);
    for (stops, least) in [(5, 0.93), (7, 0.3)] {
        let (mut all, mut found) = (0, 0);
        for photo in photos() {
            let faces = faces_with(&mut analyser, &photo);
            let seen = faces_with(&mut analyser, &brightened(&photo, stops, &mut dice));
            all += faces.len();
            let here = again(&faces, &seen);
            assert_eq!(here, seen.len(), "a face where there is none");
            found += here;
        }
        println!("{stops} stops: {found} of {all}");
        assert!(
            f64::from(found as u32) >= least * f64::from(all as u32),
            "{found} of {all}"
        );
    }
}

#[test]
fn faces_in_motion_are_found_and_none_of_them_is_called_usable() {
    let mut analyser = tracker();
    let (mut all, mut found) = (0, 0);
    for photo in photos() {
        let faces = faces_with(&mut analyser, &photo);
        let length = 9;
        let seen = faces_with(&mut analyser, &moved(&photo, length));
        for face in &seen {
            let pixels = face.quality.size_px;
            assert!(
                !face.quality.usable || pixels > 8.0 * length as f64,
                "{pixels} pixels"
            );
        }
        all += faces.len();
        found += again(&faces, &seen);
    }
    println!("{found} of {all}");
    assert!(found * 10 >= all * 8, "{found} of {all}");
}
