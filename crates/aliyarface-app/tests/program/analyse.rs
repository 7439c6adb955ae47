//! `aliyarface analyse`: files in, records out, and a line for each that cannot be read.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, SystemTime};

use gstaliyarface::record::Line;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::RowAccessor;

use crate::support::{aliyarface, play, printed, sample, scratch};
use crate::words::emotion_words;

/// Bytes of a gap: a demuxer reads no more than some GB of it in a second.
const GAP: u64 = 1 << 40;

fn clip() -> String {
    sample("single_face.mp4").to_str().unwrap().to_owned()
}

fn analyse(words: &[&str]) -> Output {
    aliyarface(&[&["analyse"], words].concat())
}

fn lines(path: &Path) -> Vec<Line> {
    let text = fs::read_to_string(path).unwrap();
    let lines = text.lines().map(serde_json::from_str);
    lines.collect::<Result<_, _>>().unwrap()
}

/// The first half of a clip of 72 frames, in a container that is read front to back.
fn cut_off(folder: &Path) -> PathBuf {
    let whole = folder.join("whole.mkv");
    play(&format!(
        "filesrc location={} ! decodebin ! videoconvert ! x264enc speed-preset=ultrafast key-int-max=10 \
         ! h264parse ! matroskamux ! filesink location={}",
        clip(),
        whole.display()
    ));
    let bytes = fs::read(&whole).unwrap();
    fs::remove_file(whole).unwrap();
    let cut = folder.join("cut.mkv");
    fs::write(&cut, &bytes[..bytes.len() / 2]).unwrap();
    cut
}

#[test]
fn lines_a_table_and_parquet_say_the_same_of_a_clip() {
    let folder = scratch("analyse-formats");
    let outputs = ["faces.jsonl", "faces.csv", "faces.parquet"].map(|name| folder.join(name));
    for output in &outputs {
        let said = printed(&analyse(&[&clip(), "-o", output.to_str().unwrap()]));
        assert!(said.contains("72 frames, 2.4 s, 1 face"), "{said}");
    }
    let told = lines(&outputs[0]);
    assert!(matches!(told[0], Line::Header(_)));
    assert!(matches!(told.last(), Some(Line::End(end)) if end.frames == 72));
    let smiles = told.iter().filter_map(|line| match line {
        Line::Frame(frame) => Some(&frame.objects[0].readings.action_units),
        _ => None,
    });
    let smiles: Vec<_> = smiles
        .map(|units| units.as_ref().map(|units| units["AU12"]))
        .collect();
    assert_eq!(smiles.len(), 72);

    let text = fs::read_to_string(&outputs[1]).unwrap();
    let rows: Vec<Vec<_>> = text.lines().map(|row| row.split(',').collect()).collect();
    let column = rows[0].iter().position(|name| *name == "AU12_r").unwrap();
    let in_text: Vec<Option<f64>> = rows[1..]
        .iter()
        .map(|row| row[column].parse().ok())
        .collect();
    assert_eq!(in_text, smiles);

    let table = SerializedFileReader::new(fs::File::open(&outputs[2]).unwrap()).unwrap();
    assert_eq!(table.metadata().file_metadata().num_rows(), 72);
    let schema = table.metadata().file_metadata().schema_descr();
    let names: Vec<_> = schema
        .columns()
        .iter()
        .map(|column| column.name().to_owned())
        .collect();
    assert_eq!(names, rows[0]);
    for (index, row) in table.get_row_iter(None).unwrap().enumerate() {
        let row = row.unwrap();
        assert_eq!(row.get_long(0).unwrap(), index as i64 + 1);
        let smile = row.get_double(column).ok();
        let near = smile.zip(smiles[index]).map(|(a, b)| (a - b).abs() < 1e-5);
        assert!(
            near.unwrap_or(smile.is_none() && smiles[index].is_none()),
            "{index}"
        );
    }
}

#[test]
fn what_cannot_be_read_is_told_in_a_line_each_and_the_others_go_on() {
    let folder = scratch("analyse-bad");
    let file = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    fs::create_dir(folder.join("nothing")).unwrap();
    fs::write(folder.join("empty.mp4"), "").unwrap();
    fs::write(
        folder.join("text.mp4"),
        "There is no picture in these words.\n",
    )
    .unwrap();
    play(&format!(
        "audiotestsrc num-buffers=20 ! wavenc ! filesink location={}",
        file("sound.wav")
    ));
    let cut = cut_off(&folder);
    fs::copy(clip(), folder.join("good.mp4")).unwrap();
    let bad = [
        (file("nothing"), "no video"),
        (file("missing.mp4"), "no such file"),
        (file("empty.mp4"), "empty"),
        (file("text.mp4"), ""),
        (file("sound.wav"), "no video"),
        (cut.to_str().unwrap().to_owned(), "cut off"),
    ];
    let mut words: Vec<&str> = bad.iter().map(|(path, _)| path.as_str()).collect();
    let good = file("good.mp4");
    words.push(&good);
    let output = analyse(&words);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    // LiteRT and libtorch write there too.
    let told = said
        .lines()
        .filter(|line| line.starts_with(folder.to_str().unwrap()));
    assert_eq!(told.count(), bad.len(), "{said}");
    for (path, reason) in &bad {
        let line = said.lines().find(|line| line.starts_with(path.as_str()));
        let line = line.unwrap_or_else(|| panic!("{path} in {said}"));
        assert!(
            line.contains(reason) && line.len() > path.len() + 8,
            "{line}"
        );
    }
    // What was read of the beginning is kept, under a name that says that it is not whole.
    let kept = lines(&folder.join("cut.jsonl.part"));
    assert!((10..72).contains(&kept.len()), "{}", kept.len());
    assert!(!matches!(kept.last(), Some(Line::End(_))));
    assert!(!folder.join("cut.jsonl").exists());
    assert_eq!(lines(&folder.join("good.jsonl")).len(), 74);
    for name in ["empty.jsonl", "text.jsonl", "sound.jsonl"] {
        assert!(!folder.join(name).exists() && !folder.join(format!("{name}.part")).exists());
    }
}

#[test]
fn a_parquet_file_of_a_clip_that_was_cut_off_can_be_opened() {
    let folder = scratch("analyse-cut-parquet");
    let cut = cut_off(&folder);
    let output = analyse(&[cut.to_str().unwrap(), "--format", "parquet"]);
    assert_eq!(output.status.code(), Some(1));
    let kept = fs::File::open(folder.join("cut.parquet.part")).unwrap();
    let table = SerializedFileReader::new(kept).unwrap();
    assert!((10..72).contains(&table.metadata().file_metadata().num_rows()));
}

/// A clip of one picture with hours of nothing behind it, through which its demuxer searches for the next.
fn with_a_gap(folder: &Path) -> PathBuf {
    let file = folder.join("gap.ts");
    play(&format!(
        "videotestsrc num-buffers=1 ! video/x-raw,width=320,height=240 ! x264enc tune=zerolatency ! h264parse \
         ! mpegtsmux ! filesink location={}",
        file.display()
    ));
    let clip = fs::OpenOptions::new().write(true).open(&file).unwrap();
    clip.set_len(GAP).unwrap();
    file
}

#[test]
fn a_file_whose_decoder_hangs_is_given_up_and_the_next_one_read() {
    let folder = scratch("analyse-stall");
    let hangs = with_a_gap(&folder);
    let out = folder.join("out");
    let words = [
        hangs.to_str().unwrap(),
        &clip(),
        "-o",
        out.to_str().unwrap(),
    ];
    let output = analyse(&[&words[..], &["--stall", "5"]].concat());
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(
        told.contains("gap.ts: its decoder has given nothing for 5 s"),
        "{told}"
    );
    assert_eq!(lines(&out.join("single_face.jsonl")).len(), 74);
}

#[test]
fn with_resume_only_what_is_not_whole_is_read() {
    let folder = scratch("analyse-resume");
    let (videos, out) = (folder.join("videos"), folder.join("out"));
    fs::create_dir(&videos).unwrap();
    for name in ["a.mp4", "b.mp4", "notes.txt"] {
        fs::copy(clip(), videos.join(name)).unwrap();
    }
    let words = [
        videos.to_str().unwrap(),
        "-o",
        out.to_str().unwrap(),
        "--resume",
        "-f",
        "csv",
    ];
    // As after a machine that went down within the second file.
    fs::create_dir(&out).unwrap();
    fs::write(out.join("b.csv.part"), "frame,").unwrap();
    printed(&analyse(&words));
    let written = |name: &str| fs::metadata(out.join(name)).unwrap().modified().unwrap();
    let first = written("a.csv");
    let names = || {
        let files = fs::read_dir(&out).unwrap();
        let mut names: Vec<_> = files.map(|file| file.unwrap().file_name()).collect();
        names.sort();
        names
    };
    assert_eq!(names(), ["a.csv", "b.csv"]);
    let changed = fs::File::open(videos.join("b.mp4")).unwrap();
    changed
        .set_modified(SystemTime::now() + Duration::from_secs(5))
        .unwrap();
    let before = written("b.csv");
    let said = printed(&analyse(&words));
    assert!(said.contains("a.mp4: read before"), "{said}");
    assert!(said.contains("b.csv: 72 frames"), "{said}");
    assert_eq!(written("a.csv"), first);
    assert!(written("b.csv") > before);
}

#[test]
fn two_processes_share_a_folder_and_each_file_is_read_once() {
    let folder = scratch("analyse-shared");
    let (videos, out) = (folder.join("videos"), folder.join("out"));
    fs::create_dir(&videos).unwrap();
    for name in ["a.mp4", "b.mp4", "c.mp4"] {
        fs::copy(clip(), videos.join(name)).unwrap();
    }
    let words = [
        "analyse",
        videos.to_str().unwrap(),
        "-o",
        out.to_str().unwrap(),
        "--resume",
    ];
    let start = || {
        let mut program = Command::new(env!("CARGO_BIN_EXE_aliyarface"));
        program.args(words).stdout(Stdio::piped()).spawn().unwrap()
    };
    let both = [start(), start()].map(|process| process.wait_with_output().unwrap());
    let said: String = both.iter().map(printed).collect();
    for name in ["a", "b", "c"] {
        let told = format!("{name}.jsonl: 72 frames");
        assert_eq!(said.matches(&told).count(), 1, "{said}");
        assert_eq!(lines(&out.join(format!("{name}.jsonl"))).len(), 74);
    }
    assert_eq!(fs::read_dir(&out).unwrap().count(), 3);
}

#[test]
fn without_emotions_nothing_written_holds_a_word_for_one() {
    let folder = scratch("analyse-plain");
    for name in ["faces.csv", "faces.jsonl"] {
        let output = folder.join(name);
        let path = output.to_str().unwrap();
        let said = printed(&analyse(&[&clip(), "-o", path, "--set", "emotions=false"]));
        let text = fs::read_to_string(&output).unwrap() + &said;
        let text = text.to_lowercase().replace("\"emotions\":false", "");
        for word in emotion_words() {
            assert!(!text.contains(word), "{word} in {name}");
        }
    }
}

#[test]
fn an_option_that_cannot_be_taken_is_refused_before_anything_is_read() {
    for (words, reason) in [
        (vec!["-o", "faces.xlsx"], ".parquet"),
        (vec!["--set", "colour=red"], "no property colour"),
        (
            vec!["--set", "emotions=perhaps"],
            "emotions cannot be perhaps",
        ),
        (vec!["--set", "model-path=/nowhere"], "model"),
    ] {
        let output = analyse(&[&[clip().as_str()], &words[..]].concat());
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(
            !output.status.success() && said.contains(reason),
            "{words:?}: {said}"
        );
        assert!(output.stdout.is_empty());
    }
}
