//! Who is let in, from where, and how many at once.

use std::path::Path;

use serde_json::json;

use crate::client::Server;

#[test]
fn without_the_token_nothing_is_answered_but_whether_it_lives() {
    let server = Server::start("token", &[]);
    assert_eq!(server.plain("GET", "/healthz", &[], b"").status, 200);
    for (method, path) in [
        ("GET", "/sessions"),
        ("POST", "/sessions"),
        ("GET", "/uploads"),
        ("GET", "/uploads/sample/file"),
        ("GET", "/metrics"),
        ("GET", "/models"),
    ] {
        let answer = server.plain(method, path, &[], b"");
        assert_eq!(answer.status, 401, "{method} {path}");
        assert!(
            answer.head.contains("application/problem+json"),
            "{}",
            answer.head
        );
        assert_eq!(answer.json()["status"], 401);
    }
    assert_eq!(server.ask("GET", "/sessions", None).status, 200);
}

#[test]
fn a_browser_that_logs_in_gets_a_cookie_that_no_script_reads() {
    let server = Server::start("cookie", &[]);
    let json = [("Content-Type", "application/json")];
    let body = json!({ "token": server.token }).to_string();
    let answer = server.plain("POST", "/login", &json, body.as_bytes());
    assert_eq!(answer.status, 204);
    let line = answer
        .head
        .lines()
        .find(|line| line.to_lowercase().starts_with("set-cookie"));
    let cookie = line.unwrap().split_once(": ").unwrap().1;
    assert!(
        cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"),
        "{cookie}"
    );
    let cookie = cookie.split(';').next().unwrap();
    let asked = server.plain("GET", "/sessions", &[("Cookie", cookie)], b"");
    assert_eq!(asked.status, 200);
}

#[test]
fn a_viewer_sees_everything_and_changes_nothing() {
    let mut server = Server::start("viewer", &["--viewer-token", "--profile", "safety"]);
    let token = server.next_token();
    let camera = server.begin(&json!({ "kind": "camera" }));
    let bearer = format!("Bearer {token}");
    let headers = [
        ("Authorization", bearer.as_str()),
        ("Content-Type", "application/json"),
    ];
    let one = format!("/sessions/{camera}");
    for path in ["/sessions", one.as_str(), "/uploads", "/me"] {
        assert_eq!(
            server.plain("GET", path, &headers, b"").status,
            200,
            "{path}"
        );
    }
    let me = server.plain("GET", "/me", &headers, b"").json();
    assert_eq!(
        (&me["role"], &me["profile"]),
        (&json!("viewer"), &json!("safety"))
    );
    assert_eq!(server.ask("GET", "/me", None).json()["role"], "operator");
    for (method, path, body) in [
        ("POST", "/sessions", &br#"{"source":{"kind":"camera"}}"#[..]),
        ("PATCH", one.as_str(), b"{}"),
        ("DELETE", one.as_str(), b""),
        ("POST", "/uploads", b"x"),
    ] {
        let refused = server.plain(method, path, &headers, body);
        assert_eq!(refused.status, 403, "{method} {path}: {}", refused.text());
    }
    let operator = std::mem::replace(&mut server.token, token);
    assert!(server.try_socket(&format!("{one}/video"), None).is_err());
    server.token = operator;
    let asked = json!({ "source": { "kind": "camera" }, "settings": { "profile": "full" } });
    assert_eq!(server.ask("POST", "/sessions", Some(&asked)).status, 400);
}

#[test]
fn guessing_the_token_is_soon_refused_for_a_while() {
    let server = Server::start("guess", &[]);
    let json = [("Content-Type", "application/json")];
    let guess = || server.plain("POST", "/login", &json, br#"{"token":"guess"}"#);
    let answers: Vec<_> = (0..6).map(|_| guess()).collect();
    assert!(answers[..5].iter().all(|answer| answer.status == 401));
    assert_eq!(answers[5].status, 429);
    assert!(
        answers[5].head.to_lowercase().contains("retry-after: 60"),
        "{}",
        answers[5].head
    );
}

#[test]
fn another_sites_page_and_another_name_of_this_machine_are_turned_away() {
    let server = Server::start("origin", &[]);
    let bearer = format!("Bearer {}", server.token);
    let own = format!("http://{}", server.address());
    let asked = |origin: &str| {
        let headers = [
            ("Authorization", bearer.as_str()),
            ("Content-Type", "application/json"),
            ("Origin", origin),
        ];
        server.plain(
            "POST",
            "/sessions",
            &headers,
            br#"{"source":{"kind":"camera"}}"#,
        )
    };
    assert_eq!(asked("http://evil.example").status, 403);
    assert_eq!(asked("null").status, 403);
    assert_eq!(asked(&own).status, 201);
    let rebound = server.plain("GET", "/healthz", &[("Host", "evil.example")], b"");
    assert_eq!(rebound.status, 421);
    let id = server.begin(&json!({ "kind": "camera" }));
    let video = format!("/sessions/{id}/video");
    assert!(
        server
            .try_socket(&video, Some("http://evil.example"))
            .is_err()
    );
    assert!(server.try_socket(&video, Some(&own)).is_ok());
}

#[test]
fn the_page_may_load_nothing_from_elsewhere() {
    let server = Server::start("page", &[]);
    let page = server.plain("GET", "/", &[], b"");
    assert_eq!(page.status, 200);
    assert!(page.head.contains("text/html"), "{}", page.head);
    let policy = page
        .head
        .lines()
        .find(|line| line.starts_with("content-security-policy"));
    assert!(
        policy
            .unwrap()
            .contains("default-src 'none'; script-src 'self'")
    );
    let files = page_files(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/web")));
    assert!(files.iter().any(|file| file == "main.js"), "{files:?}");
    for file in files {
        let answer = server.plain("GET", &format!("/{file}"), &[], b"");
        assert_eq!(answer.status, 200, "{file}");
        let foreign = answer.text().replace("http://www.w3.org/2000/svg", "");
        assert!(
            !foreign.contains("http://") && !foreign.contains("https://"),
            "{file}"
        );
        assert!(
            !foreign.contains(" style=\""),
            "{file}: the policy forbids it"
        );
    }
    assert_eq!(server.plain("GET", "/../Cargo.toml", &[], b"").status, 404);
}

#[test]
fn one_session_more_than_the_machine_carries_is_told_to_come_again() {
    let server = Server::start("quota", &["--max-sessions", "1"]);
    let first = server.begin(&json!({ "kind": "camera" }));
    let more = json!({ "source": { "kind": "camera" } });
    let refused = server.ask("POST", "/sessions", Some(&more));
    assert_eq!(refused.status, 503);
    assert!(
        refused.head.to_lowercase().contains("retry-after: 10"),
        "{}",
        refused.head
    );
    assert_eq!(
        server
            .ask("DELETE", &format!("/sessions/{first}"), None)
            .status,
        204
    );
    server.begin(&json!({ "kind": "camera" }));
}

#[test]
fn a_repeated_request_finds_the_session_of_the_first() {
    let server = Server::start("key", &[]);
    let bearer = format!("Bearer {}", server.token);
    let begin = |key: &str| {
        let headers = [
            ("Authorization", bearer.as_str()),
            ("Content-Type", "application/json"),
            ("Idempotency-Key", key),
        ];
        server.plain(
            "POST",
            "/sessions",
            &headers,
            br#"{"source":{"kind":"camera"}}"#,
        )
    };
    let (first, again, other) = (begin("one"), begin("one"), begin("two"));
    assert_eq!((first.status, again.status, other.status), (201, 200, 201));
    assert_eq!(first.json()["id"], again.json()["id"]);
    assert_ne!(first.json()["id"], other.json()["id"]);
}

#[test]
fn bodies_that_make_no_sense_are_problems_and_the_server_goes_on() {
    let server = Server::start("bodies", &[]);
    for body in [
        json!(null),
        json!({}),
        json!({ "source": { "kind": "telepathy" } }),
        json!({ "source": { "kind": "camera" }, "settings": { "max-faces": 51 } }),
        json!({ "source": { "kind": "camera" }, "settings": { "model-path": "/etc" } }),
        json!({ "source": { "kind": "upload", "id": "../../etc/passwd" } }),
    ] {
        let answer = server.ask("POST", "/sessions", Some(&body));
        assert!(
            (400..500).contains(&answer.status),
            "{body}: {}",
            answer.status
        );
    }
    assert_eq!(server.ask("GET", "/sessions/nobody", None).status, 404);
    assert_eq!(server.ask("GET", "/sessions", None).json()["total"], 0);
}

#[test]
fn the_document_describes_every_route() {
    let server = Server::start("openapi", &[]);
    let document = server.plain("GET", "/openapi.json", &[], b"").json();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let paths = document["paths"].as_object().unwrap();
    for path in [
        "/healthz",
        "/readyz",
        "/login",
        "/sessions",
        "/sessions/{id}",
        "/sessions/{id}/video",
        "/sessions/{id}/live",
        "/sessions/{id}/records.jsonl",
        "/sessions/{id}/records.csv",
        "/sessions/{id}/events",
        "/sessions/{id}/calibrate",
        "/sessions/{id}/reset-baseline",
        "/uploads",
        "/uploads/{id}",
        "/uploads/{id}/file",
        "/models",
        "/metrics",
    ] {
        assert!(paths.contains_key(path), "{path}");
    }
}

#[test]
fn an_address_of_the_network_is_refused() {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_aliyarface"))
        .args(["serve", "--address", "0.0.0.0"])
        .output()
        .unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("TLS"));
}

/// Paths of the page's own texts, relative to `root`.
fn page_files(root: &Path) -> Vec<String> {
    let mut files = Vec::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path
                .strip_prefix(root)
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned();
            if path.is_dir() {
                folders.push(path);
            } else if [".html", ".css", ".js"]
                .iter()
                .any(|end| name.ends_with(end))
            {
                files.push(name);
            }
        }
    }
    files
}
