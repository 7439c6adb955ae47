//! Cameras that workers read, and the workers, as a broker tells of them.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::nats::fleet::{Camera, FleetView, Lease};
use crate::serve::problem::{JsonBody, Problem};
use crate::serve::settings::Settings;
use crate::serve::sources;
use crate::serve::state::{App, Watched};

/// A worker that lives.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Worker {
    /// Its name: machine, process, and a word that no other has.
    name: String,
    /// Cameras that it reads.
    cameras: usize,
    /// Cameras that its processors carry.
    capacity: usize,
    /// Processor time in ms that a picture costs it; absent before it was measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    cost_ms: Option<f64>,
    /// Events that wait for the broker on its disk.
    spooled: u64,
}

/// A camera of the workers.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct FleetCamera {
    /// Its name.
    name: String,
    /// Its address, without name and password.
    uri: String,
    /// The element's properties.
    settings: Settings,
    /// As of a session; `waiting` where no worker reads it.
    state: String,
    /// Why it waits, or why no picture comes.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// The worker that reads it.
    #[serde(skip_serializing_if = "Option::is_none")]
    worker: Option<String>,
    /// The fencing token of the worker's lease.
    #[serde(skip_serializing_if = "Option::is_none")]
    epoch: Option<u64>,
    /// Pictures a second that are read.
    fps: f64,
    /// Faces in the newest picture.
    faces: u32,
    /// Events since the lease began.
    events: u64,
}

/// A camera to be read by a worker.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCamera {
    /// As of a session; a worker reads what its operator allows.
    uri: String,
    /// The element's properties.
    #[serde(default)]
    settings: Settings,
}

fn watched(app: &App) -> Result<&Watched, Problem> {
    let detail = "this server knows no workers: start it with --nats URL";
    let unknown = || Problem::new(StatusCode::NOT_FOUND, detail);
    app.fleet.as_ref().ok_or_else(unknown)
}

/// Lists the workers.
pub async fn workers(State(app): State<App>) -> Result<Json<Vec<Worker>>, Problem> {
    let view = watched(&app)?.view();
    let leases = view.leases();
    let workers = view.workers().into_iter().map(|(name, worker)| Worker {
        cameras: leases.values().filter(|lease| lease.worker == name).count(),
        name: name.to_owned(),
        capacity: worker.capacity,
        cost_ms: worker.cost_ms,
        spooled: worker.spooled,
    });
    Ok(Json(workers.collect()))
}

/// Lists the cameras.
pub async fn cameras(State(app): State<App>) -> Result<Json<Vec<FleetCamera>>, Problem> {
    let view = watched(&app)?.view();
    let leases = view.leases();
    let cameras = view
        .cameras
        .iter()
        .map(|(name, (_, camera))| fleet_camera(&view, &leases, name, camera));
    Ok(Json(cameras.collect()))
}

fn fleet_camera(
    view: &FleetView,
    leases: &BTreeMap<&str, &Lease>,
    name: &str,
    camera: &Camera,
) -> FleetCamera {
    let lease = leases.get(name);
    FleetCamera {
        name: name.to_owned(),
        uri: sources::redacted(&camera.uri).unwrap_or_default(),
        settings: serde_json::from_value(camera.settings.clone().into()).unwrap_or_default(),
        state: lease.map_or("waiting".to_owned(), |lease| lease.state.clone()),
        reason: lease.map_or_else(|| view.waits(name), |lease| lease.reason.clone()),
        worker: lease.map(|lease| lease.worker.clone()),
        epoch: lease.map(|lease| lease.epoch),
        fps: lease.map_or(0.0, |lease| lease.fps),
        faces: lease.map_or(0, |lease| lease.faces),
        events: lease.map_or(0, |lease| lease.events),
    }
}

/// Adds a camera, or gives the one of this name another address or other settings.
pub async fn put(
    State(app): State<App>,
    Path(name): Path<String>,
    JsonBody(new): JsonBody<NewCamera>,
) -> Result<StatusCode, Problem> {
    sources::redacted(&new.uri).map_err(|err| Problem::bad_request(err.to_string()))?;
    let checked = Settings::default().change(&new.settings, false);
    checked.map_err(Problem::bad_request)?;
    let settings = serde_json::to_value(&new.settings).ok();
    let settings = settings.and_then(|settings| settings.as_object().cloned());
    let camera = Camera {
        uri: new.uri,
        settings: settings.unwrap_or_default(),
    };
    let put = watched(&app)?.fleet.put_camera(&name, &camera).await;
    put.map_err(|err| Problem::bad_request(format!("{err:#}")))?;
    Ok(StatusCode::NO_CONTENT)
}

/// Removes a camera, with the neutrals of its people that were kept.
pub async fn remove(
    State(app): State<App>,
    Path(name): Path<String>,
) -> Result<StatusCode, Problem> {
    let removed = watched(&app)?.fleet.remove_camera(&name).await;
    if removed.map_err(|err| Problem::bad_request(format!("{err:#}")))? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::not_found("camera"))
    }
}
