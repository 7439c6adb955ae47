//! `make install`: GStreamer finds the element without any environment variable, until
//! `make uninstall`.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::support::{repository, scratch};

/// Where the user's own folders are, for the parts of set-up that are in place already.
fn own(variable: &str, default: &str) -> PathBuf {
    let home = PathBuf::from(env::var_os("HOME").unwrap());
    env::var_os(variable).map_or_else(|| home.join(default), PathBuf::from)
}

/// What cargo tells a program that it runs of its package: a build script that reads it would build anew.
fn of_this_package() -> impl Iterator<Item = OsString> {
    let kinds = [
        "CARGO_PKG_",
        "CARGO_MANIFEST_",
        "CARGO_BIN_",
        "CARGO_CRATE_",
    ];
    let names = env::vars_os().map(|(name, _)| name);
    names.filter(move |name| {
        let name = name.to_string_lossy();
        name == "OUT_DIR" || kinds.iter().any(|kind| name.starts_with(kind))
    })
}

/// Runs `make` for a user whose home is `home`.
fn make(home: &Path, target: &str) -> Output {
    let mut make = Command::new("make");
    for name in of_this_package() {
        make.env_remove(name);
    }
    make.args([
        "-C",
        repository().to_str().unwrap(),
        "--no-print-directory",
        target,
    ])
    .env("XDG_CACHE_HOME", own("XDG_CACHE_HOME", ".cache"))
    .env("CARGO_HOME", own("CARGO_HOME", ".cargo"))
    .env("RUSTUP_HOME", own("RUSTUP_HOME", ".rustup"))
    .env("HOME", home)
    .env_remove("XDG_DATA_HOME")
    .output()
    .unwrap()
}

/// Runs a tool of GStreamer as a program started from a menu would be.
fn gstreamer(home: &Path, words: &str) -> Output {
    let mut words = words.split_whitespace();
    Command::new(words.next().unwrap())
        .args(words)
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("HOME", home)
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path))
        } else {
            found.push(path)
        }
    }
    found
}

#[test]
fn an_installed_element_needs_no_environment_and_leaves_nothing_when_it_goes() {
    let home = scratch("home");
    let data = home.join(".local/share");
    let other = data.join("gstreamer-1.0/plugins/other.txt");
    fs::create_dir_all(other.parent().unwrap()).unwrap();
    fs::write(&other, "of another").unwrap();
    let missing = gstreamer(&home, "gst-inspect-1.0 aliyarface");
    assert!(!missing.status.success(), "it is not there yet");

    // A second installation replaces the first.
    for _ in 0..2 {
        let installed = make(&home, "install");
        let said = text(&installed.stderr);
        assert!(installed.status.success(), "{said}");
        let said = text(&installed.stdout);
        assert!(said.contains("make uninstall"), "{said}");
    }
    let plugin = data.join("gstreamer-1.0/plugins/libgstaliyarface.so");
    let libraries = gstreamer(&home, &format!("ldd {}", plugin.display()));
    let libraries = text(&libraries.stdout);
    assert!(!libraries.contains("not found"), "{libraries}");
    assert!(!libraries.contains("torch"), "{libraries}");
    for library in ["libaliyarface_torch.so", "alfLiteRt.so", "alfmalloc.so"] {
        assert!(
            data.join("aliyarface/lib").join(library).exists(),
            "{library}"
        );
    }

    let shown = gstreamer(&home, "gst-inspect-1.0 aliyarface");
    assert!(shown.status.success(), "{}", text(&shown.stderr));
    let run = gstreamer(
        &home,
        "gst-launch-1.0 -q videotestsrc num-buffers=2 ! aliyarface overlay=boxes ! fakesink",
    );
    assert!(run.status.success(), "{}", text(&run.stderr));

    let removed = make(&home, "uninstall");
    assert!(removed.status.success(), "{}", text(&removed.stderr));
    assert_eq!(
        files(&data),
        [other],
        "what was there before, and nothing else"
    );
    let gone = gstreamer(&home, "gst-inspect-1.0 aliyarface");
    assert!(!gone.status.success());
    let again = make(&home, "uninstall");
    assert!(again.status.success() && text(&again.stdout).contains("Nothing is installed"));
}
