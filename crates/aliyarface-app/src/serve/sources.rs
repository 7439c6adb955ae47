//! Addresses from which pictures are fetched, and those that the operator allows.

mod public;

use std::net::{IpAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use axum::http::Uri;
use gst::glib;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use self::public::is_public;

/// Letters of an address.
const LONGEST: usize = 2048;

/// Where pictures come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum SourceAddress {
    /// `rtsp://` or `rtsps://`, with the name and password that it was given.
    Rtsp(String),
    /// `http://` or `https://`.
    Http(String),
    /// A file, read at its own speed.
    File(PathBuf),
    /// A V4L2 camera.
    Device(PathBuf),
}

impl SourceAddress {
    /// Whether its end is a loss, after which it is opened again.
    pub fn endless(&self) -> bool {
        matches!(self, Self::Rtsp(_) | Self::Device(_))
    }

    /// Whether it may come back after an error.
    pub fn returns(&self) -> bool {
        !matches!(self, Self::File(_))
    }
}

/// Why an address is not taken.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum SourceError {
    /// It is no address, or of a kind that is not read.
    #[error("an address is rtsp://, rtsps://, http://, https://, file:/// or v4l2:///; {0}")]
    Malformed(String),
    /// The operator did not name it; a file that is not there reads the same.
    #[error("the operator allows no such address; 'aliyarface serve --source' names more")]
    NotAllowed,
    /// Its name leads into a private network.
    #[error(
        "{0} leads to a private address, which only 'aliyarface serve --private-sources' lets in"
    )]
    Private(String),
    /// Its name leads nowhere.
    #[error("{0} is no name of a machine that can be found")]
    Unknown(String),
}

/// What the operator allows.
#[derive(Debug, Default)]
pub struct Sources {
    entries: Vec<UrlParts>,
    private: bool,
}

/// An address, apart.
#[derive(Debug, Clone)]
struct UrlParts {
    scheme: String,
    host: String,
    port: u16,
    path: String,
    /// Without name and password.
    shown: String,
}

impl Sources {
    /// Takes what the operator names: `SCHEME://HOST[:PORT]/PATH`, where a host may be `*` or
    /// `*.DOMAIN`, and a path that ends with `/` stands for all below it.
    ///
    /// # Errors
    /// One of them is no address.
    pub fn new(named: &[String], private: bool) -> Result<Self> {
        let entries = named.iter().map(|text| {
            let parts = UrlParts::parse(text).with_context(|| format!("--source {text}"))?;
            Ok(parts)
        });
        Ok(Self {
            entries: entries.collect::<Result<_>>()?,
            private,
        })
    }

    /// What is allowed, as it is shown to those who ask.
    pub fn redacted(&self) -> Vec<String> {
        self.entries
            .iter()
            .map(|parts| parts.shown.clone())
            .collect()
    }

    /// Checks an address, and gives it with what may be shown of it.
    ///
    /// # Errors
    /// See [`SourceError`].
    pub fn check(&self, text: &str) -> Result<(SourceAddress, String), SourceError> {
        let parts = UrlParts::parse(text)?;
        let mut allowed = self.entries.iter().filter(|entry| entry.covers(&parts));
        let shown = parts.shown.clone();
        match parts.scheme.as_str() {
            "file" => {
                let file = Path::new(&parts.path).canonicalize();
                let file = file.map_err(|_| SourceError::NotAllowed)?;
                let inside = self.entries.iter().any(|entry| entry.holds(&file));
                if !inside || !file.is_file() {
                    return Err(SourceError::NotAllowed);
                }
                Ok((SourceAddress::File(file), shown))
            }
            "v4l2" => {
                allowed.next().ok_or(SourceError::NotAllowed)?;
                Ok((SourceAddress::Device(parts.path.into()), shown))
            }
            scheme => {
                let entry = allowed.next().ok_or(SourceError::NotAllowed)?;
                // Who spells out a private address means it.
                let meant = entry.host.parse::<IpAddr>().is_ok();
                if !self.private && !meant {
                    public_only(&parts)?;
                }
                let text = text.to_owned();
                let rtsp = scheme.starts_with("rtsp");
                Ok((
                    if rtsp {
                        SourceAddress::Rtsp(text)
                    } else {
                        SourceAddress::Http(text)
                    },
                    shown,
                ))
            }
        }
    }
}

/// What may be shown of an address: without name and password.
///
/// # Errors
/// It is none.
pub fn redacted(text: &str) -> Result<String, SourceError> {
    Ok(UrlParts::parse(text)?.shown)
}

impl UrlParts {
    fn parse(text: &str) -> Result<Self, SourceError> {
        let malformed = |why: &str| SourceError::Malformed(why.to_owned());
        if text.len() > LONGEST || text.chars().any(char::is_control) {
            return Err(malformed(
                "this one is too long or holds control characters",
            ));
        }
        let kind = text
            .split_once("://")
            .ok_or_else(|| malformed("this one names no kind"))?;
        let scheme = kind.0.to_lowercase();
        let default = match scheme.as_str() {
            "rtsp" => 554,
            "rtsps" => 322,
            "http" => 80,
            "https" => 443,
            "file" | "v4l2" => 0,
            _ => return Err(malformed("this one is of another kind")),
        };
        if default == 0 {
            return Self::local(&scheme, text, kind.1);
        }
        let uri: Uri = text
            .parse()
            .map_err(|_| malformed("this one cannot be read"))?;
        let host = uri.host().unwrap_or_default().to_lowercase();
        if host.is_empty() {
            return Err(malformed("this one names no machine"));
        }
        let port = uri.port_u16();
        let shown = port.map_or(String::new(), |port| format!(":{port}"));
        let rest = uri.path_and_query().map_or("", |rest| rest.as_str());
        let shown = format!("{scheme}://{host}{shown}{rest}");
        let host = host
            .trim_start_matches('[')
            .trim_end_matches(']')
            .to_owned();
        let (port, path) = (port.unwrap_or(default), uri.path().to_owned());
        Self {
            scheme,
            host,
            port,
            path,
            shown,
        }
        .straight()
    }

    /// A file or a camera of this machine.
    fn local(scheme: &str, text: &str, rest: &str) -> Result<Self, SourceError> {
        let malformed = |why: &str| SourceError::Malformed(why.to_owned());
        let path = if scheme == "file" {
            let (path, host) =
                glib::filename_from_uri(text).map_err(|err| malformed(&err.to_string()))?;
            let path = path.to_str().filter(|_| host.is_none()).map(str::to_owned);
            path.ok_or_else(|| malformed("a file is of this machine, and its name UTF-8"))?
        } else {
            rest.to_owned()
        };
        if !path.starts_with('/') {
            return Err(malformed("this one begins with no /"));
        }
        let (scheme, shown) = (scheme.to_owned(), text.to_owned());
        Self {
            scheme,
            host: String::new(),
            port: 0,
            path,
            shown,
        }
        .straight()
    }

    fn straight(self) -> Result<Self, SourceError> {
        if self.path.split('/').any(|part| part == "..") {
            return Err(SourceError::Malformed("this one walks upwards".to_owned()));
        }
        Ok(self)
    }

    /// Whether this entry allows `other`.
    fn covers(&self, other: &Self) -> bool {
        let host = match self.host.strip_prefix('*') {
            Some(domain) => other.host.ends_with(domain),
            None => other.host == self.host,
        };
        let below = self.path.is_empty()
            || other.path == self.path
            || (self.path.ends_with('/') && other.path.starts_with(&self.path));
        self.scheme == other.scheme && self.port == other.port && host && below
    }

    /// Whether this entry is a folder, or the file itself, in which `file` lies.
    fn holds(&self, file: &Path) -> bool {
        let own = Path::new(&self.path).canonicalize();
        self.scheme == "file" && own.is_ok_and(|own| file.starts_with(own))
    }
}

fn public_only(parts: &UrlParts) -> Result<(), SourceError> {
    let host = parts.host.as_str();
    let found = (host, parts.port).to_socket_addrs();
    let found: Vec<_> = found
        .map_err(|_| SourceError::Unknown(host.to_owned()))?
        .collect();
    if found.is_empty() {
        return Err(SourceError::Unknown(host.to_owned()));
    }
    if found.iter().all(|address| is_public(address.ip())) {
        Ok(())
    } else {
        Err(SourceError::Private(host.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources(named: &[&str]) -> Sources {
        let named: Vec<_> = named.iter().map(|text| (*text).to_owned()).collect();
        Sources::new(&named, false).unwrap()
    }

    #[test]
    fn only_what_the_operator_named_is_taken_and_passwords_are_not_shown() {
        let sources = sources(&["rtsp://10.0.0.7:8554/live/", "v4l2:///dev/video0"]);
        let (address, shown) = sources
            .check("rtsp://me:secret@10.0.0.7:8554/live/one?x=1")
            .unwrap();
        assert_eq!(
            address,
            SourceAddress::Rtsp("rtsp://me:secret@10.0.0.7:8554/live/one?x=1".into())
        );
        assert_eq!(shown, "rtsp://10.0.0.7:8554/live/one?x=1");
        for other in [
            "rtsp://10.0.0.8:8554/live/one",
            "rtsp://10.0.0.7/live/one",
            "rtsp://10.0.0.7:8554/other",
            "rtsp://10.0.0.7@evil.example:8554/live/one",
            "http://10.0.0.7:8554/live/one",
            "v4l2:///dev/video1",
            "file:///etc/passwd",
        ] {
            assert_eq!(
                sources.check(other),
                Err(SourceError::NotAllowed),
                "{other}"
            );
        }
        for odd in [
            "",
            "rtsp:///",
            "gopher://a/",
            "rtsp://10.0.0.7:8554/live/../x",
            "file://host/x",
        ] {
            let refused = sources.check(odd);
            assert!(
                matches!(refused, Err(SourceError::Malformed(_))),
                "{odd}: {refused:?}"
            );
        }
        assert_eq!(
            Sources::default().check("rtsp://a/"),
            Err(SourceError::NotAllowed)
        );
    }

    #[test]
    fn a_wide_entry_leads_into_no_private_network() {
        let sources = sources(&["http://*/"]);
        for private in [
            "http://127.0.0.1/",
            "http://localhost/a",
            "http://192.168.1.1/",
            "http://[::1]/",
            "http://169.254.169.254/",
        ] {
            let refused = sources.check(private);
            assert!(
                matches!(refused, Err(SourceError::Private(_))),
                "{private}: {refused:?}"
            );
        }
        assert!(sources.check("http://1.1.1.1/a.mp4").is_ok());
    }

    #[test]
    fn files_lie_in_the_folders_that_were_named_whatever_links_say() {
        let folder =
            std::env::temp_dir().join(format!("aliyarface-sources-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("in")).unwrap();
        std::fs::write(folder.join("in/a b.mp4"), "").unwrap();
        std::fs::write(folder.join("out.mp4"), "").unwrap();
        let link = folder.join("in/link.mp4");
        std::os::unix::fs::symlink(folder.join("out.mp4"), &link).unwrap();
        let shown = folder.display();
        let sources = sources(&[&format!("file://{shown}/in/")]);
        assert!(
            sources
                .check(&format!("file://{shown}/in/a%20b.mp4"))
                .is_ok()
        );
        for other in ["in/link.mp4", "out.mp4", "in", "in/none.mp4"] {
            let refused = sources.check(&format!("file://{shown}/{other}"));
            assert_eq!(refused, Err(SourceError::NotAllowed), "{other}");
        }
        std::fs::remove_dir_all(folder).unwrap();
    }
}
