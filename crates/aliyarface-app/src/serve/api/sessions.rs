//! Sessions: begun, looked at, changed, ended; their records.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::idempotency::IdempotencyKey;
use crate::serve::problem::{JsonBody, Problem, QueryString};
use crate::serve::session::{DeviceFormat, SessionInfo, Source};
use crate::serve::settings::Settings;
use crate::serve::sources::SourceError;
use crate::serve::state::App;

/// Sessions of one answer, unless fewer are asked for.
const PAGE: usize = 100;

/// Where a session's pictures come from.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum SourceRequest {
    /// The socket `/sessions/{id}/video`.
    Camera,
    /// The same socket, for the element `aliyarface` of another machine: times are in ns and taken as they
    /// are, results binary.
    Device {
        /// Whether results are told bit by bit, else rounded.
        #[serde(default)]
        exact: bool,
        /// GStreamer's name of the pictures' colorimetry.
        #[serde(default)]
        colorimetry: String,
    },
    /// An upload.
    Upload {
        /// Its id.
        id: String,
    },
    /// An address that the operator allows.
    Uri {
        /// `rtsp://`, `rtsps://`, `http://`, `https://`, `file:///` or `v4l2:///`.
        uri: String,
    },
}

/// A session to begin.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSession {
    /// Where its pictures come from.
    source: SourceRequest,
    /// The element's properties.
    #[serde(default)]
    settings: Settings,
    /// Whether clean video and records are kept, for as long as the operator says; not of an upload.
    #[serde(default)]
    record: bool,
}

/// Some of the sessions.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SessionPage {
    /// They, the oldest first.
    sessions: Vec<SessionInfo>,
    /// How many there are in all.
    total: usize,
}

/// Which of many.
#[derive(Debug, Deserialize)]
pub struct Part {
    /// How many to leave out.
    #[serde(default)]
    offset: usize,
    /// How many to give, up to 100.
    limit: Option<usize>,
}

/// Lists sessions.
pub async fn list(
    State(app): State<App>,
    QueryString(part): QueryString<Part>,
) -> Json<SessionPage> {
    let all = app.all();
    let limit = part.limit.unwrap_or(PAGE).min(PAGE);
    let some = all.iter().skip(part.offset).take(limit);
    Json(SessionPage {
        sessions: some.map(|session| session.info()).collect(),
        total: all.len(),
    })
}

/// Begins a session. The header `Idempotency-Key` makes a repeated request find the first one's.
pub async fn begin(
    State(app): State<App>,
    IdempotencyKey(key): IdempotencyKey,
    JsonBody(new): JsonBody<NewSession>,
) -> Result<impl IntoResponse, Problem> {
    let mut settings = Settings::default();
    settings
        .change(&new.settings, false)
        .map_err(Problem::bad_request)?;
    let record = new.record;
    // Names are looked up, and pipelines start, slowly.
    let begun = tokio::task::spawn_blocking(move || {
        let source = source(&app, new.source)?;
        if record && matches!(source, Source::Upload(_)) {
            return Err(Problem::bad_request("an upload is its own recording"));
        }
        app.begin(&source, &settings, key, record)
    })
    .await;
    let begun = begun.map_err(|_| Problem::bad_request("the session cannot begin"))?;
    let (session, new) = begun?;
    let status = if new {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    let place = [(header::LOCATION, format!("/sessions/{}", session.id))];
    Ok((status, place, Json(session.info())))
}

fn source(app: &App, wanted: SourceRequest) -> Result<Source, Problem> {
    Ok(match wanted {
        SourceRequest::Camera => Source::Camera,
        SourceRequest::Device { exact, colorimetry } => {
            Source::Device(DeviceFormat { exact, colorimetry })
        }
        SourceRequest::Upload { id } => Source::Upload(id),
        SourceRequest::Uri { uri } => {
            let checked = app.sources.check(&uri).map_err(|err| {
                let status = match err {
                    SourceError::Malformed(_) => StatusCode::BAD_REQUEST,
                    SourceError::Unknown(_) => StatusCode::NOT_FOUND,
                    SourceError::NotAllowed | SourceError::Private(_) => StatusCode::FORBIDDEN,
                };
                Problem::new(status, err.to_string())
            })?;
            Source::Address(checked.0, checked.1)
        }
    })
}

/// How a session fares.
pub async fn one(
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<Json<SessionInfo>, Problem> {
    Ok(Json(app.session(&id)?.info()))
}

/// Changes the element's properties.
pub async fn change(
    State(app): State<App>,
    Path(id): Path<String>,
    JsonBody(changes): JsonBody<Settings>,
) -> Result<Json<SessionInfo>, Problem> {
    let session = app.session(&id)?;
    session.change(&changes).map_err(Problem::bad_request)?;
    Ok(Json(session.info()))
}

/// Ends a session and forgets its records.
pub async fn remove(State(app): State<App>, Path(id): Path<String>) -> Result<StatusCode, Problem> {
    let removed = tokio::task::spawn_blocking(move || app.remove(&id)).await;
    removed.map_err(|_| Problem::bad_request("the session cannot be ended"))??;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes the faces in view as resting.
pub async fn calibrate(
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    signalled(&app, &id, "calibrate")
}

/// Forgets how the faces look at rest.
pub async fn reset_baseline(
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    signalled(&app, &id, "reset-baseline")
}

fn signalled(app: &App, id: &str, signal: &str) -> Result<StatusCode, Problem> {
    if app.session(id)?.signal(signal) {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::new(StatusCode::CONFLICT, "no picture came yet"))
    }
}

/// The people's neutrals.
pub async fn baselines(
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<impl IntoResponse, Problem> {
    neutrals(&app, &id, None).await
}

/// Takes people's neutrals, as they were told.
pub async fn take_baselines(
    State(app): State<App>,
    Path(id): Path<String>,
    JsonBody(taken): JsonBody<serde_json::Value>,
) -> Result<impl IntoResponse, Problem> {
    neutrals(&app, &id, Some(taken.to_string())).await
}

async fn neutrals(
    app: &App,
    id: &str,
    taken: Option<String>,
) -> Result<impl IntoResponse + use<>, Problem> {
    let session = app.session(id)?;
    let told = tokio::task::spawn_blocking(move || session.baselines(taken)).await;
    let told = told.ok().flatten().ok_or_else(|| {
        let detail = "no picture came yet, or the baselines are none of these faces";
        Problem::new(StatusCode::CONFLICT, detail)
    })?;
    Ok((kind("application/json"), told))
}

fn kind(kind: &'static str) -> [(header::HeaderName, &'static str); 1] {
    [(header::CONTENT_TYPE, kind)]
}
