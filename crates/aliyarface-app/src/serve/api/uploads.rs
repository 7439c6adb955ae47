//! Files that are sent.

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use serde::Deserialize;
use tower::ServiceExt;
use tower_http::services::ServeFile;

use super::idempotency::IdempotencyKey;
use crate::serve::problem::{Problem, QueryString};
use crate::serve::state::App;
use crate::serve::uploads::Upload;

/// What a file is called.
#[derive(Debug, Deserialize)]
pub struct UploadQuery {
    /// What its sender calls it.
    #[serde(default)]
    name: String,
}

/// Lists uploads.
pub async fn list(State(app): State<App>) -> Json<Vec<Upload>> {
    Json(app.uploads.all())
}

/// Takes a video or picture file as it is; it is deleted an hour after its last use. The header `Idempotency-Key` makes
/// a repeated request find the first one's.
pub async fn send(
    State(app): State<App>,
    QueryString(named): QueryString<UploadQuery>,
    IdempotencyKey(key): IdempotencyKey,
    body: Body,
) -> Result<impl IntoResponse, Problem> {
    let (upload, new) = app.uploads.receive(&named.name, key, body).await?;
    let status = if new {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    let place = [(header::LOCATION, format!("/uploads/{}", upload.id))];
    Ok((status, place, Json(upload)))
}

/// The file itself; parts of it may be asked for.
pub async fn file(
    State(app): State<App>,
    Path(id): Path<String>,
    request: Request,
) -> Result<impl IntoResponse, Problem> {
    let path = app.uploads.path(&id)?;
    let response = ServeFile::new(path).oneshot(request).await;
    response.map_err(|_| Problem::not_found("file"))
}

/// Deletes an upload.
pub async fn remove(State(app): State<App>, Path(id): Path<String>) -> Result<StatusCode, Problem> {
    app.uploads.remove(&id)?;
    Ok(StatusCode::NO_CONTENT)
}
