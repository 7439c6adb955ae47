//! `aliyarfaceexport` in pipelines: every buffer becomes a record, and each record says what the
//! buffer said.

use std::fs;
use std::process::Command;

use gst::prelude::*;
use gstaliyarface::metadata;
use gstaliyarface::record::Line;
use serde_json::Value;

use crate::exporting::{SOME, Scratch, clip, exported, of_kind, records, run};
use crate::support::init;

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
