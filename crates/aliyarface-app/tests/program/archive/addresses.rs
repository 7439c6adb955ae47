//! Files that lie behind addresses.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::broker::{Broker, picture};
use crate::support::{aliyarface, printed, scratch};

/// Serves the files of `folder`, whatever the folders of their addresses; those of the bucket `films` to who signs.
fn serve(folder: PathBuf) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let asked = lines.next().unwrap().unwrap();
            lines
                .take_while(|line| line.as_ref().is_ok_and(|line| !line.is_empty()))
                .count();
            let address = asked.split(' ').nth(1).unwrap();
            let (path, query) = address.split_once('?').unwrap_or((address, ""));
            let signed = ["X-Amz-Signature=", "X-Amz-Credential=someone%2F"];
            let refused =
                path.starts_with("/films/") && !signed.iter().all(|part| query.contains(part));
            let file = folder.join(path.rsplit('/').next().unwrap());
            let bytes = fs::read(file).unwrap_or_default();
            let status = if refused || bytes.is_empty() {
                "403 Forbidden"
            } else {
                "200 OK"
            };
            let head = format!(
                "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                bytes.len()
            );
            // Who goes away early is none of ours.
            let _ = stream
                .write_all(head.as_bytes())
                .and_then(|()| stream.write_all(&bytes));
        }
    });
    port
}

#[test]
fn files_behind_addresses_are_read_where_a_worker_may_and_collected_as_tables() {
    let folder = scratch("archive-addresses");
    let (videos, out) = (folder.join("videos"), folder.join("out"));
    fs::create_dir(&videos).unwrap();
    for (number, name) in ["a.jpg", "b.jpg", "c.jpg"].iter().enumerate() {
        picture(&videos.join(name), number as u32);
    }
    let (port, other) = (serve(videos.clone()), serve(videos.clone()));
    let list = folder.join("list.txt");
    let lines = [
        format!("http://127.0.0.1:{port}/open/a.jpg?word=secret"),
        "s3://films/b.jpg".to_owned(),
        format!("http://127.0.0.1:{other}/open/c.jpg"),
    ];
    fs::write(&list, lines.join("\n")).unwrap();
    let broker = Broker::start(folder.join("broker"));
    let typed = |user: &str, words: &[&str]| {
        let mut program = Command::new(env!("CARGO_BIN_EXE_aliyarface"));
        program
            .args(words)
            .args(["--nats", &broker.url(user)])
            .env("AWS_ACCESS_KEY_ID", "someone")
            .env("AWS_SECRET_ACCESS_KEY", "something")
            .env("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{port}"));
        program.output().unwrap()
    };
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    let said = printed(&typed("archivist", &["submit", "--list", &text(&list)]));
    assert!(said.contains("3 new jobs"), "{said}");
    let source = format!("http://127.0.0.1:{port}/");
    let out = text(&out);
    let words = [
        "worker",
        "--until-done",
        "--wait",
        "20",
        "--source",
        &source,
        "--output",
        &out,
    ];
    printed(&typed("worker", &words));

    let state = broker.state();
    assert_eq!(state["counts"]["done"], 2, "{state}");
    let dead = state["dead"].as_array().unwrap();
    let reason = dead[0]["reason"].as_str().unwrap();
    assert!(
        dead.len() == 1 && reason.contains("allows no such address"),
        "{state}"
    );
    let set = folder.join("set");
    let words = ["collect", "--format", "csv", &text(&set)];
    let said = printed(&typed("archivist", &words));
    assert!(said.contains("2 of 2"), "{said}");
    let table = fs::read_to_string(set.join("files.csv")).unwrap();
    assert!(!table.contains("secret"), "{table}");
    let alone = folder.join("alone.csv");
    printed(&aliyarface(&[
        "analyse",
        &text(&videos.join("a.jpg")),
        "-o",
        &text(&alone),
    ]));
    let row = table
        .lines()
        .find(|row| row.contains("/open/a.jpg"))
        .unwrap();
    let id = row.split(',').next().unwrap();
    let collected = fs::read_to_string(set.join(format!("{id}.csv"))).unwrap();
    assert!(
        collected == fs::read_to_string(alone).unwrap(),
        "another table than a single machine writes"
    );
}
