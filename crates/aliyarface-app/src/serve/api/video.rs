//! Pictures of a browser's camera, and the result of each.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message as Frame, WebSocket, WebSocketUpgrade};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use futures_util::{SinkExt, StreamExt};
use tokio::sync::mpsc::unbounded_channel;

use crate::serve::problem::Problem;
use crate::serve::session::{Message, Outcome, Session, Source};
use crate::serve::state::App;

/// The largest picture in bytes.
const LARGEST: usize = 16 << 20;
/// The version of what is said over the socket, as its subprotocol.
const VERSION: &str = "aliyarface.v1";
/// How long a socket may say nothing.
const SILENCE: Duration = Duration::from_secs(30);
/// What a socket is closed with that sends no pictures.
const UNSUPPORTED: u16 = 1003;

/// What [`video`] does.
pub const SUMMARY: &str = "A WebSocket that takes pictures and gives the result of each. A message is binary: one byte \
    of flags (1: can be decoded without those before it; 2: JPEG, 4: PNG, 8: raw, else H.264 annex B), the sender's number \
    (4 bytes), the time in us at which it was taken (8 bytes), both little-endian, and the picture. Answers \
    are JSON: {\"seq\": N, \"server-ms\": T, \"record\": ...} or {\"seq\": N, \"skipped\": true}.";

/// Takes pictures.
pub async fn video(
    State(app): State<App>,
    Path(id): Path<String>,
    upgrade: WebSocketUpgrade,
) -> Result<Response, Problem> {
    let session = app.session(&id)?;
    if session.source != Source::Camera {
        return Err(Problem::new(
            StatusCode::CONFLICT,
            "the session reads a file",
        ));
    }
    let upgrade = upgrade
        .protocols([VERSION])
        .max_message_size(LARGEST)
        .max_frame_size(LARGEST);
    Ok(upgrade.on_upgrade(move |socket| feed(socket, session)))
}

async fn feed(socket: WebSocket, session: Arc<Session>) {
    let (mut sender, mut receiver) = socket.split();
    let (answers, mut answered) = unbounded_channel();
    let plugged = session.clone();
    let to = answers.clone();
    let Ok(plug) = tokio::task::spawn_blocking(move || plugged.plug(to)).await else {
        return;
    };
    let shared = session.shared.clone();
    let closed = shared.records.closed();
    tokio::pin!(closed);
    let reason = loop {
        tokio::select! {
            () = &mut closed => break Some(over(&session)),
            Some(answer) = answered.recv() => {
                let text = Frame::Text(String::from(&*answer.text).into());
                if sender.send(text).await.is_err() {
                    break None;
                }
            }
            frame = tokio::time::timeout(SILENCE, receiver.next()) => {
                let bytes = match frame {
                    Ok(Some(Ok(Frame::Binary(bytes)))) => bytes,
                    Ok(Some(Ok(Frame::Ping(_) | Frame::Pong(_)))) => continue,
                    Ok(Some(Ok(Frame::Text(_)))) => break Some("a picture is binary".to_owned()),
                    Ok(Some(Ok(Frame::Close(_)) | Err(_)) | None) | Err(_) => break None,
                };
                let fed = session.clone();
                // A pipeline starts slowly, and loads models.
                let pushed = tokio::task::spawn_blocking(move || {
                    let message = Message::read(&bytes).map_err(|err| err.to_string())?;
                    fed.push(plug, &message).map_err(|err| format!("{err:#}"))
                });
                match pushed.await {
                    Ok(Ok(None)) => {}
                    Ok(Ok(Some(answer))) => drop(answers.send(answer)),
                    Ok(Err(reason)) => break Some(reason),
                    Err(_) => break Some("the picture could not be taken".to_owned()),
                }
            }
        }
    };
    if let Some(reason) = reason {
        let frame = CloseFrame {
            code: UNSUPPORTED,
            reason: reason.chars().take(100).collect::<String>().into(),
        };
        let _ = sender.send(Frame::Close(Some(frame))).await;
    }
    let _ = tokio::task::spawn_blocking(move || session.unplug(plug)).await;
}

/// Why no picture of the session will be read any more.
fn over(session: &Session) -> String {
    match session.shared.outcome() {
        Outcome::Failed(reason) => reason,
        Outcome::Open | Outcome::Ended => "the session is over".to_owned(),
    }
}
