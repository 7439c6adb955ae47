//! `aliyarfaceexport` in pipelines: every buffer becomes a record, and each record says what the
//! buffer said.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::support::init;
use gst::prelude::*;
use gstaliyarface::metadata;
use gstaliyarface::record::Line;
use serde_json::Value;

/// Frames of the sample that most tests need: a neutral face that begins to smile.
const SOME: u32 = 30;

fn sample(name: &str) -> String {
    crate::support::sample(name).to_str().unwrap().to_owned()
}

/// The beginning of a clip that shows a face, `frames` frames and those the decoder still holds.
fn clip(frames: u32) -> String {
    format!(
        "filesrc location={} ! decodebin ! videoconvert ! identity eos-after={frames} ! queue",
        sample("single_face.mp4"),
    )
}

/// A file that goes away with its owner.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let name = format!("aliyarface-export-{}-{name}", std::process::id());
        Self(std::env::temp_dir().join(name))
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }

    fn text(&self) -> String {
        fs::read_to_string(&self.0).unwrap()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// What a pipeline did.
struct Run {
    /// Our element messages on the bus.
    messages: Vec<gst::Structure>,
    /// Buffers that left each analyser.
    buffers: u64,
}

/// Runs a pipeline to its end.
fn run(description: &str) -> Run {
    init();
    let pipeline = gst::parse::launch(description).unwrap();
    let pipeline = pipeline.downcast::<gst::Pipeline>().unwrap();
    let buffers = Arc::new(AtomicU64::new(0));
    for element in pipeline.iterate_elements() {
        let element = element.unwrap();
        if element.factory().unwrap().name() == "aliyarface" {
            let counted = Arc::clone(&buffers);
            let pad = element.static_pad("src").unwrap();
            pad.add_probe(gst::PadProbeType::BUFFER, move |_, _| {
                counted.fetch_add(1, Ordering::Relaxed);
                gst::PadProbeReturn::Ok
            });
        }
    }
    let bus = pipeline.bus().unwrap();
    pipeline.set_state(gst::State::Playing).unwrap();
    let mut messages = Vec::new();
    let mut ended = false;
    for message in bus.iter_timed(gst::ClockTime::from_seconds(120)) {
        match message.view() {
            gst::MessageView::Eos(_) => {
                ended = true;
                break;
            }
            gst::MessageView::Error(err) => panic!("{description}: {err:?}"),
            gst::MessageView::Element(element) => {
                let structure = element.structure().unwrap().to_owned();
                if structure.name() == metadata::EVENT_NAME {
                    messages.push(structure);
                }
            }
            _ => {}
        }
    }
    assert!(ended, "{description} did not end");
    pipeline.set_state(gst::State::Null).unwrap();
    let buffers = buffers.load(Ordering::Relaxed);
    Run { messages, buffers }
}

/// What each of `exports` (the element and what follows it) makes of a clip that is read once.
fn exported(name: &str, frames: u32, analyser: &str, exports: &[&str]) -> (Vec<String>, Run) {
    let files = exports.iter().enumerate();
    let files: Vec<_> = files
        .map(|(index, _)| Scratch::new(&format!("{name}-{index}")))
        .collect();
    let branches = exports.iter().zip(&files).map(|(export, file)| {
        format!("t. ! queue ! {export} ! filesink location={} ", file.path())
    });
    let branches: String = branches.collect();
    let run = run(&format!(
        "{} ! {analyser} ! tee name=t {branches}",
        clip(frames)
    ));
    (files.iter().map(Scratch::text).collect(), run)
}

fn records(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn of_kind<'a>(records: &'a [Value], kind: &str) -> Vec<&'a Value> {
    records
        .iter()
        .filter(|line| line["record"] == kind)
        .collect()
}

#[test]
fn each_buffer_becomes_one_line_between_a_header_and_an_end() {
    let (texts, run) = exported("lines", SOME, "aliyarface", &["aliyarfaceexport"]);
    let text = &texts[0];
    assert!(run.buffers >= u64::from(SOME));
    assert!(text.ends_with('\n'));
    let lines = records(text);
    assert_eq!(lines[0]["record"], "header");
    assert_eq!(lines[0]["schema"], "aliyarface-record");
    assert!(
        lines[0]["source"]
            .as_str()
            .unwrap()
            .ends_with("single_face.mp4")
    );
    assert!(
        lines[0]["caps"]
            .as_str()
            .unwrap()
            .contains("width=(int)640")
    );
    assert!(lines[0]["models"].as_array().unwrap().len() >= 5);
    assert_eq!(lines.last().unwrap()["record"], "end");
    assert_eq!(lines.last().unwrap()["frames"], run.buffers);
    let frames = of_kind(&lines, "frame");
    assert_eq!(frames.len() as u64, run.buffers);
    assert_eq!(lines.len(), frames.len() + 2);
    for (index, frame) in frames.iter().enumerate() {
        assert_eq!(frame["frame"], index + 1);
        assert_eq!(frame["analysed"], true);
        assert_eq!(frame["objects"].as_array().unwrap().len(), 1);
    }
}

#[test]
fn every_line_of_a_real_clip_follows_the_published_schema() {
    let exports = [
        "aliyarfaceexport select=both landmarks=3d",
        "aliyarfaceexport select=events",
        "aliyarfaceexport select=frames landmarks=2d precision=2",
    ];
    let (texts, _) = exported("schema", SOME, "aliyarface", &exports);
    for (export, text) in exports.iter().zip(texts) {
        let file = Scratch::new("schema.ndjson");
        fs::write(file.path(), text).unwrap();
        let check = Command::new("/usr/bin/python3")
            .arg("tests/reference/check_records.py")
            .args(["docs/aliyarface-record.schema.json", file.path()])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&check.stderr);
        assert!(check.status.success(), "{export}: {said}");
    }
}

#[test]
fn every_line_of_a_real_clip_is_read_by_its_type_and_written_again_as_it_was() {
    let exports = [
        "aliyarfaceexport select=both landmarks=3d precision=3",
        "aliyarfaceexport select=events",
        "aliyarfaceexport landmarks=2d precision=3",
    ];
    let (texts, _) = exported("types", SOME, "aliyarface", &exports);
    for text in texts {
        for line in text.lines() {
            let value: Value = serde_json::from_str(line).unwrap();
            let typed: Line = serde_json::from_str(line).unwrap();
            let again = rounded(serde_json::to_value(&typed).unwrap());
            assert!(again == value, "{line}");
        }
    }
}

/// Points have more digits in memory than in text.
fn rounded(mut value: Value) -> Value {
    let objects = value.get_mut("objects").and_then(Value::as_array_mut);
    for object in objects.into_iter().flatten() {
        let points = object.get_mut("landmarks").and_then(Value::as_array_mut);
        for number in points
            .into_iter()
            .flatten()
            .flat_map(Value::as_array_mut)
            .flatten()
        {
            let digits = (number.as_f64().unwrap() * 1e3).round() / 1e3;
            *number = (digits + 0.0).into();
        }
    }
    value
}

#[test]
fn a_record_says_what_the_meta_says() {
    init();
    let pipeline = gst::parse::launch(&format!(
        "{} ! aliyarface ! tee name=t ! queue ! appsink name=metas sync=false \
         t. ! queue ! aliyarfaceexport landmarks=3d precision=9 ! appsink name=records sync=false",
        clip(5)
    ));
    let pipeline = pipeline.unwrap().downcast::<gst::Pipeline>().unwrap();
    let sink = |name| {
        pipeline
            .by_name(name)
            .unwrap()
            .downcast::<gst_app::AppSink>()
            .unwrap()
    };
    let (metas, records) = (sink("metas"), sink("records"));
    pipeline.set_state(gst::State::Playing).unwrap();
    let header = records.pull_sample().unwrap();
    assert!(
        header
            .buffer()
            .unwrap()
            .flags()
            .contains(gst::BufferFlags::HEADER)
    );
    for _ in 0..5 {
        let (frame, line) = (metas.pull_sample().unwrap(), records.pull_sample().unwrap());
        let (frame, line) = (frame.buffer().unwrap(), line.buffer().unwrap());
        assert_eq!(frame.pts(), line.pts());
        assert_eq!(frame.duration(), line.duration());
        let face = &metadata::read(frame).unwrap().unwrap().faces[0];
        let line: Value = serde_json::from_slice(&line.map_readable().unwrap()).unwrap();
        assert_eq!(line["timestamp"], frame.pts().unwrap().nseconds());
        let object = &line["objects"][0];
        let near = |value: &Value, wanted: f64| {
            let value = value.as_f64().unwrap();
            assert!((value - wanted).abs() < 1e-8, "{value} is not {wanted}");
        };
        assert_eq!(object["id"], face.id.number());
        let bounds = &object["detection"]["bounding_box"];
        near(&bounds["x_min"], face.rect.x);
        near(&bounds["y_max"], face.rect.y + face.rect.height);
        near(&object["pitch"], face.head_pose.pitch);
        near(&object["rotation"][3], face.head_pose.rotation[3]);
        let emotion = face.emotion.as_ref().unwrap();
        assert_eq!(object["emotion"], emotion.label());
        near(&object["emotions"]["happiness"], emotion.smoothed[1]);
        for (point, wanted) in object["landmarks"]
            .as_array()
            .unwrap()
            .iter()
            .zip(&face.landmarks)
        {
            near(&point[0], f64::from(wanted[0]));
            near(&point[2], f64::from(wanted[2]));
        }
    }
    pipeline.set_state(gst::State::Null).unwrap();
}

#[test]
fn every_event_of_the_bus_is_in_the_records_once() {
    let exports = [
        "aliyarfaceexport select=both",
        "aliyarfaceexport select=events",
    ];
    let (texts, run) = exported("events", SOME, "aliyarface", &exports);
    let name = |event: &gst::Structure| event.get::<String>("event").unwrap();
    let posted: Vec<_> = run.messages.iter().map(name).collect();
    assert!(posted.contains(&"face-appeared".to_owned()), "{posted:?}");
    assert!(posted.contains(&"face-lost".to_owned()), "{posted:?}");
    for text in texts {
        let lines = records(&text);
        let told = lines.iter().filter_map(|line| line["events"].as_array());
        let told: Vec<_> = told.flatten().map(|event| event["event"].clone()).collect();
        assert_eq!(told, posted);
        let moments = of_kind(&lines, "events");
        let told_of_nothing = |line: &&Value| line["events"].as_array().unwrap().is_empty();
        assert!(!moments.iter().any(told_of_nothing));
    }
}

#[test]
fn a_csv_has_a_row_for_each_face_and_frame_with_the_names_of_openface() {
    let picture = sample("multi_face.jpg");
    let file = Scratch::new("faces.csv");
    run(&format!(
        "filesrc location={picture} ! decodebin ! videoconvert ! imagefreeze num-buffers=3 \
         ! aliyarface ! aliyarfaceexport landmarks=2d ! text/csv ! filesink location={}",
        file.path()
    ));
    let text = file.text();
    let rows: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
    let column = |name| rows[0].iter().position(|column| *column == name).unwrap();
    assert_eq!(rows.len(), 1 + 3 * 5);
    assert!(rows.iter().all(|row| row.len() == rows[0].len()));
    for name in [
        "AU01_r",
        "AU45_r",
        "pose_Tz",
        "x_477",
        "y_0",
        "happiness",
        "FaceRectWidth",
    ] {
        column(name);
    }
    assert!(!rows[0].contains(&"event"));
    for row in &rows[1..] {
        assert_eq!(row[column("success")], "1");
        let roll: f64 = row[column("pose_Rz")].parse().unwrap();
        assert!(roll.abs() < 1.0, "radians, not degrees: {roll}");
        let across: f64 = row[column("x_1")].parse().unwrap();
        let left: f64 = row[column("FaceRectX")].parse().unwrap();
        assert!(across > left && left > 1.0, "pixels, not shares");
    }
}

#[test]
fn a_frame_without_a_face_is_told_of_in_every_format() {
    let start = "videotestsrc num-buffers=4 ! video/x-raw,width=160,height=120 ! aliyarface";
    for (caps, wanted) in [
        ("application/x-ndjson", "\"objects\":[]"),
        ("text/csv", "\n4,0.1,,,0,"),
        ("text/x-raw", "no face"),
    ] {
        let file = Scratch::new("nobody");
        run(&format!(
            "{start} ! aliyarfaceexport ! {caps} ! filesink location={}",
            file.path()
        ));
        let text = file.text();
        assert!(text.contains(wanted), "{caps}: {text}");
    }
}

#[test]
fn metas_that_pass_an_encoder_are_exported_behind_it() {
    for encoder in ["jpegenc", "x264enc tune=zerolatency speed-preset=ultrafast"] {
        let analyser = format!("aliyarface ! {encoder}");
        let (texts, run) = exported("encoded", 5, &analyser, &["aliyarfaceexport"]);
        let lines = records(&texts[0]);
        let frames = of_kind(&lines, "frame");
        assert_eq!(frames.len() as u64, run.buffers);
        for frame in frames {
            assert_eq!(frame["objects"].as_array().unwrap().len(), 1, "{encoder}");
            assert_eq!(frame["resolution"]["width"], 640);
        }
    }
}

#[test]
fn a_stream_without_buffers_has_a_header_and_an_end() {
    let file = Scratch::new("empty");
    run(&format!(
        "videotestsrc num-buffers=0 ! aliyarfaceexport ! filesink location={}",
        file.path()
    ));
    let lines = records(&file.text());
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[1]["frames"], 0);
}

#[test]
fn without_emotions_no_record_holds_a_word_for_one() {
    let exports = [
        "aliyarfaceexport select=both",
        "aliyarfaceexport select=both ! text/csv",
        "aliyarfaceexport select=both ! text/x-raw",
        "aliyarfaceexport select=both subtitles=json ! text/x-raw",
    ];
    let (texts, run) = exported("plain", SOME, "aliyarface emotions=false", &exports);
    let messages: String = run.messages.iter().map(ToString::to_string).collect();
    assert!(messages.contains("face-appeared"));
    for text in texts.iter().chain([&messages]) {
        // The header's own answer to the question whether there are any.
        let said = text.to_lowercase().replace("\"emotions\":false", "");
        for word in crate::support::EMOTION_WORDS {
            assert!(!said.contains(word), "{word} in {said}");
        }
    }
}

#[test]
fn the_columns_of_a_table_are_the_labels_in_use() {
    let folder = crate::support::scratch("own-labels");
    let labels = folder.join("labels.txt");
    let names = [
        "calm", "amused", "neutral", "sad", "cross", "put off", "afraid", "smug",
    ];
    fs::write(&labels, names.join("\n")).unwrap();
    let analyser = format!(
        "aliyarface emotion-model={} emotion-labels={}",
        crate::support::model("emotion_resnet18.safetensors").display(),
        labels.display()
    );
    let (texts, _) = exported("own", 5, &analyser, &["aliyarfaceexport ! text/csv"]);
    let rows: Vec<Vec<&str>> = texts[0]
        .lines()
        .map(|row| row.split(',').collect())
        .collect();
    let first = rows[0]
        .iter()
        .position(|name| *name == "emotion_confidence");
    let own = first.unwrap() + 1..first.unwrap() + 9;
    assert_eq!(
        rows[0][own.clone()],
        [
            "neutral", "calm", "amused", "sad", "cross", "put off", "afraid", "smug"
        ]
    );
    assert_eq!(rows[0][own.end], "valence");
    for row in &rows[1..] {
        let shares = row[own.clone()]
            .iter()
            .map(|cell| cell.parse::<f64>().unwrap());
        assert!((shares.sum::<f64>() - 1.0).abs() < 1e-4, "{row:?}");
    }
}
