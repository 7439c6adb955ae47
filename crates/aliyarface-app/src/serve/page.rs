//! The page, which lies inside the program.

use axum::http::{Uri, header};
use axum::response::{IntoResponse, Response};

use super::problem::Problem;

/// Name, kind and contents of each file.
const FILES: [(&str, &str, &str); 10] = [
    ("index.html", HTML, include_str!("../../web/index.html")),
    ("style.css", CSS, include_str!("../../web/style.css")),
    ("icon.svg", SVG, include_str!("../../web/icon.svg")),
    ("main.js", SCRIPT, include_str!("../../web/main.js")),
    ("api.js", SCRIPT, include_str!("../../web/api.js")),
    ("camera.js", SCRIPT, include_str!("../../web/camera.js")),
    ("clip.js", SCRIPT, include_str!("../../web/clip.js")),
    ("draw.js", SCRIPT, include_str!("../../web/draw.js")),
    ("panels.js", SCRIPT, include_str!("../../web/panels.js")),
    ("words.js", SCRIPT, include_str!("../../web/words.js")),
];
const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SVG: &str = "image/svg+xml";
const SCRIPT: &str = "text/javascript; charset=utf-8";

/// A file of the page.
pub async fn file(uri: Uri) -> Response {
    let path = match uri.path().trim_start_matches('/') {
        "" => "index.html",
        path => path,
    };
    let found = FILES.iter().find(|(name, ..)| *name == path);
    let Some((_, kind, text)) = found else {
        return Problem::not_found("page").into_response();
    };
    let headers = [
        (header::CONTENT_TYPE, *kind),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (headers, *text).into_response()
}
