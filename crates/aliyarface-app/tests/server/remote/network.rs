//! Links that are far, lossy, slow or cut: `make test-remote`.

use std::time::{Duration, Instant};

use super::slow_link::{Conditions, SlowLink};
use super::stream::{Stream, camera};
use crate::client::Server;

/// How long each link is watched.
const WATCHED: Duration = Duration::from_secs(12);

fn far(round_trip: u64, loss: f64, rate: u64) -> Conditions {
    Conditions {
        round_trip: Duration::from_millis(round_trip),
        loss,
        rate,
        cut: false,
    }
}

/// A stream over a link, once results flow.
fn over(server: &Server, conditions: Conditions, words: &str) -> (SlowLink, Stream) {
    let link = SlowLink::new(server.address().parse().unwrap(), conditions).unwrap();
    let words = format!(
        "server=ws://{} token={} {words}",
        link.address(),
        server.token
    );
    let mut stream = Stream::start(&camera(), &words);
    stream.until("results", |stream| stream.count("results-remote") >= 10);
    (link, stream)
}

/// Median and 95th percentile of the lag in ms.
fn lag(stream: &Stream) -> [f64; 2] {
    let lag: gst::Structure = stream.stats().unwrap().get("lag").unwrap();
    ["p50", "p95"].map(|part| lag.get::<u64>(part).unwrap() as f64 / 1e6)
}

/// The longest time a picture was held, of 99 in 100, in ms.
fn held(stream: &Stream) -> f64 {
    use gst::prelude::*;
    let stats: gst::Structure = stream.element.property("stats");
    let held: gst::Structure = stats.get("held").unwrap();
    held.get::<u64>("p99").unwrap() as f64 / 1e6
}

/// Nothing is attached to a frame it does not belong to.
fn check(stream: &Stream) {
    let stamps: Vec<u64> = stream.run.frames.iter().map(|(pts, _)| *pts).collect();
    for (pts, meta) in &stream.run.frames {
        if let Some(meta) = meta {
            assert!(meta.analysis_pts <= *pts && stamps.contains(&meta.analysis_pts));
        }
    }
}

#[test]
#[ignore = "make test-remote"]
fn far_lossy_and_slow_links_bring_results_and_hold_no_picture() {
    let server = Server::start("remote-links", &[]);
    println!(
        "| round trip | loss | rate | codec | read of 30/s | lag p50 | lag p95 | up | held p99 |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    for (round_trip, loss, rate, codec) in [
        (0, 0.0, 0, "jpeg"),
        (0, 0.0, 0, "h264"),
        (20, 0.0, 0, "jpeg"),
        (80, 0.0, 0, "jpeg"),
        (200, 0.0, 0, "jpeg"),
        (80, 0.01, 0, "h264"),
        (80, 0.05, 0, "h264"),
        (20, 0.0, 1_000_000, "jpeg"),
        (20, 0.0, 1_000_000, "h264"),
    ] {
        let words = format!("remote-fallback=none remote-codec={codec}");
        let (_link, mut stream) = over(&server, far(round_trip, loss, rate), &words);
        stream.pass(Duration::from_secs(3));
        let (before, frames, start) = (
            stream.count("results-remote"),
            stream.run.frames.len(),
            Instant::now(),
        );
        stream.pass(WATCHED);
        let seconds = start.elapsed().as_secs_f64();
        let read = (stream.count("results-remote") - before) as f64 / seconds;
        let passed = (stream.run.frames.len() - frames) as f64 / seconds;
        let [median, high] = lag(&stream);
        let up = stream.count("bits-per-second-sent") as f64 / 1e6;
        println!(
            "| {round_trip} ms | {:.0} % | {} | {codec} | {read:.1} | {median:.0} ms | {high:.0} ms | {up:.2} Mbit/s | {:.2} ms |",
            loss * 100.0,
            if rate == 0 {
                "-".to_owned()
            } else {
                format!("{} Mbit/s", rate / 1_000_000)
            },
            held(&stream),
        );
        check(&stream);
        assert!(read > 2.0, "{read} results a second");
        assert!(passed > 24.0, "{passed} pictures a second");
        assert_eq!(stream.run.warnings, [""; 0]);
    }
}

#[test]
#[ignore = "make test-remote"]
fn a_link_cut_for_ten_seconds_is_told_of_once_and_the_person_keeps_id_and_neutral() {
    let server = Server::start("remote-cut", &[]);
    let (link, mut stream) = over(&server, far(20, 0.0, 0), "");
    // A neutral takes three seconds to learn, and two more to be told.
    stream.pass(Duration::from_secs(8));
    link.set(Conditions {
        cut: true,
        ..far(20, 0.0, 0)
    });
    stream.pass(Duration::from_secs(10));
    assert_eq!(stream.run.warnings.len(), 1, "{:?}", stream.run.warnings);
    let here = stream.count("results-local");
    assert!(here > 20, "{here} results of this machine");
    let there = stream.count("results-remote");
    link.set(far(20, 0.0, 0));
    stream.until("results again", |stream| {
        stream.count("results-remote") > there + 30
    });
    assert_eq!(stream.run.warnings.len(), 1);
    assert_eq!(
        stream
            .run
            .infos
            .iter()
            .filter(|info| info.contains("reads again"))
            .count(),
        1
    );
    check(&stream);
    let metas = stream
        .run
        .frames
        .iter()
        .filter_map(|(_, meta)| meta.as_ref());
    let ids: Vec<u32> = metas
        .flat_map(|meta| meta.faces.iter().map(|face| face.id.number()))
        .collect();
    assert!(ids.iter().all(|id| *id == 1), "one person, one id");
    // At once: it was told, not learned again.
    let states = stream
        .run
        .frames
        .iter()
        .rev()
        .take(20)
        .filter_map(|(_, meta)| meta.as_ref());
    let states = states.flat_map(|meta| {
        meta.faces
            .iter()
            .filter_map(|face| face.action_units.as_ref())
    });
    assert!(states.clone().count() > 0);
    assert!(
        states
            .map(|units| units.baseline.name())
            .all(|name| name == "ready")
    );
}

#[test]
#[ignore = "make test-remote"]
fn two_servers_read_two_streams_of_one_process_and_neither_hears_of_the_other() {
    let servers = [
        Server::start("remote-one", &[]),
        Server::start("remote-two", &[]),
    ];
    let mut streams = servers
        .each_ref()
        .map(|server| over(server, Conditions::default(), "remote-fallback=none").1);
    for _ in 0..40 {
        for stream in &mut streams {
            stream.pass(Duration::from_millis(50));
        }
    }
    for stream in &streams {
        check(stream);
        assert!(stream.count("results-remote") > 20);
    }
    let [first, second] = servers;
    drop(first);
    streams[0].until("a warning", |stream| !stream.run.warnings.is_empty());
    let before = streams[1].count("results-remote");
    streams[1].until("the other goes on", |stream| {
        stream.count("results-remote") > before + 20
    });
    assert_eq!(streams[1].run.warnings, [""; 0]);
    drop(second);
}

/// A device whose camera shows the face `number` steps of two pixels from the first one's.
fn device(number: i32) -> String {
    let shift = number * 2 - 48;
    format!(
        "filesrc location={} ! jpegdec ! videoconvertscale ! video/x-raw,format=I420,width=320,height=240,pixel-aspect-ratio=1/1 \
         ! videobox left={} right={shift} ! imagefreeze num-buffers=8 ! video/x-raw,framerate=10/1",
        crate::client::sample("single_face.jpg").display(),
        -shift,
    )
}

#[test]
#[ignore = "make test-remote"]
fn the_results_of_forty_eight_devices_are_never_mixed() {
    let server = Server::start("remote-many", &["--max-sessions", "48"]);
    let words = format!(
        "server=ws://{} token={} analysis-mode=sync emotions=false action-units=false micro-expressions=false \
         remote-codec=raw remote-fallback=none",
        server.address(),
        server.token
    );
    super::stream::init();
    let start = Instant::now();
    // The number in the picture is where the face is.
    let places: Vec<f64> = std::thread::scope(|scope| {
        let devices = (0..48).map(|number| {
            let words = &words;
            scope.spawn(move || {
                let run = Stream::start(&device(number), words).finish();
                assert_eq!(run.warnings, [""; 0], "{number}");
                assert_eq!(run.frames.len(), 8);
                let places = run.frames.iter().map(|(pts, meta)| {
                    let meta = meta.as_ref().unwrap_or_else(|| panic!("{number} at {pts}"));
                    assert_eq!(meta.analysis_pts, *pts);
                    assert_eq!(meta.faces.len(), 1, "{number}");
                    meta.faces[0].rect.x * 320.0
                });
                let places: Vec<f64> = places.collect();
                let first = places[0];
                assert!(
                    places.iter().all(|place| (place - first).abs() < 0.9),
                    "{number}: {places:?}"
                );
                first
            })
        });
        let devices: Vec<_> = devices.collect();
        devices
            .into_iter()
            .map(|device| device.join().unwrap())
            .collect()
    });
    for (number, place) in places.iter().enumerate() {
        let expected = places[24] + (number as f64 - 24.0) * 2.0;
        assert!(
            (place - expected).abs() < 0.95,
            "device {number}: {place:.2} px, its own is {expected:.2}"
        );
    }
    println!(
        "48 devices, 8 pictures each: {:.0} s",
        start.elapsed().as_secs_f64()
    );
}
