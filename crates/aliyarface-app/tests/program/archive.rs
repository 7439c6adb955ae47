//! Archives over a real nats-server, whose workers and which itself are killed.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::{aliyarface, printed, sample, scratch};

/// After this long a test that waits has failed.
const PATIENCE: Duration = Duration::from_secs(400);

/// A broker of the documented set-up.
struct Broker {
    server: Child,
    folder: PathBuf,
    port: u16,
}

impl Broker {
    fn start(folder: PathBuf) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let server = serve(&folder, port);
        Self {
            server,
            folder,
            port,
        }
    }

    fn kill(&mut self) {
        self.server.kill().unwrap();
        self.server.wait().unwrap();
    }

    fn restart(&mut self) {
        self.server = serve(&self.folder, self.port);
    }

    fn url(&self, user: &str) -> String {
        format!("nats://{user}:secret@127.0.0.1:{}", self.port)
    }

    fn type_in(&self, words: &[&str]) -> Output {
        aliyarface(&[words, &["--nats", &self.url("archivist")]].concat())
    }

    fn worker(&self, videos: &Path, out: &Path) -> Child {
        let mut worker = Command::new(env!("CARGO_BIN_EXE_aliyarface"));
        worker
            .args([
                "worker",
                "--until-done",
                "--wait",
                "3",
                "--nats",
                &self.url("worker"),
            ])
            .args([Path::new("--folder"), videos, Path::new("--output"), out])
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        worker.spawn().unwrap()
    }

    fn state(&self) -> Value {
        let told = self.type_in(&["jobs", "--json"]);
        serde_json::from_slice(&told.stdout).unwrap()
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn serve(folder: &Path, port: u16) -> Child {
    let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/nats-server.conf");
    let path = format!("{}:/usr/sbin", std::env::var("PATH").unwrap_or_default());
    let server = Command::new("nats-server")
        .args([Path::new("-c"), &config, Path::new("-sd"), folder])
        .args(["-a", "127.0.0.1", "-p", &port.to_string()])
        .env("PATH", path)
        .env("ALIYARFACE_ARCHIVIST_PASSWORD", "secret")
        .env("ALIYARFACE_WORKER_PASSWORD", "secret")
        .stderr(Stdio::null())
        .spawn()
        .expect("nats-server is in scripts/debian-packages.txt: type `make test`");
    until(|| TcpStream::connect(("127.0.0.1", port)).is_ok());
    server
}

fn until(mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < PATIENCE, "it does not come to an end");
        sleep(Duration::from_millis(200));
    }
}

/// The clip with other bytes at its end, in a box that players pass over.
fn clip(path: &Path, number: u32) {
    let mut bytes = fs::read(sample("single_face.mp4")).unwrap();
    bytes.extend([0, 0, 0, 12]);
    bytes.extend(b"free");
    bytes.extend(number.to_be_bytes());
    fs::write(path, bytes).unwrap();
}

/// Every file below `folder` with this ending.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path.extension().is_some_and(|own| own == ending) {
            found.push(path);
        }
    }
    found
}

#[test]
#[ignore = "async-nats 0.51 cannot read answers of Debian 12's nats-server 2.9: docs/distributed.md"]
fn whoever_is_killed_each_output_is_there_once_and_as_a_single_machine_writes_it() {
    let folder = scratch("archive");
    let (videos, out) = (folder.join("videos"), folder.join("out"));
    fs::create_dir(&videos).unwrap();
    for number in 0..6 {
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
    assert!(said.contains("9 new jobs, 0 known before"), "{said}");
    let said = printed(&broker.type_in(&submit));
    assert!(said.contains("0 new jobs, 9 known before"), "{said}");
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
        [9, 0, 0, 6, 3],
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
        assert!(own["reason"].as_str().unwrap().contains(reason), "{own}");
        assert_eq!(own["tries"], 3);
    }
    assert_eq!(files(&out, "parquet").len(), 6);
    assert!(files(&out, "part").is_empty(), "{:?}", files(&out, "part"));

    let set = folder.join("set");
    let said = printed(&broker.type_in(&["collect", set.to_str().unwrap()]));
    assert!(said.contains("6 of 6"), "{said}");
    let table = fs::read_to_string(set.join("files.csv")).unwrap();
    assert_eq!(table.lines().count(), 7);
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
