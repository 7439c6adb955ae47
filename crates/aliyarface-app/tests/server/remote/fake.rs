//! A server that is none, or one that misbehaves.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use gstaliyarface::record::{Location, Mesh, Readings};
use gstaliyarface::remote::protocol::{
    FrameResult, HEAD, ResultFace, ResultNeutral, VERSION, answer,
};
use tungstenite::handshake::server::{Request, Response};
use tungstenite::http::HeaderValue;
use tungstenite::{Message, WebSocket};

/// What it says to a request, over a plain connection.
pub type Reply = fn(&str, &mut TcpStream);
/// What it does with an open socket.
pub type Talk = fn(&mut WebSocket<TcpStream>);

/// Listens, and serves each connection on a thread of its own; its address.
pub fn serve(reply: Reply, talk: Talk) -> String {
    serve_version(VERSION, reply, talk)
}

/// The same of a server that speaks `version`; of one that names none where it is empty.
pub fn serve_version(version: &'static str, reply: Reply, talk: Talk) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let shared = Arc::new((version, reply, talk));
    thread::spawn(move || {
        for stream in listener.incoming() {
            let shared = shared.clone();
            thread::spawn(move || meet(stream.unwrap(), &shared));
        }
    });
    format!("ws://{address}")
}

fn meet(mut stream: TcpStream, (version, reply, talk): &(&'static str, Reply, Talk)) {
    let mut seen = [0; 16];
    let Ok(read) = stream.peek(&mut seen) else {
        return;
    };
    if !seen[..read].starts_with(b"GET /sessions/") {
        let mut head = Vec::new();
        while !head.windows(4).any(|window| window == b"\r\n\r\n") {
            let mut piece = [0; 1024];
            match stream.read(&mut piece) {
                Ok(0) | Err(_) => return,
                Ok(read) => head.extend(&piece[..read]),
            }
        }
        return reply(&String::from_utf8_lossy(&head), &mut stream);
    }
    #[allow(clippy::result_large_err)]
    let name = |request: &Request, mut response: Response| {
        if let Some(asked) = request.headers().get("sec-websocket-protocol") {
            assert_eq!(asked, VERSION);
            if !version.is_empty() {
                let named = HeaderValue::from_static(version);
                response
                    .headers_mut()
                    .insert("sec-websocket-protocol", named);
            }
        }
        Ok(response)
    };
    if let Ok(mut socket) = tungstenite::accept_hdr(stream, name) {
        talk(&mut socket);
    }
}

/// Answers a request.
pub fn respond(stream: &mut TcpStream, status: &str, body: &str) {
    let text = format!(
        "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    let _ = stream.write_all(text.as_bytes());
}

/// Begins every session that is asked for.
pub fn begins(head: &str, stream: &mut TcpStream) {
    if head.starts_with("POST /sessions") {
        respond(stream, "201 Created", r#"{"id":"abc"}"#);
    } else {
        respond(stream, "204 No Content", "");
    }
}

/// Never talks.
pub fn silent(_: &mut WebSocket<TcpStream>) {
    thread::sleep(Duration::from_secs(600));
}

/// The next picture's number and time; `None` where the socket closed.
pub fn next_picture(socket: &mut WebSocket<TcpStream>) -> Option<(u32, u64)> {
    loop {
        if let (seq, Some(time)) = next_message(socket)? {
            return Some((seq, time));
        }
    }
}

/// The next picture's number and time, or the number of the stream's end and `None`; `None` where the socket closed.
pub fn next_message(socket: &mut WebSocket<TcpStream>) -> Option<(u32, Option<u64>)> {
    loop {
        match socket.read().ok()? {
            Message::Binary(bytes) => {
                let seq = u32::from_le_bytes(bytes[1..5].try_into().unwrap());
                let time = u64::from_le_bytes(bytes[5..13].try_into().unwrap());
                return Some((seq, (bytes.len() > HEAD).then_some(time)));
            }
            Message::Close(_) => return None,
            _ => {}
        }
    }
}

/// Where the face of the frame at `time` lies: each frame has a place of its own.
pub fn place(time: u64) -> f64 {
    (time / 1_000_000 % 1000) as f64 / 2000.0
}

/// The answer to picture `seq` of `time`, with one face that tells of the time.
pub fn result(seq: u32, time: u64) -> Vec<u8> {
    result_with_neutrals(seq, time, None)
}

/// The same with the face's neutral, of so many Action Units.
pub fn result_with_neutrals(seq: u32, time: u64, action_units: Option<usize>) -> Vec<u8> {
    let neutral = |count| ResultNeutral {
        face_id: 1,
        scores: vec![0.5; count],
    };
    let result = FrameResult {
        baselines: action_units.map(|count| vec![neutral(count)]),
        faces: vec![ResultFace {
            location: Location {
                id: 1,
                x: place(time),
                y: 0.2,
                width: 0.3,
                height: 0.3,
                landmarks: Mesh(vec![[place(time) as f32, 0.3, 0.0]; 478]),
            },
            readings: Readings::default(),
        }],
        ..FrameResult::default()
    };
    answer(seq, 1000, &result.pack(true).unwrap())
}

/// The answer `seq` to the end of a stream whose person's eyes opened again at its last moment.
pub fn last_words(seq: u32) -> Vec<u8> {
    let event = serde_json::json!({ "event": "eyes-reopened", "face-id": 1, "timestamp": 0 });
    let result = FrameResult {
        events: vec![serde_json::from_value(event).unwrap()],
        ..FrameResult::default()
    };
    answer(seq, 1000, &result.pack(true).unwrap())
}

/// Sends what it is told to.
pub fn send(socket: &mut WebSocket<TcpStream>, bytes: Vec<u8>) -> bool {
    socket.send(Message::Binary(bytes.into())).is_ok()
}
