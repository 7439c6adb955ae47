//! Time as it comes: stamps of every kind, breaks in the stream, and its end.

use std::collections::BTreeSet;

use crate::support::{FRAME, Host, Still, clip, faces, only_face};
use gst_video::{VideoFormat, VideoInfo};
use gstaliyarface::analysis::TrackId;
use gstaliyarface::metadata;

const DAY: gst::ClockTime = gst::ClockTime::from_seconds(86_400);

fn frames(count: usize) -> Vec<Still> {
    clip("single_face.mp4", VideoFormat::I420, count)
}

/// The element without its dearest stage, which has no part in this.
fn host(still: &Still) -> Host {
    Host::new("emotions=false", &still.caps())
}

/// Caps that name no frame rate: 0/1.
fn without_rate(still: &Still) -> gst::Caps {
    let info = VideoInfo::builder(still.info.format(), still.info.width(), still.info.height());
    let info = info.fps(gst::Fraction::new(0, 1)).build().unwrap();
    info.to_caps().unwrap()
}

fn names(events: &[gst::Structure]) -> Vec<String> {
    let name = |event: &gst::Structure| event.get::<String>("event").unwrap();
    events.iter().map(name).collect()
}

#[test]
fn a_face_is_followed_whatever_the_time_stamps_are() {
    let frames = frames(12);
    type Stamps = fn(u64) -> Option<gst::ClockTime>;
    let stamps: [(&str, Stamps); 9] = [
        ("30 a second", |frame| Some(FRAME * frame)),
        ("none", |_| None),
        ("all the same", |_| Some(DAY)),
        ("a nanosecond apart", |frame| {
            Some(DAY + gst::ClockTime::from_nseconds(frame))
        }),
        ("after days", |frame| Some(DAY * 300 + FRAME * frame)),
        ("near the end of time", |frame| {
            Some(gst::ClockTime::MAX - FRAME * (20 - frame))
        }),
        ("some missing", |frame| {
            (frame % 3 != 1).then_some(FRAME * frame)
        }),
        ("a little out of order", |frame| Some(FRAME * (frame ^ 1))),
        ("a frame a second", |frame| {
            Some(gst::ClockTime::SECOND * frame)
        }),
    ];
    for (what, stamp) in stamps {
        for caps in [frames[0].caps(), without_rate(&frames[0])] {
            let context = format!("{what}, {caps}");
            let mut host = host(&frames[0]);
            host.begin(&caps);
            let mut ids = BTreeSet::new();
            for (index, still) in (0..).zip(&frames) {
                let pts = stamp(index);
                let result = host.pass(still.at(pts));
                assert_eq!(result.pts(), pts, "{context}");
                assert_eq!(result.duration(), None, "{context}");
                let meta = metadata::read(&result).unwrap().expect("it was analysed");
                if let Some(pts) = pts {
                    assert_eq!(meta.analysis_pts, pts.nseconds(), "{context}");
                }
                ids.insert(only_face(&result).id);
            }
            assert_eq!(ids.len(), 1, "{context}: {ids:?}");
            host.harness.push_event(gst::event::Eos::new());
            let events = host.events();
            assert_eq!(names(&events), ["face-appeared", "face-lost"], "{context}");
            let lasted = events[1].get::<gst::ClockTime>("duration").unwrap();
            let least = if what.starts_with("all") { 0 } else { 11 };
            assert!(lasted.nseconds() >= least, "{context}: {lasted}");
        }
    }
}

#[test]
fn a_face_is_another_after_a_break_in_the_stream_and_the_same_after_a_dropped_frame() {
    let frames = frames(8);
    type Break = fn(&mut Host, u64) -> Option<gst::ClockTime>;
    // What happens before the sixth frame, and that frame's time.
    let breaks: [(&str, bool, Break); 7] = [
        ("a flush", true, |host, frame| {
            host.send(gst::event::FlushStart::new());
            host.send(gst::event::FlushStop::new(true));
            let segment = gst::FormattedSegment::<gst::ClockTime>::new();
            host.send(gst::event::Segment::new(&segment));
            Some(FRAME * frame)
        }),
        ("a new segment", true, |host, frame| {
            let segment = gst::FormattedSegment::<gst::ClockTime>::new();
            host.send(gst::event::Segment::new(&segment));
            Some(FRAME * frame)
        }),
        ("a jump ahead", true, |_, frame| {
            Some(gst::ClockTime::from_seconds(10) + FRAME * frame)
        }),
        ("a jump back", true, |_, _| Some(gst::ClockTime::ZERO)),
        ("a marked break", true, |_, frame| Some(FRAME * frame)),
        ("a marked break of some frames", false, |_, frame| {
            Some(FRAME * (frame + 4))
        }),
        ("dropped frames", false, |_, frame| {
            Some(FRAME * (frame + 4))
        }),
    ];
    for (what, ends, happens) in breaks {
        let mut host = host(&frames[0]);
        // Far from 0, so that a jump back can be one of seconds.
        let start = gst::ClockTime::from_seconds(5);
        let base = if what == "a jump back" {
            start
        } else {
            gst::ClockTime::ZERO
        };
        let mut before = TrackId::default();
        for (index, still) in (0..5).zip(&frames) {
            before = only_face(&host.pass(still.at(base + FRAME * index))).id;
        }
        let pts = happens(&mut host, 5);
        let mut buffer = frames[5].at(pts);
        if what.starts_with("a marked") {
            let flags = gst::BufferFlags::DISCONT;
            buffer.get_mut().unwrap().set_flags(flags);
        }
        let after = only_face(&host.pass(buffer)).id;
        assert_eq!(after != before, ends, "{what}: {before}, then {after}");
        let expected: &[_] = if ends {
            &["face-appeared", "face-lost", "face-appeared"]
        } else {
            &["face-appeared"]
        };
        assert_eq!(names(&host.events()), expected, "{what}");
    }
}

#[test]
fn the_end_of_a_stream_ends_its_faces_before_it_passes() {
    let frames = frames(6);
    let mut host = host(&frames[0]);
    for still in &frames {
        host.show(still);
    }
    host.events();
    let eos = gst::event::Eos::new();
    assert!(host.harness.push_event(eos));
    let lost = host.events();
    assert_eq!(names(&lost), ["face-lost"]);
    let at = |field| lost[0].get::<gst::ClockTime>(field).unwrap();
    assert_eq!(at("timestamp"), FRAME * 5, "when it was last seen");
    assert_eq!(at("duration"), FRAME * 5);
    let passed = std::iter::from_fn(|| host.harness.try_pull_event());
    let passed: Vec<_> = passed.map(|event| event.type_()).collect();
    let position = |kind| passed.iter().rposition(|passed| *passed == kind).unwrap();
    let last_word = position(gst::EventType::CustomDownstream);
    assert!(last_word < position(gst::EventType::Eos), "{passed:?}");
}

#[test]
fn events_tell_their_time_in_the_clocks_of_the_segment() {
    let frames = frames(3);
    let mut host = host(&frames[0]);
    let mut segment = gst::FormattedSegment::<gst::ClockTime>::new();
    let second = gst::ClockTime::from_seconds;
    segment.set_start(second(100));
    segment.set_time(second(7));
    segment.set_base(second(2));
    host.send(gst::event::Segment::new(&segment));
    host.pass(frames[0].at(second(101)));
    let events = host.events();
    let at = |field| events[0].get::<gst::ClockTime>(field).unwrap();
    let times = ["timestamp", "stream-time", "running-time", "duration"].map(at);
    assert_eq!(times, [second(101), second(8), second(3), second(0)]);
}

#[test]
fn ids_are_never_given_twice_in_a_run_and_the_next_run_begins_anew() {
    let frames = frames(2);
    let mut host = host(&frames[0]);
    let mut seen = BTreeSet::new();
    for _ in 0..4 {
        host.begin(&frames[0].caps());
        let face = only_face(&host.pass(frames[0].at(FRAME)));
        assert!(seen.insert(face.id), "{} again", face.id);
    }
}

#[test]
fn nothing_is_said_of_a_frame_on_the_bus_but_what_changed_in_it() {
    let frames = frames(72);
    for mode in ["sync", "async"] {
        let properties = format!("analysis-mode={mode}");
        let mut host = Host::new(&properties, &frames[0].caps());
        host.messages();
        for still in &frames {
            host.show(still);
        }
        let said = host.messages();
        assert!(said.len() < 15, "{mode}: {} messages", said.len());
        for message in said {
            let kind = message.type_();
            let rare = [gst::MessageType::Qos, gst::MessageType::Latency].contains(&kind);
            let name = message.structure().map(|message| message.name().as_str());
            let event = kind == gst::MessageType::Element && name == Some("aliyarface");
            assert!(rare || event, "{mode}: {message:?}");
        }
    }
}

#[test]
fn a_picture_without_a_rate_or_a_time_is_read_like_any_other() {
    let still = Still::photo("multi_face.jpg").as_format(VideoFormat::Nv12);
    let mut host = host(&still);
    host.begin(&without_rate(&still));
    assert_eq!(faces(&host.pass(still.at(None))).len(), 5);
}
