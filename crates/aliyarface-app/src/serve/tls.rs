//! TLS: a certificate of the operator's, or one that this server signs itself.

use std::fs;
use std::io::Write as _;
use std::net::{IpAddr, UdpSocket};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, anyhow, bail};
use axum_server::tls_rustls::RustlsConfig;
use clap::ValueEnum;
use rcgen::{CertificateParams, DnType, KeyPair};
use rustls::ServerConfig;
use time::{Duration, OffsetDateTime};

use super::Options;

/// How a certificate is come by that nobody names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Tls {
    /// Made and signed here; browsers ask once whether to trust it.
    SelfSigned,
}

const CERTIFICATE: &str = "tls-cert.pem";
const KEY: &str = "tls-key.pem";
/// Whom the certificate is for, one a line.
const NAMES: &str = "tls-names.txt";
/// How long a certificate is good: some browsers take none beyond 825 days.
const GOOD: Duration = Duration::days(397);
/// How long before its end another is made.
const BEFORE: Duration = Duration::days(30);
/// Addresses of documents (RFC 5737, RFC 3849): the way to them tells one's own address in the network.
const ELSEWHERE: [(&str, &str); 2] = [("0.0.0.0:0", "192.0.2.1:9"), ("[::]:0", "[2001:db8::1]:9")];

/// The names and addresses at which others in the network find this machine.
pub fn own_names() -> Vec<String> {
    let mut names: Vec<String> = ELSEWHERE
        .iter()
        .filter_map(|(from, to)| {
            let socket = UdpSocket::bind(from).ok()?;
            // Nothing is sent.
            socket.connect(to).ok()?;
            let address = socket.local_addr().ok()?.ip();
            (!address.is_unspecified()).then(|| address.to_string())
        })
        .collect();
    let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let host = host.trim().to_lowercase();
    let plain = |letter: u8| letter.is_ascii_alphanumeric() || letter == b'-' || letter == b'.';
    if !host.is_empty() && host.bytes().all(plain) {
        names.push(format!("{host}.local"));
        names.push(host);
    }
    names
}

/// What the options say of TLS; `None` where they say nothing.
///
/// # Errors
/// The certificate cannot be read or made, or its key is missing.
pub async fn config(
    options: &Options,
    folder: &Path,
    names: &[String],
) -> Result<Option<RustlsConfig>> {
    let (certificate, key) = match (&options.tls_cert, &options.tls_key, options.tls) {
        (None, None, None) => return Ok(None),
        (Some(certificate), Some(key), None) => (certificate.clone(), key.clone()),
        (None, None, Some(Tls::SelfSigned)) => {
            self_signed(folder, names)?;
            (folder.join(CERTIFICATE), folder.join(KEY))
        }
        _ => bail!("say either --tls self-signed, or --tls-cert FILE and --tls-key FILE"),
    };
    // It is there already where several servers live in one process.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let config = RustlsConfig::from_pem_file(&certificate, &key).await;
    let config = config.with_context(|| {
        let (certificate, key) = (certificate.display(), key.display());
        format!("{certificate} and {key} are no certificate and its key in PEM")
    })?;
    // A WebSocket begins as a request of HTTP/1.1.
    let mut told = ServerConfig::clone(&config.get_inner());
    told.alpn_protocols = vec![b"http/1.1".to_vec()];
    config.reload_from_config(Arc::new(told));
    Ok(Some(config))
}

/// Makes a certificate for `names` and this machine itself, unless one is there that is still good: a
/// browser that was told to trust it shall not be asked again.
fn self_signed(folder: &Path, names: &[String]) -> Result<()> {
    let now = OffsetDateTime::now_utc();
    let mut all = vec![
        "localhost".to_owned(),
        "127.0.0.1".to_owned(),
        "::1".to_owned(),
    ];
    all.extend(names.iter().cloned());
    let wanted = all.join("\n");
    let known = fs::read_to_string(folder.join(NAMES)).unwrap_or_default();
    let mut known = known.splitn(2, '\n');
    let until = known
        .next()
        .and_then(|until| until.parse().ok())
        .unwrap_or(0);
    let good = (now + BEFORE).unix_timestamp() < until && known.next() == Some(&wanted);
    if good && folder.join(CERTIFICATE).is_file() && folder.join(KEY).is_file() {
        return Ok(());
    }
    let key = KeyPair::generate().map_err(|err| anyhow!("no key can be made: {err}"))?;
    let made = CertificateParams::new(all).and_then(|mut params| {
        params
            .distinguished_name
            .push(DnType::CommonName, "AliyarFace on this network");
        (params.not_before, params.not_after) = (now - Duration::days(1), now + GOOD);
        params.self_signed(&key)
    });
    let made = made.map_err(|err| anyhow!("no certificate can be made: {err}"))?;
    fs::create_dir_all(folder)?;
    let until = (now + GOOD).unix_timestamp();
    for (name, text) in [
        (KEY, key.serialize_pem()),
        (CERTIFICATE, made.pem()),
        (NAMES, format!("{until}\n{wanted}")),
    ] {
        let path = folder.join(name);
        let _ = fs::remove_file(&path);
        let mut options = fs::OpenOptions::new();
        let mut file = options
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)?;
        file.write_all(text.as_bytes())
            .with_context(|| format!("{} cannot be written", path.display()))?;
    }
    Ok(())
}

/// The name of a host without brackets and port, as `Host` has it.
pub fn host_name(host: &str) -> &str {
    if let Some(address) = host.strip_prefix('[') {
        return address.split(']').next().unwrap_or(address);
    }
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

/// How an address stands in a URL.
pub fn in_url(name: &str) -> String {
    match name.parse::<IpAddr>() {
        Ok(IpAddr::V6(address)) => format!("[{address}]"),
        _ => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_stays_until_the_names_change() {
        let folder = std::env::temp_dir().join(format!("aliyarface-tls-{}", std::process::id()));
        let made = |names: &[&str]| {
            let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
            self_signed(&folder, &names).unwrap();
            fs::read_to_string(folder.join(CERTIFICATE)).unwrap()
        };
        let (first, again, other) = (made(&["a.local"]), made(&["a.local"]), made(&["b.local"]));
        assert!(first.starts_with("-----BEGIN CERTIFICATE"));
        assert_eq!(first, again);
        assert_ne!(first, other);
        let mode = fs::metadata(folder.join(KEY)).unwrap().permissions();
        assert_eq!(
            std::os::unix::fs::PermissionsExt::mode(&mode) & 0o777,
            0o600
        );
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn hosts_are_known_without_their_port() {
        for (host, name) in [
            ("a:1", "a"),
            ("a", "a"),
            ("[::1]:8", "::1"),
            ("[fe80::1]", "fe80::1"),
        ] {
            assert_eq!(host_name(host), name);
        }
    }
}
