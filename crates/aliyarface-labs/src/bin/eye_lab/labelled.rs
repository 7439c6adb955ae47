//! Clips of real people whose blinks were labelled.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::element::watch;
use super::score::Score;

/// Measures the clips of `folder`; their labels are in `labels`, or in the folder's one JSON file.
pub fn evaluate(folder: &Path, labels: Option<&Path>, verbose: bool) -> Result<Score> {
    let mut score = Score::default();
    for (name, times) in &read_labels(folder, labels)? {
        let file = clip(folder, name)?;
        let (told, seconds) = watch(&file).with_context(|| format!("{}", file.display()))?;
        let [found, wrong] = score.add(times, &told, seconds);
        if verbose {
            let count = times.len();
            eprintln!("{name}: {found} of {count}, {wrong} false; told {told:.2?}");
        }
    }
    Ok(score)
}

/// The blinks of each clip.
fn read_labels(folder: &Path, labels: Option<&Path>) -> Result<BTreeMap<String, Vec<f64>>> {
    let file = match labels {
        Some(file) => file.to_owned(),
        None => own_labels(folder)?,
    };
    let text = fs::read_to_string(&file).with_context(|| format!("{}", file.display()))?;
    serde_json::from_str(&text)
        .with_context(|| format!("{} is no JSON of name -> list of seconds", file.display()))
}

fn own_labels(folder: &Path) -> Result<PathBuf> {
    let entries = fs::read_dir(folder).with_context(|| format!("{}", folder.display()))?;
    let mut found = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_some_and(|end| end == "json") {
            found.push(path);
        }
    }
    match &found[..] {
        [file] => Ok(file.clone()),
        [] => bail!("{} holds no JSON file of blink times", folder.display()),
        _ => bail!(
            "{} holds several JSON files; name one with --labels",
            folder.display()
        ),
    }
}

/// The file of a clip that the labels call `name`, with or without its extension.
fn clip(folder: &Path, name: &str) -> Result<PathBuf> {
    let exact = folder.join(name);
    if exact.is_file() {
        return Ok(exact);
    }
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let named = path.file_stem().is_some_and(|stem| stem == name);
        if named && path.extension().is_some_and(|end| end != "json") {
            return Ok(path);
        }
    }
    bail!("{} has no clip called {name}", folder.display())
}
