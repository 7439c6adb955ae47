//! What is kept of sessions.

use axum::Json;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde::Deserialize;
use tower::ServiceExt;
use tower_http::services::ServeFile;

use crate::serve::problem::{Problem, QueryString};
use crate::serve::recordings::RecordingInfo;
use crate::serve::state::App;

/// Which film of a recording.
#[derive(Debug, Deserialize)]
pub struct Part {
    part: Option<u32>,
}

/// Lists recordings.
pub async fn list(State(app): State<App>) -> Json<Vec<RecordingInfo>> {
    Json(app.recordings.all())
}

/// A film, in Matroska.
pub async fn video(
    State(app): State<App>,
    Path(id): Path<String>,
    QueryString(which): QueryString<Part>,
    request: Request,
) -> Result<impl IntoResponse, Problem> {
    let path = app.recordings.film(&id, which.part.unwrap_or(1))?;
    let response = ServeFile::new(path).oneshot(request).await;
    response.map_err(|_| Problem::not_found("recording"))
}

/// Its records, as lines of JSON.
pub async fn records(
    State(app): State<App>,
    Path(id): Path<String>,
    request: Request,
) -> Result<impl IntoResponse, Problem> {
    let path = app.recordings.records(&id)?;
    let response = ServeFile::new(path).oneshot(request).await;
    response.map_err(|_| Problem::not_found("recording"))
}

/// Deletes a recording before it expires.
pub async fn remove(State(app): State<App>, Path(id): Path<String>) -> Result<StatusCode, Problem> {
    app.recordings.remove(&id)?;
    Ok(StatusCode::NO_CONTENT)
}
