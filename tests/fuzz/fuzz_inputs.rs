//! Bytes and structures from elsewhere, broken in many ways: each is read or refused, and nothing
//! breaks down. The ways are the same on every run.

use crate::support::scripts;
use std::fs;
use std::path::Path;

use crate::support::dice::Dice;
use crate::support::{Host, clip, model, only_face, scratch};
use gst::glib;
use gst::prelude::*;
use gst_video::VideoFormat;
use gstaliyarface::analysis::Face;
use gstaliyarface::metadata;

fn below(dice: &mut Dice, count: usize) -> usize {
    dice.between(0.0, count as f64) as usize
}

/// The bytes with some of them changed, cut off, doubled or put in from nowhere.
fn broken(bytes: &[u8], within: usize, dice: &mut Dice) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..1 + below(dice, 6) {
        let within = within.min(bytes.len());
        if within == 0 {
            break;
        }
        let at = below(dice, within);
        match below(dice, 5) {
            0 => bytes[at] ^= 1 << below(dice, 8),
            1 => bytes[at] = below(dice, 256) as u8,
            2 => bytes.truncate(at),
            3 => {
                let end = (at + below(dice, 64)).min(bytes.len());
                let piece = bytes[at..end].to_vec();
                bytes.splice(at..at, piece);
            }
            _ => {
                let end = (at + below(dice, 8)).min(bytes.len());
                bytes[at..end].fill(0xff);
            }
        }
    }
    bytes
}

/// Whether an element starts with this emotion net and these labels; a refusal names the net.
fn starts(weights: &Path, labels: &Path) -> bool {
    crate::support::init();
    let element = gst::ElementFactory::make("aliyarface")
        .property("action-units", false)
        .property("emotion-model", weights.to_str().unwrap())
        .property("emotion-labels", labels.to_str().unwrap())
        .build()
        .unwrap();
    let bus = gst::Bus::new();
    element.set_bus(Some(&bus));
    let started = element.set_state(gst::State::Ready).is_ok();
    element.set_state(gst::State::Null).unwrap();
    if !started {
        let told = bus.pop_filtered(&[gst::MessageType::Error]).unwrap();
        let name = weights.file_name().unwrap().to_str().unwrap();
        assert!(format!("{told:?}").contains(name), "{told:?}");
    }
    started
}

#[test]
fn broken_label_files_are_read_or_refused() {
    let folder = scratch("labels");
    let labels = fs::read(model("emotion_labels.txt")).unwrap();
    let weights = scripts::dawdles(&folder, 1);
    let mut dice = Dice(5);
    let mut started = 0;
    for _ in 0..40 {
        let file = folder.join("labels.txt");
        fs::write(&file, broken(&labels, labels.len(), &mut dice)).unwrap();
        started += usize::from(starts(&weights, &file));
    }
    assert!(started < 40, "none was broken enough to matter");
}

#[test]
fn broken_emotion_nets_are_loaded_or_refused() {
    let folder = scratch("nets");
    let labels = model("emotion_labels.txt");
    let script = fs::read(scripts::dawdles(&folder, 1)).unwrap();
    let weights = fs::read(model("emotion_resnet18.safetensors")).unwrap();
    let header = u64::from_le_bytes(*weights.first_chunk().unwrap()) as usize + 8;
    let mut dice = Dice(6);
    let mut started = 0;
    for (bytes, name, within, turns) in [
        (&script, "broken.pt", script.len(), 60),
        (&weights, "broken.safetensors", header, 15),
        (&weights, "broken.npz", header, 5),
        (&weights, "broken.ot", header, 5),
    ] {
        for _ in 0..turns {
            let file = folder.join(name);
            fs::write(&file, broken(bytes, within, &mut dice)).unwrap();
            started += usize::from(starts(&file, &labels));
        }
    }
    assert!(
        started < 60,
        "{started} of 85 were not broken enough to matter"
    );
}

/// A value of some type, seldom a sensible one.
fn any_value(dice: &mut Dice) -> glib::SendValue {
    let number = [0.0, -1.0, f64::NAN, f64::INFINITY, 1e300, 0.5][below(dice, 6)];
    match below(dice, 9) {
        0 => number.to_send_value(),
        1 => (below(dice, usize::MAX) as u32).to_send_value(),
        2 => u64::MAX.to_send_value(),
        3 => "".to_send_value(),
        4 => "neutral".to_send_value(),
        5 => true.to_send_value(),
        6 => gst::Structure::builder("odd")
            .field("AU01", number)
            .build()
            .to_send_value(),
        7 => gst::Array::new([number; 4]).to_send_value(),
        _ => glib::Bytes::from_owned(vec![0xffu8; 478 * 3 * 4]).to_send_value(),
    }
}

/// The structure with a few of its fields, or of those within it, changed or gone.
fn distorted(structure: &gst::StructureRef, dice: &mut Dice) -> gst::Structure {
    let mut structure = structure.to_owned();
    let names: Vec<_> = structure.fields().map(|name| name.to_string()).collect();
    for _ in 0..1 + below(dice, 3) {
        let name = names[below(dice, names.len())].as_str();
        let inner = structure.get::<gst::Structure>(name).ok();
        match (below(dice, 4), inner) {
            (0, _) => structure.remove_field(name),
            (1, Some(inner)) if inner.n_fields() > 0 => {
                let inner = distorted(&inner, dice);
                structure.set(name, inner);
            }
            _ => structure.set_value(name, any_value(dice)),
        }
    }
    structure
}

#[test]
fn a_distorted_meta_is_read_or_refused_and_does_no_harm_to_who_draws_or_exports_it() {
    let still = clip("single_face.mp4", VideoFormat::I420, 1).remove(0);
    let mut host = Host::new("", &still.caps());
    let face = gst::Structure::try_from(&only_face(&host.show(&still))).unwrap();
    let mut dice = Dice(8);
    let mut read = 0;
    for _ in 0..3000 {
        let distorted = distorted(&face, &mut dice);
        if let Ok(face) = Face::try_from(distorted.as_ref()) {
            read += 1;
            let _ = gst::Structure::try_from(&face).unwrap();
        }
    }
    assert!((1..2900).contains(&read), "{read} of 3000 are read");
    // An element further down takes the place of whatever an earlier one wrote.
    for _ in 0..20 {
        let mut buffer = still.at(gst::ClockTime::ZERO);
        let mut meta =
            gst::meta::CustomMeta::add(buffer.get_mut().unwrap(), metadata::NAME).unwrap();
        let faces = gst::Array::new([distorted(&face, &mut dice)]);
        meta.mut_structure().set("faces", faces);
        host.begin(&still.caps());
        assert!(only_face(&host.pass(buffer)).score > 0.5);
    }
}

#[test]
fn a_distorted_baseline_is_taken_or_refused_and_the_frames_go_on() {
    let frames = clip("single_face.mp4", VideoFormat::I420, 40);
    let mut host = Host::new("emotions=false", &frames[0].caps());
    host.show(&frames[0]);
    let element = host.element();
    element.emit_by_name::<()>("calibrate", &[]);
    host.show(&frames[1]);
    let baseline: gst::Structure = element.property("baseline");
    let known = baseline.get::<gst::Array>("faces").unwrap();
    let known: gst::Structure = known.first().expect("a neutral").get().unwrap();
    let mut dice = Dice(9);
    for still in &frames {
        for turn in 0..20 {
            let faces = gst::Array::new([distorted(&known, &mut dice)]);
            let whole = gst::Structure::builder("baseline").field("faces", faces);
            let distorted = match turn {
                0 => distorted(&baseline, &mut dice),
                _ => whole.build(),
            };
            element.set_property("baseline", Some(&distorted));
        }
        let face = only_face(&host.show(still));
        let structure = gst::Structure::try_from(&face).unwrap();
        if let Ok(units) = structure.get::<gst::Structure>("action-units") {
            for (name, value) in units.iter() {
                let value = value.get::<f64>().unwrap();
                assert!((0.0..=5.0).contains(&value), "{name} is {value}");
            }
        }
    }
    assert!(host.warnings().is_empty());
}
