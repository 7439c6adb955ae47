//! Addresses that the server fetches: cameras over RTSP and HTTP, files of a folder.

use std::collections::BTreeMap;
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tungstenite::stream::MaybeTlsStream;
use tungstenite::{Message, WebSocket};

use crate::camera::pictures;
use crate::client::{PATIENCE, Server, first_line, sample};

/// A real RTSP server with a picture of a face, at a port of its choice or at `port`.
const RTSP: &str = r#"
import sys, gi
gi.require_version("Gst", "1.0"); gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer
Gst.init(None)
server = GstRtspServer.RTSPServer(); server.set_address("127.0.0.1"); server.set_service(sys.argv[1])
factory = GstRtspServer.RTSPMediaFactory(); factory.set_shared(True)
factory.set_launch(f"( filesrc location={sys.argv[2]} ! jpegdec ! videoconvert ! videoscale ! video/x-raw,format=I420,width=320,height=240 "
    "! imagefreeze is-live=true ! video/x-raw,framerate=15/1 ! x264enc tune=zerolatency speed-preset=ultrafast key-int-max=15 "
    "! rtph264pay name=pay0 pt=96 )")
server.get_mount_points().add_factory("/face", factory); server.attach(None)
print(server.get_bound_port(), flush=True)
GLib.MainLoop().run()
"#;

struct Rtsp(Child, u16);

impl Rtsp {
    fn start(port: u16) -> Self {
        // Debian's own Python has the bindings.
        let mut process = Command::new("/usr/bin/python3")
            .args(["-c", RTSP, &port.to_string()])
            .arg(sample("single_face.jpg"))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (line, _) = first_line(&mut process);
        let port = line.parse();
        Self(
            process,
            port.expect("gir1.2-gst-rtsp-server-1.0 is installed"),
        )
    }
}

impl Drop for Rtsp {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Flags, number, time in us and unit of the pictures that come until `wanted` of them have their records.
fn shown(socket: &mut WebSocket<MaybeTlsStream<TcpStream>>, wanted: usize) -> Vec<(u8, u32, u64)> {
    let (mut pictures, mut times) = (Vec::new(), BTreeMap::new());
    let begun = Instant::now();
    loop {
        assert!(begun.elapsed() < PATIENCE, "{pictures:?} {times:?}");
        match socket.read().unwrap() {
            Message::Binary(bytes) => {
                let start = [0, 0, 0, 1];
                assert_eq!(bytes[13..17], start, "an access unit of annex B");
                let seq = u32::from_le_bytes(bytes[1..5].try_into().unwrap());
                let us = u64::from_le_bytes(bytes[5..13].try_into().unwrap());
                pictures.push((bytes[0], seq, us));
            }
            Message::Text(text) => {
                let answer: Value = serde_json::from_str(&text).unwrap();
                let time = answer["record"]["timestamp"].as_u64();
                times.extend(Some(answer["seq"].as_u64().unwrap()).zip(time));
            }
            Message::Close(frame) => panic!("closed: {frame:?}"),
            _ => {}
        }
        let read = pictures.iter().filter_map(|(_, seq, us)| {
            let time = times.get(&u64::from(*seq))?;
            assert_eq!(time / 1000, *us, "the picture's own record");
            Some(())
        });
        if read.count() >= wanted {
            return pictures;
        }
    }
}

#[test]
fn a_camera_over_rtsp_is_read_and_shown_lost_and_found_again() {
    let rtsp = Rtsp::start(0);
    let port = rtsp.1;
    let allowed = format!("rtsp://127.0.0.1:{port}/");
    let server = Server::start("rtsp", &["--source", &allowed]);
    let uri = format!("rtsp://someone:secret@127.0.0.1:{port}/face");
    let id = server.begin(&json!({ "kind": "uri", "uri": uri }));
    let info = server.wait(&id, &["calibrating", "live", "degraded"]);
    assert_eq!(
        info["uri"],
        format!("rtsp://127.0.0.1:{port}/face"),
        "{info}"
    );
    let mut socket = server.socket(&format!("/sessions/{id}/video"));
    let first = shown(&mut socket, 10);
    // The first pictures may be of a stream that was joined between two keys.
    let since = Instant::now();
    while server.ask("GET", &format!("/sessions/{id}"), None).json()["faces"] != 1 {
        assert!(since.elapsed() < PATIENCE, "the picture's face is found");
        shown(&mut socket, 1);
    }
    assert_eq!(first[0].0 & 1, 1, "a viewer begins with a key: {first:?}");

    drop(rtsp);
    let info = server.wait(&id, &["stalled"]);
    let reason = info["reason"].as_str().unwrap();
    assert!(reason.contains("tried again"), "{info}");
    assert!(!info.to_string().contains("secret"), "{info}");
    let _rtsp = Rtsp::start(port);
    server.wait(&id, &["calibrating", "live", "degraded"]);
    let second = shown(&mut socket, 5);
    let times: Vec<_> = first
        .iter()
        .chain(&second)
        .map(|picture| picture.2)
        .collect();
    assert!(times.is_sorted(), "{times:?}");
    assert_eq!(
        server
            .ask("DELETE", &format!("/sessions/{id}"), None)
            .status,
        204
    );
    while !matches!(socket.read(), Ok(Message::Close(_)) | Err(_)) {}
}

#[test]
fn what_the_operator_did_not_name_is_refused() {
    let folder = sample("").display().to_string();
    let named = [format!("file://{folder}"), "http://localhost:9/".to_owned()];
    let server = Server::start(
        "refused-uri",
        &["--source", &named[0], "--source", &named[1]],
    );
    let begun = |uri: &str| {
        let body = json!({ "source": { "kind": "uri", "uri": uri } });
        server.ask("POST", "/sessions", Some(&body))
    };
    for (uri, status) in [
        ("file:///etc/passwd", 403),
        ("file:///no/such/file", 403),
        ("rtsp://127.0.0.1/", 403),
        ("http://localhost:9/", 403),
        ("http://169.254.169.254/latest/meta-data", 403),
        ("telnet://127.0.0.1/", 400),
        ("", 400),
    ] {
        let answer = begun(uri);
        assert_eq!(answer.status, status, "{uri}: {}", answer.text());
    }
    let sources = server.ask("GET", "/me", None).json()["sources"].clone();
    assert_eq!(sources, json!(named));
}

#[test]
fn a_file_of_a_named_folder_is_read_at_its_own_speed() {
    let folder = sample("").display().to_string();
    let server = Server::start("file-uri", &["--source", &format!("file://{folder}/")]);
    let begun = Instant::now();
    let id =
        server.begin(&json!({ "kind": "uri", "uri": format!("file://{folder}/single_face.mp4") }));
    let info = server.wait(&id, &["ended", "failed"]);
    assert_eq!(
        (&info["state"], &info["frames-read"]),
        (&json!("ended"), &json!(72)),
        "{info}"
    );
    assert!(
        begun.elapsed() > Duration::from_millis(2300),
        "the clip has 2.4 s"
    );
}

#[test]
fn a_camera_over_http_is_read_as_its_pictures_come() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let pictures = pictures("jpegenc", 20);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let head =
                "HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace;boundary=next\r\n\r\n";
            let _ = stream.write_all(head.as_bytes());
            for (_, picture) in pictures.iter().cycle() {
                let head = format!(
                    "--next\r\nContent-Type: image/jpeg\r\nContent-Length: {}\r\n\r\n",
                    picture.len()
                );
                let part = [head.as_bytes(), picture, b"\r\n"].concat();
                if stream.write_all(&part).is_err() {
                    break;
                }
                std::thread::sleep(Duration::from_millis(66));
            }
        }
    });
    let allowed = format!("http://127.0.0.1:{port}/");
    let server = Server::start("http", &["--source", &allowed]);
    let id = server.begin(&json!({ "kind": "uri", "uri": format!("{allowed}video") }));
    let info = server.wait(&id, &["calibrating", "live", "degraded", "failed"]);
    assert_ne!(info["state"], "failed", "{info}");
    let mut socket = server.socket(&format!("/sessions/{id}/video"));
    shown(&mut socket, 5);
}
