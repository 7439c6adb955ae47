//! The README is what a newcomer types from: what it names must be there.

use std::collections::BTreeSet;

use crate::support::init;
use gst::prelude::*;

const README: &str = include_str!("../../README.md");
const PROPERTIES: &str = include_str!("../../docs/properties.md");

#[test]
fn the_table_lists_every_property_of_the_element_and_no_other() {
    init();
    let element = gst::ElementFactory::make("aliyarface").build().unwrap();
    let own = element.list_properties();
    let own = own
        .iter()
        .filter(|spec| spec.owner_type() == element.type_());
    let own: BTreeSet<_> = own.map(|spec| spec.name().to_owned()).collect();

    let table = PROPERTIES.split("<!-- properties").nth(1).unwrap();
    let table = table.split("\n\n").next().unwrap();
    let rows = table.lines().filter_map(|line| line.strip_prefix("| `"));
    let listed: BTreeSet<_> = rows
        .map(|row| row.split('`').next().unwrap().to_owned())
        .collect();
    assert_eq!(listed, own);
}

#[test]
fn every_pipeline_line_is_one_that_gst_launch_understands() {
    init();
    let text = README.replace("\\\n", " ");
    let lines = text
        .lines()
        .filter_map(|line| line.strip_prefix("gst-launch-1.0 "));
    let mut seen = 0;
    for line in lines {
        let pipeline = line.split(" | ").next().unwrap();
        let words = pipeline.split_whitespace();
        let words: Vec<_> = words.skip_while(|word| word.starts_with('-')).collect();
        let parsed = gst::parse::launch(&words.join(" "));
        assert!(parsed.is_ok(), "{line}: {:?}", parsed.err());
        seen += 1;
    }
    assert!(seen >= 4, "only {seen} lines were found");
}

#[test]
fn every_file_that_a_document_points_at_is_there() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let documents = ["", "docs", "models"].into_iter().flat_map(|folder| {
        let files = std::fs::read_dir(root.join(folder)).unwrap();
        files.map(|file| file.unwrap().path())
    });
    let documents = documents.filter(|path| path.extension().is_some_and(|end| end == "md"));
    let mut seen = 0;
    for document in documents {
        let text = std::fs::read_to_string(&document).unwrap();
        let targets = text.split("](").skip(1);
        let targets = targets.filter_map(|rest| rest.split([')', '#']).next());
        for target in targets.filter(|target| !target.is_empty() && !target.starts_with("http")) {
            let there = document.with_file_name("").join(target).exists();
            assert!(there, "{target} in {}", document.display());
            seen += 1;
        }
    }
    assert!(seen >= 20, "only {seen} links were found");
}
