//! What gaze is worth: photos of people who look into the camera, whose irises are moved as eyes turn.

use std::path::PathBuf;

use aliyarface_labs::rig::{POINTS, Rig};
use aliyarface_labs::sitter::{Photo, Pose, Sitter};
use anyhow::{Context, Result};
use gstaliyarface::analysis::{Analyser, AnalysisSettings, Gaze};
use gstaliyarface::picture::{Colour, Picture, PixelFormat, Plane};

/// Radius on which an iris turns over the width of an eye: 10.5 mm (the eye's centre of rotation lies
/// 13.5 mm behind the cornea, the iris 3 mm) over 30 mm.
const RADIUS: f64 = 0.35;
/// Degrees by which the eyes are turned: to the picture's right and down.
const TURNS: [[f64; 2]; 9] = [
    [0.0, 0.0],
    [-20.0, 0.0],
    [-10.0, 0.0],
    [10.0, 0.0],
    [20.0, 0.0],
    [0.0, -8.0],
    [0.0, 8.0],
    [10.0, 8.0],
    [-10.0, -8.0],
];
/// Degrees by which the head is turned while the eyes look where they look.
const HEADS: [f64; 3] = [0.0, -8.0, 8.0];
/// Frames that each is shown for, and nanoseconds of one.
const FRAMES: u64 = 8;
const FRAME: u64 = 66_666_667;

/// Prints how far off gaze is, before and after `calibrate`, as a line of JSON for each turn of the eyes.
pub fn evaluate(rig: &Rig, photos: &[&PathBuf], eyes: f64, analyser: &mut Analyser) -> Result<()> {
    let mut plain = vec![Vec::new(); TURNS.len()];
    let mut calibrated = vec![Vec::new(); TURNS.len()];
    let mut moved = vec![[0.0; 2]; TURNS.len()];
    for photo in photos {
        let sitter = Sitter::new(&Photo::read(photo, 0)?, eyes, rig, analyser)?;
        analyser.reset();
        let mut time = 0;
        let rest = look(&sitter, rig, ([0.0; 2], 0.0), analyser, &mut time)?;
        for head in HEADS {
            for (index, turn) in TURNS.into_iter().enumerate() {
                let Some(seen) = look(&sitter, rig, (turn, head), analyser, &mut time)? else {
                    continue;
                };
                plain[index].push(between(seen, turn));
                let own = rest.map(|rest| [seen[0] - rest[0], seen[1] - rest[1]]);
                calibrated[index].extend(own.map(|own| between(own, turn)));
                if let Some(own) = own {
                    moved[index] = [0, 1].map(|axis| moved[index][axis] + own[axis]);
                }
            }
        }
    }
    let rows = TURNS.iter().zip(moved);
    for ((turn, moved), (plain, calibrated)) in rows.zip(plain.into_iter().zip(calibrated)) {
        let count = calibrated.len().max(1) as f64;
        println!(
            "{}",
            serde_json::json!({
                "yaw": turn[0], "pitch": turn[1],
                "read": moved.map(|moved| moved / count),
                "without": quantiles(plain), "calibrated": quantiles(calibrated),
            })
        );
    }
    Ok(())
}

/// Yaw and pitch of the gaze that is read of a sitter with the eyes turned so, and the head.
fn look(
    sitter: &Sitter,
    rig: &Rig,
    (turn, head): ([f64; 2], f64),
    analyser: &mut Analyser,
    time: &mut u64,
) -> Result<Option<[f64; 2]>> {
    let wide = sitter.eye_widths().mean();
    // A head that turns takes the eyes along: they turn back by as much.
    let in_head = [turn[0] - head, turn[1]];
    let pose = Pose {
        moves: &vec![[0.0; 3]; POINTS],
        shading: &[],
        turn: [head, 0.0],
        irises: in_head.map(|angle| angle.to_radians().sin() * RADIUS * wide),
        shift: [0.0; 2],
    };
    let picture = sitter.posed(rig, &pose);
    let rgb: Vec<u8> = picture.iter().map(|value| value.round() as u8).collect();
    let mut seen = None;
    for _ in 0..FRAMES {
        let plane = Plane {
            data: &rgb,
            stride: sitter.width * 3,
        };
        let (width, height) = (sitter.width, sitter.height);
        let format = PixelFormat::Rgb;
        let picture = Picture::new(format, width, height, vec![plane], Colour::BT601)?;
        let analysis = analyser.analyse(&picture, *time, &AnalysisSettings::default())?;
        *time += FRAME;
        let face = analysis.faces.first().context("no face")?;
        seen = face.eyes.and_then(|eyes| eyes.gaze);
    }
    Ok(seen.map(|Gaze { pitch, yaw }| [yaw, pitch]))
}

/// Degrees between two directions of yaw and pitch.
fn between(a: [f64; 2], b: [f64; 2]) -> f64 {
    let [[across, down], [yaw, pitch]] = [a, b].map(|angles| angles.map(f64::to_radians));
    let cos = down.sin() * pitch.sin() + down.cos() * pitch.cos() * (across - yaw).cos();
    cos.clamp(-1.0, 1.0).acos().to_degrees()
}

/// How many, their mean, median and ninth decile.
fn quantiles(mut errors: Vec<f64>) -> serde_json::Value {
    errors.sort_by(f64::total_cmp);
    let count = errors.len();
    let at = |part: f64| errors.get((count as f64 * part) as usize).copied();
    let mean = errors.iter().sum::<f64>() / count.max(1) as f64;
    serde_json::json!({ "count": count, "mean": mean, "median": at(0.5), "ninth": at(0.9) })
}
