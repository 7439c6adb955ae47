//! Cameras and workers as the server shows them, and as MQTT clients hear of them.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::time::Duration;

use rumqttc::{Client, Event, MqttOptions, Packet, QoS};
use serde_json::{Value, json};

use super::{cameras, worker};
use crate::archive::broker::{Broker, documented, until};
use crate::support::scratch;

#[test]
fn the_server_starts_cameras_at_workers_and_shows_both() {
    let (broker, folder) = cameras("cameras-page", &["door"]);
    let worker = worker(&broker, &folder, "spool");
    let mut server = Command::new(env!("CARGO_BIN_EXE_aliyarface"))
        .args([
            "serve",
            "--port",
            "0",
            "--nats",
            &broker.url("archivist"),
            "--config",
        ])
        .arg(folder.join("config"))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(server.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let (page, token) = line.trim().split_once("/#token=").unwrap();
    let bearer = format!("Bearer {token}");
    let get = |path: &str| -> Value {
        let asked = ureq::get(format!("{page}{path}")).header("authorization", &bearer);
        let told = asked.call().unwrap().body_mut().read_to_string().unwrap();
        serde_json::from_str(&told).unwrap()
    };
    let put = |name: &str, camera: &Value| {
        let asked = ureq::put(format!("{page}/cameras/{name}")).header("authorization", &bearer);
        let asked = asked.header("content-type", "application/json");
        asked
            .send(camera.to_string())
            .map(|answer| answer.status().as_u16())
    };
    let uri = format!("file://{}", folder.join("videos/door.mp4").display());
    assert_eq!(
        put(
            "hall",
            &json!({ "uri": uri, "settings": { "emotions": false } })
        )
        .unwrap(),
        204
    );
    assert!(put("hall", &json!({ "uri": "gopher://a/" })).is_err());
    assert!(
        put(
            "hall",
            &json!({ "uri": uri, "settings": { "max-faces": 99 } })
        )
        .is_err()
    );
    let is_read = |camera: &Value| camera["fps"].as_f64().is_some_and(|fps| fps > 0.0);
    until(|| {
        get("/cameras")
            .as_array()
            .unwrap()
            .iter()
            .filter(|camera| is_read(camera))
            .count()
            == 2
    });
    let workers = get("/workers");
    assert_eq!(
        (&workers[0]["cameras"], &workers[0]["capacity"]),
        (&json!(2), &json!(2))
    );
    let asked = ureq::delete(format!("{page}/cameras/hall")).header("authorization", &bearer);
    assert_eq!(asked.call().unwrap().status(), 204);
    until(|| get("/cameras").as_array().unwrap().len() == 1);
    assert_eq!(get("/me")["workers"], true);
    worker.end();
    until(|| get("/cameras")[0]["state"] == "waiting");
    server.kill().unwrap();
    server.wait().unwrap();
}

#[test]
fn who_listens_over_mqtt_hears_events_of_cameras_and_nothing_else() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let config = documented()
        .replace("#mqtt ", "")
        .replace(":1883", &format!(":{port}"));
    let folder = scratch("cameras-mqtt");
    let broker = Broker::with_config(folder.join("broker"), &config);
    super::add(&broker, &folder, "door");
    let mut options = MqttOptions::new("hears", "127.0.0.1", port);
    options.set_credentials("listener", "secret");
    options.set_keep_alive(Duration::from_secs(30));
    let (client, mut connection) = Client::new(options, 10);
    client
        .subscribe("aliyarface/events/+", QoS::AtLeastOnce)
        .unwrap();
    let worker = worker(&broker, &folder, "spool");
    let heard = connection.iter().find_map(|event| match event.unwrap() {
        Event::Incoming(Packet::Publish(heard)) => Some(heard),
        _ => None,
    });
    let heard = heard.unwrap();
    assert_eq!(heard.topic, "aliyarface/events/door");
    let told: Value = serde_json::from_slice(&heard.payload).unwrap();
    assert_eq!((&told["camera"], &told["seq"]), (&json!("door"), &json!(1)));
    worker.end();
}
