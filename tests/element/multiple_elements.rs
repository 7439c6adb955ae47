//! Several elements in a pipeline, several pipelines in a process, and what they leave behind.

use std::process::Command;
use std::sync::Arc;
use std::thread;

use crate::support::{FRAME, Host, Run, Still, clip, faces, init, model, run, sample, scratch};
use gst::prelude::*;
use gst_video::{VideoFormat, VideoRegionOfInterestMeta};
use gstaliyarface::analysis::Face;
use gstaliyarface::metadata;
use gstaliyarface::models::{Folders, ModelChoice, Models};

/// The clip, in a format and a number of frames that keep these tests short.
fn clip_frames(count: usize) -> Vec<Still> {
    clip("single_face.mp4", VideoFormat::I420, count)
}

/// Frames of the clip that a pipeline reads: those with the blink.
const FRAMES: usize = 32;

fn source() -> String {
    let clip = sample("single_face.mp4");
    format!(
        "filesrc location={} ! decodebin ! videoconvert ! video/x-raw,format=NV12 \
         ! identity eos-after={FRAMES}",
        clip.display()
    )
}

fn all_faces(run: &Run) -> Vec<Vec<Face>> {
    assert_eq!(run.error, None);
    assert_eq!(run.warnings, [] as [String; 0]);
    // A decoder lets some more frames through when it is ended.
    run.buffers().take(FRAMES).map(faces).collect()
}

#[test]
fn the_second_element_of_a_pipeline_replaces_what_the_first_one_said() {
    let alone = all_faces(&run(&format!("{} ! aliyarface", source())));
    let both = run(&format!(
        "{} ! aliyarface max-faces=1 emotions=false ! aliyarface",
        source()
    ));
    assert!(alone.len() == FRAMES);
    for buffer in both.buffers() {
        let regions = buffer.iter_meta::<VideoRegionOfInterestMeta>().count();
        assert_eq!(regions, faces(buffer).len());
    }
    assert_eq!(all_faces(&both), alone);
}

#[test]
fn two_pipelines_of_one_process_do_not_meddle_with_each_other() {
    init();
    let description = format!("{} ! aliyarface", source());
    let alone = all_faces(&run(&description));
    let runs: Vec<_> = thread::scope(|scope| {
        let started: Vec<_> = (0..2).map(|_| scope.spawn(|| run(&description))).collect();
        let ended = started.into_iter().map(|run| run.join().unwrap());
        ended.collect()
    });
    for run in &runs {
        assert_eq!(all_faces(run), alone);
    }
}

#[test]
fn the_weights_of_the_emotion_net_are_in_memory_once_and_go_with_the_last_who_uses_them() {
    // Labels of this test's own, lest another test holds the same net.
    let labels = scratch("shared").join("labels.txt");
    std::fs::copy(model("emotion_labels.txt"), &labels).unwrap();
    let choice = ModelChoice {
        emotion_labels: Some(labels),
        ..ModelChoice::bundled(Folders(vec![model("")]))
    };
    let first = Models::load(&choice).unwrap().emotion.unwrap();
    let second = Models::load(&choice).unwrap().emotion.unwrap();
    assert!(Arc::ptr_eq(&first, &second));
    let weak = Arc::downgrade(&first);
    drop(first);
    assert!(weak.upgrade().is_some());
    drop(second);
    assert!(weak.upgrade().is_none());
    let anew = Models::load(&choice).unwrap().emotion;
    assert!(anew.is_some(), "they can be loaded again");
}

#[test]
fn an_element_started_again_begins_with_an_empty_mind() {
    let frames = clip_frames(4);
    let mut host = Host::new("", &frames[0].caps());
    let mut readings = Vec::new();
    for _ in 0..3 {
        let buffers: Vec<_> = (0..)
            .zip(&frames)
            .map(|(index, still)| host.pass(still.at(FRAME * index)))
            .collect();
        let metas = buffers.iter().map(|buffer| metadata::read(buffer).unwrap());
        readings.push(metas.collect::<Vec<_>>());
        let element = host.element();
        element.set_state(gst::State::Null).unwrap();
        element.set_state(gst::State::Playing).unwrap();
        host.greet(&frames[0].caps());
    }
    assert!(readings[0].iter().all(Option::is_some));
    assert!(readings.iter().all(|reading| *reading == readings[0]));
}

/// What the leaks tracer of a process says is left at its end.
fn leaks(program: &str, arguments: &[&str]) -> Vec<String> {
    let output = Command::new(program)
        .args(arguments)
        .env("GST_TRACERS", "leaks")
        .env("GST_DEBUG", "GST_TRACER:7")
        .env("GST_DEBUG_NO_COLOR", "1")
        .env("G_DEBUG", "")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("object-alive.class"), "not traced: {said}");
    let alive = said
        .lines()
        .filter(|line| line.contains(":: object-alive,"));
    alive.map(str::to_owned).collect()
}

#[test]
fn the_tracer_of_leaks_sees_one_where_there_is_one() {
    let script = "import ctypes, gi, os; gi.require_version('Gst', '1.0')\n\
                  from gi.repository import Gst; Gst.init(None)\n\
                  kept = Gst.ElementFactory.make('identity')\n\
                  ctypes.CDLL('libgstreamer-1.0.so.0').gst_deinit(); os._exit(0)";
    let found = leaks("/usr/bin/python3", &["-c", script]);
    assert!(found.iter().any(|line| line.contains("GstIdentity")));
}

#[test]
fn nothing_of_a_pipeline_is_left_when_it_has_ended() {
    let source = source();
    let pipelines = [
        format!(
            "{source} ! aliyarface overlay=boxes+mesh+labels anonymize=blur notice=true ! aliyarfaceexport ! fakesink"
        ),
        format!(
            "{source} ! tee name=t ! queue ! aliyarface analysis-mode=async ! videoscale ! \
             video/x-raw,width=320 ! fakesink t. ! queue ! aliyarface ! jpegenc ! jpegdec ! fakesink"
        ),
        // One that cannot start.
        "videotestsrc num-buffers=2 ! aliyarface model-path=/nowhere ! fakesink".to_owned(),
    ];
    for pipeline in pipelines {
        let words: Vec<_> = ["-q"]
            .into_iter()
            .chain(pipeline.split_whitespace())
            .collect();
        let left = leaks("gst-launch-1.0", &words);
        assert!(left.is_empty(), "{pipeline}:\n{}", left.join("\n"));
    }
}

#[test]
fn no_critical_is_heard_of_a_pipeline_from_start_to_end() {
    let pipeline = format!("{} ! aliyarface overlay=boxes+labels ! fakesink", source());
    let output = Command::new("gst-launch-1.0")
        .args(["-q"])
        .args(pipeline.split_whitespace())
        .env("G_DEBUG", "fatal-criticals")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(!said.contains("CRITICAL"), "{said}");
}
