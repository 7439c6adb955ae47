//! Tables and subtitles of `aliyarfaceexport`: their rows, columns and words.

use std::fs;

use crate::exporting::{SOME, Scratch, exported, run, sample};

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
fn a_csv_has_the_indices_with_the_part_that_was_seen_their_windows_and_the_states() {
    let clip = sample("single_face.mp4");
    let file = Scratch::new("indices.csv");
    run(&format!(
        "filesrc location={clip} ! decodebin ! videoconvert ! aliyarface perclos-window=2 \
         emotions=false ! aliyarfaceexport ! text/csv ! filesink location={}",
        file.path()
    ));
    let text = file.text();
    let rows: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
    let cell = |row: &[&str], name: &str| {
        let column = rows[0].iter().position(|column| *column == name);
        row[column.unwrap_or_else(|| panic!("no column {name}"))].to_owned()
    };
    let (first, last) = (&rows[1], &rows[rows.len() - 1]);
    assert_eq!(cell(first, "perclos"), "", "nothing was seen yet");
    let share: f64 = cell(last, "perclos").parse().unwrap();
    assert!((0.0..0.2).contains(&share), "{share}");
    assert!(cell(last, "perclos_valid").parse::<f64>().unwrap() > 0.5);
    assert_eq!(cell(last, "perclos_window").parse::<f64>().unwrap(), 2.0);
    assert_eq!(
        cell(last, "visual_focus_window").parse::<f64>().unwrap(),
        2.0
    );
    assert_eq!(
        cell(last, "own_blink_rate"),
        "",
        "two minutes were not seen"
    );
    assert_eq!(cell(last, "tension_blink_rate"), "");
    assert_eq!(cell(last, "closure"), "open");
    assert_eq!(cell(last, "reference"), "camera");
    assert_eq!(cell(last, "distraction"), "none");
    assert!(!cell(last, "attention_buffer").is_empty() && !cell(last, "away").is_empty());
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
        for word in crate::support::emotion_words() {
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
