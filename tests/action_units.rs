//! Action Units of a real clip: a face at rest smiles at frame 17 (counted from 0), blinks at frames
//! 26 to 28 and rests again from frame 70 on.

#![allow(clippy::unwrap_used)]

use std::sync::OnceLock;

use gst::prelude::*;
use gstaliyarface::analysis::{ACTION_UNITS, ActionUnits, Face};
use gstaliyarface::metadata;

/// The only face in each frame of the clip.
fn clip() -> &'static [Face] {
    static CLIP: OnceLock<Vec<Face>> = OnceLock::new();
    CLIP.get_or_init(|| {
        gst::init().unwrap();
        gstaliyarface::plugin_register_static().unwrap();
        let samples = std::env::var("ALIYARFACE_SAMPLES").unwrap();
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
    for (code, smiling) in [("AU12", 2.0), ("AU06", 0.8), ("AU25", 2.0), ("AU26", 0.5)] {
        let trace = trace(code);
        let [before, during, after] = [&trace[..16], &trace[24..66], &trace[71..]].map(mean);
        assert!(before < 0.6, "{code} at rest: {before}");
        assert!(during > smiling, "{code} in the smile: {during}");
        assert!(after < 0.6, "{code} after the smile: {after}");
    }
}

#[test]
fn the_lids_close_in_the_blink_and_in_no_other_frame() {
    let trace = trace("AU43");
    let closed: Vec<_> = (0..trace.len())
        .filter(|&frame| trace[frame] > 1.8)
        .collect();
    assert_eq!(closed, [26, 27, 28], "{trace:?}");
}

#[test]
fn a_unit_that_is_not_measured_is_absent() {
    let structure = gst::Structure::from(&clip()[27]);
    for name in ["action-units", "action-units-raw", "action-unit-tiers"] {
        let units: gst::Structure = structure.get(name).unwrap();
        assert!(units.has_field("AU43"), "{name}");
        assert!(!units.has_field("AU45"), "{name}");
    }
}
