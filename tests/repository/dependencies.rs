//! What may depend on what: the program and the laboratories on the plugin, never the reverse.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

use crate::support::repository;

/// What a server or a command line needs, and a plugin in another's process must not bring.
const FOREIGN: [&str; 4] = ["tokio", "axum", "clap", "hyper"];

/// The one that `scripts/setup` fetches crates for.
const PLATFORM: &str = "x86_64-unknown-linux-gnu";

/// Names of all packages that `root` is linked with.
fn linked_with(root: &str) -> BTreeSet<String> {
    let output = Command::new("cargo")
        .args(["metadata", "--format-version=1", "--locked", "--offline"])
        // Set-up fetches the crates of this platform alone.
        .args(["--filter-platform", PLATFORM])
        .current_dir(repository())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let packages = metadata["packages"].as_array().unwrap().iter();
    let names: BTreeMap<_, _> = packages
        .map(|package| (text(&package["id"]), text(&package["name"])))
        .collect();
    let nodes = metadata["resolve"]["nodes"].as_array().unwrap().iter();
    let needs: BTreeMap<_, Vec<_>> = nodes
        .map(|node| {
            let dependencies = node["deps"].as_array().unwrap().iter();
            // A kind of null is a normal dependency; others are for tests and for building.
            let normal = dependencies.filter(|dependency| {
                let kinds = dependency["dep_kinds"].as_array().unwrap();
                kinds.iter().any(|kind| kind["kind"].is_null())
            });
            let ids = normal.map(|dependency| text(&dependency["pkg"]));
            (text(&node["id"]), ids.collect())
        })
        .collect();
    let root = names.iter().find(|(_, name)| *name == root).unwrap().0;
    let (mut found, mut open) = (BTreeSet::new(), vec![root.clone()]);
    while let Some(id) = open.pop() {
        for need in &needs[&id] {
            if found.insert(need.clone()) {
                open.push(need.clone());
            }
        }
    }
    found.iter().map(|id| names[id].clone()).collect()
}

#[test]
fn the_plugin_is_linked_with_no_server_and_no_command_line() {
    let linked = linked_with("gst-plugin-aliyarface");
    assert!(linked.contains("gstreamer"), "{linked:?}");
    for name in FOREIGN {
        assert!(!linked.contains(name), "{name}");
    }
    let members = linked.iter().filter(|name| name.starts_with("aliyarface-"));
    assert_eq!(members.count(), 0, "members depend on the root");
}

#[test]
fn the_program_is_linked_with_the_plugin() {
    let linked = linked_with("aliyarface-app");
    assert!(linked.contains("gst-plugin-aliyarface") && linked.contains("clap"));
}
