//! What buffers and the bus carry, as the schema in docs/metadata.md says.

use std::collections::{BTreeMap, BTreeSet};

use crate::support::{FRAME, Host, Run, Still, clip, faces, run, sample};
use gst::meta::CustomMeta;
use gst_video::{VideoFormat, VideoRegionOfInterestMeta};
use gstaliyarface::analysis::Face;
use gstaliyarface::metadata;

const SCHEMA: &str = include_str!("../../docs/metadata.md");

/// The type that the document names for each field of a face.
fn schema() -> BTreeMap<String, String> {
    let table = SCHEMA.split("| field | type | meaning |").nth(1).unwrap();
    let table = table.split("\n\n").next().unwrap();
    let rows = table.lines().filter(|line| line.starts_with("| `"));
    let mut schema = BTreeMap::new();
    for row in rows {
        let cells: Vec<_> = row.split(" | ").collect();
        let mut last = String::new();
        for name in cells[0].split('`').skip(1).step_by(2) {
            // "`units-left` `-right`" is short for two names.
            let name = if name.starts_with('-') {
                format!("{}{name}", &last[..last.rfind('-').unwrap()])
            } else {
                name.to_owned()
            };
            last.clone_from(&name);
            schema.insert(name, cells[1].to_owned());
        }
    }
    schema
}

fn assert_number(value: f64, range: Option<&str>, context: &str) {
    assert!(value.is_finite(), "{context} is {value}");
    if let Some((low, high)) = range.and_then(|range| range.split_once("..")) {
        let [low, high] = [low, high].map(|edge| edge.parse::<f64>().unwrap());
        assert!((low..=high).contains(&value), "{context} is {value}");
    }
}

/// Holds a value against the document's words for its type.
fn assert_type(value: &gst::glib::SendValue, words: &str, context: &str) {
    let mut parts = words.split(' ');
    match (parts.next().unwrap(), parts.next()) {
        ("uint", _) => drop(value.get::<u32>().expect(context)),
        ("uint64", _) => drop(value.get::<u64>().expect(context)),
        ("double", range) => assert_number(value.get().expect(context), range, context),
        ("string", _) => assert!(!value.get::<String>().expect(context).is_empty()),
        ("boolean", _) => drop(value.get::<bool>().expect(context)),
        ("structure", _) => drop(value.get::<gst::Structure>().expect(context)),
        ("GBytes", _) => drop(value.get::<gst::glib::Bytes>().expect(context)),
        ("array", Some("of")) => {
            let array = value.get::<gst::Array>().expect(context);
            if let Ok(count) = parts.next().unwrap_or_default().parse::<usize>() {
                assert_eq!(array.len(), count, "{context}");
                for value in array.iter() {
                    assert_number(value.get().expect(context), None, context);
                }
            }
        }
        other => panic!("{context}: the document's type {other:?} is not known"),
    }
}

/// Every number in a structure, those in structures within it included.
fn numbers(structure: &gst::StructureRef) -> Vec<(String, f64)> {
    let mut numbers = Vec::new();
    for (name, value) in structure.iter() {
        if let Ok(number) = value.get::<f64>() {
            numbers.push((name.to_string(), number));
        } else if let Ok(inner) = value.get::<gst::Structure>() {
            numbers.extend(self::numbers(&inner));
        }
    }
    numbers
}

fn structures(buffer: &gst::BufferRef) -> Vec<gst::Structure> {
    let meta = CustomMeta::from_buffer(buffer, "AliyarFaceMeta").expect("a meta");
    let faces = meta.structure().get::<gst::Array>("faces").unwrap();
    faces.iter().map(|face| face.get().unwrap()).collect()
}

fn source(file: &str) -> String {
    let file = sample(file);
    format!(
        "filesrc location={} ! decodebin ! videoconvert ! video/x-raw,format=NV12",
        file.display()
    )
}

#[test]
fn a_face_has_the_fields_and_types_of_the_readme_and_no_others() {
    let schema = schema();
    let mut seen = BTreeSet::new();
    for (file, length) in [("single_face.mp4", 72), ("multi_face.jpg", 1)] {
        let run = run(&format!(
            "{} ! aliyarface micro-expressions=true",
            source(file)
        ));
        assert!(run.buffers().count() >= length);
        for buffer in run.buffers() {
            let meta = CustomMeta::from_buffer(buffer, "AliyarFaceMeta").unwrap();
            let meta = meta.structure();
            let fields: Vec<_> = meta.fields().map(|field| field.as_str()).collect();
            assert_eq!(fields, ["version", "analysis-pts", "faces"]);
            assert_eq!(meta.get("version"), Ok(1u32));
            let pts = buffer.pts().map(gst::ClockTime::nseconds);
            assert_eq!(meta.get::<u64>("analysis-pts").ok(), pts);
            for face in structures(buffer) {
                assert_eq!(face.name(), "face");
                for (field, value) in face.iter() {
                    let field = field.as_str();
                    let words = schema.get(field);
                    let words =
                        words.unwrap_or_else(|| panic!("{field} is not in docs/metadata.md"));
                    assert_type(value, words, field);
                    seen.insert(field.to_owned());
                }
                assert_sense(&face);
            }
        }
    }
    let promised: BTreeSet<_> = schema.into_keys().collect();
    assert_eq!(seen, promised, "each field is there at some time");
}

fn assert_sense(face: &gst::StructureRef) {
    for (name, value) in numbers(face) {
        assert!(value.is_finite(), "{name} is {value}");
        if name.starts_with("AU") {
            assert!((0.0..=5.0).contains(&value), "{name} is {value}");
        }
    }
    let landmarks: gst::glib::Bytes = face.get("landmarks").unwrap();
    assert_eq!(landmarks.len(), 478 * 3 * 4);
    let quality: gst::Structure = face.get("quality").unwrap();
    let fields: Vec<_> = quality.fields().map(|field| field.as_str()).collect();
    assert_eq!(
        fields,
        ["size-px", "blur", "occlusion", "angle", "visible", "usable"]
    );
    let turn: gst::Array = face.get("rotation").unwrap();
    let length: f64 = turn
        .iter()
        .map(|part| part.get::<f64>().unwrap().powi(2))
        .sum();
    assert!((length - 1.0).abs() < 1e-6, "a unit quaternion: {length}");
    for distribution in ["emotions", "emotions-raw"] {
        let Ok(values) = face.get::<gst::Structure>(distribution) else {
            continue;
        };
        let values = numbers(&values);
        assert_eq!(values.len(), 8, "{distribution}");
        assert!(values.iter().all(|(_, value)| (0.0..=1.0).contains(value)));
        let sum: f64 = values.iter().map(|(_, value)| value).sum();
        assert!((sum - 1.0).abs() < 1e-6, "{distribution} sums to {sum}");
    }
}

#[test]
fn what_was_not_read_is_absent() {
    let frames = clip("single_face.mp4", VideoFormat::I420, 3);
    let cases: [(&str, &[&str]); 2] = [
        (
            "emotions=false",
            &[
                "emotion",
                "confidence",
                "valence",
                "arousal",
                "mixture",
                "transition",
            ],
        ),
        (
            "action-units=false",
            &["action-unit", "baseline", "eyes", "AU"],
        ),
    ];
    for (property, stems) in cases {
        let mut host = Host::new(property, &frames[0].caps());
        for still in &frames {
            let result = host.show(still);
            for face in structures(&result) {
                for field in face.fields() {
                    let invented = stems.iter().any(|stem| field.starts_with(stem));
                    assert!(!invented, "{property}: {field}");
                }
            }
        }
    }
    let mut host = Host::new("emotion-interval=3", &frames[0].caps());
    let raw: Vec<_> = frames
        .iter()
        .map(|still| structures(&host.show(still))[0].has_field("emotions-raw"))
        .collect();
    assert_eq!(raw, [true, false, false], "the net ran on the first frame");
    let nobody = Still::grey(320, 240).as_format(VideoFormat::I420);
    host.begin(&nobody.caps());
    assert!(structures(&host.show(&nobody)).is_empty());
}

#[test]
fn each_face_has_its_region_in_pixels() {
    let still = Still::photo("multi_face.jpg");
    let mut host = Host::new("emotions=false", &still.caps());
    let result = host.show(&still);
    let faces = faces(&result);
    assert_eq!(faces.len(), 5);
    let regions: Vec<_> = result.iter_meta::<VideoRegionOfInterestMeta>().collect();
    assert_eq!(regions.len(), 5);
    let size = [still.info.width(), still.info.height()].map(f64::from);
    for (face, region) in faces.iter().zip(regions) {
        assert_eq!(region.roi_type(), "face");
        assert_eq!(region.id(), face.id.number() as i32);
        let (x, y, width, height) = region.rect();
        let found = [x, y, x + width, y + height].map(f64::from);
        let rect = &face.rect;
        let corners = [rect.x, rect.y, rect.x + rect.width, rect.y + rect.height];
        for (index, (found, corner)) in found.into_iter().zip(corners).enumerate() {
            let expected = (corner * size[index % 2]).clamp(0.0, size[index % 2]);
            assert!((found - expected).abs() <= 1.0, "{found} for {expected}");
        }
    }
}

#[test]
fn a_face_written_and_read_again_is_the_same_face() {
    let frames = clip("single_face.mp4", VideoFormat::I420, 20);
    for properties in ["", "emotions=false", "action-units=false"] {
        let mut host = Host::new(properties, &frames[0].caps());
        for still in &frames {
            for face in faces(&host.show(still)) {
                let structure = gst::Structure::try_from(&face).unwrap();
                let again = Face::try_from(structure.as_ref()).unwrap();
                assert_eq!(again, face);
            }
        }
    }
}

#[test]
fn a_structure_that_breaks_the_schema_is_refused_by_the_name_of_the_field() {
    let still = clip("single_face.mp4", VideoFormat::I420, 1).remove(0);
    let mut host = Host::new("", &still.caps());
    let face = crate::support::only_face(&host.show(&still));
    let face = gst::Structure::try_from(&face).unwrap();
    let optional = |field: &str| {
        // Marks whether a whole group of fields is there.
        [
            "emotion",
            "emotions-raw",
            "action-units-observable",
            "baseline",
        ]
        .contains(&field)
    };
    let names: Vec<_> = face.fields().map(|field| field.to_string()).collect();
    for name in names {
        let mut wrong = face.clone();
        wrong.set(name.as_str(), "something else");
        let read = Face::try_from(wrong.as_ref());
        if optional(&name) || read.is_ok() {
            continue;
        }
        let text = read.unwrap_err().to_string();
        assert!(text.contains(&name), "{name}: {text}");
    }
    for name in [
        "id",
        "x",
        "score",
        "quality",
        "landmarks",
        "yaw",
        "rotation",
    ] {
        let mut wrong = face.clone();
        wrong.remove_field(name);
        let text = Face::try_from(wrong.as_ref()).unwrap_err().to_string();
        assert!(text.contains(name), "{text}");
    }
    let mut short = face.clone();
    short.set("landmarks", gst::glib::Bytes::from_owned(vec![0u8; 12]));
    let text = Face::try_from(short.as_ref()).unwrap_err().to_string();
    assert!(
        text.contains("landmarks") && text.contains("5736"),
        "{text}"
    );
    let mut short = face;
    short.set("rotation", gst::Array::new([1.0, 0.0]));
    assert!(Face::try_from(short.as_ref()).is_err());
}

/// Frames of the clip that are read before other elements.
const FRAMES: usize = 24;

/// The readings of the first frames of the clip behind `elements`, and whether each buffer carries one.
fn behind(elements: &str) -> Run {
    let run = run(&format!(
        "{} ! identity eos-after={FRAMES} ! aliyarface emotions=false action-units=false {elements}",
        source("single_face.mp4")
    ));
    assert_eq!(run.error, None, "{elements}");
    run
}

#[test]
fn the_meta_survives_what_leaves_the_picture_whole() {
    // A decoder lets some more frames through when it is ended.
    let read = |way: &str| -> Vec<_> { behind(way).buffers().take(FRAMES).map(faces).collect() };
    let plain = read("");
    assert!(plain.len() == FRAMES && plain.iter().all(|faces| faces.len() == 1));
    let ways = [
        "! queue",
        "! tee ! queue",
        "! identity",
        "! videoconvert ! video/x-raw,format=RGB",
        "! videoscale ! video/x-raw,width=320,height=180",
        "! videoscale add-borders=false ! video/x-raw,width=200,height=200",
        "! x264enc tune=zerolatency ! avdec_h264",
        "! x264enc ! h264parse ! avdec_h264",
        "! videoconvert ! jpegenc ! jpegdec",
        "! videoconvert ! vp8enc deadline=1 ! vp8dec",
    ];
    let mut tried = 0;
    for way in ways {
        let words = way.split_whitespace();
        let mut elements =
            words.filter(|word| word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'));
        if elements.any(|name| gst::ElementFactory::find(name).is_none()) {
            continue;
        }
        assert!(read(way) == plain, "{way} changes what is read");
        tried += 1;
    }
    assert!(tried >= 6, "only {tried} ways are installed");
}

#[test]
fn the_meta_is_gone_where_the_picture_was_cropped() {
    for way in [
        "! videocrop left=100",
        "! aspectratiocrop aspect-ratio=1/1",
        "! videoconvert ! videocrop top=20 ! videoconvert",
    ] {
        let run = behind(way);
        assert!(run.buffers().count() >= FRAMES, "{way}");
        for buffer in run.buffers() {
            let left = metadata::read(buffer).unwrap();
            assert!(left.is_none(), "{way}");
        }
    }
}

#[test]
fn the_bus_tells_when_a_face_comes_when_its_emotion_turns_and_when_it_goes() {
    let run = run(&format!("{} ! aliyarface", source("single_face.mp4")));
    let labels = std::fs::read_to_string(crate::support::model("emotion_labels.txt")).unwrap();
    let labels: Vec<_> = labels.lines().chain(["unknown"]).collect();
    let name = |event: &gst::Structure| event.get::<String>("event").unwrap();
    let mut times = Vec::new();
    for event in &run.events {
        assert_eq!(event.name(), "aliyarface");
        let mut fields: BTreeSet<_> = event.fields().map(|field| field.to_string()).collect();
        for field in ["timestamp", "stream-time", "running-time", "duration"] {
            event.get::<u64>(field).unwrap();
            assert!(fields.remove(field));
        }
        assert_eq!(event.get("face-id"), Ok(1u32));
        for field in ["event", "face-id"] {
            assert!(fields.remove(field));
        }
        if name(event) == "emotion-changed" {
            let [from, to] = ["from", "to"].map(|field| event.get::<String>(field).unwrap());
            assert!(from != to && labels.contains(&from.as_str()) && labels.contains(&to.as_str()));
            let confidence = event.get::<f64>("confidence").unwrap();
            assert!((0.0..=1.0).contains(&confidence));
            fields.retain(|field| !["from", "to", "confidence"].contains(&field.as_str()));
        }
        if ["face-appeared", "face-lost", "emotion-changed"].contains(&name(event).as_str()) {
            assert!(fields.is_empty(), "{fields:?}");
            times.push((
                name(event),
                event.get::<gst::ClockTime>("timestamp").unwrap(),
            ));
        }
    }
    let start = run.buffers().next().unwrap().pts().unwrap();
    let (first, last) = (&times[0], times.last().unwrap());
    assert_eq!(*first, ("face-appeared".to_owned(), start));
    assert_eq!(last.0, "face-lost");
    assert!(last.1 > FRAME * 60, "it is there to the end: {}", last.1);
    let turned = times.iter().filter(|(name, _)| name == "emotion-changed");
    assert!(turned.count() >= 1, "the smile is told of: {times:?}");
}
