//! The routes, and the document that describes them: both come of one table.

mod describe;
mod fleet;
mod health;
mod idempotency;
mod live;
mod me;
mod recordings;
mod records;
mod sessions;
mod uploads;
mod video;

use axum::extract::DefaultBodyLimit;
use axum::routing::{delete, get, patch, post, put};
use axum::{Json, Router, middleware};

use self::describe::{Body, Route};
use super::problem::Problem;
use super::recordings::RecordingInfo;
use super::session::SessionInfo;
use super::settings::Settings;
use super::state::App;
use super::uploads::Upload;
use super::{guard, page};

/// Bytes of a JSON body.
const BODY: usize = 64 << 10;
/// A file of whatever kind was uploaded.
const ANY_FILE: Body = Body::Text("*/*");
const LINES: Body = Body::Text("application/x-ndjson");

/// Every route of the server.
pub fn router(app: App) -> Router {
    let routes = routes();
    let document = describe::document(&routes);
    let (mut open, mut closed) = (Router::new(), Router::new());
    for route in routes {
        let router = if route.open { &mut open } else { &mut closed };
        *router = std::mem::take(router).route(route.path, route.handler);
    }
    let closed = closed.layer(middleware::from_fn_with_state(app.clone(), guard::known));
    let describe = get(async move || Json(document));
    open.merge(closed)
        .route("/openapi.json", describe)
        .fallback(page::file)
        .layer(DefaultBodyLimit::max(BODY))
        .layer(middleware::from_fn_with_state(app.clone(), guard::origin))
        .with_state(app)
}

fn routes() -> Vec<Route> {
    let session = Body::of::<SessionInfo>("Session");
    let upload = Body::of::<Upload>("Upload");
    vec![
        Route::new("get", "/healthz", get(health::healthz))
            .open()
            .says("Whether the server answers.")
            .answers(200, Body::Text("text/plain")),
        Route::new("get", "/readyz", get(health::readyz))
            .open()
            .says("Whether the models are loaded and a test picture was read.")
            .answers(200, Body::Text("text/plain"))
            .fails(&[503]),
        Route::new("post", "/login", post(health::log_in))
            .open()
            .says("Gives a browser that knows the token a cookie, since it can send no header with a WebSocket.")
            .takes(Body::of::<health::Login>("Login"))
            .answers(204, Body::None)
            .fails(&[400, 401, 415, 422, 429]),
        Route::new("get", "/me", get(me::me))
            .says("Who asks, and what the operator fixed for all.")
            .answers(200, Body::of::<me::Access>("Me")),
        Route::new("get", "/sessions", get(sessions::list))
            .says("Lists sessions, the oldest first.")
            .asks(&["offset", "limit"])
            .answers(200, Body::of::<sessions::SessionPage>("SessionPage"))
            .fails(&[400]),
        Route::new("post", "/sessions", post(sessions::begin))
            .says("Begins a session: 201. A repeated request with the same Idempotency-Key finds it: 200.")
            .takes(Body::of::<sessions::NewSession>("NewSession"))
            .answers(201, session)
            .answers(200, session)
            .fails(&[400, 403, 404, 409, 415, 422, 503]),
        Route::new("get", "/sessions/{id}", get(sessions::one))
            .says("How a session fares.")
            .answers(200, session)
            .fails(&[404]),
        Route::new("patch", "/sessions/{id}", patch(sessions::change))
            .says("Changes the element's properties.")
            .takes(Body::of::<Settings>("Settings"))
            .answers(200, session)
            .fails(&[400, 404, 415, 422]),
        Route::new("delete", "/sessions/{id}", delete(sessions::remove))
            .says("Ends a session and forgets its records.")
            .answers(204, Body::None)
            .fails(&[404]),
        Route::new("post", "/sessions/{id}/calibrate", post(sessions::calibrate))
            .says("Takes the faces in view as resting.")
            .answers(204, Body::None)
            .fails(&[404, 409]),
        Route::new("post", "/sessions/{id}/reset-baseline", post(sessions::reset_baseline))
            .says("Forgets how the faces look at rest.")
            .answers(204, Body::None)
            .fails(&[404, 409]),
        Route::new("get", "/sessions/{id}/baselines", get(sessions::baselines))
            .says("How the faces look at rest, to be kept and given back: {\"faces\": [{\"face-id\": N, \"AU01\": score, ...}]}.")
            .answers(200, Body::Text("application/json"))
            .fails(&[404, 409]),
        Route::new("put", "/sessions/{id}/baselines", put(sessions::take_baselines))
            .says("Takes baselines as they were given, by face id.")
            .takes(Body::Text("application/json"))
            .answers(200, Body::Text("application/json"))
            .fails(&[400, 404, 409, 415]),
        Route::new("get", "/sessions/{id}/records.jsonl", get(records::lines))
            .says("The records that are kept, after number `after`; docs/aliyarface-record.schema.json describes a line.")
            .asks(&["after", "exclude"])
            .answers(200, LINES)
            .fails(&[400, 404]),
        Route::new("get", "/sessions/{id}/records.csv", get(records::table))
            .says("The records that are kept, one row a face and frame, with OpenFace's column names.")
            .asks(&["exclude"])
            .answers(200, Body::Text("text/csv"))
            .fails(&[400, 404]),
        Route::new("get", "/sessions/{id}/records.parquet", get(records::parquet))
            .says("The rows of records.csv as Apache Parquet, in typed columns.")
            .asks(&["exclude"])
            .answers(200, Body::Text("application/vnd.apache.parquet"))
            .fails(&[400, 404, 409]),
        Route::new("get", "/sessions/{id}/report", get(records::page))
            .says("A page with a figure of each face, which needs nothing else.")
            .asks(&["exclude"])
            .answers(200, Body::Text("text/html"))
            .fails(&[400, 404, 409]),
        Route::new("get", "/sessions/{id}/events", get(records::events))
            .says("The records with events, which are kept longer than others.")
            .asks(&["after", "exclude"])
            .answers(200, LINES)
            .fails(&[400, 404]),
        Route::new("get", "/sessions/{id}/live", get(live::live))
            .says(live::SUMMARY)
            .asks(&["after"])
            .answers(200, Body::Text("text/event-stream"))
            .answers(101, Body::None)
            .fails(&[400, 404]),
        Route::new("get", "/sessions/{id}/video", get(video::video))
            .says(video::SUMMARY)
            .answers(101, Body::None)
            .fails(&[400, 404, 409, 426]),
        Route::new("get", "/uploads", get(uploads::list))
            .says("Lists uploads.")
            .answers(200, Body::of::<Vec<Upload>>("Uploads")),
        Route::new("post", "/uploads", post(uploads::send).layer(DefaultBodyLimit::disable()))
            .says("Takes a video or picture file as it is; it is deleted an hour after its last use. A repeated request with the same Idempotency-Key finds it: 200.")
            .asks(&["name"])
            .takes(Body::Text("application/octet-stream"))
            .answers(200, upload)
            .answers(201, upload)
            .fails(&[400, 413, 415, 507]),
        Route::new("delete", "/uploads/{id}", delete(uploads::remove))
            .says("Deletes an upload; the sample stays.")
            .answers(204, Body::None)
            .fails(&[403, 404]),
        Route::new("get", "/uploads/{id}/file", get(uploads::file))
            .says("The file itself; parts of it may be asked for.")
            .answers(200, ANY_FILE)
            .answers(206, ANY_FILE)
            .fails(&[404]),
        Route::new("get", "/recordings", get(recordings::list))
            .says("Lists recordings: clean video and records that were asked to be kept.")
            .answers(200, Body::of::<Vec<RecordingInfo>>("Recordings")),
        Route::new("delete", "/recordings/{id}", delete(recordings::remove))
            .says("Deletes a recording before it expires.")
            .answers(204, Body::None)
            .fails(&[404]),
        Route::new("get", "/recordings/{id}/video", get(recordings::video))
            .says("A film of a recording, in Matroska; its times are those of the records.")
            .asks(&["part"])
            .answers(200, Body::Text("video/x-matroska"))
            .answers(206, Body::Text("video/x-matroska"))
            .fails(&[400, 404]),
        Route::new("get", "/recordings/{id}/records.jsonl", get(recordings::records))
            .says("The records of a recording.")
            .answers(200, Body::Text("application/octet-stream"))
            .answers(206, Body::Text("application/octet-stream"))
            .fails(&[404]),
        Route::new("get", "/workers", get(fleet::workers))
            .says("Lists the workers of a broker ('aliyarface serve --nats').")
            .answers(200, Body::of::<Vec<fleet::Worker>>("Workers"))
            .fails(&[404]),
        Route::new("get", "/cameras", get(fleet::cameras))
            .says("Lists the cameras that workers read.")
            .answers(200, Body::of::<Vec<fleet::FleetCamera>>("Cameras"))
            .fails(&[404]),
        Route::new("put", "/cameras/{name}", put(fleet::put))
            .says("Adds a camera for the workers, or gives the one of this name another address or other settings.")
            .takes(Body::of::<fleet::NewCamera>("NewCamera"))
            .answers(204, Body::None)
            .fails(&[400, 404, 415, 422]),
        Route::new("delete", "/cameras/{name}", delete(fleet::remove))
            .says("Removes a camera, with the neutrals of its people that were kept.")
            .answers(204, Body::None)
            .fails(&[400, 404]),
        Route::new("get", "/models", get(health::models))
            .says("The models that read the faces.")
            .answers(200, Body::of::<Vec<health::Model>>("Models")),
        Route::new("get", "/metrics", get(health::metrics))
            .says("Counts, as Prometheus reads them.")
            .answers(200, Body::Text("text/plain")),
    ]
}
