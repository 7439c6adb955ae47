//! Counts, as Prometheus reads them.

use std::fmt::Write as _;
use std::sync::atomic::Ordering;

use super::session::State;
use super::state::App;

/// All metrics as text.
pub fn text(app: &App) -> String {
    let mut text = String::new();
    let mut metric = |name: &str, kind: &str, help: &str, lines: &[(String, f64)]| {
        let _ = writeln!(
            text,
            "# HELP aliyarface_{name} {help}\n# TYPE aliyarface_{name} {kind}"
        );
        for (labels, value) in lines {
            let _ = writeln!(text, "aliyarface_{name}{labels} {value}");
        }
    };
    let one = |value: f64| [(String::new(), value)];
    metric(
        "sessions_total",
        "counter",
        "Sessions that began.",
        &one(app.began.load(Ordering::Relaxed) as f64),
    );
    let sessions = app.all();
    let infos: Vec<_> = sessions.iter().map(|session| session.info()).collect();
    let open = infos
        .iter()
        .filter(|info| !matches!(info.state, State::Ended | State::Failed));
    metric(
        "sessions",
        "gauge",
        "Sessions that go on.",
        &one(open.count() as f64),
    );
    metric(
        "sessions_most",
        "gauge",
        "Sessions that may go on at once.",
        &one(app.quota.most() as f64),
    );
    if let Some(ms) = app.quota.cost() {
        metric(
            "picture_cost_milliseconds",
            "gauge",
            "Processor time that a picture costs.",
            &one(ms),
        );
    }
    let counts = app.notifier.counts();
    metric(
        "events_delivered_total",
        "counter",
        "Messages that webhooks and brokers took.",
        &one(counts.delivered.load(Ordering::Relaxed) as f64),
    );
    metric(
        "events_lost_total",
        "counter",
        "Messages that were given up.",
        &one(counts.lost.load(Ordering::Relaxed) as f64),
    );
    let each = |value: fn(&super::session::SessionInfo) -> Option<f64>| -> Vec<(String, f64)> {
        let lines = infos.iter().filter_map(|info| {
            let labels = format!("{{session=\"{}\"}}", info.id);
            value(info).map(|value| (labels, value))
        });
        lines.collect()
    };
    metric(
        "frames_in_total",
        "counter",
        "Pictures that came.",
        &each(|info| Some(info.frames_in as f64)),
    );
    metric(
        "frames_read_total",
        "counter",
        "Pictures that were read.",
        &each(|info| Some(info.frames_read as f64)),
    );
    metric(
        "frames_skipped_total",
        "counter",
        "Pictures that were not.",
        &each(|info| Some(info.skipped as f64)),
    );
    metric(
        "faces",
        "gauge",
        "Faces in the newest picture.",
        &each(|info| Some(f64::from(info.faces))),
    );
    metric(
        "latency_milliseconds",
        "gauge",
        "Median time from a picture's coming to its result.",
        &each(|info| info.latency_ms),
    );
    text
}
