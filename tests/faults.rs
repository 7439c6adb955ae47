//! What can go wrong in a running pipeline: it costs results at most, never a picture or the end of
//! the stream. Nets that fail are tested with the host that waits, in `host.rs`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use crate::support::{heads, scripts};
use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crate::support::dice::Dice;
use crate::support::pictures::Photo;
use crate::support::{Host, PATIENCE, Still, clip, faces, info, launch, model, sample, scratch};
use gst::prelude::*;
use gst_video::VideoFormat;
use gstaliyarface::metadata::{self, FaceMeta};

fn frames(count: usize) -> Vec<Still> {
    clip("single_face.mp4", VideoFormat::I420, count)
}

fn source() -> String {
    let clip = sample("single_face.mp4");
    format!(
        "filesrc location={} ! decodebin ! videoconvert",
        clip.display()
    )
}

fn read(buffer: &gst::BufferRef) -> FaceMeta {
    metadata::read(buffer).unwrap().expect("it was analysed")
}

#[test]
fn models_that_are_harmed_while_they_are_used_are_missed_at_the_next_start_only() {
    let frames = frames(12);
    let every = |folder: &Path, harm: Harm| {
        for file in fs::read_dir(folder).unwrap() {
            harm(&file.unwrap().path());
        }
    };
    let with = |name: &str, harm: Harm| {
        let folder = scratch(name);
        for file in fs::read_dir(model("")).unwrap() {
            let file = file.unwrap().path();
            fs::copy(&file, folder.join(file.file_name().unwrap())).unwrap();
        }
        let properties = format!("model-path={}", folder.display());
        let mut host = Host::new(&properties, &frames[0].caps());
        let mut readings = Vec::new();
        for (index, still) in frames.iter().enumerate() {
            if index == 4 {
                every(&folder, harm);
            }
            readings.push(read(&host.show(still)));
        }
        let element = host.element();
        element.set_state(gst::State::Null).unwrap();
        let again = element.set_state(gst::State::Ready).is_ok();
        (readings, again)
    };
    let (expected, again) = with("unharmed", |_| {});
    assert!(again);
    let harms: [(&str, Harm); 3] = [
        ("removed", |file| fs::remove_file(file).unwrap()),
        ("emptied", |file| fs::write(file, "").unwrap()),
        ("overwritten", |file| {
            let len = fs::metadata(file).unwrap().len() as usize;
            let mut file = fs::OpenOptions::new().write(true).open(file).unwrap();
            file.write_all(&vec![0xff; len]).unwrap();
        }),
    ];
    for (name, harm) in harms {
        let (readings, again) = with(name, harm);
        assert!(!again, "{name}: the next start fails");
        assert_eq!(readings, expected, "{name}");
    }
}

#[test]
fn a_stage_that_fails_now_and_then_is_warned_of_once_and_tried_on() {
    let folder = scratch("now-and-then");
    let net = scripts::throws(&folder);
    let seen = frames(3);
    let unseen = Still::grey(seen[0].info.width(), seen[0].info.height());
    let unseen = unseen.as_format(VideoFormat::I420);
    let properties = format!("emotion-model={}", net.display());
    let mut host = Host::new(&properties, &seen[0].caps());
    for _ in 0..4 {
        for still in [&seen[0], &seen[1], &unseen] {
            host.begin(&still.caps());
            let failed = metadata::read(&host.show(still)).unwrap().is_none();
            assert_eq!(failed, !std::ptr::eq(still, &unseen));
        }
    }
    let warnings = host.warnings();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
}

#[test]
fn a_picture_of_8k_is_read() {
    let still = clip("single_face.mp4", VideoFormat::Rgb, 1).remove(0);
    let large = still.converted(&info(VideoFormat::Nv12, 7680, 4320));
    let mut host = Host::new("overlay=boxes+mesh+pose+labels", &large.caps());
    for _ in 0..2 {
        let result = host.show(&large);
        assert_eq!(result.size(), large.buffer.size());
        assert_eq!(faces(&result).len(), 1);
    }
    assert!(host.warnings().is_empty());
}

#[test]
fn pictures_as_thin_as_a_hair_pass() {
    let mut host = Host::new("overlay=boxes+labels", &Still::grey(1, 1).caps());
    for (width, height) in [(1, 1), (1, 4096), (4096, 1), (3, 2000), (1, 2)] {
        for format in [VideoFormat::I420, VideoFormat::Rgb, VideoFormat::Uyvy] {
            let still = Still::grey(width, height).as_format(format);
            host.begin(&still.caps());
            assert!(faces(&host.show(&still)).is_empty(), "{width}x{height}");
        }
    }
    assert!(host.warnings().is_empty());
}

#[test]
fn fifty_faces_are_read_and_drawn_at_once() {
    let heads = heads::heads();
    let background = Photo::plain(1920, 1080, [120, 128, 124]);
    let (scene, _) = heads::crowd(heads, &background, 50, [80.0, 100.0], &mut Dice(7));
    let still = Still {
        info: info(VideoFormat::Rgb, 1920, 1080),
        buffer: gst::Buffer::from_mut_slice(scene.rgb),
    };
    let mut host = Host::new("overlay=boxes+mesh+pose+labels", &still.caps());
    let mut ids = BTreeSet::new();
    for _ in 0..3 {
        let found = faces(&host.show(&still));
        assert!((40..=50).contains(&found.len()), "{} faces", found.len());
        ids.extend(found.iter().map(|face| face.id.number()));
    }
    assert!(ids.len() <= 55, "they are the same in every frame: {ids:?}");
    assert!(host.warnings().is_empty());
    let nobody = Still::grey(1920, 1080);
    host.begin(&nobody.caps());
    assert!(faces(&host.show(&nobody)).is_empty());
}

#[test]
fn a_camera_that_is_unplugged_ends_in_an_error_and_a_stop() {
    for mode in ["sync", "async"] {
        let pipeline = launch(&format!(
            "videotestsrc is-live=true ! video/x-raw,width=320,height=240 ! identity error-after=8 \
             ! aliyarface analysis-mode={mode} ! fakesink"
        ));
        pipeline.set_state(gst::State::Playing).unwrap();
        let bus = pipeline.bus().unwrap();
        let error = bus.timed_pop_filtered(PATIENCE, &[gst::MessageType::Error]);
        assert!(error.is_some(), "{mode}: it is told");
        pipeline.set_state(gst::State::Null).unwrap();
    }
}

#[test]
fn eight_elements_in_eight_threads_read_the_same() {
    let frames = frames(10);
    let all = || {
        let mut host = Host::new("", &frames[0].caps());
        let readings = frames.iter().map(|still| read(&host.show(still)));
        readings.collect::<Vec<_>>()
    };
    let expected = all();
    thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(all)).collect();
        for thread in threads {
            assert_eq!(thread.join().unwrap(), expected);
        }
    });
}

/// Does something to a file.
type Harm = fn(&Path);

/// Sets a property that may be changed while playing to some value it can have.
fn set_at_random(element: &gst::Element, dice: &mut Dice) {
    let below = |dice: &mut Dice, count: u32| dice.between(0.0, f64::from(count)) as u32;
    match below(dice, 9) {
        0 => element.set_property_from_str(
            "overlay",
            [
                "",
                "boxes",
                "boxes+mesh",
                "pose+labels",
                "boxes+mesh+pose+labels",
            ][below(dice, 5) as usize],
        ),
        1 => element.set_property("overlay-scale", dice.between(0.25, 4.0)),
        2 => element.set_property("overlay-color", below(dice, u32::MAX)),
        3 => element.set_property_from_str(
            "overlay-language",
            ["en", "ru", "kk"][below(dice, 3) as usize],
        ),
        4 => element.set_property_from_str(
            "anonymize",
            ["none", "blur", "pixelate", "mesh-only"][below(dice, 4) as usize],
        ),
        5 => element.set_property("notice", below(dice, 2) == 0),
        6 => element.set_property("detection-interval", 1 + below(dice, 50)),
        7 => element.set_property("emotion-interval", 1 + below(dice, 50)),
        _ => element.set_property("max-faces", 1 + below(dice, 60)),
    }
    let _: gst::Structure = element.property("stats");
    let _: gst::Structure = element.property("baseline");
}

#[test]
fn properties_may_change_at_any_moment() {
    let frames = frames(60);
    for mode in ["sync", "async"] {
        let mut host = Host::new(&format!("analysis-mode={mode}"), &frames[0].caps());
        let element = host.element();
        let ended = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                let mut dice = Dice(3);
                while !ended.load(Ordering::Acquire) {
                    set_at_random(&element, &mut dice);
                    thread::yield_now();
                }
            });
            let sizes: Vec<_> = frames.iter().map(|still| host.show(still).size()).collect();
            ended.store(true, Ordering::Release);
            assert!(sizes.iter().all(|size| *size == frames[0].buffer.size()));
        });
        assert!(host.warnings().is_empty(), "{mode}");
    }
}

#[test]
fn seeks_at_any_moment_lead_to_the_end() {
    let mut dice = Dice(11);
    for mode in ["sync", "async"] {
        let pipeline = launch(&format!(
            "{} ! aliyarface emotions=false analysis-mode={mode} ! fakesink",
            source()
        ));
        pipeline.set_state(gst::State::Playing).unwrap();
        pipeline.state(PATIENCE).0.unwrap();
        for _ in 0..20 {
            let to = gst::ClockTime::from_mseconds(dice.between(0.0, 2000.0) as u64);
            let flags = if dice.between(0.0, 1.0) < 0.7 {
                gst::SeekFlags::FLUSH | gst::SeekFlags::ACCURATE
            } else {
                gst::SeekFlags::FLUSH | gst::SeekFlags::KEY_UNIT
            };
            pipeline.seek_simple(flags, to).unwrap();
            thread::yield_now();
        }
        let bus = pipeline.bus().unwrap();
        let kinds = [gst::MessageType::Eos, gst::MessageType::Error];
        let last = bus.timed_pop_filtered(PATIENCE, &kinds);
        let last = last.expect("the pipeline does not hang");
        assert_eq!(last.type_(), gst::MessageType::Eos, "{mode}: {last:?}");
        pipeline.set_state(gst::State::Null).unwrap();
    }
}

#[test]
fn a_file_in_place_of_the_folder_of_models_is_told_of() {
    crate::support::init();
    let element = gst::ElementFactory::make("aliyarface")
        .property("model-path", "/etc/hostname")
        .build()
        .unwrap();
    let bus = gst::Bus::new();
    element.set_bus(Some(&bus));
    assert!(element.set_state(gst::State::Ready).is_err());
    let told = bus.pop_filtered(&[gst::MessageType::Error]).unwrap();
    assert!(format!("{told:?}").contains("/etc/hostname"), "{told:?}");
}
