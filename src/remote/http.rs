//! One request over a connection of its own, and its answer.

use std::io::{self, Read, Write};
use std::time::{Duration, Instant};

use super::address::Address;

/// The most that an answer to a request may be.
const LARGEST: usize = 1 << 20;
/// Headers of an answer.
const HEADERS: usize = 64;

/// A request.
pub struct Request<'a> {
    /// Its method.
    pub method: &'static str,
    /// Its path, behind that of the address.
    pub path: &'a str,
    /// Who asks.
    pub token: Option<&'a str>,
    /// JSON.
    pub body: &'a str,
}

/// An answer.
#[derive(Debug, PartialEq, Eq)]
pub struct Response {
    /// Its status.
    pub status: u16,
    /// Seconds after which to ask again, where the server says so.
    pub retry_after: Option<u32>,
    /// What it says.
    pub body: Vec<u8>,
}

/// Sends `request` to the server at `address` over `stream`, and reads the whole answer within `patience`.
///
/// # Errors
/// The connection breaks, the answer comes too late, is too long or is none of HTTP.
pub fn ask<S: Read + Write>(
    stream: &mut S,
    address: &Address,
    request: &Request<'_>,
    patience: Duration,
) -> io::Result<Response> {
    let Request {
        method,
        path,
        token,
        body,
    } = request;
    let mut head = format!(
        "{method} {}{path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Length: {}\r\n",
        address.path,
        address.authority(),
        body.len(),
    );
    if let Some(token) = token {
        head += &format!("Authorization: Bearer {token}\r\n");
    }
    if !body.is_empty() {
        head += "Content-Type: application/json\r\n";
    }
    head += "\r\n";
    stream.write_all(head.as_bytes())?;
    stream.write_all(body.as_bytes())?;
    stream.flush()?;
    let deadline = Instant::now() + patience;
    let mut bytes = Vec::new();
    let mut piece = [0; 4096];
    loop {
        if let Some(response) = read(&bytes, false)? {
            return Ok(response);
        }
        if bytes.len() > LARGEST {
            return Err(malformed("its answer is too long"));
        }
        if Instant::now() > deadline {
            return Err(io::ErrorKind::TimedOut.into());
        }
        let read_now = match stream.read(&mut piece) {
            Ok(0) => {
                let whole = read(&bytes, true)?;
                return whole.ok_or_else(|| malformed("its answer is cut off"));
            }
            Ok(read_now) => read_now,
            // A server that closes without TLS's own farewell.
            Err(err) if err.kind() == io::ErrorKind::UnexpectedEof => {
                let whole = read(&bytes, true)?;
                return whole.ok_or_else(|| malformed("its answer is cut off"));
            }
            Err(err) => return Err(err),
        };
        bytes.extend(&piece[..read_now]);
    }
}

/// The answer in `bytes`, where it is whole; with `closed` there will be no more of it.
fn read(bytes: &[u8], closed: bool) -> io::Result<Option<Response>> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut head = httparse::Response::new(&mut headers);
    let status = head
        .parse(bytes)
        .map_err(|_| malformed("it speaks no HTTP"))?;
    let httparse::Status::Complete(length) = status else {
        return Ok(None);
    };
    let header = |name: &str| {
        let found = head
            .headers
            .iter()
            .find(|header| header.name.eq_ignore_ascii_case(name));
        found
            .and_then(|header| std::str::from_utf8(header.value).ok())
            .map(str::trim)
    };
    let body = bytes.get(length..).unwrap_or_default();
    let chunked =
        header("transfer-encoding").is_some_and(|kind| kind.eq_ignore_ascii_case("chunked"));
    let length = header("content-length").and_then(|length| length.parse::<usize>().ok());
    let body = match (chunked, length) {
        (true, _) => joined(body)?,
        (false, Some(length)) => body.get(..length).map(<[u8]>::to_vec),
        (false, None) => closed.then(|| body.to_vec()),
    };
    let status = head.code.unwrap_or_default();
    let empty = matches!(status, 204 | 304);
    let body = if empty { Some(Vec::new()) } else { body };
    Ok(body.map(|body| Response {
        status,
        retry_after: header("retry-after").and_then(|seconds| seconds.parse().ok()),
        body,
    }))
}

/// What chunks hold, where the last one is there.
fn joined(mut chunks: &[u8]) -> io::Result<Option<Vec<u8>>> {
    let mut whole = Vec::new();
    loop {
        let size =
            httparse::parse_chunk_size(chunks).map_err(|_| malformed("its chunks are none"))?;
        let httparse::Status::Complete((start, size)) = size else {
            return Ok(None);
        };
        if size == 0 {
            return Ok(Some(whole));
        }
        let size = usize::try_from(size).ok().filter(|size| *size <= LARGEST);
        let size = size.ok_or_else(|| malformed("its answer is too long"))?;
        let Some(chunk) = chunks.get(start..start + size) else {
            return Ok(None);
        };
        whole.extend(chunk);
        if whole.len() > LARGEST {
            return Err(malformed("its answer is too long"));
        }
        chunks = chunks.get(start + size + 2..).unwrap_or_default();
    }
}

fn malformed(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(text: &str) -> io::Result<Option<Response>> {
        read(text.as_bytes(), false)
    }

    #[test]
    fn an_answer_is_whole_once_its_body_is() {
        let text = "HTTP/1.1 503 Full\r\nretry-after: 10\r\nContent-Length: 4\r\n\r\nfull";
        for cut in 0..text.len() {
            assert_eq!(body(&text[..cut]).unwrap(), None, "{cut}");
        }
        let whole = body(text).unwrap().unwrap();
        assert_eq!((whole.status, whole.retry_after), (503, Some(10)));
        assert_eq!(whole.body, b"full");
    }

    #[test]
    fn chunks_are_joined() {
        let text =
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
        assert_eq!(body(text).unwrap().unwrap().body, b"abcde");
        assert_eq!(body(&text[..text.len() - 6]).unwrap(), None);
    }

    proptest::proptest! {
        #![proptest_config(proptest::test_runner::Config::with_cases(2000))]

        #[test]
        fn a_damaged_answer_is_an_answer_or_an_error(
            chunked in proptest::bool::ANY,
            closed in proptest::bool::ANY,
            changes in proptest::collection::vec((proptest::num::usize::ANY, proptest::num::u8::ANY), 1..8),
        ) {
            let mut bytes = if chunked {
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n".to_vec()
            } else {
                b"HTTP/1.1 201 Created\r\nContent-Length: 12\r\n\r\n{\"id\":\"abc\"}".to_vec()
            };
            for (at, value) in changes {
                let at = at % bytes.len();
                bytes[at] = value;
            }
            if let Ok(Some(response)) = read(&bytes, closed) {
                proptest::prop_assert!(response.body.len() <= bytes.len());
            }
        }
    }

    #[test]
    fn what_is_no_http_or_never_ends_is_an_error() {
        assert!(body("SSH-2.0-OpenSSH\r\n").is_err());
        let endless = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffff\r\n";
        assert!(body(endless).is_err());
    }
}
