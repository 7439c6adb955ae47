//! Cameras over workers and a real nats-server, which are killed.

mod fleet;
mod page;

use std::fs;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::json;

use self::fleet::{Reader, Worker, lease, list, spooled, whole};
use crate::archive::broker::{Broker, until};
use crate::support::{printed, sample, scratch};

/// Far more than a worker's leases and models take: the numbers of docs/distributed.md are printed, not held.
const LATE: Duration = Duration::from_secs(60);

/// A broker, a folder of its own and files in it that are cameras.
fn cameras(name: &str, names: &[&str]) -> (Broker, PathBuf) {
    let folder = scratch(name);
    let broker = Broker::start(folder.join("broker"));
    for name in names {
        add(&broker, &folder, name);
    }
    (broker, folder)
}

/// Adds a file as a camera.
fn add(broker: &Broker, folder: &Path, name: &str) {
    fs::create_dir_all(folder.join("videos")).unwrap();
    let file = folder.join(format!("videos/{name}.mp4"));
    fs::copy(sample("single_face.mp4"), &file).unwrap();
    let uri = format!("file://{}", file.display());
    // What events need, and no more: these tests run beside others.
    let set = ["--set", "emotions=false"];
    let words = [&["cameras", "add", name, &uri], &set[..]].concat();
    printed(&broker.type_in(&words));
}

fn worker(broker: &Broker, folder: &Path, spool: &str) -> Worker {
    Worker::start(broker, &folder.join("videos"), &folder.join(spool))
}

#[test]
fn cameras_are_spread_and_a_dead_worker_s_go_to_another_with_the_neutrals_of_their_people() {
    let (broker, folder) = cameras("cameras-failover", &["door", "hall"]);
    let reader = Reader::new(&broker);
    let workers = [worker(&broker, &folder, "a"), worker(&broker, &folder, "b")];
    let at = |camera: &str| lease(&list(&broker), camera)["worker"].clone();
    until(|| at("door").is_string() && at("hall").is_string() && at("door") != at("hall"));
    let both = |events: &[fleet::Stored]| {
        let told = |name: &str| events.iter().any(|(_, told)| told["camera"] == name);
        told("door") && told("hall")
    };
    until(|| both(&reader.events()));

    let old = lease(&list(&broker), "door");
    let mut workers = workers.into_iter();
    let owns = |worker: &Worker| {
        old["worker"]
            .as_str()
            .unwrap()
            .contains(&format!("-{}-", worker.0.id()))
    };
    let (mut dead, mut left) = (workers.next().unwrap(), workers.next().unwrap());
    if owns(&left) {
        std::mem::swap(&mut dead, &mut left);
    }
    let killed = Instant::now();
    dead.kill();
    // Of a person who is in no picture, and not as the element tells it: whoever tells it so was told of it.
    let absent = json!({ "face-id": 77, "AU12": 1.25 });
    reader.put("NEUTRALS.door", &json!({ "faces": [absent] }));
    let epoch = old["epoch"].as_u64().unwrap();
    let now = || lease(&list(&broker), "door");
    until(|| now()["worker"].is_string() && now()["worker"] != old["worker"]);
    let taken = killed.elapsed();
    until(|| now()["fps"].as_f64().is_some_and(|fps| fps > 0.0));
    let read = killed.elapsed();
    println!(
        "taken over {:.1} s after the kill, read {:.1} s after it",
        taken.as_secs_f64(),
        read.as_secs_f64()
    );
    assert!(read < LATE);
    let told_anew = |events: &[fleet::Stored]| {
        let mut later = events.iter().filter(|(_, told)| told["camera"] == "door");
        later.any(|(_, told)| told["epoch"].as_u64().unwrap() > epoch)
    };
    until(|| told_anew(&reader.events()));
    until(|| {
        let kept = reader.value("NEUTRALS.door").unwrap();
        let mut faces = kept["faces"].as_array().unwrap().iter();
        faces.any(|face| face["face-id"] == 77 && face["AU12"] == 1.25 && face["AU01"] == 0.0)
    });
    left.end();
    until(|| lease(&list(&broker), "door").is_null());
    let waits = list(&broker)["cameras"][0]["waits"].clone();
    assert_eq!(waits, "no worker takes cameras");
    whole(&reader.events());
}

#[test]
fn events_are_told_in_order_and_once_whether_the_broker_or_the_worker_is_gone_for_a_while() {
    let (mut broker, folder) = cameras("cameras-broker", &["door"]);
    let reader = Reader::new(&broker);
    let spool = folder.join("spool");
    let mut first = worker(&broker, &folder, "spool");
    until(|| !reader.events().is_empty());

    broker.kill();
    until(|| spooled(&spool).len() >= 2);
    let away = spooled(&spool);
    broker.restart();
    until(|| {
        away.iter()
            .all(|id| reader.events().iter().any(|(known, _)| known == id))
    });
    until(|| spooled(&spool).is_empty());

    broker.kill();
    until(|| spooled(&spool).len() >= 2);
    first.kill();
    let away = spooled(&spool);
    // The lease runs out while the broker is away.
    sleep(Duration::from_secs(5));
    broker.restart();
    let second = worker(&broker, &folder, "spool");
    until(|| {
        away.iter()
            .all(|id| reader.events().iter().any(|(known, _)| known == id))
    });
    let before = reader.events().len();
    until(|| reader.events().len() > before);
    second.end();
    let events = reader.events();
    let ids = whole(&events);
    println!(
        "{} events, {} of which the broker was away for",
        ids.len(),
        away.len()
    );
    assert!(spooled(&spool).is_empty());
    assert_eq!(
        fs::read_dir(&spool).unwrap().count(),
        0,
        "nothing is left behind"
    );
}

#[test]
fn a_camera_that_no_worker_may_read_waits_with_the_reason_and_one_that_is_removed_is_given_up() {
    let (broker, folder) = cameras("cameras-refused", &["door"]);
    printed(&broker.type_in(&["cameras", "add", "street", "rtsp://me:secret@10.0.0.9/live"]));
    let refused = broker.type_in(&["cameras", "add", "a.b", "rtsp://10.0.0.9/live"]);
    assert!(!refused.status.success());
    let worker = worker(&broker, &folder, "spool");
    let said = || printed(&broker.type_in(&["cameras", "list"]));
    until(|| {
        said().contains("street rtsp://10.0.0.9/live: waiting: the operator allows no such address")
    });
    assert!(!said().contains("secret"));
    until(|| said().contains(" at ") && said().contains("of 2 cameras"));
    printed(&broker.type_in(&["cameras", "remove", "door"]));
    until(|| !said().contains("door") && said().contains("0 of 2 cameras"));
    assert!(
        !broker
            .type_in(&["cameras", "remove", "door"])
            .status
            .success()
    );
    worker.end();
}
