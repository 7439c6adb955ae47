//! Pictures of a browser's camera or of a device, and the result of each.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::Extension;
use axum::extract::ws::{CloseFrame, Message as Frame, WebSocket, WebSocketUpgrade};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use futures_util::{SinkExt, StreamExt};
use gstaliyarface::remote::protocol::VERSION;
use tokio::sync::mpsc::unbounded_channel;

use super::live::Reader;
use crate::serve::auth::Role;
use crate::serve::guard;
use crate::serve::message::{Message, end};
use crate::serve::problem::Problem;
use crate::serve::session::{Answer, Outcome, Session, Source, ViewerMessage};
use crate::serve::state::App;

/// The largest picture in bytes.
const LARGEST: usize = 16 << 20;
/// How long a socket may say nothing.
const SILENCE: Duration = Duration::from_secs(30);
/// What a socket is closed with that sends no pictures.
const UNSUPPORTED: u16 = 1003;
/// What a socket is closed with whose session is over.
const OVER: u16 = 1000;
/// What a socket is closed with whose server ends, without a reason: another may take its place.
const AWAY: u16 = 1001;

/// What [`video`] does.
pub const SUMMARY: &str = "A WebSocket that takes pictures and gives the result of each. A message is binary: one byte \
    of flags (1: can be decoded without those before it; 2: JPEG, 4: PNG, 8: raw, else H.264 annex B), the sender's number \
    (4 bytes), the time in us at which it was taken (8 bytes), both little-endian, and the picture. Answers \
    are JSON: {\"seq\": N, \"server-ms\": T, \"record\": ...} or {\"seq\": N, \"skipped\": true}. Of a session \
    that reads an address the same messages come down: H.264 pictures, and the answers under their numbers. A device's \
    times are in ns, and its answers binary: its number (4 bytes), the time the server took in us (4 bytes), and what was \
    read as CBOR, compressed with zlib. A device ends its stream with flag 16 and no picture.";

/// Takes pictures.
pub async fn video(
    State(app): State<App>,
    Path(id): Path<String>,
    Extension(role): Extension<Role>,
    upgrade: WebSocketUpgrade,
) -> Result<Response, Problem> {
    let session = app.session(&id)?;
    match session.source {
        Source::Camera | Source::Device(_) if role == Role::Viewer => return Err(guard::viewer()),
        Source::Camera | Source::Device(_) => {}
        Source::Upload(_) => {
            let detail = "the session reads a file";
            return Err(Problem::new(StatusCode::CONFLICT, detail));
        }
        Source::Address(..) => {
            let upgrade = upgrade.protocols([VERSION]);
            let forward = |socket| app.clone().hold_open(forward_video(socket, session, app));
            return Ok(upgrade.on_upgrade(forward));
        }
    }
    let upgrade = upgrade
        .protocols([VERSION])
        .max_message_size(LARGEST)
        .max_frame_size(LARGEST);
    Ok(upgrade.on_upgrade(|socket| app.clone().hold_open(feed(socket, session, app))))
}

async fn feed(socket: WebSocket, session: Arc<Session>, app: App) {
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
    let last = loop {
        tokio::select! {
            () = &mut closed => break Some(over(&session, &app)),
            Some(answer) = answered.recv() => {
                let frame = match answer {
                    Answer::Text(text) => Frame::Text(String::from(&*text).into()),
                    Answer::Result(bytes) => Frame::Binary(bytes.into()),
                };
                if sender.send(frame).await.is_err() {
                    break None;
                }
            }
            frame = tokio::time::timeout(SILENCE, receiver.next()) => {
                let bytes = match frame {
                    Ok(Some(Ok(Frame::Binary(bytes)))) => bytes,
                    Ok(Some(Ok(Frame::Ping(_) | Frame::Pong(_)))) => continue,
                    Ok(Some(Ok(Frame::Text(text)))) => match session.hear(plug, &text) {
                        Ok(()) => continue,
                        Err(err) => break Some(farewell(UNSUPPORTED, &format!("{err:#}"))),
                    },
                    Ok(Some(Ok(Frame::Close(_)) | Err(_)) | None) | Err(_) => break None,
                };
                let fed = session.clone();
                // A pipeline starts slowly, and loads models.
                let pushed = tokio::task::spawn_blocking(move || {
                    if let Some(seq) = end(&bytes) {
                        let finished = fed.finish(plug, seq).map(|()| None);
                        return finished.map_err(|err| format!("{err:#}"));
                    }
                    let message = Message::read(&bytes).map_err(|err| err.to_string())?;
                    fed.push(plug, &message).map_err(|err| format!("{err:#}"))
                });
                match pushed.await {
                    Ok(Ok(None)) => {}
                    Ok(Ok(Some(answer))) => drop(answers.send(answer)),
                    Ok(Err(reason)) => break Some(farewell(UNSUPPORTED, &reason)),
                    Err(_) => {
                        let reason = "the picture could not be taken";
                        break Some(farewell(UNSUPPORTED, reason));
                    }
                }
            }
        }
    };
    if let Some(frame) = last {
        let _ = sender.send(Frame::Close(Some(frame))).await;
    }
    let _ = tokio::task::spawn_blocking(move || session.unplug(plug)).await;
}

/// Why no picture of the session will be read any more.
fn over(session: &Session, app: &App) -> CloseFrame {
    match session.shared.outcome() {
        Outcome::Failed(reason) => farewell(UNSUPPORTED, &reason),
        _ if app.ending.load(Ordering::Relaxed) => farewell(AWAY, ""),
        Outcome::Open | Outcome::Ended => farewell(OVER, "the session is over"),
    }
}

/// The last frame of a socket; the protocol leaves 123 bytes for its reason.
fn farewell(code: u16, reason: &str) -> CloseFrame {
    let reason = &reason[..reason.floor_char_boundary(123)];
    CloseFrame {
        code,
        reason: reason.into(),
    }
}

/// Sends an address's pictures and what was read of them, until the session or the viewer goes.
async fn forward_video(socket: WebSocket, session: Arc<Session>, app: App) {
    let _reader = Reader::new(session.clone());
    let (mut sender, mut receiver) = socket.split();
    let watched = session.clone();
    let Ok(mut shown) = tokio::task::spawn_blocking(move || watched.watch()).await else {
        return;
    };
    let gone = loop {
        tokio::select! {
            frame = shown.recv() => {
                let frame = match frame {
                    Some(ViewerMessage::Picture(bytes)) => Frame::Binary(bytes.to_vec().into()),
                    Some(ViewerMessage::Text(text)) => Frame::Text(String::from(&*text).into()),
                    None => break true,
                };
                if sender.send(frame).await.is_err() {
                    break false;
                }
            }
            // It has nothing to say: what comes is its end.
            frame = receiver.next() => match frame {
                Some(Ok(Frame::Close(_)) | Err(_)) | None => break false,
                Some(Ok(_)) => {}
            },
        }
    };
    if gone {
        let frame = over(&session, &app);
        let _ = sender.send(Frame::Close(Some(frame))).await;
    }
    drop(shown);
    let _ = tokio::task::spawn_blocking(move || session.unwatch()).await;
}
