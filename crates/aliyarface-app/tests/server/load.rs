//! Cameras at the same time, each at its own pace: how many pictures are read, and how late.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tungstenite::Message;
use tungstenite::stream::MaybeTlsStream;

use crate::camera::{H264, KEY, message, pictures};
use crate::client::Server;

/// Cameras at once.
const CAMERAS: usize = 4;
/// Pictures of each, at 30 a second.
const PICTURES: usize = 600;
const INTERVAL: Duration = Duration::from_nanos(1_000_000_000 / 30);
/// Pictures of each that do not count: the sessions load their models meanwhile.
const FIRST: usize = 60;
/// Pictures that the page leaves unanswered at most.
const UNANSWERED: usize = 3;
/// The longest wait for an answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// What became of a camera's pictures.
#[derive(Default)]
struct Outcome {
    read: usize,
    left_out: usize,
    /// From each picture to its result, in ms.
    delays: Vec<f64>,
}

/// A camera as the page sends it: no picture while three are unanswered, and after one that was left out none before
/// the next that stands alone.
fn camera(server: &Server, id: &str, film: &[(bool, Vec<u8>)]) -> Outcome {
    let mut socket = server.socket(&format!("/sessions/{id}/video"));
    let mut outcome = Outcome::default();
    let mut sent: Vec<Instant> = vec![Instant::now(); PICTURES];
    let (mut index, mut waiting, mut broken) = (0, 0, false);
    let began = Instant::now();
    while index < PICTURES || waiting > 0 {
        let due = began + INTERVAL * index as u32;
        let now = Instant::now();
        if index < PICTURES && now >= due {
            let (alone, picture) = &film[index % film.len()];
            broken &= !alone;
            if broken || waiting == UNANSWERED {
                outcome.left_out += usize::from(index >= FIRST);
                broken = true;
            } else {
                sent[index] = now;
                let time = (now - began).as_micros() as u64;
                let flags = if *alone { KEY } else { 0 };
                socket
                    .send(message(flags, index as u32, time, picture))
                    .unwrap();
                waiting += 1;
            }
            index += 1;
            continue;
        }
        let wait = if index < PICTURES {
            due - now
        } else {
            PATIENCE
        };
        if let MaybeTlsStream::Plain(stream) = socket.get_ref() {
            stream
                .set_read_timeout(Some(wait.max(Duration::from_micros(100))))
                .unwrap();
        }
        match socket.read() {
            Ok(Message::Text(text)) => {
                let answer: Value = serde_json::from_str(&text).unwrap();
                let Some(seq) = answer["seq"].as_u64() else {
                    continue;
                };
                waiting -= 1;
                if answer["record"].is_object() && seq as usize >= FIRST {
                    outcome.read += 1;
                    outcome
                        .delays
                        .push(sent[seq as usize].elapsed().as_secs_f64() * 1000.0);
                }
            }
            Err(tungstenite::Error::Io(err)) => {
                assert!(index < PICTURES, "no answer came: {err}");
            }
            other => drop(other.unwrap()),
        }
    }
    outcome
}

#[test]
#[ignore = "make bench-server"]
fn four_cameras_at_thirty_pictures_a_second_are_read_at_once() {
    let server = Server::start("load", &["--max-sessions", "4"]);
    let coded =
        format!("videoscale ! video/x-raw,width=640,height=480,pixel-aspect-ratio=1/1 ! {H264}");
    let film = pictures(&coded, 60);
    let outcomes: Vec<_> = thread::scope(|scope| {
        let cameras = (0..CAMERAS).map(|_| {
            let id = server.begin(&json!({ "kind": "camera" }));
            let (server, film) = (&server, &film);
            scope.spawn(move || camera(server, &id, film))
        });
        let cameras: Vec<_> = cameras.collect();
        cameras
            .into_iter()
            .map(|camera| camera.join().unwrap())
            .collect()
    });
    for outcome in &outcomes {
        assert_eq!(
            outcome.read + outcome.left_out,
            PICTURES - FIRST,
            "each picture is accounted for"
        );
    }
    let mut delays: Vec<_> = outcomes
        .iter()
        .flat_map(|outcome| outcome.delays.clone())
        .collect();
    delays.sort_by(f64::total_cmp);
    let quantile =
        |part: f64| (delays[((delays.len() - 1) as f64 * part) as usize] * 10.0).round() / 10.0;
    let read: Vec<_> = outcomes.iter().map(|outcome| outcome.read).collect();
    println!(
        "{}",
        json!({ "cameras": CAMERAS, "pictures": PICTURES - FIRST, "read": read, "delay_ms": { "p50": quantile(0.5), "p95": quantile(0.95) } })
    );
}
