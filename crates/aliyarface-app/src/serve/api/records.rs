//! Records of a session in other forms: a table of typed columns, a page with figures.

use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;

use crate::analyse::parquet_text;
use crate::report;
use crate::serve::problem::Problem;
use crate::serve::state::App;

/// What a browser may do with the page of a report: its figures and styles are in it.
const PAGE_SECURITY: &str = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; sandbox";

/// The records that are kept, as Apache Parquet.
pub async fn parquet(
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<impl IntoResponse, Problem> {
    let session = app.session(&id)?;
    let written = tokio::task::spawn_blocking(move || {
        let mut bytes = Vec::new();
        parquet_text::write(&session.shared.records.table(), &mut bytes).map(|()| bytes)
    });
    let bytes = made(written.await)?;
    let kind = [(header::CONTENT_TYPE, "application/vnd.apache.parquet")];
    Ok((kind, bytes))
}

/// The records that are kept, drawn.
pub async fn page(
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<impl IntoResponse, Problem> {
    let session = app.session(&id)?;
    let drawn = tokio::task::spawn_blocking(move || {
        let lines = session.shared.records.after(0);
        let text: String = lines
            .iter()
            .map(|line| format!("{}\n", line.text))
            .collect();
        report::page(&text)
    });
    let page = made(drawn.await)?;
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, PAGE_SECURITY),
    ];
    Ok((headers, page))
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
