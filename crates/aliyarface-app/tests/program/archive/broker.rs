//! A nats-server of the documented set-up, the program around it, and files for it to read.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::{aliyarface, sample};

/// After this long a test that waits has failed.
const PATIENCE: Duration = Duration::from_secs(400);

/// A broker of the documented set-up.
pub struct Broker {
    server: Child,
    folder: PathBuf,
    port: u16,
}

impl Broker {
    pub fn start(folder: PathBuf) -> Self {
        Self::with_config(folder, &documented())
    }

    pub fn with_config(folder: PathBuf, config: &str) -> Self {
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("nats-server.conf"), config).unwrap();
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

    pub fn kill(&mut self) {
        self.server.kill().unwrap();
        self.server.wait().unwrap();
    }

    pub fn restart(&mut self) {
        self.server = serve(&self.folder, self.port);
    }

    pub fn url(&self, user: &str) -> String {
        format!("nats://{user}:secret@127.0.0.1:{}", self.port)
    }

    pub fn type_in(&self, words: &[&str]) -> Output {
        aliyarface(&[words, &["--nats", &self.url("archivist")]].concat())
    }

    pub fn worker(&self, videos: &Path, out: &Path) -> Child {
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

    pub fn state(&self) -> Value {
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

/// The configuration of docs/distributed.md.
pub fn documented() -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/nats-server.conf");
    fs::read_to_string(file).unwrap()
}

fn serve(folder: &Path, port: u16) -> Child {
    let config = folder.join("nats-server.conf");
    let path = format!("{}:/usr/sbin", std::env::var("PATH").unwrap_or_default());
    let server = Command::new("nats-server")
        .args([Path::new("-c"), &config, Path::new("-sd"), folder])
        .args(["-a", "127.0.0.1", "-p", &port.to_string()])
        .env("PATH", path)
        .env("ALIYARFACE_ARCHIVIST_PASSWORD", "secret")
        .env("ALIYARFACE_WORKER_PASSWORD", "secret")
        .env("ALIYARFACE_LISTENER_PASSWORD", "secret")
        .stderr(Stdio::null())
        .spawn()
        .expect("nats-server is in scripts/debian-packages.txt: type `make test`");
    until(|| TcpStream::connect(("127.0.0.1", port)).is_ok());
    server
}

pub fn until(mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < PATIENCE, "it does not come to an end");
        sleep(Duration::from_millis(200));
    }
}

/// The clip with other bytes at its end, in a box that players pass over.
pub fn clip(path: &Path, number: u32) {
    let mut bytes = fs::read(sample("single_face.mp4")).unwrap();
    bytes.extend([0, 0, 0, 12]);
    bytes.extend(b"free");
    bytes.extend(number.to_be_bytes());
    fs::write(path, bytes).unwrap();
}

/// A picture with other bytes at its end, which decoders pass over.
pub fn picture(path: &Path, number: u32) {
    let mut bytes = fs::read(sample("grace_hopper.jpg")).unwrap();
    bytes.extend(number.to_be_bytes());
    fs::write(path, bytes).unwrap();
}

/// Every file below `folder` with this ending.
pub fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
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
