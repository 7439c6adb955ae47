//! What the tests of the program share.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Once;

use gst::prelude::*;

/// The path of a sample that set-up fetched.
pub fn sample(name: &str) -> PathBuf {
    let folder = std::env::var_os("ALIYARFACE_SAMPLES");
    PathBuf::from(folder.expect("scripts/env.sh sets ALIYARFACE_SAMPLES: type `make test`"))
        .join(name)
}

/// An empty folder of this test's own.
pub fn scratch(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// The program, with `words` typed behind it.
pub fn aliyarface(words: &[&str]) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_aliyarface"));
    program.args(words).output().unwrap()
}

/// What a program printed that succeeded.
pub fn printed(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// Plays a pipeline of this process to its end.
pub fn play(description: &str) {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        gst::init().unwrap();
        gstaliyarface::plugin_register_static().unwrap();
    });
    let pipeline = gst::parse::launch(description).unwrap();
    pipeline.set_state(gst::State::Playing).unwrap();
    let ends = [gst::MessageType::Eos, gst::MessageType::Error];
    let bus = pipeline.bus().unwrap();
    let message = bus.timed_pop_filtered(gst::ClockTime::from_seconds(120), &ends);
    pipeline.set_state(gst::State::Null).unwrap();
    let message = message.expect("the pipeline ends");
    assert_eq!(message.type_(), gst::MessageType::Eos, "{message:?}");
}
