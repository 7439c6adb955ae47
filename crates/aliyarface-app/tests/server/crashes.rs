//! What goes wrong in one session stays there.

use std::fs::{self, File};
use std::process::Command;
use std::time::SystemTime;

use serde_json::json;

use crate::camera::{check, fed_as, pictures};
use crate::client::{Server, config, last, next};

const JPEG: u8 = 2;

#[test]
fn a_session_whose_process_is_killed_fails_alone_and_says_why() {
    let server = Server::start("killed", &[]);
    let [first, second] = [0, 1].map(|_| server.begin(&json!({ "kind": "camera" })));
    let pictures = pictures("jpegenc", 60);
    fed_as(&server, &first, &pictures[..3], JPEG);
    let info = server
        .ask("GET", &format!("/sessions/{first}"), None)
        .json();
    let process = info["process"].as_u64().unwrap().to_string();
    let mut socket = server.socket(&format!("/sessions/{first}/video"));
    let killed = Command::new("kill").args(["-ABRT", &process]).status();
    assert!(killed.unwrap().success());
    let info = server.wait(&first, &["failed"]);
    assert!(
        info["reason"].as_str().unwrap().contains("signal 6"),
        "{info}"
    );
    // A socket that waits for an answer learns of it at once, not by its silence.
    assert_eq!(next(&mut socket), None);
    check(&fed_as(&server, &second, &pictures, JPEG));
    assert_eq!(server.ask("GET", "/sessions", None).status, 200);
}

#[test]
fn a_plugin_that_is_installed_under_a_running_server_ends_no_session() {
    let folder = config("installed");
    gst::init().unwrap();
    let plugin = gst::Registry::get().find_plugin("alaw").unwrap();
    let copy = folder.join("libgstalaw.so");
    fs::copy(plugin.filename().unwrap(), &copy).unwrap();
    let path = std::env::var("GST_PLUGIN_PATH").unwrap_or_default();
    let variables = [
        ("GST_PLUGIN_PATH", format!("{path}:{}", folder.display())),
        (
            "GST_REGISTRY",
            folder.join("registry.bin").display().to_string(),
        ),
    ];
    let server = Server::start_with(&folder, &[], &variables);
    // The list of Debian's own plugins is longer than what a session may write.
    let file = File::options().append(true).open(copy).unwrap();
    file.set_modified(SystemTime::now()).unwrap();
    let id = server.begin(&json!({ "kind": "camera" }));
    check(&fed_as(&server, &id, &pictures("jpegenc", 30), JPEG));
}

#[test]
fn a_server_that_ends_says_so_without_a_reason_and_a_session_that_ends_with_one() {
    let server = Server::start("ending", &[]);
    let [first, second] = [0, 1].map(|_| server.begin(&json!({ "kind": "camera" })));
    let [mut first_socket, mut second_socket] =
        [&first, &second].map(|id| server.socket(&format!("/sessions/{id}/video")));
    server.ask("DELETE", &format!("/sessions/{first}"), None);
    let end = last(&mut first_socket).unwrap();
    assert_eq!(
        (u16::from(end.code), &*end.reason),
        (1000, "the session is over")
    );
    server.terminate();
    // A page that is told no reason looks for the server that takes this one's place.
    let end = last(&mut second_socket).unwrap();
    assert_eq!((u16::from(end.code), &*end.reason), (1001, ""));
}

#[test]
fn the_process_of_a_session_that_is_deleted_goes() {
    let server = Server::start("gone", &[]);
    let id = server.begin(&json!({ "kind": "camera" }));
    let info = server.ask("GET", &format!("/sessions/{id}"), None).json();
    let process = format!("/proc/{}", info["process"]);
    assert!(std::path::Path::new(&process).exists(), "{info}");
    let deleted = server.ask("DELETE", &format!("/sessions/{id}"), None);
    assert_eq!(deleted.status, 204);
    assert!(!std::path::Path::new(&process).exists());
}

#[test]
fn a_picture_that_would_fill_the_memory_and_a_list_of_other_files_are_refused() {
    let server = Server::start("hostile", &[]);
    let bearer = format!("Bearer {}", server.token);
    let headers = [("Authorization", bearer.as_str())];
    // The head of a PNG of 60000 x 60000 pixels, whose sums are right.
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\xea\x60\0\0\xea\x60\x08\x02\0\0\0".to_vec();
    png.extend(crc(&png[12..]).to_be_bytes());
    png.extend([0, 0, 0, 0].iter().chain(b"IDAT"));
    png.extend(crc(b"IDAT").to_be_bytes());
    let list = format!(
        "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nhttp://{}/healthz\n#EXT-X-ENDLIST\n",
        server.address()
    );
    let session = "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n";
    for (name, body) in [
        ("large.png", &png[..]),
        ("list.m3u8", list.as_bytes()),
        ("session.sdp", session.as_bytes()),
    ] {
        let answer = server.plain("POST", &format!("/uploads?name={name}"), &headers, body);
        assert_eq!(answer.status, 415, "{name}: {}", answer.text());
    }
    assert_eq!(server.plain("GET", "/healthz", &[], b"").status, 200);
}

fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            (sum >> 1) ^ (0xedb8_8320 * (sum & 1))
        })
    })
}

#[test]
fn the_neutrals_of_people_are_given_and_taken_back() {
    let server = Server::start("baselines", &[]);
    let pictures = pictures("jpegenc", 60);
    let [first, second] = [0, 1].map(|_| server.begin(&json!({ "kind": "camera" })));
    let path = |id: &str| format!("/sessions/{id}/baselines");
    assert_eq!(server.ask("GET", &path(&first), None).status, 409);
    fed_as(&server, &first, &pictures[..20], JPEG);
    // A socket that is open keeps the pipeline.
    let mut socket = server.socket(&format!("/sessions/{first}/video"));
    socket
        .send(crate::camera::message(JPEG, 1, 9_000_000, &pictures[20].1))
        .unwrap();
    crate::client::next(&mut socket).expect("an answer");
    let calibrated = server.ask("POST", &format!("/sessions/{first}/calibrate"), None);
    assert_eq!(calibrated.status, 204);
    socket
        .send(crate::camera::message(JPEG, 2, 9_033_000, &pictures[21].1))
        .unwrap();
    crate::client::next(&mut socket).expect("an answer");
    let told = server.ask("GET", &path(&first), None).json();
    let face = &told["faces"][0];
    assert!(face["face-id"].is_u64() && face["AU12"].is_f64(), "{told}");

    let mut other = server.socket(&format!("/sessions/{second}/video"));
    other
        .send(crate::camera::message(JPEG, 1, 1_000_000, &pictures[0].1))
        .unwrap();
    crate::client::next(&mut other).expect("an answer");
    let taken = server.ask("PUT", &path(&second), Some(&told));
    assert_eq!(
        (taken.status, taken.json()),
        (200, told),
        "as they were given"
    );
    let nonsense = json!({ "faces": [{ "face-id": "one" }] });
    assert_eq!(
        server.ask("PUT", &path(&second), Some(&nonsense)).status,
        409
    );
}
