//! Action Units of a real clip: a face at rest smiles at frame 17 (counted from 0), blinks at frames
//! 26 to 28 and rests again from frame 70 on.

use std::sync::OnceLock;

use crate::support::pictures::{Photo, analyser, read};
use crate::support::sitter::resting_sitter;
use gst::prelude::*;
use gstaliyarface::analysis::{ACTION_UNITS, ActionUnits, Analyser, AnalysisSettings, Au, Face};
use gstaliyarface::metadata;
use gstaliyarface::models::{Folders, ModelChoice, Models, SCORES};
use gstaliyarface::picture::{Colour, Picture, PixelFormat, Plane};

/// The only face in each frame of the clip.
fn clip() -> &'static [Face] {
    static CLIP: OnceLock<Vec<Face>> = OnceLock::new();
    CLIP.get_or_init(|| {
        crate::support::init();
        let samples = crate::support::folder("ALIYARFACE_SAMPLES");
        let samples = samples.display();
        let pipeline = gst::parse::launch(&format!(
            "filesrc location={samples}/single_face.mp4 ! decodebin ! videoconvert ! \
             aliyarface emotions=false ! appsink name=out sync=false"
        ));
        let pipeline = pipeline.unwrap().downcast::<gst::Pipeline>().unwrap();
        let sink = pipeline.by_name("out").unwrap();
        let sink = sink.downcast::<gst_app::AppSink>().unwrap();
        pipeline.set_state(gst::State::Playing).unwrap();
        let mut faces = Vec::new();
        while let Ok(sample) = sink.pull_sample() {
            let meta = metadata::read(sample.buffer().unwrap()).unwrap().unwrap();
            assert_eq!(meta.faces.len(), 1, "frame {}", faces.len());
            faces.extend(meta.faces);
        }
        pipeline.set_state(gst::State::Null).unwrap();
        assert_eq!(faces.len(), 72);
        faces
    })
}

fn units(face: &Face) -> ActionUnits {
    face.action_units.unwrap()
}

/// The intensity of `code` in each frame.
fn trace(code: &str) -> Vec<f64> {
    let index = ACTION_UNITS.iter().position(|unit| unit.code == code);
    let index = index.unwrap();
    let intensity = |face| units(face).movement.unwrap().intensities.both[index];
    clip().iter().map(intensity).collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

#[test]
fn a_smile_pulls_the_lip_corners_raises_the_cheeks_and_parts_the_lips_while_it_lasts() {
    for (code, smiling) in [("AU12", 2.0), ("AU06", 0.8), ("AU25", 1.5), ("AU26", 0.5)] {
        let trace = trace(code);
        let [before, during, after] = [&trace[..16], &trace[24..66], &trace[71..]].map(mean);
        assert!(before < 0.4, "{code} at rest: {before}");
        assert!(during > smiling, "{code} in the smile: {during}");
        assert!(after < 0.4, "{code} after the smile: {after}");
        let half = during / 2.0;
        let rises = trace.iter().position(|intensity| *intensity > half);
        let falls = trace.iter().rposition(|intensity| *intensity > half);
        assert!((17..=22).contains(&rises.unwrap()), "{code}: {trace:.2?}");
        assert!((69..=70).contains(&falls.unwrap()), "{code}: {trace:.2?}");
    }
}

#[test]
fn the_lids_close_in_the_blink_and_in_no_other_frame() {
    let trace = trace("AU43");
    let closed: Vec<_> = (0..trace.len())
        .filter(|&frame| trace[frame] > 1.0)
        .collect();
    assert_eq!(closed, [26, 27, 28], "{trace:?}");
}

#[test]
fn units_that_a_smile_does_not_move_stay_low_in_every_frame() {
    const MOVED: [&str; 5] = ["AU06", "AU12", "AU25", "AU26", "AU43"];
    let still = ACTION_UNITS.iter().take(SCORES);
    for unit in still.filter(|unit| !MOVED.contains(&unit.code)) {
        for (frame, intensity) in trace(unit.code).iter().enumerate() {
            assert!(*intensity < 0.75, "{} at {frame}: {intensity}", unit.code);
        }
    }
}

#[test]
fn the_one_blink_is_found_where_it_is_and_no_other() {
    let blinking: Vec<usize> = (0..72)
        .filter(|&frame| clip()[frame].eyes.unwrap().blink > 0.0)
        .collect();
    assert!(blinking.starts_with(&[26, 27, 28]), "{blinking:?}");
    assert!(blinking.len() <= 4, "{blinking:?}");
    let last = clip()[71].eyes.unwrap();
    assert!((last.blinks_per_minute - 6.0).abs() < 0.1, "{last:?}");
    let openness = |frame: usize| clip()[frame].eyes.unwrap().openness;
    assert!(openness(27).left < 0.1 && openness(27).right < 0.1);
    assert!(clip()[27].eyes.unwrap().gaze.is_none());
    assert!(openness(10).left > 0.8 && openness(10).right > 0.8);
}

#[test]
fn the_blink_has_a_field_among_the_units_only_where_the_eyes_are_measured() {
    let structure = gst::Structure::try_from(&clip()[27]).unwrap();
    let units: gst::Structure = structure.get("action-units").unwrap();
    assert!(units.get::<f64>("AU45").unwrap() > 4.0);
    let unseen = Face {
        eyes: None,
        ..clip()[27].clone()
    };
    let structure = gst::Structure::try_from(&unseen).unwrap();
    for name in ["action-units", "action-units-raw", "action-unit-tiers"] {
        let units: gst::Structure = structure.get(name).unwrap();
        assert!(units.has_field("AU43"), "{name}");
        assert!(!units.has_field("AU45"), "{name}");
    }
}

/// Pixels by which the eyes' corners moved from frame 5 of the clip to `frame`.
fn moved(frame: usize, size: [usize; 2]) -> [i64; 2] {
    let corners = |frame: usize, axis: usize| {
        let points = [33, 133, 263, 362].map(|point| clip()[frame].landmarks[point][axis]);
        points.iter().sum::<f32>() / 4.0
    };
    [0, 1]
        .map(|axis| ((corners(frame, axis) - corners(5, axis)) * size[axis] as f32).round() as i64)
}

/// The sides' intensities of AU12 in a picture whose left half shows frame `left` of the clip and whose
/// right half shows frame `right`, after the person was seen at rest.
fn half_smile(left: usize, right: usize, mirrored: bool) -> (f64, f64) {
    let frames = crate::support::clip("single_face.mp4", gst_video::VideoFormat::Rgb, 46);
    let (width, height) = (
        frames[0].info.width() as usize,
        frames[0].info.height() as usize,
    );
    let bytes: Vec<Vec<u8>> = frames.iter().map(|frame| frame.bytes()).collect();
    let stride = frames[0].info.stride()[0] as usize;
    let compose = |left: usize, right: usize, middle: usize| {
        let mut picture = Vec::with_capacity(width * height * 3);
        for row in 0..height {
            for column in 0..width {
                let column = if mirrored { width - 1 - column } else { column };
                let frame = if column < middle { left } else { right };
                let [across, down] = moved(frame, [width, height]);
                let column = (column as i64 + across).clamp(0, width as i64 - 1) as usize;
                let row = (row as i64 + down).clamp(0, height as i64 - 1) as usize;
                let at = row * stride + column * 3;
                picture.extend_from_slice(&bytes[frame][at..at + 3]);
            }
        }
        picture
    };
    let folder = crate::support::folder("ALIYARFACE_MODELS");
    let mut choice = ModelChoice::bundled(Folders(vec![folder]));
    choice.emotions = false;
    let mut analyser = Analyser::new(Models::load(&choice).unwrap());
    let mut time = 0;
    let mut see = |picture: &[u8]| {
        let plane = Plane {
            data: picture,
            stride: width * 3,
        };
        let picture =
            Picture::new(PixelFormat::Rgb, width, height, vec![plane], Colour::BT601).unwrap();
        time += 33_333_333;
        let seen = analyser.analyse(&picture, time, &AnalysisSettings::default());
        seen.unwrap().faces.remove(0)
    };
    for frame in 0..16 {
        see(&compose(frame, frame, 0));
    }
    let nose = clip()[5].landmarks[1][0];
    let middle = (nose * width as f32) as usize;
    let face = see(&compose(left, right, middle));
    let sides = units(&face).movement.unwrap().intensities;
    (sides.left[8], sides.right[8])
}

#[test]
fn a_smile_of_one_half_is_reported_on_its_side_and_its_mirror_image_on_the_other() {
    // What is left in the picture is the person's right.
    let (left, right) = half_smile(45, 5, false);
    assert!(right > left + 0.8, "left {left} right {right}");
    let (mirrored_left, mirrored_right) = half_smile(45, 5, true);
    assert!(
        mirrored_left > mirrored_right + 0.8,
        "left {mirrored_left} right {mirrored_right}"
    );
    assert!((mirrored_left - right).abs() < 0.6 && (mirrored_right - left).abs() < 0.6);
    let (left, right) = half_smile(5, 45, false);
    assert!(left > right, "left {left} right {right}");
}

/// The intensities in the last of ten frames of `photo`, after its person was seen at rest for two seconds.
fn after_rest(photo: &Photo) -> [f64; SCORES] {
    let mut analyser = analyser();
    let rest = &resting_sitter().photo;
    let mut last = [0.0; SCORES];
    for frame in 0..30 {
        let shown = if frame < 20 { rest } else { photo };
        let face = read(&mut analyser, shown, frame * 3).faces.remove(0);
        last = units(&face).movement.unwrap().intensities.both;
    }
    last
}

#[test]
fn a_jaw_that_drops_far_is_told_as_a_stretched_mouth_besides() {
    let sitter = resting_sitter();
    let seen = [0.1, 0.2, 0.4, 0.6].map(|gap| {
        let units = after_rest(&sitter.with_mouth_open(gap));
        [Au::Au26, Au::Au27].map(|unit| units[unit.index()])
    });
    println!("{seen:.2?}");
    let [
        [little, none],
        [some, less],
        [far, stretched],
        [wide, gaping],
    ] = seen;
    assert!(little > 0.3 && none < 0.3, "{little} {none}");
    assert!(some > 1.5 && less < 0.8 * some, "{some} {less}");
    assert!(far.min(stretched) > 4.0 && wide.min(gaping) > 4.0);
}

#[test]
fn lips_that_are_drawn_together_pucker_and_neither_smile_nor_part() {
    let units = after_rest(&resting_sitter().with_pucker(1.0));
    let read = |unit: Au| units[unit.index()];
    assert!(read(Au::Au18) > 1.2, "{}", read(Au::Au18));
    for unit in [Au::Au12, Au::Au15, Au::Au20, Au::Au25, Au::Au27] {
        assert!(read(unit) < 0.5, "{}: {}", unit.code(), read(unit));
    }
}
