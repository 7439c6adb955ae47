//! `aliyarface report` draws real recordings: what is in them, and nothing that is not.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::OnceLock;

use serde_json::{Value, json};

use crate::support::{aliyarface, play, sample, scratch};
use crate::words::emotion_words;

/// Records of a clip as lines and as a table, read once with `analyser`.
fn recorded(folder: &Path, analyser: &str) -> [String; 2] {
    let clip = sample("single_face.mp4");
    let outputs = ["records.jsonl", "records.csv"].map(|name| folder.join(name));
    let [lines, table] = ["application/x-ndjson", "text/csv"].map(|format| {
        format!("faces. ! queue ! aliyarfaceexport select=both ! {format} ! filesink location=")
    });
    play(&format!(
        "filesrc location={} ! decodebin ! videoconvert ! {analyser} ! tee name=faces {lines}{} {table}{}",
        clip.display(),
        outputs[0].display(),
        outputs[1].display(),
    ));
    outputs.map(|output| fs::read_to_string(output).unwrap())
}

/// The clip's records as lines and as a table, read once for all tests, in a folder of this test's own.
fn records(folder: &Path) -> [PathBuf; 2] {
    static RECORDS: OnceLock<[String; 2]> = OnceLock::new();
    let texts = RECORDS.get_or_init(|| recorded(&scratch("report-records"), "aliyarface"));
    let files = ["records.jsonl", "records.csv"].map(|name| folder.join(name));
    for (file, text) in files.iter().zip(texts) {
        fs::write(file, text).unwrap();
    }
    files
}

/// Its lines alone.
fn lines(folder: &Path) -> PathBuf {
    let [lines, _] = records(folder);
    lines
}

fn report(folder: &Path, records: &Path, arguments: &[&str]) -> Output {
    let (records, folder) = (records.to_str().unwrap(), folder.to_str().unwrap());
    let words = [&["report", records, "--out", folder], arguments].concat();
    aliyarface(&words)
}

/// The page, and width and height of the figure of face 1.
fn drawn(folder: &Path, records: &Path, arguments: &[&str]) -> (String, [u32; 2]) {
    let output = report(folder, records, arguments);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let picture = fs::read(folder.join("report-face-1.png")).unwrap();
    assert!(picture.starts_with(b"\x89PNG"));
    let side = |at: usize| u32::from_be_bytes(picture[at..at + 4].try_into().unwrap());
    let page = fs::read_to_string(folder.join("report.html")).unwrap();
    (page, [side(16), side(20)])
}

#[test]
fn a_clip_is_drawn_alike_from_lines_and_from_a_table() {
    let page = |folder: PathBuf, records: PathBuf| {
        let (page, size) = drawn(&folder, &records, &[]);
        let tables = page.split("<table>").skip(1).map(str::to_owned);
        (tables.collect::<Vec<_>>(), size)
    };
    let [folder, other] = ["lines", "table"].map(|name| scratch(&format!("report-of-{name}")));
    let [records, table] = records(&folder);
    let (lines, size) = page(folder, records);
    assert!(lines[0].contains("<td>happiness</td>"), "{}", lines[0]);
    assert!(lines[1].contains("<td>AU12</td>"));
    assert!(size[0] == 2100 && size[1] > 1500, "{size:?}");
    let (table, other) = page(other, table);
    assert_eq!(size, other);
    assert_eq!(lines[..2].join(""), table[..2].join(""));
}

#[test]
fn a_micro_expression_is_marked_and_its_pictures_are_cut_from_the_video() {
    let folder = scratch("report-events");
    let records = lines(&folder);
    let plain = drawn(&folder, &records, &[]).1;
    // The blink of the clip, told of as if it were one.
    let event = json!({
        "event": "micro-expression", "face-id": 1, "stream-time": 1_100_000_000,
        "onset": 833_333_333, "apex": 933_333_333, "offset": 1_033_333_333, "duration": 200_000_000,
        "kind": "micro", "action-units": [{"code": "AU43", "side": "both"}], "peak": 5.0, "confidence": 0.5,
    });
    let asleep = json!({
        "event": "microsleep", "face-id": 1, "stream-time": 100_000_000, "duration": 1_001_000_000,
    });
    let text = fs::read_to_string(&records).unwrap();
    let lines = text.lines().map(|line| {
        let mut line: Value = serde_json::from_str(line).unwrap();
        if line["frame"] == 35 {
            let events = line["events"].as_array_mut().unwrap();
            events.extend([event.clone(), asleep.clone()]);
        }
        line.to_string() + "\n"
    });
    fs::write(&records, lines.collect::<String>()).unwrap();
    let clip = sample("single_face.mp4");
    let (page, size) = drawn(&folder, &records, &["--video", clip.to_str().unwrap()]);
    let asleep = "<td>eyes closed for a second</td><td>1</td><td>0.10</td><td>1.00</td>";
    for told in ["micro · AU43 · 200 ms", "0.833", "0.933", "1.033", asleep] {
        assert!(page.contains(told), "{told}");
    }
    assert!(size[1] > plain[1] + 200, "a row of pictures: {size:?}");
}

#[test]
fn a_recording_that_was_cut_off_is_drawn_to_its_last_whole_line() {
    let folder = scratch("report-cut");
    let records = lines(&folder);
    let text = fs::read_to_string(&records).unwrap();
    let line = text.lines().nth(20).unwrap();
    let end = text.find(line).unwrap() + line.len() / 2;
    fs::write(&records, &text[..end]).unwrap();
    drawn(&folder, &records, &[]);
}

#[test]
fn without_emotions_the_report_holds_no_word_for_one() {
    let folder = scratch("report-plain");
    recorded(&folder, "aliyarface emotions=false");
    for name in ["records.jsonl", "records.csv"] {
        let records = folder.join(name);
        let (page, _) = drawn(&folder, &records, &[]);
        let words = page
            .split("base64,")
            .map(|part| part.split_once("\">").map_or(part, |(_, rest)| rest));
        let said = words.collect::<String>().to_lowercase();
        assert!(said.contains("au12"));
        for word in emotion_words() {
            assert!(!said.contains(word), "{word} in {said}");
        }
    }
}

#[test]
fn a_recording_without_faces_is_an_error_that_says_so() {
    let folder = scratch("report-nobody");
    let records = folder.join("records.jsonl");
    play(&format!(
        "videotestsrc num-buffers=3 ! video/x-raw,width=160,height=120 ! aliyarface \
         ! aliyarfaceexport ! application/x-ndjson ! filesink location={}",
        records.display(),
    ));
    let output = report(&folder, &records, &[]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(said.contains("tells of no such face"), "{said}");
}
