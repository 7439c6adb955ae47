//! Set-up on machines that lack something: one clear line says what to do. A copy of the scripts runs
//! with a list of tiny packages of its own, served from a folder.

use std::fs;
use std::process::Command;

use crate::support::machine::Machine;
use crate::support::repository;

#[test]
fn what_make_runs_finds_its_samples_whatever_the_system_s_shell() {
    let target = "probe: ; @. $(scripts)/env.sh && echo \"$$ALIYARFACE_SAMPLES\"";
    let mut make = Command::new("make");
    make.args(["--no-print-directory", "--eval", target, "probe"]);
    let output = make.current_dir(repository()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    assert!(said.contains("samples"), "{said}");
}

#[test]
fn a_machine_that_has_the_packages_is_set_up_once_and_then_needs_nothing() {
    let machine = Machine::new("whole");
    let said = machine.set_up().succeeds();
    assert!(said.contains("torch 1.0"), "progress is shown: {said}");
    machine.unplug();
    machine.breaks("apt-get", "exit 1");
    machine.breaks("cc", "exit 1");
    assert_eq!(machine.set_up().succeeds(), "", "nothing is left to do");
}

#[test]
fn without_a_network_it_says_so() {
    let machine = Machine::new("no-network");
    machine.unplug();
    let line = machine.set_up().fails();
    assert!(
        line.contains("no network") && line.contains("type 'make demo' again"),
        "{line}"
    );
}

#[test]
fn a_download_with_another_hash_is_not_used() {
    let machine = Machine::new("hash");
    machine.tamper("torch");
    let line = machine.set_up().fails();
    assert!(line.contains("torch") && line.contains("hash"), "{line}");
    assert!(!machine.cache().join("libtorch-1.0").exists());
}

#[test]
fn what_was_interrupted_goes_on_where_it_was() {
    let machine = Machine::new("interrupted");
    machine.breaks("cc", "exit 1");
    let line = machine.set_up().fails();
    assert!(
        line.contains("C compiler") && line.contains("gcc"),
        "{line}"
    );
    machine.mends("cc");
    machine.unplug();
    // The wheels of the first attempt are there still; the models' are not.
    let line = machine.set_up().fails();
    assert!(
        line.contains("no network") && !line.contains("torch"),
        "{line}"
    );
}

#[test]
fn a_folder_of_the_users_own_that_lacks_files_is_named_and_left_as_it_is() {
    for variable in ["ALIYARFACE_LITERT", "ALIYARFACE_MODELS"] {
        let mut machine = Machine::new(&format!("own-{variable}"));
        let notes = machine.owns(variable).join("notes.txt");
        fs::write(&notes, "mine").unwrap();
        let line = machine.set_up().fails();
        assert!(
            line.contains(variable) && line.contains("unset it"),
            "{line}"
        );
        assert!(notes.exists());
    }
}

#[test]
fn debian_packages_that_are_missing_are_named_where_they_cannot_be_installed() {
    let machine = Machine::new("debian");
    machine.breaks("dpkg-query", "exit 1");
    machine.breaks("id", "echo 1000");
    machine.breaks("sudo", "exit 1");
    let line = machine.set_up().fails();
    let parts = [
        "neither root nor allowed to use sudo",
        "apt-get install",
        "gcc",
    ];
    assert!(parts.iter().all(|part| line.contains(part)), "{line}");

    machine.breaks("id", "echo 0");
    machine.breaks("apt-get", "echo no route to host; exit 100");
    let line = machine.set_up().fails();
    assert!(line.contains("apt-get could not refresh"), "{line}");
    let log = fs::read_to_string(machine.cache().join("setup.log")).unwrap();
    assert!(log.contains("no route to host"), "the details are kept");
}

#[test]
fn an_old_rust_or_none_is_told_with_the_one_that_is_needed() {
    let machine = Machine::new("rust");
    machine.breaks("cargo", "echo 'cargo 1.63.0 (abc 2022)'");
    let line = machine.set_up().fails();
    assert!(
        line.contains("1.63.0") && line.contains("rustup update"),
        "{line}"
    );
    machine.breaks("cargo", "exit 127");
    let line = machine.set_up().fails();
    assert!(
        line.contains("rustup") && line.contains("install Rust"),
        "{line}"
    );
}

#[test]
fn a_full_disk_and_a_folder_that_cannot_be_written_are_named() {
    let machine = Machine::new("disk");
    let df = "printf 'head\\nx 9 9 42 9%% /\\n'";
    machine.breaks("df", df);
    let line = machine.set_up().fails();
    assert!(
        line.contains("42 MB free") && line.contains("XDG_CACHE_HOME"),
        "{line}"
    );

    let machine = Machine::new("no-folder");
    fs::write(
        machine.cache().parent().unwrap(),
        "a file where the cache should be",
    )
    .unwrap();
    let line = machine.set_up().fails();
    assert!(
        line.contains("cannot be written") && line.contains("XDG_CACHE_HOME"),
        "{line}"
    );
}

#[test]
fn another_machine_than_it_is_made_for_is_told_at_once() {
    let machine = Machine::new("platform");
    machine.breaks(
        "uname",
        "case $1 in -s) echo Linux;; -m) echo aarch64;; esac",
    );
    let line = machine.set_up().fails();
    assert!(
        line.contains("aarch64") && line.contains("x86_64"),
        "{line}"
    );
}
