//! A device whose pictures a server reads, over a slow link that is cut and healed: a table, a chart, three pictures.
//!
//! remote_demo --server URL --token TOKEN [--certificate FILE] --picture FILE.jpg --output FOLDER

mod watch;

use std::net::{SocketAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::time::Duration;

use aliyarface_labs::panels::{BLUE, DARK, GREEN, ORANGE, Panel, Timeline, draw_over};
use aliyarface_labs::slow_link::{Conditions, SlowLink};
use anyhow::{Context, Result, bail};
use clap::Parser;

use watch::{Device, Phase, SecondMeasures};

/// Shows an analysis on a server over a slow link.
#[derive(Parser)]
struct Options {
    /// The server, as ws://HOST:PORT or wss://HOST:PORT.
    #[arg(long)]
    server: String,
    /// Its token.
    #[arg(long)]
    token: String,
    /// Its certificate.
    #[arg(long)]
    certificate: Option<PathBuf>,
    /// A picture of a face, which the camera shows.
    #[arg(long)]
    picture: PathBuf,
    /// Where the chart and the pictures go.
    #[arg(long)]
    output: PathBuf,
    /// How pictures travel.
    #[arg(long, default_value = "h264")]
    codec: String,
}

/// The link while it is there: a phone's uplink.
const LINK: Conditions = Conditions {
    round_trip: Duration::from_millis(40),
    rate: 3_000_000,
    loss: 0.0,
    cut: false,
};

fn main() -> Result<()> {
    let options = Options::parse();
    gst::init()?;
    std::fs::create_dir_all(&options.output)?;
    let (scheme, authority) = options
        .server
        .split_once("://")
        .context("no ws:// or wss://")?;
    let link = SlowLink::new(resolve(authority)?, LINK)?;
    let mut device = Device::start(&words(&options, scheme, &link), &options.picture)?;
    let cut = Conditions { cut: true, ..LINK };
    println!(
        "| link | results of the server | of the device | lag p50 | p95 | up | down | held p99 | without drawing |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    for (phase, conditions, seconds) in [
        (Phase::Linked, LINK, 14),
        (Phase::Cut, cut, 12),
        (Phase::Healed, LINK, 14),
    ] {
        link.set(conditions);
        device.watch(phase, seconds)?;
        println!("{}", device.row(phase));
        let picture = options
            .output
            .join(format!("remote-demo-{}.png", phase.name()));
        device.save(&picture)?;
    }
    for text in &device.told {
        println!("on the bus: {text}");
    }
    let chart = options.output.join("remote-demo.png");
    plot(&chart, &device.seconds)?;
    println!("see {} and the three pictures beside it", chart.display());
    if device.lacks_a_phase() {
        bail!("a phase went without results");
    }
    Ok(())
}

fn resolve(authority: &str) -> Result<SocketAddr> {
    let mut places = authority.to_socket_addrs()?;
    places.next().context("the server has no address")
}

fn words(options: &Options, scheme: &str, link: &SlowLink) -> String {
    let certificate = options
        .certificate
        .as_ref()
        .map(|path| format!("remote-certificate={}", path.display()));
    format!(
        "server={scheme}://{} token={} remote-codec={} {}",
        link.address(),
        options.token,
        options.codec,
        certificate.unwrap_or_default()
    )
}

fn plot(path: &Path, seconds: &[SecondMeasures]) -> Result<()> {
    let end = seconds.last().map_or(1.0, |second| second.at);
    let course = |of: fn(&SecondMeasures) -> f64| {
        seconds
            .iter()
            .map(|second| (second.at, of(second)))
            .collect::<Vec<_>>()
    };
    let panels = [
        Panel {
            title: "Results a second, over time in seconds: of the server (blue), of the device (orange); grey: the link is cut".to_owned(),
            shown: 1.0,
            traces: vec![(BLUE, course(|second| second.remote)), (ORANGE, course(|second| second.local))],
        },
        Panel {
            title: "Age of the newest result in ms, drawn up to a second".to_owned(),
            shown: 1.0,
            traces: vec![(DARK, course(|second| second.age.min(1000.0)))],
        },
        Panel {
            title: "Mbit/s: pictures up (blue), results down (green)".to_owned(),
            shown: 1.0,
            traces: vec![(BLUE, course(|second| second.up)), (GREEN, course(|second| second.down))],
        },
    ];
    let cut = || seconds.iter().filter(|second| second.phase == Phase::Cut);
    let ends = cut().next().zip(cut().next_back());
    draw_over(
        path,
        &panels,
        &Timeline {
            end,
            digits: 0,
            joined: true,
            marked: ends.map(|(first, last)| [first.at, last.at]),
        },
    )
}
