//! Servers that are none, and servers that misbehave: the picture goes on, and one warning says why.

use std::net::TcpListener;
use std::thread;
use std::time::Duration;

use gstaliyarface::analysis::NEUTRAL_UNITS;
use gstaliyarface::metadata::FaceMeta;

use super::fake::{
    Reply, Talk, begins, last_words, next_message, next_picture, place, respond, result,
    result_with_neutrals, send, serve, serve_version, silent,
};
use super::stream::Stream;

/// A live camera that needs no model: nothing is read on this machine.
const CAMERA: &str =
    "videotestsrc is-live=true ! video/x-raw,format=I420,width=320,height=240,framerate=30/1";

fn stream(server: &str) -> Stream {
    Stream::start(
        CAMERA,
        &format!("server={server} token=secret remote-fallback=none"),
    )
}

/// Plays on until `trouble` is known; pictures came as fast as ever, and there was one warning.
fn goes_on(server: &str, error: &str, words: &str) {
    let mut stream = stream(server);
    stream.until(error, |stream| !stream.run.warnings.is_empty());
    let (before, start) = (stream.run.frames.len(), std::time::Instant::now());
    stream.pass(Duration::from_secs(2));
    let passed = stream.run.frames.len() - before;
    let due = (start.elapsed().as_secs_f64() * 30.0) as usize;
    assert!(
        passed * 10 > due * 8,
        "{server}: {passed} of {due} pictures"
    );
    assert_eq!(stream.run.warnings.len(), 1, "{:?}", stream.run.warnings);
    assert!(
        stream.run.warnings[0].contains(words),
        "{:?}",
        stream.run.warnings
    );
    assert!(
        stream.run.frames.iter().all(|(_, meta)| meta.is_none()),
        "nothing is attached"
    );
    assert_eq!(
        stream.stats().unwrap().get::<String>("error").unwrap(),
        error
    );
}

/// Checks all `cases` at once: most of their time they wait.
fn each<T: Send>(cases: impl IntoIterator<Item = T>, check: impl Fn(T) + Sync) {
    thread::scope(|scope| {
        for case in cases {
            scope.spawn(|| check(case));
        }
    });
}

#[test]
fn an_address_that_is_none_is_told_of() {
    let cases = [
        ("http//wrong", "server=wss://HOST:8470"),
        ("ftp://host", "wss://"),
    ];
    each(cases, |(server, words)| {
        goes_on(server, "wrong-address", words)
    });
}

#[test]
fn a_machine_on_which_nobody_listens_is_told_of() {
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    goes_on(
        &format!("ws://127.0.0.1:{port}"),
        "unreachable",
        "cannot be reached",
    );
}

#[test]
fn every_refusal_is_told_apart() {
    let cases: [(Reply, &str, &str); 6] = [
        (
            |_, stream| respond(stream, "404 Not Found", "<html>"),
            "no-server",
            "no 'aliyarface serve'",
        ),
        (
            |_, stream| respond(stream, "200 OK", "[]"),
            "no-server",
            "begins no session",
        ),
        (
            |_, stream| respond(stream, "401 Unauthorized", r#"{"detail":"no"}"#),
            "refused",
            "token",
        ),
        (
            |_, stream| respond(stream, "503 Full", r#"{"detail":"4 sessions"}"#),
            "full",
            "as many sessions",
        ),
        (
            |_, stream| respond(stream, "422 No", r#"{"detail":"unknown variant device"}"#),
            "other-version",
            "another version",
        ),
        (
            |_, stream| {
                use std::io::Write;
                let _ = stream.write_all(b"SSH-2.0-OpenSSH_9\r\n");
            },
            "no-server",
            "speaks no HTTP",
        ),
    ];
    each(cases, |(reply, error, words)| {
        goes_on(&serve(reply, silent), error, words);
    });
}

#[test]
fn a_server_of_another_version_is_told_of() {
    each(["", "aliyarface.v2"], |version| {
        let address = serve_version(version, begins, silent);
        goes_on(&address, "other-version", "another version");
    });
}

#[test]
fn a_server_that_knows_other_action_units_is_told_of_once_and_read_from() {
    let fewer: Talk = |socket| {
        while let Some((seq, time)) = next_picture(socket) {
            send(
                socket,
                result_with_neutrals(seq, time, Some(NEUTRAL_UNITS - 1)),
            );
        }
    };
    let more: Talk = |socket| {
        while let Some((seq, time)) = next_picture(socket) {
            send(
                socket,
                result_with_neutrals(seq, time, Some(NEUTRAL_UNITS + 1)),
            );
        }
    };
    let cases = [
        (fewer, NEUTRAL_UNITS - 1, "on the server"),
        (more, NEUTRAL_UNITS + 1, "on this device"),
    ];
    each(cases, |(talk, count, older)| {
        let mut stream = stream(&serve(begins, talk));
        stream.until("a warning", |stream| !stream.run.warnings.is_empty());
        let before = stream.run.frames.len();
        stream.pass(Duration::from_secs(2));
        let [warning] = &stream.run.warnings[..] else {
            panic!("{:?}", stream.run.warnings);
        };
        let numbers = format!("server knows {count} Action Units, this device {NEUTRAL_UNITS}");
        assert!(
            warning.contains(&numbers) && warning.contains(older),
            "{warning}"
        );
        let stats = stream.stats().unwrap();
        assert_eq!(
            stats.get::<u32>("server-action-units"),
            Ok(count as u32),
            "{stats}"
        );
        assert_eq!(stats.get::<String>("error").unwrap(), "none");
        let frames = &stream.run.frames[before..];
        let faces = |meta: &Option<FaceMeta>| meta.as_ref().is_some_and(|m| !m.faces.is_empty());
        assert!(frames.iter().any(|(_, meta)| faces(meta)));
    });
}

#[test]
fn messages_that_are_none_are_told_of_once() {
    let cases: [(Talk, &str); 5] = [
        // Cut off.
        (
            |socket| {
                while let Some((seq, time)) = next_picture(socket) {
                    let mut bytes = result(seq, time);
                    bytes.truncate(bytes.len() / 2);
                    if !send(socket, bytes) {
                        return;
                    }
                }
            },
            "cannot be unpacked",
        ),
        // Of hostile size.
        (
            |socket| {
                while next_picture(socket).is_some() {
                    if !send(socket, vec![7; 9 << 20]) {
                        return;
                    }
                }
            },
            "says what cannot be",
        ),
        // Of nothing that was asked.
        (
            |socket| {
                while let Some((seq, time)) = next_picture(socket) {
                    for other in 0..200 {
                        if !send(socket, result(seq + 1000 + other, time)) {
                            return;
                        }
                    }
                }
            },
            "nothing that was asked",
        ),
        // Text that is no JSON.
        (
            |socket| {
                while next_picture(socket).is_some() {
                    if socket.send("hello".into()).is_err() {
                        return;
                    }
                }
            },
            "says what cannot be",
        ),
        // Noise.
        (
            |socket| {
                while let Some((seq, _)) = next_picture(socket) {
                    let mut bytes = seq.to_le_bytes().to_vec();
                    bytes.extend(
                        (0..5000u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8),
                    );
                    if !send(socket, bytes) {
                        return;
                    }
                }
            },
            "cannot be unpacked",
        ),
    ];
    each(cases, |(talk, words)| {
        goes_on(&serve(begins, talk), "nonsense", words);
    });
}

#[test]
fn answers_doubled_delayed_and_out_of_order_come_to_the_frames_they_belong_to() {
    let talk: Talk = |socket| {
        let mut held: Vec<(u32, u64)> = Vec::new();
        while let Some(picture) = next_picture(socket) {
            held.push(picture);
            if held.len() < 2 {
                continue;
            }
            // The newer first, each twice, one a little later.
            for (seq, time) in held.drain(..).rev() {
                if !send(socket, result(seq, time)) || !send(socket, result(seq, time)) {
                    return;
                }
                thread::sleep(Duration::from_millis(15));
            }
        }
    };
    let mut stream = stream(&serve(begins, talk));
    stream.until("results", |stream| stream.count("results-remote") > 60);
    assert_eq!(
        stream.run.warnings.len(),
        usize::from(stream.count("unexpected") > 64)
    );
    let (mut newest, mut seen) = (0, 0);
    for (pts, meta) in &stream.run.frames {
        let Some(meta) = meta else { continue };
        assert!(meta.analysis_pts <= *pts && meta.analysis_pts >= newest);
        newest = meta.analysis_pts;
        assert_eq!(
            meta.faces[0].rect.x,
            place(meta.analysis_pts),
            "the result is of this frame"
        );
        seen += 1;
    }
    assert!(seen > 30, "{seen}");
    assert!(
        stream.count("unexpected") > 20,
        "the second of each is of no use"
    );
}

#[test]
fn a_server_that_says_nothing_is_given_up_and_tried_again() {
    let mut stream = stream(&serve(
        |_, _| thread::sleep(Duration::from_secs(60)),
        silent,
    ));
    stream.until("the end of patience", |stream| {
        !stream.run.warnings.is_empty()
    });
    assert!(
        stream.run.warnings[0].contains("in time"),
        "{:?}",
        stream.run.warnings
    );
    assert!(stream.run.frames.len() > 150, "{}", stream.run.frames.len());
}

#[test]
fn where_results_are_late_a_covered_picture_stays_covered() {
    // Answers for two seconds, then nothing more.
    let talk: Talk = |socket| {
        let start = std::time::Instant::now();
        while let Some((seq, time)) = next_picture(socket) {
            if start.elapsed() < Duration::from_secs(2) && !send(socket, result(seq, time)) {
                return;
            }
        }
    };
    let address = serve(begins, talk);
    let words = format!("server={address} remote-fallback=none anonymize=mesh-only");
    let mut covered = Stream::start(CAMERA, &words);
    covered.until("results", |stream| stream.count("results-remote") > 10);
    covered.pass(Duration::from_secs(5));
    let values = covered.last_luma();
    assert!(
        values.len() <= 2,
        "a frame with late results is of one colour: {values:?}"
    );
}

#[test]
fn a_file_waits_for_each_result_and_for_the_last_words_of_a_slow_server() {
    // Slower than a live stream waits for either.
    let talk: Talk = |socket| {
        while let Some((seq, time)) = next_message(socket) {
            let answer = match time {
                Some(time) if time == 100_000_000 => {
                    thread::sleep(Duration::from_secs(9));
                    result(seq, time)
                }
                Some(time) => result(seq, time),
                None => {
                    thread::sleep(Duration::from_secs(2));
                    last_words(seq)
                }
            };
            if !send(socket, answer) {
                return;
            }
        }
    };
    let words = format!(
        "server={} token=secret remote-fallback=none analysis-mode=sync",
        serve(begins, talk)
    );
    let camera = CAMERA.replace("is-live=true", "num-buffers=5");
    let run = Stream::start(&camera.replace("framerate=30/1", "framerate=10/1"), &words).finish();
    assert_eq!(run.warnings, [""; 0]);
    assert_eq!(run.frames.len(), 5);
    for (pts, meta) in &run.frames {
        let meta = meta.as_ref().unwrap();
        assert_eq!(meta.analysis_pts, *pts);
        assert_eq!(meta.faces[0].rect.x, place(*pts));
    }
    let names = run
        .events
        .iter()
        .map(|event| event.get::<String>("event").unwrap());
    assert_eq!(names.collect::<Vec<_>>(), ["eyes-reopened", "face-lost"]);
}
