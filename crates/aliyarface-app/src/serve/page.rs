//! The page, which lies inside the program.

use std::borrow::Cow;

use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use rust_embed::{Embed, EmbeddedFile};

use super::problem::Problem;

/// What is written here.
#[derive(Embed)]
#[folder = "web"]
struct PageFiles;

/// Modules of other projects, pinned in `web/package-lock.json` and brought by set-up.
#[derive(Embed)]
#[folder = "$ALIYARFACE_WEB"]
#[prefix = "lib/"]
struct Modules;

/// Ends of the names of files that are for the build alone.
const TOOLS: [&str; 2] = [".d.ts", ".json"];
/// The kind of a file whose name does not tell it.
const DEFAULT: &str = "application/octet-stream";
/// Kinds of files by their names' ends.
const KINDS: [(&str, &str); 5] = [
    (".html", "text/html; charset=utf-8"),
    (".css", "text/css; charset=utf-8"),
    (".js", "text/javascript; charset=utf-8"),
    (".svg", "image/svg+xml"),
    (".txt", "text/plain; charset=utf-8"),
];

/// A file of the page, or word that the browser has it already.
pub async fn file(uri: Uri, headers: HeaderMap) -> Response {
    let path = match uri.path().trim_start_matches('/') {
        "" => "index.html",
        path => path,
    };
    let Some(file) = written(path).or_else(|| Modules::get(path)) else {
        return Problem::not_found("page").into_response();
    };
    let tag = tag(&file);
    let known = headers.get(header::IF_NONE_MATCH);
    if known.is_some_and(|known| known.as_bytes() == tag.as_bytes()) {
        return StatusCode::NOT_MODIFIED.into_response();
    }
    let kind = KINDS.iter().find(|(end, _)| path.ends_with(end));
    let headers = [
        (
            header::CONTENT_TYPE,
            kind.map_or(DEFAULT, |(_, kind)| *kind),
        ),
        (header::CACHE_CONTROL, "no-cache"),
        (header::ETAG, &tag),
    ];
    match file.data {
        Cow::Borrowed(bytes) => (headers, bytes).into_response(),
        Cow::Owned(bytes) => (headers, bytes).into_response(),
    }
}

/// A file of the page itself.
fn written(path: &str) -> Option<EmbeddedFile> {
    if TOOLS.iter().any(|end| path.ends_with(end)) {
        return None;
    }
    PageFiles::get(path)
}

/// Names a file's contents.
fn tag(file: &EmbeddedFile) -> String {
    let hash = file.metadata.sha256_hash();
    let letters: String = hash[..8].iter().map(|byte| format!("{byte:02x}")).collect();
    format!("\"{letters}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_module_that_the_page_asks_for_is_inside() {
        for name in PageFiles::iter().filter(|name| name.ends_with(".js")) {
            let file = PageFiles::get(&name).unwrap();
            let text = String::from_utf8(file.data.into_owned()).unwrap();
            let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
            for line in text.lines().filter(|line| line.starts_with("import ")) {
                let asked = line.split('"').nth(1).unwrap();
                let path = match asked.strip_prefix("../") {
                    Some(above) => above.to_owned(),
                    None if folder.is_empty() => asked.trim_start_matches("./").to_owned(),
                    None => format!("{folder}/{}", asked.trim_start_matches("./")),
                };
                let there = written(&path).or_else(|| Modules::get(&path)).is_some();
                assert!(there, "{name} asks for {path}");
            }
        }
        for name in ["index.html", "reference.html"] {
            let page = PageFiles::get(name).unwrap().data.into_owned();
            let page = String::from_utf8(page).unwrap();
            let asked = page.split('"');
            for asked in asked.filter(|part| part.ends_with(".css") || part.ends_with(".js")) {
                let there = written(asked).or_else(|| Modules::get(asked)).is_some();
                assert!(there, "{name} asks for {asked}");
            }
        }
        for tools in ["types.d.ts", "tsconfig.json", "package-lock.json"] {
            assert!(written(tools).is_none(), "{tools} is for the build alone");
        }
    }
}
