//! Archives over a real nats-server, whose workers and which itself are killed.

mod addresses;
pub mod broker;
mod kills;

use std::fs;
use std::thread::sleep;
use std::time::Duration;

use self::broker::{Broker, clip, documented, files, until};
use crate::support::{aliyarface, printed, sample, scratch};

#[test]
fn whoever_is_killed_each_output_is_there_once_and_as_a_single_machine_writes_it() {
    let folder = scratch("archive");
    let (videos, out) = (folder.join("videos"), folder.join("out"));
    fs::create_dir(&videos).unwrap();
    for number in 0..4 {
        clip(&videos.join(format!("{number}.mp4")), number);
    }
    fs::write(
        videos.join("text.mp4"),
        "There is no picture in these words.\n",
    )
    .unwrap();
    clip(&videos.join("vanishes.mp4"), 7);
    let elsewhere = folder.join("elsewhere.mp4");
    clip(&elsewhere, 8);
    let mut broker = Broker::start(folder.join("broker"));

    let submit = [
        "submit",
        videos.to_str().unwrap(),
        elsewhere.to_str().unwrap(),
    ];
    let said = printed(&broker.type_in(&submit));
    assert!(said.contains("7 new jobs, 0 known before"), "{said}");
    let said = printed(&broker.type_in(&submit));
    assert!(said.contains("0 new jobs, 7 known before"), "{said}");
    fs::remove_file(videos.join("vanishes.mp4")).unwrap();

    let mut workers = vec![broker.worker(&videos, &out), broker.worker(&videos, &out)];
    until(|| !files(&out, "parquet").is_empty());
    workers[0].kill().unwrap();
    workers.push(broker.worker(&videos, &out));
    until(|| files(&out, "parquet").len() >= 2);
    broker.kill();
    sleep(Duration::from_secs(1));
    broker.restart();
    for worker in &mut workers {
        until(|| worker.try_wait().unwrap().is_some());
    }

    let state = broker.state();
    let count = |name: &str| state["counts"][name].as_u64().unwrap();
    assert_eq!(
        ["submitted", "waiting", "running", "done", "dead"].map(count),
        [7, 0, 0, 4, 3],
        "{state}"
    );
    for (name, reason) in [
        ("text", "neither"),
        ("vanishes", "found"),
        ("elsewhere", "no folder"),
    ] {
        let dead = state["dead"].as_array().unwrap().iter();
        let mut dead = dead.filter(|dead| dead["job"]["file"].as_str().unwrap().contains(name));
        let own = dead.next().unwrap_or_else(|| panic!("{name} in {state}"));
        // A job that both kills met is given up without having been read three times.
        let given = own["reason"].as_str().unwrap();
        assert!(given.contains(reason) || given.contains("died"), "{own}");
        assert_eq!(own["tries"], 3);
    }
    assert_eq!(files(&out, "parquet").len(), 4);
    assert!(files(&out, "part").is_empty(), "{:?}", files(&out, "part"));

    let set = folder.join("set");
    let said = printed(&broker.type_in(&["collect", set.to_str().unwrap()]));
    assert!(said.contains("4 of 4"), "{said}");
    let table = fs::read_to_string(set.join("files.csv")).unwrap();
    assert_eq!(table.lines().count(), 5);
    let alone = folder.join("alone.parquet");
    let first = videos.join("0.mp4");
    printed(&aliyarface(&[
        "analyse",
        first.to_str().unwrap(),
        "-o",
        alone.to_str().unwrap(),
    ]));
    let row = table.lines().find(|row| row.contains("/0.mp4")).unwrap();
    let id = row.split(',').next().unwrap();
    let collected = fs::read(set.join(format!("{id}.parquet"))).unwrap();
    assert!(
        collected == fs::read(alone).unwrap(),
        "another file than a single machine writes"
    );

    let said = printed(&broker.type_in(&["jobs", "--retry"]));
    assert!(said.contains("3 jobs are in the queue again"), "{said}");
    assert_eq!(broker.state()["counts"]["dead"], 0);
    assert_eq!(broker.state()["counts"]["waiting"], 3);
}

#[test]
fn a_broker_with_tls_is_spoken_to_by_who_knows_its_certificate_and_has_a_right_to() {
    let folder = scratch("archive-tls");
    let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
    let made = rcgen::generate_simple_self_signed(names).unwrap();
    let (cert, key) = (folder.join("cert.pem"), folder.join("key.pem"));
    fs::write(&cert, made.cert.pem()).unwrap();
    fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let tls = format!("\ntls {{ cert_file: {cert:?}, key_file: {key:?} }}\n");
    let broker = Broker::with_config(folder.join("broker"), &(documented() + &tls));
    let typed = |user: &str, words: &[&str]| {
        let url = broker.url(user).replace("nats://", "tls://");
        aliyarface(&[words, &["--nats", &url]].concat())
    };
    let known = ["--nats-ca", cert.to_str().unwrap()];

    let said = typed("archivist", &["jobs"]);
    assert!(!said.status.success(), "an unknown certificate is trusted");
    let said = printed(&typed("archivist", &[&["jobs"][..], &known].concat()));
    assert!(said.contains("0 submitted"), "{said}");
    let file = sample("grace_hopper.jpg");
    let submit = [&["submit", file.to_str().unwrap()][..], &known].concat();
    let said = typed("worker", &submit);
    let reason = String::from_utf8_lossy(&said.stderr).into_owned();
    assert!(
        !said.status.success() && reason.contains("may not submit"),
        "{reason}"
    );
    let said = printed(&typed("archivist", &submit));
    assert!(said.contains("1 new jobs"), "{said}");
}

#[test]
fn a_broker_that_is_not_there_and_a_job_that_names_a_file_are_refused_in_a_line() {
    let output = aliyarface(&["jobs", "--nats", "nats://127.0.0.1:9"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        !output.status.success() && said.contains("nats-server"),
        "{said}"
    );
    let file = sample("single_face.mp4");
    let words = [
        "submit",
        file.to_str().unwrap(),
        "--set",
        "emotion-model=/etc/passwd",
    ];
    let output = aliyarface(&words);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        !output.status.success() && said.contains("may not name"),
        "{said}"
    );
}
