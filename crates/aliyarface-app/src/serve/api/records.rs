//! Records of a session: lines, a table, typed columns, a page with figures; without spans that are left out.

use axum::extract::{Path, State};
use axum::http::{HeaderName, StatusCode, header};
use axum::response::IntoResponse;
use serde::Deserialize;

use crate::analyse::parquet_text;
use crate::report;
use crate::serve::problem::{Problem, QueryString};
use crate::serve::session::{RecordLine, Spans};
use crate::serve::state::App;

/// What a browser may do with the page of a report: its figures and styles are in it.
const PAGE_SECURITY: &str = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; sandbox";

/// Which records.
#[derive(Debug, Deserialize)]
pub struct RecordQuery {
    /// The number of the last record that the reader has.
    #[serde(default)]
    after: u64,
    /// Spans that are left out, in seconds of the stream: `1.5-2,7-9`.
    #[serde(default)]
    exclude: String,
}

impl RecordQuery {
    fn spans(&self) -> Result<Spans, Problem> {
        Spans::read(&self.exclude).ok_or_else(|| {
            Problem::bad_request("exclude is spans of seconds, as in exclude=1.5-2,7-9")
        })
    }
}

/// The records that are kept, as lines of JSON.
pub async fn lines(
    State(app): State<App>,
    Path(id): Path<String>,
    QueryString(which): QueryString<RecordQuery>,
) -> Result<impl IntoResponse, Problem> {
    let spans = which.spans()?;
    let lines = app.session(&id)?.shared.records.after(which.after);
    Ok((kind("application/x-ndjson"), spans.lines(&text(&lines))))
}

/// The records that are kept, as a table with OpenFace's column names.
pub async fn table(
    State(app): State<App>,
    Path(id): Path<String>,
    QueryString(which): QueryString<RecordQuery>,
) -> Result<impl IntoResponse, Problem> {
    let spans = which.spans()?;
    let table = app.session(&id)?.shared.records.table();
    Ok((kind("text/csv"), spans.rows(&table)))
}

/// The records with events, which are kept longer than others.
pub async fn events(
    State(app): State<App>,
    Path(id): Path<String>,
    QueryString(which): QueryString<RecordQuery>,
) -> Result<impl IntoResponse, Problem> {
    let spans = which.spans()?;
    let lines = app.session(&id)?.shared.records.events_after(which.after);
    Ok((kind("application/x-ndjson"), spans.lines(&text(&lines))))
}

/// The records that are kept, as Apache Parquet.
pub async fn parquet(
    State(app): State<App>,
    Path(id): Path<String>,
    QueryString(which): QueryString<RecordQuery>,
) -> Result<impl IntoResponse, Problem> {
    let (session, spans) = (app.session(&id)?, which.spans()?);
    let written = tokio::task::spawn_blocking(move || {
        let mut bytes = Vec::new();
        let table = spans.rows(&session.shared.records.table());
        parquet_text::write(&table, &mut bytes).map(|()| bytes)
    });
    let bytes = made(written.await)?;
    Ok((kind("application/vnd.apache.parquet"), bytes))
}

/// The records that are kept, drawn.
pub async fn page(
    State(app): State<App>,
    Path(id): Path<String>,
    QueryString(which): QueryString<RecordQuery>,
) -> Result<impl IntoResponse, Problem> {
    let (session, spans) = (app.session(&id)?, which.spans()?);
    let drawn = tokio::task::spawn_blocking(move || {
        let lines = session.shared.records.after(0);
        report::page(&spans.lines(&text(&lines)))
    });
    let page = made(drawn.await)?;
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, PAGE_SECURITY),
    ];
    Ok((headers, page))
}

fn kind(kind: &'static str) -> [(HeaderName, &'static str); 1] {
    [(header::CONTENT_TYPE, kind)]
}

fn text(lines: &[RecordLine]) -> String {
    lines
        .iter()
        .map(|line| format!("{}\n", line.text))
        .collect()
}

fn made<T>(made: Result<anyhow::Result<T>, tokio::task::JoinError>) -> Result<T, Problem> {
    match made {
        Ok(Ok(made)) => Ok(made),
        Ok(Err(err)) => Err(Problem::new(StatusCode::CONFLICT, format!("{err:#}"))),
        Err(_) => Err(Problem::new(
            StatusCode::CONFLICT,
            "the records cannot be written",
        )),
    }
}
