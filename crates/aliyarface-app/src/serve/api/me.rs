//! Who asks, and what the operator fixed for all.

use axum::extract::State;
use axum::{Extension, Json};
use schemars::JsonSchema;
use serde::Serialize;

use crate::serve::auth::Role;
use crate::serve::settings::Profile;
use crate::serve::state::App;

/// What one may do here.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Access {
    /// A viewer changes nothing.
    role: Role,
    /// What sessions may say of faces.
    #[serde(skip_serializing_if = "Option::is_none")]
    profile: Option<Profile>,
    /// Addresses that may be read; a `*` stands for any machine, a path that ends with `/` for all below.
    sources: Vec<String>,
    /// For how many hours a recording is kept; absent where there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    recording_hours: Option<u64>,
    /// Sessions at once.
    sessions: usize,
    /// Whether the workers of a broker are known.
    workers: bool,
}

/// Says who asks.
pub async fn me(State(app): State<App>, Extension(role): Extension<Role>) -> Json<Access> {
    Json(Access {
        role,
        profile: app.profile,
        sources: app.sources.redacted(),
        recording_hours: app.recordings.hours(),
        sessions: app.quota.most(),
        workers: app.fleet.is_some(),
    })
}
