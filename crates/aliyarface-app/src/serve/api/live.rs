//! Records as they come: over a WebSocket, or as server-sent events.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{FromRequestParts, Path, Request, State};
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::{SinkExt, StreamExt, stream};
use serde::Deserialize;

use crate::serve::problem::{Problem, QueryString};
use crate::serve::session::{RecordUpdate, Session, thinned};
use crate::serve::state::App;

/// Records that may wait for a reader before it loses pictures.
const BEHIND: usize = 30;

/// From where on.
#[derive(Debug, Deserialize)]
pub struct From {
    /// The number of the last record that the reader has; the newest where nothing is said.
    after: Option<u64>,
}

/// What [`live`] does.
pub const SUMMARY: &str = "Numbered records as they come: a WebSocket's messages are {\"id\": N, \"record\": ...}, \
    server-sent events go on after Last-Event-ID. A slow reader loses pictures, which it sees by the \
    numbers, and no event.";

/// Records as they come.
pub async fn live(
    State(app): State<App>,
    Path(id): Path<String>,
    QueryString(from): QueryString<From>,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, Problem> {
    let session = app.session(&id)?;
    let told = headers
        .get("last-event-id")
        .and_then(|id| id.to_str().ok()?.parse().ok());
    let after = told.or(from.after).unwrap_or(session.shared.records.last());
    let (mut parts, _) = request.into_parts();
    if let Ok(upgrade) = WebSocketUpgrade::from_request_parts(&mut parts, &app).await {
        return Ok(upgrade.on_upgrade(move |socket| app.hold_open(send(socket, session, after))));
    }
    let reader = Reader::new(session);
    let events = stream::unfold((reader, after), async |(reader, after)| {
        let RecordUpdate::Lines(lines) = reader.0.shared.records.next(after).await else {
            return None;
        };
        let last = lines.last().map_or(after, |line| line.id);
        let events = thinned(lines, BEHIND).into_iter().map(|line| {
            let event = Event::default().id(line.id.to_string()).data(&*line.text);
            Ok::<_, Infallible>(event)
        });
        Some((stream::iter(events.collect::<Vec<_>>()), (reader, last)))
    });
    let events = Sse::new(events.flatten()).keep_alive(KeepAlive::default());
    Ok(events.into_response())
}

/// Counts a reader while it lives.
pub struct Reader(Arc<Session>);

impl Reader {
    /// One more.
    pub fn new(session: Arc<Session>) -> Self {
        session.shared.readers.fetch_add(1, Ordering::Relaxed);
        Self(session)
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.0.shared.readers.fetch_sub(1, Ordering::Relaxed);
    }
}

async fn send(socket: WebSocket, session: Arc<Session>, mut after: u64) {
    let reader = Reader::new(session);
    let (mut sender, mut receiver) = socket.split();
    loop {
        let news = tokio::select! {
            news = reader.0.shared.records.next(after) => news,
            // It has nothing to say: what comes is its end.
            message = receiver.next() => match message {
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                Some(Ok(_)) => continue,
            },
        };
        let RecordUpdate::Lines(lines) = news else {
            break;
        };
        after = lines.last().map_or(after, |line| line.id);
        for line in thinned(lines, BEHIND) {
            let text = format!(r#"{{"id":{},"record":{}}}"#, line.id, line.text);
            if sender.send(Message::Text(text.into())).await.is_err() {
                return;
            }
        }
    }
    let _ = sender.close().await;
}
