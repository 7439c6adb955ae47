//! Whether the server works, and who is let in.

use std::sync::atomic::Ordering;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use gstaliyarface::models::{ModelChoice, inventory};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::serve::guard::{COOKIE, refused};
use crate::serve::metrics as counts;
use crate::serve::problem::{JsonBody, Problem};
use crate::serve::state::App;

/// Whether the server answers.
pub async fn healthz() -> &'static str {
    "ok"
}

/// Whether the models are loaded and a test picture was read.
pub async fn readyz(State(app): State<App>) -> Result<&'static str, Problem> {
    if app.ready.load(Ordering::Relaxed) {
        Ok("ready")
    } else {
        let problem = Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "no test picture was read yet",
        );
        Err(problem.retry_after(2))
    }
}

/// What a browser logs in with.
#[derive(Deserialize, JsonSchema)]
pub struct Login {
    /// The token that the first start printed.
    token: String,
}

/// Gives a browser that knows the token a cookie, since it can send no header with a WebSocket.
pub async fn log_in(
    State(app): State<App>,
    JsonBody(login): JsonBody<Login>,
) -> Result<impl IntoResponse, Problem> {
    let secure = if app.encrypted { "; Secure" } else { "" };
    // argon2 takes its time.
    let checked = tokio::task::spawn_blocking(move || app.auth.log_in(&login.token)).await;
    let checked = checked.map_err(|_| Problem::bad_request("the token cannot be checked"))?;
    let cookie = checked.map_err(refused)?;
    let cookie =
        format!("{COOKIE}={cookie}; Path=/; HttpOnly; SameSite=Strict; Max-Age=43200{secure}");
    let mut headers = HeaderMap::new();
    if let Ok(value) = cookie.parse() {
        headers.insert(header::SET_COOKIE, value);
    }
    Ok((StatusCode::NO_CONTENT, headers))
}

/// A model that is loaded.
#[derive(Serialize, JsonSchema)]
pub struct Model {
    /// Its file.
    file: String,
    /// The stage that uses it.
    stage: String,
    /// The hash of its contents.
    sha256: String,
}

/// The models that read the faces.
pub async fn models() -> Result<Json<Vec<Model>>, Problem> {
    let choice = ModelChoice::bundled(gstaliyarface::aliyarface::model_folders(None));
    let files = inventory(&choice).map_err(|err| Problem::bad_request(err.to_string()))?;
    let models = files.into_iter().map(|file| Model {
        file: file.file,
        stage: file.stage,
        sha256: file.sha256,
    });
    Ok(Json(models.collect()))
}

/// Counts, as Prometheus reads them.
pub async fn metrics(State(app): State<App>) -> impl IntoResponse {
    let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4")];
    (kind, counts::text(&app))
}
