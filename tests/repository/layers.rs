//! What may import what. ARCHITECTURE.md draws it; this holds it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The rooms of `src` and what each may import, the lowest first.
const ROOMS: [(&str, &[&str]); 16] = [
    ("runtime", &[]),
    ("statistics", &[]),
    ("opencv", &["runtime"]),
    ("picture", &["opencv"]),
    ("nn", &["runtime"]),
    ("geometry", &["picture"]),
    (
        "models",
        &["runtime", "opencv", "nn", "geometry", "picture"],
    ),
    (
        "analysis",
        &[
            "runtime",
            "opencv",
            "statistics",
            "picture",
            "geometry",
            "models",
        ],
    ),
    ("record", &["analysis", "models"]),
    ("metadata", &["analysis", "geometry", "models", "record"]),
    (
        "remote",
        &["runtime", "analysis", "metadata", "picture", "record"],
    ),
    ("export", &["analysis", "metadata", "models", "record"]),
    ("privacy", &["analysis", "geometry", "models", "picture"]),
    ("overlay", &["analysis", "geometry", "models", "picture"]),
    (
        "aliyarface",
        &[
            "runtime",
            "statistics",
            "picture",
            "geometry",
            "models",
            "analysis",
            "metadata",
            "overlay",
            "privacy",
            "record",
            "remote",
        ],
    ),
    (
        "aliyarfaceexport",
        &["aliyarface", "analysis", "export", "metadata", "record"],
    ),
];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn src_of(member: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join(member)
        .join("src")
}

/// The module of a file of `src`, from the crate's root.
fn module(file: &Path, src: &Path) -> Vec<String> {
    let path = file.strip_prefix(src).unwrap().with_extension("");
    let parts = path.iter().map(|part| part.to_str().unwrap().to_owned());
    let mut parts: Vec<String> = parts.collect();
    if parts
        .last()
        .is_some_and(|last| last == "mod" || last == "lib")
    {
        parts.pop();
    }
    parts
}

/// The code of a file without comments and without its tests.
fn code(file: &Path) -> String {
    let text = fs::read_to_string(file).unwrap();
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    let lines = text.lines().map(|line| line.split("//").next().unwrap());
    lines.collect::<Vec<_>>().join("\n")
}

/// The paths that `code` names, from the crate's root, where it stands in `module`.
fn paths(code: &str, module: &[String]) -> BTreeSet<Vec<String>> {
    let mut found = BTreeSet::new();
    for start in ["crate::", "super::", "self::"] {
        for (at, _) in code.match_indices(start) {
            let before = code[..at].chars().next_back();
            if before.is_some_and(|before| before.is_alphanumeric() || ":_$".contains(before)) {
                continue;
            }
            for path in expanded(&code[at..]) {
                found.extend(absolute(&path, module));
            }
        }
    }
    found
}

/// Every path of a tree like `a::{b, c::{d, e}}` at the beginning of `text`.
fn expanded(text: &str) -> Vec<Vec<String>> {
    let end = text
        .find(|letter: char| !(letter.is_alphanumeric() || letter == '_' || letter == ':'))
        .unwrap_or(text.len());
    let (stem, rest) = text.split_at(end);
    let open = stem.ends_with("::") && rest.starts_with('{');
    let stem = stem.split("::").filter(|part| !part.is_empty());
    let stem: Vec<String> = stem.map(str::to_owned).collect();
    if !open {
        return vec![stem];
    }
    let (mut depth, mut from, mut all) = (0, 1, Vec::new());
    for (at, letter) in rest.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if (letter == ',' && depth == 1) || depth == 0 {
            for inner in expanded(rest[from..at].trim_start()) {
                all.push(stem.iter().cloned().chain(inner).collect());
            }
            from = at + 1;
        }
        if depth == 0 {
            break;
        }
    }
    all
}

fn absolute(path: &[String], module: &[String]) -> Option<Vec<String>> {
    let mut base = match path.first()?.as_str() {
        "crate" => Vec::new(),
        _ => module.to_vec(),
    };
    for part in path.iter() {
        match part.as_str() {
            "crate" | "self" => {}
            "super" => {
                base.pop()?;
            }
            name => base.push(name.to_owned()),
        }
    }
    Some(base)
}

/// Which parts of `folder` (files or folders right in it) import which others, with a file that does.
fn imports(src: &Path, folder: &[String]) -> BTreeMap<(String, String), PathBuf> {
    let depth = folder.len();
    let mut found = BTreeMap::new();
    for file in sources(src) {
        let module = module(&file, src);
        let inside = module.len() > depth && folder.iter().zip(&module).all(|(a, b)| a == b);
        if !inside || module.last().is_some_and(|name| name == "tests") {
            continue;
        }
        for path in paths(&code(&file), &module) {
            let within = path.len() > depth && folder.iter().zip(&path).all(|(a, b)| a == b);
            if within && path[depth] != module[depth] {
                let pair = (module[depth].clone(), path[depth].clone());
                found.entry(pair).or_insert_with(|| file.clone());
            }
        }
    }
    found
}

#[test]
fn a_room_imports_only_the_rooms_below_it() {
    let imports = imports(&src_of(""), &[]);
    let names: BTreeSet<&str> = ROOMS.iter().map(|(name, _)| *name).collect();
    assert!(
        imports.contains_key(&("analysis".to_owned(), "geometry".to_owned())),
        "the reader of sources is blind"
    );
    for ((from, to), file) in &imports {
        if !names.contains(to.as_str()) {
            continue;
        }
        let room = ROOMS.iter().find(|(name, _)| name == from);
        let (_, below) = room.unwrap_or_else(|| panic!("{from} is not drawn in ROOMS"));
        assert!(
            below.contains(&to.as_str()),
            "{from} may not import {to}, as {} does",
            file.display()
        );
    }
    for (place, (name, below)) in ROOMS.iter().enumerate() {
        for lower in *below {
            let lower = ROOMS.iter().position(|(other, _)| other == lower);
            assert!(lower.is_some_and(|lower| lower < place), "{name}");
        }
    }
}

/// The folders of `src` itself and below it, each as a module's path.
fn folders(src: &Path) -> BTreeSet<Vec<String>> {
    let mut found = BTreeSet::new();
    for file in sources(src) {
        let path = file.strip_prefix(src).unwrap().parent().unwrap();
        let parts = path.iter().map(|part| part.to_str().unwrap().to_owned());
        found.insert(parts.collect());
    }
    found
}

/// The imports among the parts of a folder that are left once no part is taken that imports none of the others.
fn circle(src: &Path, folder: &[String]) -> Vec<String> {
    let mut left = imports(src, folder);
    let at = folder.iter().fold(src.to_owned(), |at, part| at.join(part));
    // What the room itself defines or passes on is no part of it.
    left.retain(|(_, to), _| at.join(to).is_dir() || at.join(format!("{to}.rs")).is_file());
    loop {
        let importing: BTreeSet<String> = left.keys().map(|(from, _)| from.clone()).collect();
        let before = left.len();
        left.retain(|(_, to), _| importing.contains(to));
        if left.len() == before {
            break;
        }
    }
    left.iter()
        .map(|((from, to), file)| format!("{from} -> {to} ({})", file.display()))
        .collect()
}

#[test]
fn no_circle_of_imports_is_left_among_the_parts_of_any_folder() {
    let mut seen = 0;
    for member in ["", "crates/aliyarface-app", "crates/aliyarface-labs"] {
        let src = src_of(member);
        for folder in folders(&src) {
            let circle = circle(&src, &folder);
            assert!(circle.is_empty(), "{member} {folder:?}: {circle:#?}");
            seen += 1;
        }
    }
    assert!(seen > 30, "{seen} folders were found");
}
