//! Every face of a picture is found, once; nothing else is.

use std::time::Duration;

use crate::support::dice::Dice;
use crate::support::faceless::{parts, round_things, textures};
use crate::support::heads::{Head, Planted, crowd, heads};
use crate::support::pictures::{Clip, Photo, Placement, faces_in, faces_with, read, tracker};
use gstaliyarface::analysis::{AnalysisSettings, Face, Stage};

/// Middles of the faces of multi_face.jpg, and their size, in pixels.
const GROUP: [([f64; 2], f64); 5] = [
    ([260.0, 125.0], 97.0),
    ([361.0, 303.0], 104.0),
    ([477.0, 266.0], 84.0),
    ([581.0, 378.0], 105.0),
    ([737.0, 362.0], 113.0),
];

/// Faces found of those planted; none may be found twice, and nothing else.
fn found(planted: &[Planted], faces: &[Face], scene: &Photo) -> usize {
    let found = planted.iter().map(|face| face.found(faces, scene).len());
    let found: Vec<usize> = found.collect();
    assert!(
        found.iter().all(|&times| times <= 1),
        "found twice: {found:?}"
    );
    let total = found.iter().sum();
    assert_eq!(faces.len(), total, "faces where there are none");
    total
}

fn alone_on(scene: &mut Photo, head: &Head, size: f64, middle: [f64; 2]) -> Planted {
    head.resized(size, Placement::default()).lay(scene, middle);
    Planted { middle, size }
}

#[test]
fn each_of_five_people_is_found_once_at_any_size_of_the_picture() {
    let photo = Photo::sample("multi_face.jpg");
    let mut analyser = tracker();
    for scale in [0.45, 0.7, 1.0, 1.92] {
        let scene = photo.scaled(scale);
        let planted = GROUP.map(|(middle, size)| Planted {
            middle: middle.map(|place| place * scale),
            size: size * scale,
        });
        let faces = faces_with(&mut analyser, &scene);
        assert_eq!(found(&planted, &faces, &scene), 5, "at {scale}");
    }
}

#[test]
fn a_crowd_of_small_faces_is_found_each_once() {
    let heads = heads();
    let mut analyser = tracker();
    let (mut all, mut seen) = (0, 0);
    let scenes = [
        (1, "coffee.png", (1280, 720)),
        (2, "rocket.jpg", (1280, 720)),
        (3, "free-mountain-vector-01.jpg", (1920, 1080)),
    ];
    for (seed, background, (width, height)) in scenes {
        let background = Photo::sample(background).covering(width, height);
        let mut dice = Dice(seed);
        let (scene, planted) = crowd(heads, &background, 29, [40.0, 60.0], &mut dice);
        let faces = faces_with(&mut analyser, &scene);
        all += planted.len();
        seen += found(&planted, &faces, &scene);
    }
    println!("{seen} of {all} found");
    assert!(seen * 10 >= all * 9, "{seen} of {all} found");
}

#[test]
fn no_face_is_seen_where_there_is_none() {
    let mut analyser = tracker();
    let files = [
        "coffee.png",
        "chelsea.png",
        "rocket.jpg",
        "free-mountain-vector-01.jpg",
    ];
    let mut pictures: Vec<(String, Photo)> = Vec::new();
    pictures.extend(files.map(|file| (file.to_owned(), Photo::sample(file))));
    let mut dice = Dice(11);
    let noise: Vec<u8> = (0..640 * 360 * 3)
        .map(|_| dice.between(0.0, 256.0) as u8)
        .collect();
    let noise = Photo::of(640, 360, |x, y| {
        let place = (y * 640 + x) * 3;
        [noise[place], noise[place + 1], noise[place + 2]]
    });
    pictures.push(("noise".into(), noise));
    let slope = |x: usize, y: usize| [x as f64 / 5.1, y as f64 / 2.9, 128.0].map(|v| v as u8);
    pictures.push(("gradient".into(), Photo::of(1280, 720, slope)));
    let checks = |x: usize, y: usize| {
        [if (x / 24 + y / 24).is_multiple_of(2) {
            30
        } else {
            220
        }; 3]
    };
    pictures.push(("checks".into(), Photo::of(640, 480, checks)));
    for grey in [0, 128, 255] {
        pictures.push((format!("grey {grey}"), Photo::plain(640, 480, [grey; 3])));
    }
    for (name, photo) in &pictures {
        assert_eq!(faces_with(&mut analyser, photo).len(), 0, "{name}");
    }
}

#[test]
fn no_face_is_seen_in_parts_of_photos_beside_the_faces_nor_in_textures() {
    let mut analyser = tracker();
    let mut dice = Dice(77);
    let mut pictures = parts(80, &mut dice);
    pictures.extend(textures(40, &mut dice));
    let seen = pictures.iter().filter_map(|(name, photo)| {
        let count = faces_with(&mut analyser, photo).len();
        (count > 0).then_some(name)
    });
    let seen: Vec<_> = seen.collect();
    assert!(
        seen.is_empty(),
        "{} of {}: {seen:?}",
        seen.len(),
        pictures.len()
    );
}

/// Three or four holes in a disc are a face to people too.
#[test]
fn few_buttons_and_wheels_are_taken_for_faces() {
    let mut analyser = tracker();
    let mut dice = Dice(78);
    let pictures = round_things(40, &mut dice);
    let seen = pictures.iter().filter_map(|(name, photo)| {
        let count = faces_with(&mut analyser, photo).len();
        (count > 0).then_some(name)
    });
    let seen: Vec<_> = seen.collect();
    println!("{} of {}: {seen:?}", seen.len(), pictures.len());
    assert!(seen.len() <= 4, "{seen:?}");
}

#[test]
fn no_face_appears_in_a_clip_without_any() {
    let mut analyser = tracker();
    for (index, photo) in Clip::open("no_face.mp4").enumerate() {
        let faces = read(&mut analyser, &photo, index).faces;
        assert!(faces.is_empty(), "frame {index}");
    }
}

#[test]
fn a_face_partly_beyond_an_edge_is_found() {
    let photo = Photo::sample("single_face.jpg");
    let mut analyser = tracker();
    // The face spans 191..373 x 177..399: a fifth of it is cut off.
    for (edge, [x, y]) in [
        ("left", [227, 0]),
        ("right", [-235, 0]),
        ("top", [0, 221]),
        ("bottom", [0, -207]),
    ] {
        let (width, height) = (photo.width as i64, photo.height as i64);
        let cut = photo.part(
            x.max(0),
            y.max(0),
            (width - x.abs()) as usize,
            (height - y.abs()) as usize,
        );
        let faces = faces_with(&mut analyser, &cut);
        assert_eq!(faces.len(), 1, "beyond the {edge}");
        let rect = faces[0].rect;
        let beyond = match edge {
            "left" => rect.x < 0.0,
            "right" => rect.x + rect.width > 1.0,
            "top" => rect.y < 0.0,
            _ => rect.y + rect.height > 1.0,
        };
        assert!(beyond, "the box ends at the {edge}: {rect:?}");
    }
}

#[test]
fn a_tilted_face_is_found() {
    let mut analyser = tracker();
    for file in ["single_face.jpg", "grace_hopper.jpg", "astronaut.png"] {
        let photo = Photo::sample(file);
        for degrees in [-30.0, 30.0] {
            let faces = faces_with(&mut analyser, &photo.turned(degrees));
            assert_eq!(faces.len(), 1, "{file} turned by {degrees}");
        }
    }
}

#[test]
fn a_face_in_the_dark_or_in_glare_is_found() {
    let mut analyser = tracker();
    for file in [
        "single_face.jpg",
        "grace_hopper.jpg",
        "astronaut.png",
        "single_face.mp4",
    ] {
        let photo = Photo::sample(file);
        for gain in [0.15, 1.8] {
            let faces = faces_with(&mut analyser, &photo.lit(gain));
            assert_eq!(faces.len(), 1, "{file} at {gain} times its light");
        }
    }
}

#[test]
fn a_single_small_face_is_found_in_large_and_in_upright_pictures() {
    let heads = heads();
    let mut analyser = tracker();
    let sizes = [
        ((1280, 720), 40.0),
        ((1920, 1080), 50.0),
        ((720, 1280), 40.0),
        ((1080, 1920), 50.0),
        ((360, 640), 40.0),
        ((641, 361), 45.0),
    ];
    for ((width, height), size) in sizes {
        let background = Photo::sample("coffee.png").covering(width, height);
        for (head, place) in [
            (&heads[0], [0.12, 0.2]),
            (&heads[4], [0.5, 0.5]),
            (&heads[6], [0.85, 0.8]),
        ] {
            let mut scene = background.clone();
            let middle = [width as f64 * place[0], height as f64 * place[1]];
            let planted = alone_on(&mut scene, head, size, middle);
            let faces = faces_with(&mut analyser, &scene);
            let seen = found(&[planted], &faces, &scene);
            assert_eq!(seen, 1, "{width}x{height} at {place:?}");
        }
    }
}

#[test]
fn a_face_that_fills_the_picture_is_found() {
    let photo = Photo::sample("single_face.jpg");
    let faces = faces_in(&photo.part(185, 165, 195, 240));
    assert_eq!(faces.len(), 1);
    assert!(faces[0].rect.height > 0.8, "{:?}", faces[0].rect);
}

#[test]
fn pictures_too_small_for_a_face_are_read_without_one() {
    let mut analyser = tracker();
    let photo = Photo::sample("single_face.jpg");
    for (width, height) in [(1, 1), (2, 1), (1, 300), (300, 1), (16, 16)] {
        let tiny = photo.covering(width, height);
        assert_eq!(
            faces_with(&mut analyser, &tiny).len(),
            0,
            "{width}x{height}"
        );
    }
}

#[test]
fn faces_are_looked_for_only_when_it_is_due() {
    let photo = Photo::sample("single_face.mp4");
    let mut analyser = tracker();
    let interval = AnalysisSettings::default().track.detection_interval as usize;
    let looked: Vec<usize> = (0..3 * interval)
        .filter(|&index| {
            let analysis = read(&mut analyser, &photo, index);
            assert_eq!(analysis.faces.len(), 1);
            analysis.timing.spent(Stage::DETECTION) > Duration::ZERO
        })
        .collect();
    assert_eq!(looked, [0, interval, 2 * interval]);
}

#[test]
fn no_more_faces_are_followed_than_allowed() {
    let photo = Photo::sample("multi_face.jpg");
    let mut analyser = tracker();
    let mut settings = AnalysisSettings::default();
    for (most, expected) in [(2, 2), (50, 5)] {
        settings.track.max_faces = most;
        analyser.reset();
        let analysis = analyser.analyse(&photo.picture(), 0, &settings).unwrap();
        assert_eq!(analysis.faces.len(), expected);
    }
}
