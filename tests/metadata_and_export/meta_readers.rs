//! The readers of `examples/`, in three languages: each reads a real clip, and they agree.

use std::path::Path;
use std::process::Command;

use crate::support::{repository, sample, scratch};
use serde_json::Value;

/// What a program says; it must succeed.
fn output(program: &Path, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    let output = output.unwrap_or_else(|err| panic!("{}: {err}", program.display()));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {said}", program.display());
    String::from_utf8(output.stdout).unwrap()
}

/// The C reader, compiled for a test as its first lines say.
fn compiled(test: &str) -> std::path::PathBuf {
    let program = scratch(test).join("read_meta");
    let source = repository().join("examples/read_meta.c");
    let flags = output(
        Path::new("pkg-config"),
        &["--cflags", "--libs", "gstreamer-app-1.0"],
    );
    let mut arguments = vec![
        "-Wall",
        "-Werror",
        "-o",
        program.to_str().unwrap(),
        source.to_str().unwrap(),
    ];
    arguments.extend(flags.split_whitespace());
    output(Path::new("cc"), &arguments);
    program
}

/// The Rust reader, which cargo built beside this test.
fn built() -> std::path::PathBuf {
    let test = std::env::current_exe().unwrap();
    let release = test.parent().unwrap().parent().unwrap();
    release.join("examples/read_meta")
}

/// The line of the other readers for one of the Rust reader.
fn line(record: &Value) -> String {
    let number = |value: &Value| value.as_f64().unwrap();
    let seconds = record["pts"].as_u64().unwrap() as f64 / 1e9;
    let faces = record["faces"].as_array().unwrap().iter().map(|face| {
        let angles =
            ["pitch", "yaw", "roll"].map(|name| format!("{name} {:+.1}", number(&face[name])));
        let emotion = face["emotion"].as_str().unwrap();
        let confidence = number(&face["confidence"]);
        let id = &face["id"];
        format!("face {id} {} {emotion} {confidence:.2}", angles.join(" "))
    });
    let faces: Vec<_> = faces.collect();
    if faces.is_empty() {
        format!("{seconds:.3} s: no face")
    } else {
        format!("{seconds:.3} s: {}", faces.join("; "))
    }
}

/// A line of the C and Python readers without the point that the Rust reader leaves out.
fn without_nose(line: &str) -> String {
    let mut words = Vec::new();
    let mut all = line.split(' ');
    while let Some(word) = all.next() {
        match word {
            "nose" => drop(all.next()),
            word => words.push(word),
        }
    }
    words.join(" ")
}

#[test]
fn the_readers_in_c_python_and_rust_read_the_same_from_a_real_clip() {
    let c = compiled("agreeing");
    let python = repository().join("examples/read_meta.py");
    for file in ["single_face.mp4", "multi_face.jpg"] {
        let clip = sample(file);
        let clip = clip.to_str().unwrap();
        let in_c = output(&c, &[clip]);
        let in_python = output(
            Path::new("/usr/bin/python3"),
            &[python.to_str().unwrap(), clip],
        );
        assert_eq!(in_c, in_python, "{file}");
        let in_rust = output(&built(), &[clip]);
        let in_rust: Vec<_> = in_rust
            .lines()
            .map(|record| line(&serde_json::from_str(record).unwrap()))
            .collect();
        let in_c: Vec<_> = in_c.lines().map(without_nose).collect();
        assert_eq!(in_rust, in_c, "{file}");
        assert!(in_c.iter().any(|line| line.contains("face 1")), "{file}");
    }
}

#[test]
fn a_reader_of_what_is_no_video_says_so_and_ends() {
    let text = repository().join("README.md");
    for (file, reason) in [(Path::new("/nowhere.mp4"), "not"), (&text, "text")] {
        let said = refusals(file);
        for (reader, said) in &said {
            assert!(said.to_lowercase().contains(reason), "{reader}: {said}");
        }
    }
}

/// What the readers say of a file that they cannot read.
fn refusals(file: &Path) -> Vec<(String, String)> {
    let python = repository().join("examples/read_meta.py");
    let (c, rust) = (compiled("refusing"), built());
    let readers: [(&Path, Vec<&str>); 3] = [
        (&c, vec![]),
        (&rust, vec![]),
        (
            Path::new("/usr/bin/python3"),
            vec![python.to_str().unwrap()],
        ),
    ];
    let refusals = readers.into_iter().map(|(reader, mut arguments)| {
        arguments.push(file.to_str().unwrap());
        let output = Command::new(reader).args(arguments).output().unwrap();
        assert!(!output.status.success(), "{}", reader.display());
        let said = String::from_utf8_lossy(&output.stderr);
        (reader.display().to_string(), said.into_owned())
    });
    refusals.collect()
}
