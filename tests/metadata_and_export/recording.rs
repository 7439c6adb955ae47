//! The lines of `docs/recording.md`, run as they are typed, with a file in place of the camera.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;

const PAGE: &str = include_str!("../../docs/recording.md");
/// Frames of a camera, and of the sample as a file.
const CAMERA: usize = 20;
const FILE: usize = 72;
const PATIENCE: Duration = Duration::from_secs(120);

/// The line of the page that holds `part`, reading `camera` and writing into the working folder.
fn line(part: &str, camera: &str) -> String {
    let clip = crate::support::sample("single_face.mp4");
    let clip = clip.to_str().unwrap();
    let mut lines = PAGE
        .split("```sh\n")
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap());
    let line = lines.find(|line| line.contains(part)).unwrap();
    let source = format!("filesrc location={clip} ! decodebin ! videoconvert {camera}");
    line.replace("v4l2src", &source).replace("in.mp4", clip)
}

/// A camera that is unplugged after `CAMERA` frames.
fn camera() -> String {
    format!("! identity eos-after={CAMERA}")
}

fn typed(line: &str, folder: &Path) -> Command {
    let mut shell = Command::new("sh");
    // One process, so that a signal reaches GStreamer.
    shell.args(["-c", &format!("exec {line}")]);
    shell.current_dir(folder).stdin(Stdio::null());
    shell
}

fn run(line: &str, folder: &Path) -> Output {
    let output = typed(line, folder).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{line}\n{said}");
    output
}

fn records(text: &str) -> Vec<Value> {
    assert!(text.is_empty() || text.ends_with('\n'), "a line is cut");
    let lines = text.lines().map(serde_json::from_str);
    lines.collect::<Result<_, _>>().unwrap()
}

fn frames(records: &[Value]) -> Vec<&Value> {
    let frames = records.iter().filter(|line| line["record"] == "frame");
    frames.collect()
}

/// Checks a recording that came to its end after `count` frames with one face each.
fn whole(text: &str, count: usize) {
    let lines = records(text);
    assert_eq!(lines[0]["record"], "header");
    assert_eq!(lines.last().unwrap()["record"], "end");
    assert_eq!(lines.last().unwrap()["frames"], count);
    let frames = frames(&lines);
    assert_eq!(frames.len(), count);
    for (index, frame) in frames.iter().enumerate() {
        assert_eq!(frame["frame"], index + 1);
        assert_eq!(frame["objects"].as_array().unwrap().len(), 1);
    }
}

/// The times of a stream of a Matroska file, and its buffers' bytes.
fn stream(file: &Path, pad: &str) -> Vec<(Option<gst::ClockTime>, Vec<u8>)> {
    let run = crate::support::run(&format!(
        "filesrc location={} ! matroskademux name=file file.{pad}",
        file.display()
    ));
    assert!(run.error.is_none(), "{:?}", run.error);
    run.buffers()
        .map(|buffer| (buffer.pts(), buffer.map_readable().unwrap().to_vec()))
        .collect()
}

#[test]
fn one_camera_gives_a_clean_video_its_records_and_an_annotated_video() {
    let folder = crate::support::scratch("recording-both");
    run(&line("clean.mkv", &camera()), &folder);
    let text = fs::read_to_string(folder.join("faces.jsonl")).unwrap();
    let count = frames(&records(&text)).len();
    assert!(count >= CAMERA);
    whole(&text, count);
    let clean = stream(&folder.join("clean.mkv"), "video_0");
    let annotated = stream(&folder.join("annotated.mkv"), "video_0");
    assert_eq!(clean.len(), count);
    assert_eq!(annotated.len(), count);
    assert_ne!(clean[0].1, annotated[0].1);
}

#[test]
fn a_file_becomes_a_table_of_all_its_frames() {
    let folder = crate::support::scratch("recording-table");
    run(&line("text/csv", ""), &folder);
    let text = fs::read_to_string(folder.join("faces.csv")).unwrap();
    assert_eq!(text.lines().count(), 1 + FILE);
    for column in text.lines().next().unwrap().split(',') {
        // Of the units and the emotions the page names the first and the last.
        let between =
            column.starts_with("AU") || crate::support::emotion_words().any(|word| word == column);
        // An index, the share of its window that was observed and the window are named together.
        let named = ["_valid", "_window"]
            .iter()
            .find_map(|suffix| column.strip_suffix(suffix))
            .unwrap_or(column);
        assert!(between || PAGE.contains(&format!("`{named}`")), "{column}");
    }
}

#[test]
fn the_records_lie_beside_the_video_as_a_subtitle_track() {
    let folder = crate::support::scratch("recording-subtitles");
    run(&line("session.mkv", &camera()), &folder);
    let video = stream(&folder.join("session.mkv"), "video_0");
    let words = stream(&folder.join("session.mkv"), "subtitle_0");
    assert!(video.len() >= CAMERA);
    // The last frame's face is lost at the end of the stream, which is a subtitle of its own.
    assert_eq!(words.len(), video.len() + 1);
    for (frame, (time, text)) in video.iter().zip(&words) {
        assert_eq!(frame.0, *time);
        let text = String::from_utf8_lossy(text);
        assert!(text.contains("#1") && text.contains("yaw"), "{text}");
    }
}

#[test]
fn a_recording_of_days_is_cut_into_files_that_each_have_the_header() {
    let folder = crate::support::scratch("recording-files");
    run(&line("multifilesink", ""), &folder);
    let mut files: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    assert!(files.len() > 1, "{files:?}");
    let mut all = Vec::new();
    for file in &files {
        let lines = records(&fs::read_to_string(file).unwrap());
        assert_eq!(lines[0]["record"], "header");
        all.extend(lines);
    }
    let numbers: Vec<_> = frames(&all)
        .iter()
        .map(|frame| frame["frame"].clone())
        .collect();
    assert_eq!(numbers, (1..=FILE).collect::<Vec<_>>());
    assert_eq!(all.last().unwrap()["record"], "end");
}

#[test]
fn after_an_error_every_record_written_is_whole() {
    let folder = crate::support::scratch("recording-error");
    // Slow enough that something is written before.
    let line = line("clean.mkv", "! identity sleep-time=300000 error-after=10");
    let output = typed(&line, &folder).output().unwrap();
    assert!(!output.status.success());
    let text = fs::read_to_string(folder.join("faces.jsonl")).unwrap();
    let lines = records(&text);
    let frames = frames(&lines);
    assert!(!frames.is_empty() && frames.len() < 10, "{}", frames.len());
    assert!(!text.contains("\"end\""));
}

#[test]
fn after_a_kill_every_record_written_is_whole() {
    let folder = crate::support::scratch("recording-kill");
    let file = folder.join("faces.jsonl");
    let line = line("clean.mkv", "! identity sync=true");
    let mut child = Running::start(typed(&line, &folder).stdout(Stdio::null()));
    let started = Instant::now();
    let written = || fs::read_to_string(&file).unwrap_or_default();
    while written().lines().count() < 10 {
        assert!(started.elapsed() < PATIENCE && child.0.try_wait().unwrap().is_none());
        sleep(Duration::from_millis(5));
    }
    child.0.kill().unwrap();
    assert_eq!(child.0.wait().unwrap().signal(), Some(9));
    let lines = records(&written());
    assert_eq!(lines[0]["record"], "header");
    assert!(frames(&lines).len() >= 9);
    assert_ne!(lines.last().unwrap()["record"], "end");
}

#[test]
fn events_alone_come_on_standard_output() {
    let folder = crate::support::scratch("recording-events");
    let output = run(&line("fdsink", &camera()), &folder);
    let lines = records(&String::from_utf8(output.stdout).unwrap());
    assert_eq!(lines[0]["record"], "header");
    assert_eq!(lines[1]["events"][0]["event"], "face-appeared");
    assert!(lines.len() < 6, "{lines:?}");
}

/// The port that a `tcpserversink` of `server`, which tells of its properties, has got.
fn port(server: &mut Running) -> u16 {
    let output = BufReader::new(server.0.stdout.take().unwrap());
    let mut lines = output.lines().map(Result::unwrap);
    let told = lines.find_map(|line| Some(line.split_once("current-port = ")?.1.to_owned()));
    // Nobody reads the rest, and nothing may wait for that.
    std::thread::spawn(move || lines.for_each(drop));
    told.expect("it has a port").trim().parse().unwrap()
}

/// What `reader` prints of the records that the page's line sends it.
fn read_over_tcp(name: &str, reader: &Path) -> String {
    let folder = crate::support::scratch(&format!("recording-tcp-{name}"));
    // The reader is there before the first record, and reads what the line's own port sends.
    let relay = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut client = Command::new(reader);
    client.arg(relay.local_addr().unwrap().to_string());
    let client = client.stdout(Stdio::piped()).spawn().unwrap();
    let (mut to, _) = relay.accept().unwrap();
    // Not live, where frames do not wait to be read, and slow enough to be joined in time.
    let line = line("tcpserversink", "! identity sleep-time=30000");
    let line = line.replace(" -q ", " -v ").replace("port=5000", "port=0");
    let mut server = Running::start(typed(&line, &folder).stdout(Stdio::piped()));
    let mut from = TcpStream::connect(("127.0.0.1", port(&mut server))).unwrap();
    std::io::copy(&mut from, &mut to).unwrap();
    drop(to);
    let output = client.wait_with_output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

fn c_reader() -> std::path::PathBuf {
    let folder = crate::support::scratch(&format!("read_export-{}", std::process::id()));
    let program = folder.join("read_export");
    let source = crate::support::repository().join("examples/read_export.c");
    let command = format!(
        "cc -Wall -Werror {} -o {} $(pkg-config --cflags --libs gio-unix-2.0 json-glib-1.0)",
        source.display(),
        program.display(),
    );
    run(&command, &folder);
    program
}

fn rust_reader() -> std::path::PathBuf {
    // Beside the folder of the tests, where cargo puts the examples it builds with them.
    let tests = std::env::current_exe().unwrap();
    tests
        .ancestors()
        .nth(2)
        .unwrap()
        .join("examples/read_export")
}

fn told_of_the_clip(text: &str) {
    let lines: Vec<_> = text.lines().collect();
    assert!(lines[0].starts_with("source "), "{text}");
    let faces = lines
        .iter()
        .filter(|line| line.contains(" s face 1 pitch "));
    // The reader may come after the first frames.
    assert!(faces.count() > FILE / 4, "{text}");
    assert!(text.contains(" happiness AU12 "), "{text}");
    assert_eq!(*lines.last().unwrap(), format!("end after {FILE} frames"));
}

#[test]
fn a_program_in_c_reads_the_records_while_they_come() {
    told_of_the_clip(&read_over_tcp("c", &c_reader()));
}

#[test]
fn a_program_in_rust_reads_the_records_while_they_come() {
    told_of_the_clip(&read_over_tcp("rust", &rust_reader()));
}

#[test]
fn both_programs_read_a_file_alike() {
    let folder = crate::support::scratch("recording-readers");
    run(&line("clean.mkv", &camera()), &folder);
    let read = |reader: &Path| {
        let file = fs::File::open(folder.join("faces.jsonl")).unwrap();
        let output = Command::new(reader).stdin(file).output().unwrap();
        assert!(output.status.success());
        let lines = BufReader::new(&output.stdout[..]).lines();
        lines.map(Result::unwrap).collect::<Vec<_>>()
    };
    let lines = read(&c_reader());
    assert_eq!(lines, read(&rust_reader()));
    assert!(lines.contains(&"0.067 s face-appeared of face 1".to_owned()));
}

/// A program that ends with its owner.
struct Running(Child);

impl Running {
    fn start(command: &mut Command) -> Self {
        Self(command.stderr(Stdio::null()).spawn().unwrap())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
