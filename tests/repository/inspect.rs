//! What `gst-inspect-1.0` shows is the whole of the element, on a machine without any model.
//!
//! `ALIYARFACE_BLESS=1 cargo test --release --test repository inspect` writes the stored texts anew.

use std::fs;
use std::process::Command;

use crate::support::{repository, scratch};

/// Lines that name a build or a machine.
const OWN_TO_A_BUILD: [&str; 5] = [
    "Filename",
    "Version",
    "Source release date",
    "Source module",
    "Binary package",
];

/// Spaces before a line beyond which it tells of what a structure holds at the moment.
const DEEPEST: usize = 40;

/// What is shown of `element` where there is no model and no setting.
fn inspected(element: &str) -> String {
    let home = scratch(&format!("inspect-{element}"));
    let output = Command::new("gst-inspect-1.0")
        .arg(element)
        .env("HOME", &home)
        .env("GST_REGISTRY", home.join("registry.bin"))
        .env("ALIYARFACE_MODEL_PATH", home.join("no-models"))
        .env("LC_ALL", "C.UTF-8")
        .env_remove("LD_LIBRARY_PATH")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.is_empty(), "{said}");
    let text = String::from_utf8(output.stdout).unwrap();
    let stable = text.lines().filter(|line| {
        let words = line.trim_start();
        let value = line.len() - words.len() > DEEPEST;
        !value && !OWN_TO_A_BUILD.iter().any(|own| words.starts_with(own))
    });
    stable
        .map(|line| format!("{}\n", line.trim_end()))
        .collect()
}

fn assert_as_stored(element: &str) {
    let stored = repository().join(format!("tests/reference/{element}.inspect.txt"));
    let shown = inspected(element);
    if std::env::var_os("ALIYARFACE_BLESS").is_some() {
        fs::write(&stored, &shown).unwrap();
    }
    let expected = fs::read_to_string(&stored).unwrap_or_default();
    let lines = shown.lines().zip(expected.lines());
    for (line, (shown, expected)) in (1..).zip(lines) {
        assert_eq!(shown, expected, "line {line} of {}", stored.display());
    }
    assert_eq!(shown.len(), expected.len(), "{}", stored.display());
}

#[test]
fn the_element_is_shown_as_stored() {
    assert_as_stored("aliyarface");
}

#[test]
fn the_exporting_element_is_shown_as_stored() {
    assert_as_stored("aliyarfaceexport");
}

#[test]
fn every_property_says_what_it_does_in_a_sentence() {
    let shown = inspected("aliyarface");
    let properties = shown.split("Element Properties:").nth(1).unwrap();
    let properties = properties.split("\nElement ").next().unwrap();
    // "  name                : blurb", where deeper lines tell of flags and values.
    let blurbs = properties.lines().filter_map(|line| {
        let (name, blurb) = line.strip_prefix("  ")?.split_once(" : ")?;
        (!name.starts_with(' ')).then_some((name.trim(), blurb))
    });
    let blurbs: Vec<_> = blurbs.collect();
    assert!(blurbs.len() > 15, "{blurbs:?}");
    for (name, blurb) in blurbs {
        let sentence = blurb.starts_with(char::is_uppercase) && blurb.contains(' ');
        assert!(
            sentence || ["name", "parent", "qos"].contains(&name),
            "{name}: {blurb}"
        );
    }
}
