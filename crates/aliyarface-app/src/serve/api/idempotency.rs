//! The header by which a repeated request finds what the first one made.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::serve::problem::Problem;

const HEADER: &str = "idempotency-key";
/// Letters of a key.
const LONGEST: usize = 128;

/// The key of a request, if it has one.
pub struct IdempotencyKey(pub Option<String>);

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Some(key) = parts.headers.get(HEADER) else {
            return Ok(Self(None));
        };
        let key = key.to_str().unwrap_or_default();
        if key.is_empty() || key.len() > LONGEST {
            let detail = format!("a key has 1 to {LONGEST} letters");
            return Err(Problem::bad_request(detail));
        }
        Ok(Self(Some(key.to_owned())))
    }
}
