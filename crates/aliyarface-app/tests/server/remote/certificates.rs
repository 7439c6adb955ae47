//! Servers with TLS: the one whose certificate is named, and others.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::stream::{Stream, camera};

struct Encrypted {
    process: Child,
    port: String,
    token: String,
    folder: PathBuf,
}

impl Drop for Encrypted {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

impl Encrypted {
    fn start(folder: PathBuf, words: &[&str]) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_aliyarface"))
            .args(["serve", "--port", "0", "--config"])
            .arg(&folder)
            .args(words)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        let (page, token) = line.trim().split_once("/#token=").expect("a token");
        Self {
            process,
            port: page.rsplit(':').next().unwrap().to_owned(),
            token: token.to_owned(),
            folder,
        }
    }

    fn words(&self, more: &str) -> String {
        let Self { port, token, .. } = self;
        format!("server=wss://127.0.0.1:{port} token={token} remote-fallback=none {more}")
    }
}

fn warned(words: &str) -> String {
    let mut stream = Stream::start(&camera(), words);
    stream.until("a warning", |stream| !stream.run.warnings.is_empty());
    assert_eq!(stream.count("results-remote"), 0);
    stream.run.warnings[0].clone()
}

#[test]
fn a_server_is_trusted_by_the_certificate_that_is_named_and_by_no_other() {
    let server = Encrypted::start(folder("remote-tls"), &["--tls", "self-signed"]);
    let certificate = server.folder.join("tls-cert.pem");
    let named = server.words(&format!("remote-certificate={}", certificate.display()));
    let mut stream = Stream::start(&camera(), &named);
    stream.until("results", |stream| stream.count("results-remote") > 5);
    assert_eq!(stream.run.warnings, [""; 0]);
    drop(stream);
    let words = warned(&server.words(""));
    assert!(words.contains("remote-certificate=FILE"), "{words}");
    let other = Encrypted::start(folder("remote-tls-other"), &["--tls", "self-signed"]);
    let other = other.folder.join("tls-cert.pem");
    let words = warned(&server.words(&format!("remote-certificate={}", other.display())));
    assert!(words.contains("not to be trusted"), "{words}");
    // Without TLS nothing is said to a server that speaks it.
    let plain = warned(&named.replace("wss://", "ws://"));
    assert!(!plain.is_empty());
}

#[test]
fn a_certificate_that_has_expired_is_not_trusted_even_where_it_is_named() {
    let folder = folder("remote-expired");
    let key = rcgen::KeyPair::generate().unwrap();
    let mut parameters = rcgen::CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    parameters.not_before = rcgen::date_time_ymd(2020, 1, 1);
    parameters.not_after = rcgen::date_time_ymd(2021, 1, 1);
    let certificate = parameters.self_signed(&key).unwrap();
    let [certificate_file, key_file] = ["cert.pem", "key.pem"].map(|name| folder.join(name));
    std::fs::write(&certificate_file, certificate.pem()).unwrap();
    std::fs::write(&key_file, key.serialize_pem()).unwrap();
    let [certificate_file, key_file] =
        [&certificate_file, &key_file].map(|path| path.to_str().unwrap());
    let server = Encrypted::start(
        folder,
        &["--tls-cert", certificate_file, "--tls-key", key_file],
    );
    let words = warned(&server.words(&format!("remote-certificate={certificate_file}")));
    assert!(words.contains("it has expired"), "{words}");
}

#[test]
fn a_server_without_tls_is_told_apart() {
    let server = crate::client::Server::start("remote-plain", &[]);
    let words = format!(
        "server=wss://{} token={} remote-fallback=none",
        server.address(),
        server.token
    );
    let words = warned(&words);
    assert!(words.contains("does not speak TLS"), "{words}");
}
