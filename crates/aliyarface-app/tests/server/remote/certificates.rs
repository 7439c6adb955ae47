//! Servers with TLS: the one whose certificate is named, and others.

use super::stream::{Stream, camera};
use crate::client::{Server, config};

/// What an element is told to be read by `server` over TLS, and `more`.
fn words(server: &Server, more: &str) -> String {
    let (_, port) = server.address().rsplit_once(':').unwrap();
    let token = &server.token;
    format!("server=wss://127.0.0.1:{port} token={token} remote-fallback=none {more}")
}

fn warned(words: &str) -> String {
    let mut stream = Stream::start(&camera(), words);
    stream.until("a warning", |stream| !stream.run.warnings.is_empty());
    assert_eq!(stream.count("results-remote"), 0);
    stream.run.warnings[0].clone()
}

#[test]
fn a_server_is_trusted_by_the_certificate_that_is_named_and_by_no_other() {
    let folder = config("remote-tls");
    let server = Server::start_in(&folder, &["--tls", "self-signed"]);
    let certificate = folder.join("tls-cert.pem");
    let named = words(
        &server,
        &format!("remote-certificate={}", certificate.display()),
    );
    let mut stream = Stream::start(&camera(), &named);
    stream.until("results", |stream| stream.count("results-remote") > 5);
    assert_eq!(stream.run.warnings, [""; 0]);
    drop(stream);
    let warning = warned(&words(&server, ""));
    assert!(warning.contains("remote-certificate=FILE"), "{warning}");
    let folder = config("remote-tls-other");
    let _other = Server::start_in(&folder, &["--tls", "self-signed"]);
    let other = folder.join("tls-cert.pem");
    let warning = warned(&words(
        &server,
        &format!("remote-certificate={}", other.display()),
    ));
    assert!(warning.contains("not to be trusted"), "{warning}");
    // Without TLS nothing is said to a server that speaks it.
    let plain = warned(&named.replace("wss://", "ws://"));
    assert!(!plain.is_empty());
}

#[test]
fn a_certificate_that_has_expired_is_not_trusted_even_where_it_is_named() {
    let folder = config("remote-expired");
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
    let server = Server::start_in(
        &folder,
        &["--tls-cert", certificate_file, "--tls-key", key_file],
    );
    let warning = warned(&words(
        &server,
        &format!("remote-certificate={certificate_file}"),
    ));
    assert!(warning.contains("it has expired"), "{warning}");
}

#[test]
fn a_server_without_tls_is_told_apart() {
    let server = Server::start("remote-plain", &[]);
    let words = format!(
        "server=wss://{} token={} remote-fallback=none",
        server.address(),
        server.token
    );
    let words = warned(&words);
    assert!(words.contains("does not speak TLS"), "{words}");
}
