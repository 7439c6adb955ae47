//! The notice, and silence about emotions where none are to be read.

use super::{Frame, clip, frames};
use crate::support::init;
use gst::prelude::*;
use gstaliyarface::metadata;

#[test]
fn without_emotions_neither_meta_nor_statistics_hold_a_word_for_one() {
    init();
    let pipeline = gst::parse::launch(&format!(
        "{} ! videoconvert ! aliyarface name=face emotions=false ! appsink name=sink sync=false",
        clip()
    ));
    let pipeline = pipeline.unwrap().downcast::<gst::Pipeline>().unwrap();
    let sink = pipeline.by_name("sink").unwrap();
    let sink = sink.downcast::<gst_app::AppSink>().unwrap();
    pipeline.set_state(gst::State::Playing).unwrap();
    let mut said = String::new();
    for _ in 0..30 {
        let sample = sink.pull_sample().unwrap();
        let meta = gst::meta::CustomMeta::from_buffer(sample.buffer().unwrap(), metadata::NAME);
        said += &meta.unwrap().structure().to_string();
    }
    let element = pipeline.by_name("face").unwrap();
    said += &element.property::<gst::Structure>("stats").to_string();
    pipeline.set_state(gst::State::Null).unwrap();
    let said = said.to_lowercase();
    assert!(said.contains("au12") && said.contains("yaw"));
    for word in crate::support::emotion_words() {
        assert!(!said.contains(word), "{word}");
    }
}

#[test]
fn without_emotions_the_label_has_room_for_no_more_than_id_and_pose() {
    let branches = [
        "aliyarface",
        "aliyarface overlay=labels",
        "aliyarface overlay=labels emotions=false",
    ];
    let branches = frames(&clip(), &branches.map(String::from), 1);
    let [plain, full, silent] = [0, 1, 2].map(|branch| &branches[branch][0]);
    let height = |labelled: &Frame| {
        let rows = 0..plain.height();
        rows.filter(|row| labelled.changed(plain, *row..row + 1) > 0.0)
            .count()
    };
    assert!(height(silent) > 0);
    assert!(
        height(silent) * 2 < height(full),
        "{} {}",
        height(silent),
        height(full)
    );
}

#[test]
fn the_notice_stands_at_the_lower_edge_with_and_without_faces() {
    let source = "videotestsrc num-buffers=1 pattern=blue ! video/x-raw,width=320,height=240";
    let branches = [
        "aliyarface",
        "aliyarface notice=true",
        "aliyarface notice=true emotions=false",
    ];
    let branches = frames(source, &branches.map(String::from), 1);
    let [plain, noticed, silent] = [0, 1, 2].map(|branch| &branches[branch][0]);
    assert_eq!(noticed.changed(plain, 0..200), 0.0);
    assert!(noticed.changed(plain, 215..240) > 0.1);
    // Another sentence, since no emotions are recognised.
    assert!(silent.changed(plain, 215..240) > 0.1);
    assert!(silent.changed(noticed, 215..240) > 0.0);
}
