//! The face that fills a small grey picture is found however it lies in it, for training and
//! evaluation.

use crate::support::dice::Dice;
use crate::support::faceless::parts;
use crate::support::heads::heads;
use crate::support::pictures::{Photo, Placement, samples};
use gstaliyarface::analysis::ImageMesher;
use gstaliyarface::models::Folders;

/// Side of a picture of FER2013.
const SIDE: usize = 48;
/// Outer corners of the eyes.
const EYES: [usize; 2] = [33, 263];

fn reader() -> ImageMesher {
    let models = crate::support::folder("ALIYARFACE_MODELS");
    assert!(samples().is_dir());
    ImageMesher::load(&Folders(vec![models])).unwrap()
}

fn grey(photo: &Photo) -> Vec<u8> {
    let mean = |rgb: &[u8]| (rgb.iter().map(|&value| u32::from(value)).sum::<u32>() / 3) as u8;
    photo.rgb.chunks(3).map(mean).collect()
}

/// Degrees from the picture's left outer eye corner to the other, counter-clockwise as seen.
fn slope(mesh: &[[f64; 3]]) -> f64 {
    let [left, right] = EYES.map(|index| mesh[index]);
    -(right[1] - left[1]).atan2(right[0] - left[0]).to_degrees()
}

#[test]
fn heads_are_found_upright_lying_small_and_off_the_middle() {
    let mut reader = reader();
    let (mut shown, mut found) = (0, 0);
    for head in heads() {
        let upright = head.resized(30.0, Placement::default()).photo;
        let Some(mesh) = reader
            .mesh(&grey(&upright.covering(SIDE, SIDE)), SIDE)
            .unwrap()
        else {
            continue;
        };
        let lies = slope(&mesh);
        for (turn, size, aside) in [
            (0.0, 30.0, 0.0),
            (25.0, 30.0, 0.0),
            (-25.0, 30.0, 0.0),
            (50.0, 30.0, 0.0),
            (-50.0, 30.0, 0.0),
            (0.0, 18.0, 0.0),
            (0.0, 26.0, 7.0),
            (0.0, 26.0, -7.0),
        ] {
            let scale = size / head.size;
            let placement = Placement {
                turn,
                scale,
                ..Placement::default()
            };
            let placed = head.photo.placed(&placement, 2 * SIDE, 2 * SIDE);
            let corner = (SIDE / 2) as i64;
            let seen = placed.part(corner + aside as i64, corner, SIDE, SIDE);
            shown += 1;
            let mesh = reader.mesh(&grey(&seen), SIDE).unwrap();
            let m2 = mesh.as_ref().map(|m| slope(m));
            let right = mesh.is_some_and(|mesh| (slope(&mesh) - lies - turn).abs() < 15.0);
            if !right {
                println!("{turn} {size} {aside} {:?} lies {lies}", m2);
            }
            found += usize::from(right);
        }
    }
    assert!(shown >= 80, "{shown} pictures");
    assert!(found * 100 >= shown * 95, "{found} of {shown}");
}

#[test]
fn faces_are_not_made_up() {
    let mut reader = reader();
    let pictures = parts(60, &mut Dice(11));
    let found = pictures.iter().filter(|(_, photo)| {
        let small = photo.covering(SIDE, SIDE);
        reader.mesh(&grey(&small), SIDE).unwrap().is_some()
    });
    let found = found.count();
    assert!(found <= 6, "{found} of 60");
}
