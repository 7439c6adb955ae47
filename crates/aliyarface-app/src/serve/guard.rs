//! What each request passes first: its host, its origin, who asks; and the headers of each answer.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::auth::{Refusal, Role};
use super::problem::Problem;
use super::state::App;
use super::tls::host_name;

/// The cookie of a browser that is logged in.
pub const COOKIE: &str = "aliyarface";

const CONTENT_SECURITY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' blob: data:; media-src 'self' blob:; connect-src 'self'; manifest-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const HEADERS: [(header::HeaderName, &str); 5] = [
    (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (
        header::HeaderName::from_static("permissions-policy"),
        "camera=(self), microphone=(), geolocation=()",
    ),
    (
        header::HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
];

/// Answers only requests to this machine's own name and from this page's own origin.
pub async fn origin(State(app): State<App>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .map(str::to_owned);
    let known = |host: &str| app.hosts.iter().any(|own| own == host_name(host));
    let own = host
        .as_deref()
        .is_some_and(|host| is_this_machine(host) || known(host));
    // A page of another site cannot take part, whatever cookie the browser adds.
    let origin = headers.get(header::ORIGIN).map(|origin| {
        let uri = origin
            .to_str()
            .ok()
            .and_then(|text| text.parse::<Uri>().ok());
        let authority = uri.and_then(|uri| uri.authority().map(ToString::to_string));
        authority.is_some() && authority == host
    });
    let safe = matches!(*request.method(), Method::GET | Method::HEAD)
        && !headers.contains_key(header::UPGRADE);
    let mut response = if !own {
        Problem::new(
            StatusCode::MISDIRECTED_REQUEST,
            "ask for 127.0.0.1 or localhost; --host NAME lets another name in",
        )
        .into_response()
    } else if origin == Some(false) && !safe {
        Problem::new(
            StatusCode::FORBIDDEN,
            "the request comes from another site's page",
        )
        .into_response()
    } else {
        next.run(request).await
    };
    for (name, value) in HEADERS {
        let value = HeaderValue::from_static(value);
        // A page of its own, as a report is, has a stricter policy of its own.
        response.headers_mut().entry(name).or_insert(value);
    }
    response
}

/// Answers those who show a token or the cookie of a login; a viewer changes nothing. Handlers find the
/// role as an extension.
pub async fn known(State(app): State<App>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    if let Some(role) = cookie(headers).and_then(|cookie| app.auth.knows_cookie(&cookie)) {
        return allowed(role, request, next).await;
    }
    let bearer = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "))
        .map(str::to_owned);
    let Some(token) = bearer else {
        let detail = "log in with POST /login, or send 'Authorization: Bearer TOKEN'";
        return Problem::new(StatusCode::UNAUTHORIZED, detail).into_response();
    };
    let auth = app.clone();
    // argon2 takes its time.
    let checked = tokio::task::spawn_blocking(move || auth.auth.check(&token)).await;
    match checked.unwrap_or(Err(Refusal::Wrong)) {
        Ok(role) => allowed(role, request, next).await,
        Err(refusal) => refused(refusal).into_response(),
    }
}

async fn allowed(role: Role, mut request: Request, next: Next) -> Response {
    let looks = matches!(*request.method(), Method::GET | Method::HEAD);
    if role == Role::Viewer && !looks {
        return viewer().into_response();
    }
    request.extensions_mut().insert(role);
    next.run(request).await
}

/// The problem of a viewer that would change something.
pub fn viewer() -> Problem {
    let detail = "this is a viewer's token: it sees everything and changes nothing";
    Problem::new(StatusCode::FORBIDDEN, detail)
}

/// The problem of a token that was not taken.
pub fn refused(refusal: Refusal) -> Problem {
    match refusal {
        Refusal::Wrong => Problem::new(StatusCode::UNAUTHORIZED, "the token is another"),
        Refusal::TooMany => {
            Problem::new(StatusCode::TOO_MANY_REQUESTS, "too many wrong tokens").retry_after(60)
        }
    }
}

fn cookie(headers: &HeaderMap) -> Option<String> {
    let cookies = headers.get_all(header::COOKIE).iter();
    let texts = cookies.filter_map(|value| value.to_str().ok());
    let mut pairs = texts.flat_map(|text| text.split(';'));
    pairs.find_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        (name == COOKIE).then(|| value.to_owned())
    })
}

/// Another name that leads here may be a foreign site's, rebound to this machine.
fn is_this_machine(host: &str) -> bool {
    let name = host.rsplit_once(':').map_or(host, |(name, port)| {
        if port.bytes().all(|byte| byte.is_ascii_digit()) {
            name
        } else {
            host
        }
    });
    matches!(name, "127.0.0.1" | "localhost" | "[::1]")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_are_its_own() {
        for own in [
            "127.0.0.1:8470",
            "localhost",
            "localhost:1",
            "[::1]:8470",
            "[::1]",
        ] {
            assert!(is_this_machine(own), "{own}");
        }
        for other in [
            "evil.example",
            "127.0.0.1.evil.example:80",
            "localhost.evil:80",
            "",
        ] {
            assert!(!is_this_machine(other), "{other}");
        }
    }
}
