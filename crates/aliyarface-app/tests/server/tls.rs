//! The server for other devices of the network.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

struct Encrypted(Child);

impl Drop for Encrypted {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn curl(words: &[&str]) -> (bool, String) {
    let output = Command::new("curl")
        .args(["-s", "-i", "-m", "60"])
        .args(words)
        .output();
    let output = output.expect("curl");
    (
        output.status.success(),
        String::from_utf8_lossy(&output.stdout).into_owned(),
    )
}

#[test]
fn a_network_is_served_with_tls_and_its_cookie_never_goes_without() {
    let config = Path::new(env!("CARGO_TARGET_TMPDIR")).join("serve-tls");
    let _ = std::fs::remove_dir_all(&config);
    let process = Command::new(env!("CARGO_BIN_EXE_aliyarface"))
        .args([
            "serve",
            "--address",
            "0.0.0.0",
            "--port",
            "0",
            "--tls",
            "self-signed",
        ])
        .args(["--host", "faces.example", "--config"])
        .arg(&config)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let mut server = Encrypted(process.unwrap());
    let mut line = String::new();
    BufReader::new(server.0.stdout.as_mut().unwrap())
        .read_line(&mut line)
        .unwrap();
    let (page, token) = line
        .trim()
        .split_once("/#token=")
        .expect("an address and a token");
    let port = page.strip_prefix("https://faces.example:").expect(page);
    let certificate = config.join("tls-cert.pem");
    let certificate = certificate.to_str().unwrap();
    let resolve = format!("faces.example:{port}:127.0.0.1");
    let trusted = ["--cacert", certificate, "--resolve", &resolve];
    let health = format!("{page}/healthz");
    let (answered, text) = curl(&[&trusted[..], &[&health]].concat());
    assert!(answered && text.ends_with("ok"), "{text}");
    let (answered, _) = curl(&["--resolve", &resolve, &health]);
    assert!(
        !answered,
        "who does not trust the certificate sends nothing"
    );
    let (_, text) = curl(&[&format!("http://127.0.0.1:{port}/healthz")]);
    assert!(!text.ends_with("ok"), "{text}");

    let body = format!("{{\"token\":\"{token}\"}}");
    let log_in = ["-H", "Content-Type: application/json", "-d", &body];
    let (_, text) = curl(&[&trusted[..], &log_in, &[&format!("{page}/login")]].concat());
    assert!(text.contains("204") && text.contains("Secure"), "{text}");
    let (_, text) = curl(&[&trusted[..], &["-H", "Host: evil.example", &health]].concat());
    assert!(text.contains("421"), "{text}");
}
