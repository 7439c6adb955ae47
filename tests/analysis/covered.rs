//! What covers a face is told, part by part, and what lies beneath is not read.

use crate::support::pictures::{Photo, analyser, bundled, faces_with};
use gstaliyarface::analysis::{Analyser, Au, Emotion, Face, FacePart};
use gstaliyarface::models::Models;

/// Mesh points of the jaw from below one ear to below the other, and of the bridge of the nose.
const JAW: [usize; 15] = [
    132, 58, 172, 136, 150, 149, 176, 152, 400, 378, 379, 365, 397, 288, 361,
];
const BRIDGE: usize = 6;
/// Outer and inner corner of each eye.
const EYES: [[usize; 2]; 2] = [[33, 133], [263, 362]];
const PARTS: [FacePart; 4] = [
    FacePart::Brows,
    FacePart::Eyes,
    FacePart::Nose,
    FacePart::Mouth,
];

fn point(face: &Face, photo: &Photo, index: usize) -> [f64; 2] {
    let [x, y, _] = face.landmarks[index].map(f64::from);
    [x * photo.width as f64, y * photo.height as f64]
}

/// Paints every pixel that `inside` holds.
fn paint(photo: &mut Photo, colour: [u8; 3], inside: impl Fn([f64; 2]) -> bool) {
    for y in 0..photo.height {
        for x in 0..photo.width {
            if inside([x as f64, y as f64]) {
                photo.rgb[(y * photo.width + x) * 3..][..3].copy_from_slice(&colour);
            }
        }
    }
}

/// Whether `place` lies in the polygon (the even-odd rule).
fn holds(polygon: &[[f64; 2]], [x, y]: [f64; 2]) -> bool {
    let next = polygon.iter().cycle().skip(1);
    let crossed = polygon.iter().zip(next).filter(|([x0, y0], [x1, y1])| {
        (*y0 > y) != (*y1 > y) && x < x0 + (y - y0) / (y1 - y0) * (x1 - x0)
    });
    crossed.count() % 2 == 1
}

/// A mask from the bridge of the nose to the chin.
fn masked(photo: &Photo, face: &Face, colour: [u8; 3]) -> Photo {
    let mut outline: Vec<[f64; 2]> = JAW.map(|index| point(face, photo, index)).to_vec();
    let [eye, other] = [33, 263].map(|index| point(face, photo, index));
    let unit = (eye[0] - other[0]).hypot(eye[1] - other[1]);
    let [x, y] = point(face, photo, BRIDGE);
    outline.push([x, y + 0.2 * unit]);
    let mut covered = photo.clone();
    paint(&mut covered, colour, |place| holds(&outline, place));
    covered
}

/// Two dark lenses.
fn shaded(photo: &Photo, face: &Face, colour: [u8; 3]) -> Photo {
    let mut covered = photo.clone();
    for corners in EYES {
        let [outer, inner] = corners.map(|index| point(face, photo, index));
        let centre = [0, 1].map(|axis| (outer[axis] + inner[axis]) / 2.0);
        let width = (outer[0] - inner[0]).hypot(outer[1] - inner[1]);
        paint(&mut covered, colour, |[x, y]| {
            ((x - centre[0]) / (0.9 * width)).powi(2) + ((y - centre[1]) / (0.65 * width)).powi(2)
                < 1.0
        });
    }
    covered
}

/// The face of `seen` at the place of `face`.
fn same<'a>(face: &Face, seen: &'a [Face]) -> Option<&'a Face> {
    seen.iter().find(|other| {
        let (across, down) = (face.rect.x - other.rect.x, face.rect.y - other.rect.y);
        across.hypot(down) < face.rect.width / 2.0
    })
}

/// Every face of the samples, covered by `cover` and found again.
fn each_covered(
    analyser: &mut Analyser,
    cover: impl Fn(&Photo, &Face) -> Photo,
    mut check: impl FnMut(&Face),
) -> usize {
    let mut found = 0;
    for photo in Photo::people() {
        let faces = faces_with(analyser, &photo);
        let free = faces
            .iter()
            .filter(|face| !wears_dark_glasses(&photo, face));
        for face in free {
            let seen = faces_with(analyser, &cover(&photo, face));
            if let Some(seen) = same(face, &seen) {
                found += 1;
                check(seen);
            }
        }
    }
    found
}

/// The man at the upper left of `multi_face.jpg` wears dark glasses.
fn wears_dark_glasses(photo: &Photo, face: &Face) -> bool {
    photo.width > 640 && face.rect.x < 0.35 && face.rect.y < 0.3
}

#[test]
fn free_faces_show_every_part_and_a_man_with_dark_glasses_no_eyes() {
    let mut analyser = analyser();
    let mut dark = 0;
    for photo in Photo::people() {
        for face in faces_with(&mut analyser, &photo) {
            let visible = face.quality.visible;
            if wears_dark_glasses(&photo, &face) {
                dark += 1;
                assert!(!visible.sees(FacePart::Eyes) && face.eyes.is_none());
                assert!(visible.sees(FacePart::Mouth), "{visible:?}");
                continue;
            }
            for part in PARTS {
                assert!(visible.sees(part), "{part:?}: {visible:?}");
            }
            assert!(
                face.action_units.unwrap().movement.unwrap().seen
                    == [true; gstaliyarface::models::SCORES]
            );
        }
    }
    assert_eq!(dark, 1);
}

#[test]
fn behind_a_mask_no_mouth_is_read_and_the_eyes_still_are() {
    let mut analyser = analyser();
    let mut found = 0;
    for colour in [[150, 190, 220], [25, 25, 30], [240, 240, 240]] {
        let cover = |photo: &Photo, face: &Face| masked(photo, face, colour);
        found += each_covered(&mut analyser, cover, |face| {
            let visible = face.quality.visible;
            assert!(!visible.sees(FacePart::Mouth), "{colour:?} {visible:?}");
            assert!(visible.sees(FacePart::Eyes), "{colour:?} {visible:?}");
            assert!(face.quality.occlusion >= 0.2 && !face.quality.usable);
            let movement = face.action_units.unwrap().movement.unwrap();
            for unit in [Au::Au12, Au::Au25, Au::Au26] {
                assert!(!movement.seen[unit.index()]);
                assert_eq!(movement.intensities.both[unit.index()], 0.0);
            }
            assert!(movement.seen[Au::Au01.index()]);
        });
    }
    assert!(found >= 8, "only {found} masked faces were found");
}

#[test]
fn behind_dark_lenses_no_eye_is_read_and_the_mouth_still_is() {
    let mut analyser = analyser();
    let mut found = 0;
    for colour in [[10, 10, 12], [60, 45, 35]] {
        let cover = |photo: &Photo, face: &Face| shaded(photo, face, colour);
        found += each_covered(&mut analyser, cover, |face| {
            let visible = face.quality.visible;
            assert!(!visible.sees(FacePart::Eyes), "{colour:?} {visible:?}");
            assert!(visible.sees(FacePart::Mouth), "{colour:?} {visible:?}");
            assert!(face.eyes.is_none() && !face.quality.usable);
            let movement = face.action_units.unwrap().movement.unwrap();
            assert!(!movement.seen[Au::Au43.index()] && movement.seen[Au::Au12.index()]);
        });
    }
    assert!(found >= 10, "only {found} shaded faces were found");
}

#[test]
fn a_masked_face_shows_no_emotion() {
    let mut analyser = Analyser::new(Models::load(&bundled()).unwrap());
    let cover = |photo: &Photo, face: &Face| masked(photo, face, [150, 190, 220]);
    let found = each_covered(&mut analyser, cover, |face| {
        let emotion = face.emotion.as_ref().unwrap();
        assert_eq!(emotion.label(), Emotion::UNKNOWN);
    });
    assert!(found >= 3, "only {found} masked faces were found");
}
