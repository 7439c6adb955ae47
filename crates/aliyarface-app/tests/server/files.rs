//! Files that are read whole: the sample, uploads, what is refused.

use std::io::Read;
use std::net::TcpStream;

use gstaliyarface::record::Line;
use serde_json::json;

use crate::client::{PATIENCE, Server, next, sample};

#[test]
fn the_sample_is_read_picture_by_picture_and_its_smile_is_told() {
    let server = Server::start("sample", &[]);
    let uploads = server.ask("GET", "/uploads", None).json();
    assert_eq!(uploads[0]["id"], "sample");
    assert_eq!(
        (&uploads[0]["width"], &uploads[0]["height"]),
        (&json!(640), &json!(360))
    );
    let id = server.begin(&json!({ "kind": "upload", "id": "sample" }));
    let info = server.wait(&id, &["ended", "failed"]);
    assert_eq!(info["state"], "ended", "{info}");

    let records = server.ask("GET", &format!("/sessions/{id}/records.jsonl"), None);
    let lines: Vec<Line> = records
        .text()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(matches!(lines.first(), Some(Line::Header(_))));
    assert!(matches!(lines.last(), Some(Line::End(_))));
    let frames: Vec<_> = lines
        .iter()
        .filter_map(|line| match line {
            Line::Frame(frame) => Some(frame),
            _ => None,
        })
        .collect();
    assert_eq!(frames.len(), 72);
    let last = &frames[71].objects[0];
    assert_eq!(last.readings.emotion.as_deref(), Some("happiness"));

    let table = server.ask("GET", &format!("/sessions/{id}/records.csv"), None);
    let rows: Vec<_> = table.text().lines().collect();
    assert!(
        rows[0].starts_with("frame,") && rows[0].contains("AU12_r"),
        "{}",
        rows[0]
    );
    assert_eq!(rows.len(), 73);

    let parquet = server.ask("GET", &format!("/sessions/{id}/records.parquet"), None);
    assert_eq!(parquet.status, 200);
    assert!(parquet.body.starts_with(b"PAR1") && parquet.body.ends_with(b"PAR1"));
    let report = server.ask("GET", &format!("/sessions/{id}/report"), None);
    assert_eq!(report.status, 200, "{}", report.text());
    assert!(report.text().contains("data:image/png;base64,") && report.head.contains("sandbox"));

    let events = server.ask("GET", &format!("/sessions/{id}/events"), None);
    assert!(
        events.text().contains("emotion-changed"),
        "{}",
        events.text()
    );
    assert!(events.text().lines().count() < 20);
}

#[test]
fn a_reader_that_comes_back_goes_on_where_it_was() {
    let server = Server::start("live", &[]);
    let id = server.begin(&json!({ "kind": "upload", "id": "sample" }));
    server.wait(&id, &["ended"]);
    let all = server.ask("GET", &format!("/sessions/{id}/records.jsonl"), None);
    let count = all.text().lines().count() as u64;
    let mut socket = server.socket(&format!("/sessions/{id}/live?after={}", count - 3));
    let ids: Vec<_> = std::iter::from_fn(|| next(&mut socket))
        .map(|message| message["id"].as_u64().unwrap())
        .collect();
    assert_eq!(ids, [count - 2, count - 1, count]);

    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let head = format!(
        "GET /sessions/{id}/live HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nAuthorization: Bearer {}\r\nLast-Event-ID: {}\r\n\r\n",
        server.address(),
        server.token,
        count - 1
    );
    std::io::Write::write_all(&mut stream, head.as_bytes()).unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    assert!(text.contains("text/event-stream"), "{text}");
    assert!(
        text.contains(&format!("id: {count}")) && !text.contains(&format!("id: {}\n", count - 1))
    );
}

#[test]
fn an_upload_is_looked_into_read_and_deleted() {
    let server = Server::start("upload", &[]);
    let bytes = std::fs::read(sample("single_face.mp4")).unwrap();
    let bearer = format!("Bearer {}", server.token);
    let headers = [("Authorization", bearer.as_str())];
    let sent = server.plain("POST", "/uploads?name=my%20clip.mp4", &headers, &bytes);
    assert_eq!(sent.status, 201, "{}", sent.text());
    let upload = sent.json();
    let keyed = [headers[0], ("Idempotency-Key", "one")];
    let [first, again] = [&bytes, &bytes]
        .map(|bytes| server.plain("POST", "/uploads?name=twice.mp4", &keyed, bytes));
    assert_eq!((first.status, again.status), (201, 200));
    assert_eq!(first.json(), again.json());
    assert_eq!(
        (&upload["name"], &upload["width"]),
        (&json!("my clip.mp4"), &json!(640))
    );
    let id = upload["id"].as_str().unwrap();

    let range = [headers[0], ("Range", "bytes=4-7")];
    let part = server.plain("GET", &format!("/uploads/{id}/file"), &range, b"");
    assert_eq!((part.status, part.body.as_slice()), (206, &bytes[4..8]));

    let session = server.begin(&json!({ "kind": "upload", "id": id }));
    let info = server.wait(&session, &["ended", "failed"]);
    assert_eq!(
        (&info["state"], &info["frames-read"]),
        (&json!("ended"), &json!(72)),
        "{info}"
    );
    assert_eq!(
        server.ask("DELETE", &format!("/uploads/{id}"), None).status,
        204
    );
    assert_eq!(
        server
            .ask("GET", &format!("/uploads/{id}/file"), None)
            .status,
        404
    );
    assert_eq!(server.ask("DELETE", "/uploads/sample", None).status, 403);
}

#[test]
fn a_text_file_an_empty_one_and_one_that_is_too_large_are_refused() {
    let server = Server::start("refused", &["--max-upload", "1"]);
    let bearer = format!("Bearer {}", server.token);
    let headers = [("Authorization", bearer.as_str())];
    let large = vec![0; 3 << 19];
    for (body, status) in [(&b"hello"[..], 415), (&b""[..], 415), (&large, 413)] {
        let answer = server.plain("POST", "/uploads?name=x", &headers, body);
        assert_eq!(
            answer.status,
            status,
            "{} bytes: {}",
            body.len(),
            answer.text()
        );
    }
    assert_eq!(
        server
            .ask("GET", "/uploads", None)
            .json()
            .as_array()
            .unwrap()
            .len(),
        1
    );
}
