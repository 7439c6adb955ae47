//! Files of jobs that lie behind an address.

use std::io::{Read, Write};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use ureq::Agent;

use super::job::hex;
use super::s3::{self, S3Account};

/// How long a server may give nothing.
const PATIENCE: Duration = Duration::from_secs(30);
/// The longest file.
const LONGEST: u64 = 64 << 30;
/// Bytes between two signs of life.
const CHUNK: usize = 1 << 20;

/// The address of a job's file where it is one, as it was submitted.
pub fn address(file: &Path) -> Option<&str> {
    let text = file.to_str()?;
    let known = ["http://", "https://", s3::SCHEME];
    known
        .iter()
        .any(|scheme| text.starts_with(scheme))
        .then_some(text)
}

/// What may be shown of a file: an address without name, password and query, which may hold a signature.
pub fn redacted(file: &Path) -> String {
    let Some(text) = address(file) else {
        return file.display().to_string();
    };
    let text = text.split(['?', '#']).next().unwrap_or_default();
    let (scheme, rest) = text.split_once("://").unwrap_or_default();
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    format!("{scheme}://{host}{path}")
}

/// The address as it is fetched over HTTP: one of a store is signed.
///
/// # Errors
/// The account of a store is not known.
pub fn fetched(address: &str) -> Result<String> {
    match address.strip_prefix(s3::SCHEME) {
        Some(object) => S3Account::of_environment()?.sign(object, OffsetDateTime::now_utc()),
        None => Ok(address.to_owned()),
    }
}

/// Fetches what lies at `address`, an address of HTTP, into `to`, and gives the SHA-256 of its bytes; nothing that an
/// answer names is followed, and `alive` is called as bytes come.
///
/// # Errors
/// The server is gone or refuses, the answer is cut off or too long, or `to` cannot be written.
pub fn fetch(address: &str, to: &mut impl Write, mut alive: impl FnMut()) -> Result<String> {
    let config = Agent::config_builder()
        .timeout_connect(Some(PATIENCE))
        .timeout_recv_response(Some(PATIENCE))
        .timeout_per_read(Some(PATIENCE))
        .max_redirects(0)
        .http_status_as_error(false)
        .build();
    let answer = Agent::new_with_config(config).get(address).call();
    let answer = answer.context("its server cannot be asked")?;
    if answer.status() != 200 {
        bail!("its server says {}", answer.status());
    }
    let wanted = answer.headers().get("content-length");
    let wanted = wanted.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    let mut body = answer
        .into_body()
        .into_with_config()
        .limit(LONGEST)
        .reader();
    let (mut hash, mut chunk, mut length) = (Sha256::new(), vec![0; CHUNK], 0);
    loop {
        let read = body.read(&mut chunk).context("its server does not go on")?;
        if read == 0 {
            break;
        }
        hash.update(&chunk[..read]);
        to.write_all(&chunk[..read]).context("it cannot be kept")?;
        length += read as u64;
        alive();
    }
    if wanted.is_some_and(|wanted| wanted != length) {
        bail!("it was cut off after {length} bytes");
    }
    Ok(hex(&hash.finalize()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_told_from_a_path_and_shown_without_what_is_secret() {
        for (text, told) in [
            (
                "https://me:word@host:8/a/b.mp4?X-Amz-Signature=1",
                "https://host:8/a/b.mp4",
            ),
            ("s3://films/a.mp4", "s3://films/a.mp4"),
            ("http://host", "http://host"),
        ] {
            assert_eq!(address(Path::new(text)), Some(text));
            assert_eq!(redacted(Path::new(text)), told);
        }
        assert_eq!(address(Path::new("/a/http://b.mp4")), None);
        assert_eq!(redacted(Path::new("/a/b.mp4")), "/a/b.mp4");
    }
}
