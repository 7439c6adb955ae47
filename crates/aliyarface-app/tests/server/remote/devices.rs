//! Devices that say what cannot be, to a real server: it answers what was sent and nothing else, and reads on for
//! the others.

use std::collections::BTreeSet;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use gstaliyarface::remote::protocol::{Answer, END, HEAD, JPEG, KEY, RAW, picture};
use serde_json::json;
use tungstenite::stream::MaybeTlsStream;
use tungstenite::{Error, Message, WebSocket};

use super::stream::{Stream, at, camera_at};
use crate::camera::pictures;
use crate::client::Server;
use crate::dice::Dice;

/// Messages of the hostile device.
const MESSAGES: u32 = 160;
/// What it says beside pictures.
const WORDS: [&str; 10] = [
    "hello",
    r#"{"settings":{"max-faces":0}}"#,
    r#"{"settings":{"profile":"full"}}"#,
    r#"{"settings":{"model-path":"/etc"}}"#,
    r#"{"signal":"quit"}"#,
    r#"{"baselines":[{"face-id":1,"scores":[1e308]}]}"#,
    r#"{"baselines":[{"face-id":4294967295,"scores":[]}]}"#,
    r#"{"people":[{"face-id":1,"seen":18446744073709551615,"features":[1e308]}]}"#,
    r#"{"people":[{"face-id":1073741825,"seen":0,"features":[]}]}"#,
    "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
];

/// How long a picture that is one may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// What it says as its message `seq`.
fn strange(dice: &mut Dice, seq: u32, jpeg: &[u8]) -> Message {
    let time = 1_000_000 * u64::from(seq);
    let mut bytes = picture(JPEG | KEY, seq, time, &[jpeg]);
    match dice.below(10) {
        0 => {
            bytes.truncate(dice.below(bytes.len()));
        }
        1 => {
            for _ in 0..1 + dice.below(20) {
                let at = dice.below(bytes.len());
                bytes[at] = dice.below(256) as u8;
            }
        }
        2 => {
            let at = dice.below(HEAD);
            bytes[at] = dice.below(256) as u8;
        }
        3 => bytes = picture(JPEG | KEY, seq, dice.below(1000) as u64, &[jpeg]),
        4 => bytes = picture(JPEG | KEY, seq, u64::MAX, &[jpeg]),
        5 => bytes = picture(RAW, seq, time, &[&[255; 4], b"I420\0\0\0\0", &[0; 64]]),
        6 => bytes = picture(END, seq, 0, &[]),
        7 => return Message::Text(dice.one_of(&WORDS).into()),
        _ => {}
    }
    Message::Binary(bytes.into())
}

/// The hostile device.
struct Device<'a> {
    server: &'a Server,
    session: String,
    socket: WebSocket<MaybeTlsStream<TcpStream>>,
    /// Numbers that it sent.
    sent: BTreeSet<u32>,
    answered: u32,
    closed: u32,
}

impl<'a> Device<'a> {
    fn new(server: &'a Server) -> Self {
        let session = begin(server);
        Self {
            socket: join(server, &session).unwrap(),
            server,
            session,
            sent: BTreeSet::new(),
            answered: 0,
            closed: 0,
        }
    }

    fn say(&mut self, message: Message) {
        if let Message::Binary(bytes) = &message
            && let Some(seq) = bytes.get(1..5)
        {
            self.sent
                .insert(u32::from_le_bytes(seq.try_into().unwrap()));
        }
        let sent = self.socket.send(message);
        if sent.is_err() || !self.listen() {
            self.closed += 1;
            self.join();
        }
    }

    /// Says what it should, over a socket of its own, and is answered.
    fn is_read(&mut self, seq: u32, jpeg: &[u8]) {
        self.join();
        let (before, start) = (self.answered, Instant::now());
        while self.answered == before {
            let time = 1_000_000 * u64::from(seq);
            self.say(Message::Binary(
                picture(JPEG | KEY, seq, time, &[jpeg]).into(),
            ));
            while self.answered == before && start.elapsed() < PATIENCE {
                if !self.listen() {
                    self.join();
                    break;
                }
            }
            assert!(start.elapsed() < PATIENCE, "picture {seq} is not read");
        }
    }

    /// Takes in what comes; whether the socket is still open.
    fn listen(&mut self) -> bool {
        loop {
            match self.socket.read() {
                Ok(Message::Binary(bytes)) => {
                    let answer = Answer::read(&bytes).unwrap();
                    assert!(
                        self.sent.contains(&answer.seq),
                        "{} was not sent",
                        answer.seq
                    );
                    self.answered += 1;
                }
                Ok(Message::Close(_)) => return false,
                Ok(_) => {}
                Err(Error::Io(err)) if err.kind() == std::io::ErrorKind::WouldBlock => return true,
                Err(_) => return false,
            }
        }
    }

    /// Joins its session again, or another one where that is over.
    fn join(&mut self) {
        let path = format!("/sessions/{}", self.session);
        let info = self.server.ask("GET", &path, None).json();
        if matches!(info["state"].as_str(), Some("ended" | "failed")) {
            self.server.ask("DELETE", &path, None);
            self.session = begin(self.server);
        }
        self.socket = join(self.server, &self.session).unwrap();
    }
}

fn begin(server: &Server) -> String {
    server.begin(&json!({ "kind": "device", "exact": false, "colorimetry": "" }))
}

fn join(
    server: &Server,
    session: &str,
) -> tungstenite::Result<WebSocket<MaybeTlsStream<TcpStream>>> {
    let socket = server.try_socket(&format!("/sessions/{session}/video"), None)?;
    if let MaybeTlsStream::Plain(stream) = socket.get_ref() {
        stream
            .set_read_timeout(Some(Duration::from_millis(30)))
            .unwrap();
    }
    Ok(socket)
}

#[test]
fn a_device_that_says_what_cannot_be_ends_its_own_socket_and_another_is_read_on() {
    let server = Server::start("remote-strange", &["--max-sessions", "4"]);
    let words = format!("{} remote-fallback=none", at(&server));
    let mut honest = Stream::start(&camera_at(10), &words);
    honest.until("results", |stream| stream.count("results-remote") > 5);
    let (_, jpeg) = pictures("jpegenc", 1).remove(0);
    let mut dice = Dice::new(21);
    let mut device = Device::new(&server);
    for seq in 0..MESSAGES {
        if seq % 20 == 10 {
            device.is_read(seq, &jpeg);
        } else {
            device.say(strange(&mut dice, seq, &jpeg));
        }
        honest.pass(Duration::from_millis(1));
    }
    assert!(device.closed > 5, "{} sockets were closed", device.closed);
    assert_eq!(server.plain("GET", "/healthz", &[], b"").status, 200);
    let before = honest.count("results-remote");
    honest.until("the other is read on", |stream| {
        stream.count("results-remote") > before + 10
    });
    assert_eq!(honest.run.warnings, [""; 0]);
    assert_eq!(honest.count("connections"), 1);
}

#[test]
fn a_device_that_leaves_out_seconds_of_pictures_keeps_its_person() {
    let server = Server::start("remote-gap", &[]);
    let session = begin(&server);
    let mut socket = server.socket(&format!("/sessions/{session}/video"));
    let encode = "x264enc tune=zerolatency key-int-max=300 \
        ! video/x-h264,stream-format=byte-stream,alignment=au";
    for (index, (alone, unit)) in pictures(encode, 8).iter().enumerate() {
        let left_out = if index < 4 { 0 } else { 4_000_000_000 };
        let time = index as u64 * 33_000_000 + left_out;
        let message = picture(u8::from(*alone) * KEY, index as u32, time, &[unit]);
        socket.send(Message::Binary(message.into())).unwrap();
        let answer = loop {
            if let Message::Binary(bytes) = socket.read().unwrap() {
                break Answer::read(&bytes).unwrap();
            }
        };
        let faces = answer.result.faces.iter();
        let ids: Vec<u32> = faces.map(|face| face.location.id).collect();
        assert_eq!(ids, [1], "picture {index}");
    }
}
