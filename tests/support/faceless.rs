//! Pictures in which there is no face, though a detector may think so.

use super::dice::Dice;
use super::pictures::{Photo, Placement};

const WIDTH: usize = 640;
const HEIGHT: usize = 360;

/// Sample pictures with the circles, in pixels, in which there are faces.
const SOURCES: [(&str, &[[f64; 3]]); 8] = [
    ("coffee.png", &[]),
    ("chelsea.png", &[]),
    ("rocket.jpg", &[]),
    ("free-mountain-vector-01.jpg", &[]),
    ("astronaut.png", &[[225.0, 125.0, 97.0]]),
    ("grace_hopper.jpg", &[[262.0, 234.0, 193.0]]),
    ("single_face.jpg", &[[282.0, 288.0, 200.0]]),
    (
        "multi_face.jpg",
        &[
            [260.0, 125.0, 97.0],
            [361.0, 303.0, 104.0],
            [477.0, 266.0, 84.0],
            [581.0, 378.0, 105.0],
            [737.0, 362.0, 113.0],
        ],
    ),
];

/// Parts of photos beside the faces in them, turned and enlarged.
pub fn parts(count: usize, dice: &mut Dice) -> Vec<(String, Photo)> {
    let photos = SOURCES.map(|(file, faces)| (file, Photo::sample(file), faces));
    let mut parts = Vec::new();
    while parts.len() < count {
        let (file, photo, faces) = &photos[parts.len() % photos.len()];
        let (width, height) = (photo.width as f64, photo.height as f64);
        let side = dice.between(60.0, 240.0).min(width).min(height);
        let [x, y] = [width, height].map(|length| dice.between(0.0, length - side + 1.0));
        let middle = [x + side / 2.0, y + side / 2.0];
        let near = |face: &&[f64; 3]| {
            let [across, down] = [0, 1].map(|axis| (face[axis] - middle[axis]).abs());
            across.max(down) < side * 0.75 + face[2] * 0.7
        };
        if faces.iter().any(|face| near(&face)) {
            continue;
        }
        let part = photo.part(x as i64, y as i64, side as usize, side as usize);
        let placement = Placement {
            turn: dice.between(-30.0, 30.0),
            scale: dice.between(1.2, 3.5),
            mirrored: dice.between(0.0, 1.0) < 0.5,
        };
        let name = format!(
            "{file} at {x:.0} {y:.0}, {side:.0} wide, {:.0} degrees",
            placement.turn
        );
        parts.push((name, part.placed(&placement, WIDTH, HEIGHT)));
    }
    parts
}

/// Clouds: noise of several sizes, added up, in skin-like and other colours.
pub fn textures(count: usize, dice: &mut Dice) -> Vec<(String, Photo)> {
    let texture = |index: usize| {
        let cell = dice.between(8.0, 120.0);
        let stretch = dice.between(0.4, 2.5);
        let light = [0, 1, 2].map(|_| dice.between(60.0, 230.0));
        let grid: Vec<f64> = (0..64 * 64).map(|_| dice.between(-1.0, 1.0)).collect();
        let value = |x: f64, y: f64| {
            let (left, top) = (x.floor(), y.floor());
            let at = |x: f64, y: f64| grid[(y as usize % 64) * 64 + x as usize % 64];
            let smooth = |part: f64| part * part * (3.0 - 2.0 * part);
            let (across, down) = (smooth(x - left), smooth(y - top));
            let row = |y| at(left, y) * (1.0 - across) + at(left + 1.0, y) * across;
            row(top) * (1.0 - down) + row(top + 1.0) * down
        };
        let photo = Photo::of(WIDTH, HEIGHT, |x, y| {
            let (x, y) = (x as f64 / cell, y as f64 / cell * stretch);
            let sum = value(x, y) + value(x * 2.1, y * 2.1) / 2.0 + value(x * 4.3, y * 4.3) / 4.0;
            light.map(|light| (light * (1.0 + 0.45 * sum)).clamp(0.0, 255.0) as u8)
        });
        (format!("texture {index}"), photo)
    };
    (0..count).map(texture).collect()
}

/// Balls, plates, wheels and buttons: round things with a rim, spokes or holes.
pub fn round_things(count: usize, dice: &mut Dice) -> Vec<(String, Photo)> {
    let thing = |index: usize| {
        let radius = dice.between(25.0, 150.0);
        let middle = [WIDTH, HEIGHT].map(|side| side as f64 / 2.0 + dice.between(-40.0, 40.0));
        let tall = dice.between(0.9, 1.35);
        let colour = [0, 1, 2].map(|_| dice.between(50.0, 240.0));
        let ground = dice.between(20.0, 230.0);
        let rim = dice.between(0.05, 0.25);
        let holes = dice.between(0.0, 6.0) as usize;
        let hole = dice.between(0.08, 0.2);
        let ring = dice.between(0.3, 0.6);
        let turn = dice.between(0.0, 6.3);
        let light = dice.between(0.0, 6.3);
        let photo = Photo::of(WIDTH, HEIGHT, |x, y| {
            let across = (x as f64 - middle[0]) / radius;
            let down = (y as f64 - middle[1]) / radius / tall;
            let out = across.hypot(down);
            if out > 1.0 {
                let slope = ground * (0.8 + 0.2 * y as f64 / HEIGHT as f64);
                return [slope as u8; 3];
            }
            let lit = 0.75 + 0.25 * (across * light.cos() + down * light.sin());
            let in_hole = (0..holes).any(|number| {
                let angle = turn + number as f64 / holes as f64 * std::f64::consts::TAU;
                (across - ring * angle.cos()).hypot(down - ring * angle.sin()) < hole
            });
            let shade = match (out > 1.0 - rim, in_hole) {
                (_, true) => 0.25,
                (true, _) => 0.7,
                _ => 1.0,
            };
            colour.map(|value| (value * lit * shade).clamp(0.0, 255.0) as u8)
        });
        (format!("round thing {index} with {holes} holes"), photo)
    };
    (0..count).map(thing).collect()
}
