//! A socket whose other end says what cannot be.

use std::collections::BTreeSet;
use std::net::{TcpListener, TcpStream};
use std::thread;

use gst_video::{VideoFormat, VideoInfo};
use proptest::prelude::*;
use tungstenite::protocol::Role;

use super::super::encoder::{Codec, PictureFormat};
use super::super::mailbox::{Delivered, Outcome};
use super::super::protocol::{FrameResult, HEAD, ResultFace, answer};
use super::*;
use crate::picture::{Colour, Orientation, Picture, PixelFormat, Plane, Snapshot};
use crate::record::{Location, Mesh, Readings};

const SIDE: u32 = 16;
/// How long the two ends may take for a few pictures.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the server does with a picture: which kind of thing, and two numbers for it.
type Deed = (u8, usize, u8);

/// The answer to picture `seq` with one face, whose id is the picture's time.
fn intact(seq: u32, time: u64) -> Vec<u8> {
    let result = FrameResult {
        faces: vec![ResultFace {
            location: Location {
                id: time as u32,
                x: 0.1,
                y: 0.2,
                width: 0.3,
                height: 0.4,
                landmarks: Mesh(vec![[0.5; 3]; 478]),
            },
            readings: Readings::default(),
        }],
        ..FrameResult::default()
    };
    answer(seq, 1000, &result.pack(true).unwrap())
}

/// What the server says of a picture; the last of it is as it should be.
fn said((kind, at, value): Deed, seq: u32, time: u64) -> Vec<Message> {
    let mut bytes = intact(seq, time);
    let right = Message::Binary(bytes.clone().into());
    let strange = match kind {
        0 => right.clone(),
        1 => Message::Binary(intact(seq ^ (1 << (8 + value % 24)), time).into()),
        2 => {
            Message::Text(format!(r#"{{"seq":{},"skipped":true}}"#, seq + 1 + at as u32 % 9).into())
        }
        3 => {
            bytes.truncate(at % bytes.len());
            Message::Binary(bytes.into())
        }
        4 => {
            // Past the head: which picture it is of stays as it was.
            let at = 8 + at % (bytes.len() - 8);
            bytes[at] ^= value.max(1);
            Message::Binary(bytes.into())
        }
        5 => Message::Text(format!("{at} {value}").into()),
        6 => Message::Ping(vec![value; at % 100].into()),
        _ => return vec![right],
    };
    vec![strange, right]
}

fn serve(stream: TcpStream, deeds: &[Deed]) -> tungstenite::Result<()> {
    let mut socket = WebSocket::from_raw_socket(stream, Role::Server, None);
    for deed in deeds {
        let (seq, time) = loop {
            if let Message::Binary(bytes) = socket.read()? {
                let (head, _) = bytes.split_first_chunk::<HEAD>().unwrap();
                let [_, s0, s1, s2, s3, time @ ..] = *head;
                break (
                    u32::from_le_bytes([s0, s1, s2, s3]),
                    u64::from_le_bytes(time),
                );
            }
        };
        for message in said(*deed, seq, time) {
            socket.send(message)?;
        }
    }
    Ok(())
}

fn job(frame: u64) -> PictureJob {
    let bytes = vec![90; (SIDE * SIDE) as usize];
    let plane = Plane {
        data: &bytes,
        stride: SIDE as usize,
    };
    let side = SIDE as usize;
    let picture = Picture::new(PixelFormat::Gray8, side, side, vec![plane], Colour::BT601);
    let mut snapshot = Snapshot::default();
    snapshot.take(&picture.unwrap());
    let info = VideoInfo::builder(VideoFormat::Gray8, SIDE, SIDE).build();
    PictureJob {
        snapshot,
        format: Arc::new(PictureFormat {
            info: info.unwrap(),
            orientation: Orientation::default(),
        }),
        stamp: Stamp {
            frame,
            pts: frame,
            time: frame,
        },
        submitted: Instant::now(),
    }
}

/// What came of a picture for each of `deeds`, from a server that does them and hangs up.
fn deliveries(deeds: &[Deed]) -> Vec<Delivered> {
    gst::init().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (theirs, _) = listener.accept().unwrap();
    let mailbox = Arc::new(Mailbox::new().unwrap());
    thread::scope(|scope| {
        // It may hang up in the middle of a message, as this end may.
        scope.spawn(|| serve(theirs, deeds));
        let socket = WebSocket::from_raw_socket(Connection::Plain(stream), Role::Client, None);
        socket.get_ref().never_wait().unwrap();
        let encoding = EncoderOptions {
            codec: Codec::Raw,
            longest_side: 0,
        };
        let mut link = ServerLink::new(socket, Arc::clone(&mailbox), encoding, None);
        let running = scope.spawn(move || link.run(&mut false));
        let start = Instant::now();
        for frame in 1..=deeds.len() as u64 {
            mailbox.lock().waiting = Some(job(frame));
            mailbox.wake();
            while mailbox.lock().waiting.is_some() && !running.is_finished() {
                assert!(start.elapsed() < PATIENCE, "picture {frame} is not sent");
                thread::sleep(Duration::from_millis(1));
            }
        }
        assert!(matches!(running.join().unwrap(), LinkEnd::Lost(_)));
    });
    std::mem::take(&mut mailbox.lock().delivered).into()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(120) })]

    #[test]
    fn whatever_a_server_says_each_picture_has_one_answer_and_it_is_its_own(
        deeds in prop::collection::vec((0..12u8, any::<usize>(), any::<u8>()), 1..10),
    ) {
        let mut answered = BTreeSet::new();
        for Delivered { stamp, outcome, .. } in deliveries(&deeds) {
            prop_assert!((1..=deeds.len() as u64).contains(&stamp.frame));
            prop_assert!(answered.insert(stamp.frame), "two answers to {}", stamp.frame);
            let damaged = deeds[stamp.frame as usize - 1].0 == 4;
            if let (Outcome::Read { faces, .. }, false) = (outcome, damaged) {
                prop_assert_eq!(faces.len(), 1);
                prop_assert_eq!(u64::from(faces[0].id.number()), stamp.time);
            }
        }
    }
}
