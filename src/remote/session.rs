//! A session on a server: begun, joined over its socket, ended.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;
use serde_json::{Value, json};
use tungstenite::client::IntoClientRequest;
use tungstenite::error::{ProtocolError, SubProtocolError};
use tungstenite::http::HeaderValue;
use tungstenite::protocol::WebSocketConfig;
use tungstenite::{HandshakeError, WebSocket};

use super::address::Address;
use super::connection::Connection;
use super::http::{Request, Response, ask};
use super::link_error::LinkError;
use super::protocol::VERSION;
use super::tls;

/// How long a step of the way to a session may take.
const PATIENCE: Duration = Duration::from_secs(8);
/// How long the end of a session may take: nobody waits for it.
const FAREWELL: Duration = Duration::from_secs(2);
/// The most that one message of a server may be.
const LARGEST: usize = 4 << 20;
/// The longest part of what a server says of itself that a user is shown.
const QUOTED: usize = 120;

/// Which server, and who asks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Server {
    /// Its address, as the user wrote it.
    pub address: String,
    /// What lets us in.
    pub token: Option<String>,
    /// The one certificate that is taken.
    pub certificate: Option<PathBuf>,
}

/// A server whose address was read.
pub struct ServerEndpoint {
    address: Address,
    token: Option<String>,
    tls: Option<Arc<ClientConfig>>,
}

/// What a session is begun with.
#[derive(Debug, Clone, PartialEq)]
pub struct SessionRequest {
    /// Whether results are told bit by bit.
    pub exact: bool,
    /// GStreamer's name of the pictures' colorimetry.
    pub colorimetry: String,
    /// The element's properties.
    pub settings: Value,
}

impl ServerEndpoint {
    /// Reads the address and how to verify who answers there.
    ///
    /// # Errors
    /// It is none, or nobody can be verified.
    pub fn new(server: &Server) -> Result<Self, LinkError> {
        let address = Address::parse(&server.address)?;
        let token = server.token.clone().or_else(|| address.token.clone());
        let tls = address
            .secure
            .then(|| tls::config(server.certificate.as_deref()));
        Ok(Self {
            address,
            token,
            tls: tls.transpose()?,
        })
    }

    fn open(&self, patience: Duration) -> Result<Connection, LinkError> {
        Connection::open(&self.address, self.tls.as_ref(), patience).map_err(LinkError::of_opening)
    }

    /// Begins a session, and gives its id.
    ///
    /// # Errors
    /// The server cannot be reached, or does not want to.
    pub fn begin(&self, wanted: &SessionRequest) -> Result<String, LinkError> {
        let body = json!({
            "source": {
                "kind": "device",
                "exact": wanted.exact,
                "colorimetry": wanted.colorimetry,
            },
            "settings": wanted.settings,
        });
        let request = Request {
            method: "POST",
            path: "/sessions",
            token: self.token.as_deref(),
            body: &body.to_string(),
        };
        let mut connection = self.open(PATIENCE)?;
        let response = ask(&mut connection, &self.address, &request, PATIENCE);
        let response = response.map_err(of_asking)?;
        if !matches!(response.status, 200 | 201) {
            return Err(of_status(&response));
        }
        let info: Option<Value> = serde_json::from_slice(&response.body).ok();
        let id = info.as_ref().and_then(|info| info.get("id")?.as_str());
        let id = id.filter(|id| {
            id.bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
        });
        let id = id.ok_or_else(|| LinkError::Foreign("it begins no session".to_owned()))?;
        Ok(id.to_owned())
    }

    /// Joins the session `id`; reads and writes never wait from then on. `None` where there is no such
    /// session any more.
    ///
    /// # Errors
    /// The server cannot be reached, or does not want to.
    pub fn join(&self, id: &str) -> Result<Option<WebSocket<Connection>>, LinkError> {
        let scheme = if self.address.secure { "wss" } else { "ws" };
        let url = format!(
            "{scheme}://{}{}/sessions/{id}/video",
            self.address.authority(),
            self.address.path
        );
        let wrong = |err: &dyn std::fmt::Display| LinkError::Foreign(err.to_string());
        let mut request = url.into_client_request().map_err(|err| wrong(&err))?;
        let headers = request.headers_mut();
        headers.insert("sec-websocket-protocol", HeaderValue::from_static(VERSION));
        if let Some(token) = &self.token {
            let bearer = HeaderValue::try_from(format!("Bearer {token}"));
            headers.insert("authorization", bearer.map_err(|_| LinkError::Token)?);
        }
        let config = WebSocketConfig::default()
            .max_message_size(Some(LARGEST))
            .max_frame_size(Some(LARGEST))
            .write_buffer_size(0);
        let connection = self.open(PATIENCE)?;
        let joined = tungstenite::client::client_with_config(request, connection, Some(config));
        match joined {
            Ok((socket, _)) => {
                socket
                    .get_ref()
                    .never_wait()
                    .map_err(LinkError::Unreachable)?;
                Ok(Some(socket))
            }
            Err(HandshakeError::Interrupted(_)) => {
                Err(LinkError::Slow("its session cannot be joined"))
            }
            Err(HandshakeError::Failure(tungstenite::Error::Http(response))) => {
                let status = response.status().as_u16();
                if status == 404 {
                    return Ok(None);
                }
                Err(of_status(&Response {
                    status,
                    retry_after: None,
                    body: response.body().clone().unwrap_or_default(),
                }))
            }
            Err(HandshakeError::Failure(err)) => Err(of_joining(err)),
        }
    }

    /// Ends the session `id`, as far as the server can be told.
    pub fn end(&self, id: &str) {
        let path = format!("/sessions/{id}");
        let request = Request {
            method: "DELETE",
            path: &path,
            token: self.token.as_deref(),
            body: "",
        };
        // One that is not told ends the session by itself, a minute later.
        if let Ok(mut connection) = self.open(FAREWELL) {
            let _ = ask(&mut connection, &self.address, &request, FAREWELL);
        }
    }
}

fn of_asking(err: io::Error) -> LinkError {
    match err.kind() {
        io::ErrorKind::InvalidData => LinkError::Foreign(err.to_string()),
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => {
            LinkError::Slow("it begins no session")
        }
        _ => LinkError::Lost(err.to_string()),
    }
}

fn of_joining(err: tungstenite::Error) -> LinkError {
    match err {
        tungstenite::Error::Io(err) => of_asking(err),
        tungstenite::Error::Protocol(ProtocolError::SecWebSocketSubProtocolError(
            SubProtocolError::NoSubProtocol | SubProtocolError::InvalidSubProtocol,
        )) => LinkError::Version(format!("it does not know {VERSION}")),
        err => LinkError::Foreign(err.to_string()),
    }
}

/// What a status means that is none of success.
fn of_status(response: &Response) -> LinkError {
    let problem: Option<Value> = serde_json::from_slice(&response.body).ok();
    let ours = problem
        .as_ref()
        .and_then(|problem| problem.get("detail")?.as_str());
    let detail = ours.map_or_else(
        || format!("it answers with status {}", response.status),
        |detail| {
            detail
                .chars()
                .filter(|c| !c.is_control())
                .take(QUOTED)
                .collect()
        },
    );
    match (response.status, ours.is_some()) {
        (401, _) => LinkError::Token,
        (429, true) => LinkError::TooManyTokens,
        (421, _) => LinkError::Name,
        (503, true) => LinkError::Full,
        (400 | 409 | 422, true) => LinkError::Version(detail),
        (500..=599, _) => LinkError::Lost(detail),
        _ => LinkError::Foreign(detail),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(status: u16, body: &str) -> &'static str {
        let response = Response {
            status,
            retry_after: None,
            body: body.as_bytes().to_vec(),
        };
        of_status(&response).name()
    }

    #[test]
    fn each_refusal_is_told_apart() {
        let ours = r#"{"detail": "no"}"#;
        assert_eq!(error(503, ours), "full");
        assert_eq!(error(503, "<html>bad gateway"), "lost");
        assert_eq!(error(401, ours), "refused");
        assert_eq!(error(422, ours), "other-version");
        assert_eq!(error(404, "<html>"), "no-server");
        assert_eq!(error(200, "[]"), "no-server");
    }
}
