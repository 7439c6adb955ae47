//! Pictures over a socket, and the result of each.

use std::sync::Once;

use gst::prelude::*;
use gstaliyarface::record::Line;
use serde_json::{Value, json};
use tungstenite::Message;

use crate::client::{Server, next, sample};

pub const KEY: u8 = 1;
const JPEG: u8 = 2;

/// Pictures of a clip, compressed, each with whether it stands alone.
pub fn pictures(encode: &str, count: usize) -> Vec<(bool, Vec<u8>)> {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| gst::init().unwrap());
    let pipeline = gst::parse::launch(&format!(
        "filesrc location={} ! decodebin ! videoconvert ! video/x-raw,format=I420 ! {encode} \
         ! appsink name=out sync=false",
        sample("single_face.mp4").display()
    ));
    let pipeline = pipeline.unwrap().downcast::<gst::Pipeline>().unwrap();
    let sink = pipeline.by_name("out").unwrap();
    let sink = sink.downcast::<gst_app::AppSink>().unwrap();
    pipeline.set_state(gst::State::Playing).unwrap();
    let pulled = std::iter::from_fn(|| sink.pull_sample().ok());
    let pictures = pulled.take(count).map(|sample| {
        let buffer = sample.buffer().unwrap();
        let alone = !buffer.flags().contains(gst::BufferFlags::DELTA_UNIT);
        (alone, buffer.map_readable().unwrap().to_vec())
    });
    let pictures: Vec<_> = pictures.collect();
    pipeline.set_state(gst::State::Null).unwrap();
    assert_eq!(pictures.len(), count);
    pictures
}

pub fn message(flags: u8, seq: u32, us: u64, picture: &[u8]) -> Message {
    let mut bytes = vec![flags];
    bytes.extend(seq.to_le_bytes());
    bytes.extend(us.to_le_bytes());
    bytes.extend(picture);
    Message::Binary(bytes.into())
}

/// Sends all pictures, no more than three unanswered, and gives the answers.
fn fed(server: &Server, id: &str, pictures: &[(bool, Vec<u8>)], jpeg: bool) -> Vec<Value> {
    fed_as(server, id, pictures, if jpeg { JPEG } else { 0 })
}

/// Sends pictures of the kind that `flags` names.
pub fn fed_as(server: &Server, id: &str, pictures: &[(bool, Vec<u8>)], kind: u8) -> Vec<Value> {
    let mut socket = server.socket(&format!("/sessions/{id}/video"));
    let mut answers = Vec::new();
    for (index, (alone, picture)) in pictures.iter().enumerate() {
        let flags = kind | u8::from(*alone || kind != 0);
        let seq = index as u32 * 7 + 1;
        // A browser's clock, which jitters.
        let us = 5_000_000 + index as u64 * 33_333 + (index as u64 % 3) * 1_117;
        socket.send(message(flags, seq, us, picture)).unwrap();
        if index >= 2 {
            answers.push(next(&mut socket).expect("an answer"));
        }
    }
    while answers.len() < pictures.len() {
        answers.push(next(&mut socket).expect("an answer"));
    }
    answers
}

pub fn check(answers: &[Value]) {
    for (index, answer) in answers.iter().enumerate() {
        assert_eq!(answer["seq"], index as u64 * 7 + 1, "in order, none lost");
        let line: Line = serde_json::from_value(answer["record"].clone()).unwrap();
        let Line::Frame(frame) = line else {
            panic!("{answer}")
        };
        assert_eq!(
            frame.frame,
            index as u64 + 1,
            "the result is that of its own picture"
        );
        assert_eq!(frame.objects.len(), 1, "{answer}");
    }
    let last = &answers[answers.len() - 1]["record"]["objects"][0];
    assert_eq!(last["emotion"], "happiness", "{last}");
    assert_eq!(last["landmarks"].as_array().unwrap().len(), 478);
}

/// As a browser codes its camera.
pub const H264: &str = "x264enc tune=zerolatency key-int-max=30 speed-preset=ultrafast bitrate=2500 \
    ! video/x-h264,stream-format=byte-stream,alignment=au,profile=constrained-baseline";

#[test]
fn each_h264_picture_gets_its_own_result() {
    let server = Server::start("h264", &[]);
    let id = server.begin(&json!({ "kind": "camera" }));
    let answers = fed(&server, &id, &pictures(H264, 60), false);
    check(&answers);
    let info = server.ask("GET", &format!("/sessions/{id}"), None).json();
    assert_eq!(
        (&info["frames-read"], &info["skipped"]),
        (&json!(60), &json!(0)),
        "{info}"
    );
    assert!(info["latency-ms"].as_f64().unwrap() > 0.0);
    let metrics = server.ask("GET", "/metrics", None);
    assert!(metrics.text().contains(&format!(
        "aliyarface_frames_read_total{{session=\"{id}\"}} 60"
    )));
}

#[test]
fn each_jpeg_gets_its_own_result() {
    let server = Server::start("jpeg", &[]);
    let id = server.begin(&json!({ "kind": "camera" }));
    check(&fed(&server, &id, &pictures("jpegenc", 60), true));
}

#[test]
fn a_session_may_be_asked_how_it_fares_all_the_while() {
    let server = Server::start("asked", &[]);
    let id = server.begin(&json!({ "kind": "camera" }));
    let path = format!("/sessions/{id}");
    std::thread::scope(|scope| {
        let asked = || {
            for _ in 0..1000 {
                assert_eq!(server.ask("GET", &path, None).status, 200);
            }
        };
        scope.spawn(asked);
        scope.spawn(asked);
        check(&fed(&server, &id, &pictures("jpegenc", 60), true));
    });
}

#[test]
fn pictures_without_loss_are_read_as_png_and_as_they_are() {
    let server = Server::start("lossless", &[]);
    let mut read = Vec::new();
    for (kind, encode) in [
        (4, "videoconvert ! pngenc compression-level=1"),
        (8, "identity"),
    ] {
        let id = server.begin(&json!({ "kind": "camera" }));
        let mut pictures = pictures(encode, 6);
        if kind == 8 {
            let head = [640u16.to_le_bytes(), 360u16.to_le_bytes()].concat();
            for (_, picture) in &mut pictures {
                *picture = [&head[..], b"I420\0\0\0\0", &picture[..]].concat();
            }
        }
        let answers = fed_as(&server, &id, &pictures, kind);
        let boxes: Vec<Value> = answers
            .iter()
            .map(|answer| answer["record"]["objects"][0]["region"].clone())
            .collect();
        assert_eq!(answers[5]["record"]["objects"].as_array().unwrap().len(), 1);
        read.push(boxes);
    }
    assert_eq!(read[0].len(), read[1].len());
}

#[test]
fn a_socket_that_broke_goes_on_with_the_next_and_another_clock() {
    let server = Server::start("again", &[]);
    let id = server.begin(&json!({ "kind": "camera" }));
    let pictures = pictures("jpegenc", 5);
    for _ in 0..2 {
        assert_eq!(fed(&server, &id, &pictures, true).len(), 5);
    }
    let info = server.ask("GET", &format!("/sessions/{id}"), None).json();
    assert_eq!(
        (&info["frames-read"], &info["skipped"]),
        (&json!(10), &json!(0)),
        "{info}"
    );
}

#[test]
fn a_flood_is_answered_picture_by_picture_and_none_waits_for_long() {
    let server = Server::start("flood", &[]);
    let id = server.begin(&json!({ "kind": "camera" }));
    let pictures = pictures("jpegenc", 60);
    let mut socket = server.socket(&format!("/sessions/{id}/video"));
    for (seq, (_, picture)) in pictures.iter().enumerate() {
        let us = seq as u64 * 1000;
        socket.send(message(JPEG, seq as u32, us, picture)).unwrap();
    }
    let mut answered: Vec<u64> = (0..60)
        .map(|_| {
            next(&mut socket).expect("an answer")["seq"]
                .as_u64()
                .unwrap()
        })
        .collect();
    answered.sort_unstable();
    assert!(answered.iter().copied().eq(0..60), "{answered:?}");
    let info = server.ask("GET", &format!("/sessions/{id}"), None).json();
    assert!(info["skipped"].as_u64().unwrap() > 20, "{info}");
}

#[test]
fn messages_that_are_no_pictures_end_their_socket_alone() {
    let server = Server::start("garbage", &[]);
    let id = server.begin(&json!({ "kind": "camera" }));
    let video = format!("/sessions/{id}/video");
    for bytes in [vec![], vec![1; 5], vec![255; 40]] {
        let mut socket = server.socket(&video);
        socket.send(Message::Binary(bytes.into())).unwrap();
        assert_eq!(next(&mut socket), None, "it is closed");
    }
    let mut socket = server.socket(&video);
    socket.send(Message::Text("hello".into())).unwrap();
    assert_eq!(next(&mut socket), None);
    // What claims to be a picture and is none.
    let mut state = 1u32;
    for flags in [KEY, JPEG, 4, 8] {
        let mut socket = server.socket(&video);
        let noise: Vec<u8> = (0..5000)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 24) as u8
            })
            .collect();
        for seq in 0..4 {
            if socket
                .send(message(flags, seq, u64::from(seq), &noise))
                .is_err()
            {
                break;
            }
        }
    }
    assert_eq!(server.plain("GET", "/healthz", &[], b"").status, 200);
    let other = server.begin(&json!({ "kind": "camera" }));
    assert_eq!(fed(&server, &other, &pictures("jpegenc", 3), true).len(), 3);
}
