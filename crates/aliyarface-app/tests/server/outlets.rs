//! Where records and events go beside readers: webhooks, a broker, recordings.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gst::prelude::*;
use hmac::{Hmac, Mac};
use rumqttc::{Client, Event, MqttOptions, Packet, QoS};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::camera::{message, pictures};
use crate::client::{PATIENCE, Server, next};

/// A request: its headers in lower case, and its body.
fn taken(stream: &std::net::TcpStream) -> (Vec<String>, String) {
    let mut reader = BufReader::new(stream);
    let lines = reader.by_ref().lines().map(|line| line.unwrap());
    let head: Vec<_> = lines.take_while(|line| !line.is_empty()).collect();
    let length = head.iter().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.parse::<usize>().unwrap())
    });
    let mut body = vec![0; length.unwrap_or_default()];
    reader.read_exact(&mut body).unwrap();
    (head, String::from_utf8(body).unwrap())
}

fn header(head: &[String], wanted: &str) -> String {
    let found = head.iter().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case(wanted).then(|| value.to_owned())
    });
    found.unwrap_or_else(|| panic!("{wanted}: {head:?}"))
}

#[test]
fn a_webhook_is_told_of_events_under_a_signature_and_told_again_where_it_refuses() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/events", listener.local_addr().unwrap());
    let (to, requests) = channel();
    std::thread::spawn(move || {
        for (index, stream) in listener.incoming().enumerate() {
            let mut stream = stream.unwrap();
            let request = taken(&stream);
            let status = if index == 0 {
                "500 No"
            } else {
                "204 No Content"
            };
            let answer =
                format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            let _ = stream.write_all(answer.as_bytes());
            to.send(request).unwrap();
        }
    });
    let secret = Path::new(env!("CARGO_TARGET_TMPDIR")).join("webhook-secret");
    let key = b"0123456789abcdef0123456789abcdef";
    std::fs::write(&secret, format!("whsec_{}\n", STANDARD.encode(key))).unwrap();
    let words = [
        "--webhook",
        &url,
        "--webhook-secret",
        secret.to_str().unwrap(),
    ];
    let server = Server::start("webhook", &words);
    let id = server.begin(&json!({ "kind": "upload", "id": "sample" }));
    let [first, again] = [0, 1].map(|_| requests.recv_timeout(PATIENCE).unwrap());
    assert_eq!(
        header(&first.0, "webhook-id"),
        header(&again.0, "webhook-id")
    );
    let (head, body) = again;
    let signed = format!(
        "{}.{}.{body}",
        header(&head, "webhook-id"),
        header(&head, "webhook-timestamp")
    );
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(signed.as_bytes());
    let wanted = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
    assert_eq!(header(&head, "webhook-signature"), wanted);
    let told: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(told["data"]["session"], id.as_str(), "{told}");
    assert_eq!(
        told["data"]["events"][0]["event"], "face-appeared",
        "{told}"
    );
    assert!(told["data"].get("objects").is_none(), "events alone");
}

/// Debian's nats-server, which speaks MQTT too.
struct Broker(Child);

impl Broker {
    fn start() -> (Self, u16) {
        let free = || {
            TcpListener::bind("127.0.0.1:0")
                .unwrap()
                .local_addr()
                .unwrap()
                .port()
        };
        let (port, clients) = (free(), free());
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("serve-mqtt-broker");
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        let text = format!(
            "server_name: one\nlisten: 127.0.0.1:{clients}\njetstream {{ store_dir: {:?} }}\nmqtt {{ listen: 127.0.0.1:{port} }}\n",
            folder.display().to_string()
        );
        let file = folder.join("broker.conf");
        std::fs::write(&file, text).unwrap();
        // A user's own path lacks the folder in which Debian keeps it.
        let path = format!("{}:/usr/sbin", std::env::var("PATH").unwrap_or_default());
        let broker = Command::new("nats-server")
            .arg("-c")
            .arg(file)
            .env("PATH", path)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        (Self(broker.expect("nats-server is installed")), port)
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_broker_is_told_of_events_under_the_sessions_topic() {
    let (_broker, port) = Broker::start();
    let mut options = MqttOptions::new("listener", "127.0.0.1", port);
    options.set_keep_alive(Duration::from_secs(20));
    let (client, mut connection) = Client::new(options, 10);
    let (to, told) = channel();
    std::thread::spawn(move || {
        for event in connection.iter() {
            match event {
                Ok(Event::Incoming(Packet::ConnAck(_))) => {
                    client.subscribe("house/#", QoS::AtLeastOnce).unwrap();
                }
                Ok(Event::Incoming(Packet::SubAck(_))) => {
                    drop(to.send((String::new(), json!(null))))
                }
                Ok(Event::Incoming(Packet::Publish(message))) => {
                    let body = serde_json::from_slice(&message.payload);
                    let body =
                        body.unwrap_or_else(|_| json!(String::from_utf8_lossy(&message.payload)));
                    drop(to.send((message.topic, body)));
                }
                Ok(_) => {}
                // The broker starts slowly.
                Err(_) => std::thread::sleep(Duration::from_millis(200)),
            }
        }
    });
    assert_eq!(told.recv_timeout(PATIENCE).unwrap().0, "", "subscribed");
    let url = format!("mqtt://127.0.0.1:{port}/house");
    let server = Server::start("mqtt", &["--mqtt", &url]);
    let id = server.begin(&json!({ "kind": "upload", "id": "sample" }));
    let topic = format!("house/sessions/{id}/events");
    let mut online = false;
    loop {
        let (found, body) = told.recv_timeout(PATIENCE).unwrap();
        online |= (found.as_str(), &body) == ("house/status", &json!("online"));
        if found == topic {
            assert_eq!(body["events"][0]["event"], "face-appeared", "{body}");
            break;
        }
    }
    assert!(online, "the retained status came first");
}

#[test]
fn a_recording_holds_clean_video_and_records_and_outlives_its_session() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("serve-recordings");
    let _ = std::fs::remove_dir_all(&folder);
    let server = Server::start("recordings", &["--recordings", folder.to_str().unwrap()]);
    let body = json!({ "source": { "kind": "camera" }, "record": true });
    let info = server.ask("POST", "/sessions", Some(&body)).json();
    assert_eq!(info["recorded"], true, "{info}");
    let id = info["id"].as_str().unwrap().to_owned();
    let pictures = pictures("jpegenc", 40);
    let mut socket = server.socket(&format!("/sessions/{id}/video"));
    for (index, (_, picture)) in pictures.iter().enumerate() {
        let us = 1_000_000 + index as u64 * 33_333;
        socket.send(message(2, index as u32, us, picture)).unwrap();
        next(&mut socket).expect("an answer");
    }
    // The last pictures are still being coded.
    std::thread::sleep(Duration::from_secs(1));
    assert_eq!(
        server
            .ask("DELETE", &format!("/sessions/{id}"), None)
            .status,
        204
    );
    let kept = server.ask("GET", "/recordings", None).json();
    assert_eq!(
        (&kept[0]["id"], &kept[0]["films"]),
        (&json!(id), &json!(1)),
        "{kept}"
    );
    let hours = kept[0]["expires"].as_u64().unwrap() - kept[0]["began"].as_u64().unwrap();
    assert_eq!(hours, 24 * 3600);
    let records = server.ask("GET", &format!("/recordings/{id}/records.jsonl"), None);
    let frames = records
        .text()
        .lines()
        .filter(|line| line.contains("\"record\":\"frame\""));
    assert_eq!(frames.count(), 40);
    let film = server.ask("GET", &format!("/recordings/{id}/video"), None);
    assert_eq!(film.status, 200);
    let file = folder.join("fetched.mkv");
    std::fs::write(&file, &film.body).unwrap();
    let seen = decoded(&file);
    assert!((30..=40).contains(&seen), "{seen} pictures in the film");
    let path = format!("/recordings/{id}");
    assert_eq!(server.ask("DELETE", &path, None).status, 204);
    assert_eq!(server.ask("DELETE", &path, None).status, 404);
}

/// Pictures of a film.
fn decoded(file: &Path) -> usize {
    let line = format!(
        "filesrc location={} ! matroskademux ! h264parse ! avdec_h264 ! appsink name=out sync=false",
        file.display()
    );
    let pipeline = gst::parse::launch(&line)
        .unwrap()
        .downcast::<gst::Pipeline>()
        .unwrap();
    let sink = pipeline
        .by_name("out")
        .unwrap()
        .downcast::<gst_app::AppSink>()
        .unwrap();
    pipeline.set_state(gst::State::Playing).unwrap();
    let count = std::iter::from_fn(|| sink.pull_sample().ok()).count();
    pipeline.set_state(gst::State::Null).unwrap();
    count
}

#[test]
fn a_recording_is_refused_where_the_operator_wants_none() {
    let server = Server::start("no-recordings", &[]);
    let body = json!({ "source": { "kind": "camera" }, "record": true });
    assert_eq!(server.ask("POST", "/sessions", Some(&body)).status, 409);
    assert_eq!(server.ask("GET", "/recordings", None).json(), json!([]));
    assert_eq!(server.ask("GET", "/sessions", None).json()["total"], 0);
}
