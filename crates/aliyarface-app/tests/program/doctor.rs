//! `aliyarface doctor` on this machine, and on one that lacks its models.

use std::process::Command;

use crate::support::{aliyarface, printed, scratch};

#[test]
fn a_machine_that_was_set_up_is_found_in_order() {
    let said = printed(&aliyarface(&["doctor"]));
    for part in [
        "ok       GStreamer 1.",
        "every net loads",
        "face_landmarks_detector.tflite",
    ] {
        assert!(said.contains(part), "{part} in {said}");
    }
    assert!(!said.contains("FAILS"), "{said}");
}

#[test]
fn without_models_it_names_each_with_a_cure_and_fails() {
    let empty = scratch("doctor-empty");
    let mut program = Command::new(env!("CARGO_BIN_EXE_aliyarface"));
    let program = program.arg("doctor").env("ALIYARFACE_MODEL_PATH", &empty);
    let output = program.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{said}");
    let failures: Vec<_> = said.split("FAILS").skip(1).collect();
    assert!(failures.len() > 4, "{said}");
    assert!(
        failures
            .iter()
            .all(|failure| failure.contains("-> type 'make install'")),
        "{said}"
    );
}

#[test]
fn a_damaged_model_is_a_failure_that_names_the_file() {
    let folder = scratch("doctor-damaged");
    let models = std::env::var_os("ALIYARFACE_MODELS").unwrap();
    for model in std::fs::read_dir(models).unwrap() {
        let model = model.unwrap();
        std::os::unix::fs::symlink(model.path(), folder.join(model.file_name())).unwrap();
    }
    let mesh = folder.join("face_landmarks_detector.tflite");
    std::fs::remove_file(&mesh).unwrap();
    std::fs::write(&mesh, "no net").unwrap();
    let mut program = Command::new(env!("CARGO_BIN_EXE_aliyarface"));
    let program = program.arg("doctor").env("ALIYARFACE_MODEL_PATH", &folder);
    let output = program.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{said}");
    let failure = said.split("FAILS").nth(1).unwrap();
    assert!(failure.contains("face_landmarks_detector.tflite"), "{said}");
}
