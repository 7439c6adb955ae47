//! Properties of whatever takes bytes or structures from elsewhere, tried on many that are broken:
//! each is read or refused, nothing breaks down, and what is read is whole.
//!
//! The cases are the same on every run; `make fuzz` tries other ones, and more of them.

use crate::support::scripts;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use crate::support::mutations::{Change, any_structure, broken, changed, changes, edits, runs};
use crate::support::{Host, clip, model, only_face, scratch};
use gst::meta::CustomMeta;
use gst::prelude::*;
use gst_video::VideoFormat;
use gstaliyarface::analysis::{
    AuActivation, BufferTime, ExpressionEvent, ExpressionKind, Face, Side,
};
use gstaliyarface::export::{Format, Options, Record, Stream, Writer};
use gstaliyarface::metadata;
use gstaliyarface::models::{ActionUnitModel, Device, EmotionNet, Folders, ModelError, Models};
use gstaliyarface::record::Points;
use proptest::prelude::*;
use tch::{Kind, Tensor};

const LABELS: &str = "emotion_labels.txt";

/// A face as the element writes it, with every stage and an event.
static FACE: LazyLock<gst::Structure> = LazyLock::new(|| {
    let frames = clip("single_face.mp4", VideoFormat::I420, 12);
    let mut host = Host::new("micro-expressions=true", &frames[0].caps());
    let faces = frames.iter().map(|still| only_face(&host.show(still)));
    let mut face = faces.last().unwrap();
    face.micro_expressions.push(ExpressionEvent {
        face: face.id,
        onset: BufferTime::from_nanos(100),
        apex: BufferTime::from_nanos(200),
        offset: BufferTime::from_nanos(300),
        kind: ExpressionKind::Micro,
        action_units: Vec::from_iter(AuActivation::new("AU12", Side::Left)),
        peak: 7.0,
        emotion: Some("contempt".to_owned()),
        confidence: 0.5,
    });
    gst::Structure::try_from(&face).unwrap()
});

/// The meta of these faces.
fn meta_of(faces: [gst::Structure; 1]) -> gst::Structure {
    gst::Structure::builder(metadata::NAME)
        .field("version", metadata::VERSION)
        .field("analysis-pts", 7u64)
        .field("faces", gst::Array::new(faces))
        .build()
}

/// An event as the element sends it.
static EVENT: LazyLock<gst::Structure> = LazyLock::new(|| {
    gst::Structure::builder(metadata::EVENT_NAME)
        .field("event", "emotion-changed")
        .field("face-id", 1u32)
        .field("stream-time", 5u64)
        .field("from", "neutral")
        .field("to", "happiness")
        .field("confidence", 0.5)
        .build()
});

/// Loads the emotion net in a file with these bytes, after a change.
fn load(name: &str, bytes: &[u8]) -> Result<(), String> {
    let path = scratch(&format!("fuzz-{name}")).join(name);
    fs::write(&path, bytes).unwrap();
    let net = EmotionNet::load(&path, &model(LABELS), Device::Cpu);
    net.map(|_| ()).map_err(|err| err.to_string())
}

/// Some of the weights of a ResNet-18, so that files are small.
fn few_weights() -> Vec<(&'static str, Tensor)> {
    let noise = |shape: &[i64]| Tensor::full(shape, 0.25, (Kind::Float, tch::Device::Cpu));
    vec![
        ("conv1.weight", noise(&[64, 1, 7, 7])),
        ("bn1.weight", noise(&[64])),
        ("fc.bias", noise(&[8])),
    ]
}

fn bytes_of(name: &str, save: impl FnOnce(&Path) -> Result<(), tch::TchError>) -> Vec<u8> {
    let path = scratch(&format!("whole-{name}")).join(name);
    save(&path).unwrap();
    fs::read(&path).unwrap()
}

static SAFETENSORS: LazyLock<Vec<u8>> = LazyLock::new(|| {
    bytes_of("few.safetensors", |path| {
        Tensor::write_safetensors(&few_weights(), path)
    })
});
static NPZ: LazyLock<Vec<u8>> =
    LazyLock::new(|| bytes_of("few.npz", |path| Tensor::write_npz(&few_weights(), path)));
static OT: LazyLock<Vec<u8>> =
    LazyLock::new(|| bytes_of("few.ot", |path| Tensor::save_multi(&few_weights(), path)));
static SCRIPT: LazyLock<Vec<u8>> =
    LazyLock::new(|| fs::read(scripts::dawdles(&scratch("fuzz-script"), 1)).unwrap());
static ACTION_UNITS: LazyLock<Vec<u8>> =
    LazyLock::new(|| fs::read(model("action_units.safetensors")).unwrap());

/// A folder with one bundled model, `bytes` in place of its own.
fn folder_with(file: &str, bytes: &[u8]) -> (Folders, PathBuf) {
    let folder = scratch(&format!("fuzz-{file}"));
    let path = folder.join(file);
    fs::write(&path, bytes).unwrap();
    (Folders(vec![folder]), path)
}

proptest! {
    #![proptest_config(runs(12))]

    #[test]
    fn a_bundled_model_that_was_changed_is_refused_before_it_is_parsed(edits in edits()) {
        for file in ["face_landmarks_detector.tflite", "face_blendshapes.tflite"] {
            let whole = fs::read(model(file)).unwrap();
            let bytes = broken(&whole, &edits);
            prop_assume!(bytes != whole);
            let (folders, path) = folder_with(file, &bytes);
            let refused = match file {
                "face_blendshapes.tflite" => Models::action_units(&folders).err(),
                _ => Models::mesh(&folders).err(),
            };
            let named = matches!(&refused, Some(ModelError::Corrupt { path: at }) if *at == path);
            prop_assert!(named, "{refused:?}");
        }
    }
}

proptest! {
    #![proptest_config(runs(150))]

    #[test]
    fn a_users_own_script_is_loaded_or_refused(edits in edits()) {
        let refused = load("own.pt", &broken(&SCRIPT, &edits)).err();
        prop_assert!(refused.is_none_or(|words| !words.is_empty() && !words.contains('\n')));
    }

    #[test]
    fn a_users_own_weights_are_refused_with_a_reason(edits in edits()) {
        // Whole, they lack weights.
        for (name, whole) in [("own.safetensors", &*SAFETENSORS), ("own.npz", &*NPZ), ("own.ot", &*OT)] {
            let words = load(name, &broken(whole, &edits)).expect_err(name);
            prop_assert!(!words.is_empty() && !words.contains('\n'), "{name}: {words}");
        }
    }

    #[test]
    fn the_weights_of_the_action_units_are_read_whole_or_refused(edits in edits()) {
        let (_, path) = folder_with("action_units.safetensors", &broken(&ACTION_UNITS, &edits));
        if let Ok(model) = ActionUnitModel::load(&path) {
            prop_assert_eq!(model.canonical.len(), 468);
            prop_assert!(model.shape.rows.iter().chain(&model.hog.rows).all(|row| !row.is_empty()));
        }
    }

    #[test]
    fn a_file_of_labels_is_taken_if_it_names_as_many_classes_as_the_net_tells_apart(
        lines in prop::collection::vec("[\\PC]{0,6}|neutral|\u{0}|\\s", 0..14)
    ) {
        let folder = scratch("fuzz-labels");
        let (net, labels) = (folder.join("own.pt"), folder.join("labels.txt"));
        fs::write(&net, &*SCRIPT).unwrap();
        fs::write(&labels, lines.join("\n")).unwrap();
        let text = lines.join("\n");
        let names: Vec<_> = text.lines().map(str::trim).filter(|name| !name.is_empty()).collect();
        let different = names.iter().collect::<std::collections::BTreeSet<_>>().len();
        let fit = names.len() == 8 && different == 8;
        prop_assert_eq!(EmotionNet::load(&net, &labels, Device::Cpu).is_ok(), fit);
    }
}

proptest! {
    #![proptest_config(runs(1500))]

    #[test]
    fn a_face_that_can_be_read_is_written_and_read_again_as_it_was(changes in changes()) {
        let face = changed(&FACE, &changes);
        if let Ok(face) = Face::try_from(face.as_ref()) {
            let written = gst::Structure::try_from(&face).unwrap();
            let again = Face::try_from(written.as_ref()).expect("what is written can be read");
            // In words, where NaN is equal to itself.
            prop_assert_eq!(format!("{again:?}"), format!("{face:?}"));
        }
    }

    #[test]
    fn a_meta_is_read_whole_or_refused(face in changes(), meta in changes()) {
        let whole = meta_of([changed(&FACE, &face)]);
        let mut buffer = gst::Buffer::new();
        let mut carried = CustomMeta::add(buffer.get_mut().unwrap(), metadata::NAME).unwrap();
        for (name, value) in changed(&whole, &meta).iter() {
            carried.mut_structure().set_value(name, value.clone());
        }
        if let Ok(read) = metadata::read(&buffer) {
            for face in read.expect("there is one").faces {
                prop_assert_eq!(face.landmarks.len(), 478);
            }
        }
    }

    #[test]
    fn whatever_a_buffer_carries_is_exported_as_whole_records(
        face in changes(),
        meta in changes(),
        event in changes(),
    ) {
        let mut meta = changed(&meta_of([changed(&FACE, &face)]), &meta);
        meta.set("version", metadata::VERSION);
        let options = Options { frames: true, events: true, points: Points::Solid, precision: 4 };
        let meta = metadata::meta_record(&meta).ok();
        let events = Vec::from_iter(metadata::event::read(&changed(&EVENT, &event)));
        let stream = Stream::default();
        for format in [Format::Ndjson, Format::Csv, Format::Words] {
            let writer = Writer::new(format, options.clone(), &stream);
            let (meta, events) = (meta.clone(), events.clone());
            let record = Record { meta, events, ..Record::default() };
            let text = writer.record(record).expect("frames are told of");
            match format {
                Format::Ndjson => {
                    for line in text.lines() {
                        let parsed: Result<serde_json::Value, _> = serde_json::from_str(line);
                        prop_assert!(parsed.is_ok(), "{line}");
                    }
                }
                Format::Csv => {
                    let width = cells(writer.header(&stream).unwrap().trim_end());
                    for row in rows(&text) {
                        prop_assert_eq!(cells(&row), width, "{}", row);
                    }
                }
                Format::Words => {}
            }
        }
    }

    #[test]
    fn a_baseline_that_is_taken_is_given_back_as_it_is(
        whole in any_structure(),
        faces in prop::collection::vec((changes(), any::<u32>()), 0..4),
    ) {
        crate::support::init();
        let element = |baseline: &gst::Structure| {
            let element = gst::ElementFactory::make("aliyarface").build().unwrap();
            element.set_property("baseline", Some(baseline));
            element.property::<gst::Structure>("baseline")
        };
        element(&whole);
        let neutral = |(changes, id): &(Vec<Change>, u32)| {
            let mut neutral = gst::Structure::builder("face").field("face-id", *id).build();
            for unit in gstaliyarface::analysis::ACTION_UNITS.iter() {
                neutral.set(unit.code, 0.25);
            }
            changed(&neutral, changes)
        };
        let faces = gst::Array::new(faces.iter().map(neutral));
        let taken = element(&gst::Structure::builder("baseline").field("faces", faces).build());
        prop_assert_eq!(&element(&taken), &taken);
        let known: gst::Array = taken.get("faces").unwrap();
        for face in known.iter() {
            let face: gst::Structure = face.get().unwrap();
            let finite = |(_, value): (_, &gst::glib::SendValue)| value.get::<f64>().is_ok_and(f64::is_finite);
            prop_assert_eq!(face.iter().filter(|&(name, value)| finite((name, value))).count() + 1, face.n_fields());
        }
    }
}

/// Cells of a row of comma-separated values.
fn cells(row: &str) -> usize {
    let mut quoted = false;
    let commas = row.chars().filter(|&letter| {
        quoted ^= letter == '"';
        letter == ',' && !quoted
    });
    commas.count() + 1
}

/// Rows of a text of comma-separated values, line breaks within quotes being part of a cell.
fn rows(text: &str) -> Vec<String> {
    let mut quoted = false;
    let ends = |letter: char| {
        quoted ^= letter == '"';
        letter == '\n' && !quoted
    };
    let rows = text.split(ends).filter(|row| !row.is_empty());
    rows.map(str::to_owned).collect()
}
