//! The device: its pipeline, and what its `stats` tell every half second.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use gst::prelude::*;

/// Time between two looks at `stats`.
const LOOK: Duration = Duration::from_millis(500);

/// What the link is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// It is there.
    Linked,
    /// Nothing passes.
    Cut,
    /// It is there again.
    Healed,
}

impl Phase {
    /// A word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Linked => "linked",
            Self::Cut => "cut",
            Self::Healed => "healed",
        }
    }
}

/// What was seen at one look.
pub struct SecondMeasures {
    /// Seconds since the start.
    pub at: f64,
    /// What the link was like.
    pub phase: Phase,
    /// Results of the server a second.
    pub remote: f64,
    /// Results of this machine a second.
    pub local: f64,
    /// Age of the newest result in ms.
    pub age: f64,
    /// Mbit/s of pictures.
    pub up: f64,
    /// Mbit/s of results.
    pub down: f64,
}

/// The pipeline.
pub struct Device {
    pipeline: gst::Pipeline,
    element: gst::Element,
    sink: gst_app::AppSink,
    began: Instant,
    last: Option<gst::Sample>,
    /// What was seen.
    pub seconds: Vec<SecondMeasures>,
    /// What the user was told.
    pub told: Vec<String>,
}

impl Drop for Device {
    fn drop(&mut self) {
        let _ = self.pipeline.set_state(gst::State::Null);
    }
}

impl Device {
    /// A camera that shows `picture`, at 30 pictures a second.
    ///
    /// # Errors
    /// An element is missing.
    pub fn start(words: &str, picture: &Path) -> Result<Self> {
        let description = format!(
            "filesrc location={} ! jpegdec ! videoconvertscale \
             ! video/x-raw,format=I420,width=640,height=480,pixel-aspect-ratio=1/1 ! imagefreeze is-live=true \
             ! video/x-raw,framerate=30/1 ! aliyarface name=reader overlay=boxes+mesh+labels {words} \
             ! appsink name=out sync=false max-buffers=1 drop=true",
            picture.display()
        );
        let pipeline = gst::parse::launch(&description)?;
        let pipeline = pipeline
            .downcast::<gst::Pipeline>()
            .ok()
            .context("no pipeline")?;
        let element = pipeline.by_name("reader").context("no element")?;
        let sink = pipeline.by_name("out").context("no sink")?;
        let sink = sink
            .downcast::<gst_app::AppSink>()
            .ok()
            .context("no sink")?;
        pipeline.set_state(gst::State::Playing)?;
        Ok(Self {
            pipeline,
            element,
            sink,
            began: Instant::now(),
            last: None,
            seconds: Vec::new(),
            told: Vec::new(),
        })
    }

    fn stats(&self) -> (gst::Structure, Option<gst::Structure>) {
        let stats: gst::Structure = self.element.property("stats");
        let remote = stats.get("remote").ok();
        (stats, remote)
    }

    fn counts(&self) -> [u64; 2] {
        let (_, remote) = self.stats();
        ["results-remote", "results-local"].map(|name| {
            let remote = remote.as_ref();
            remote
                .and_then(|remote| remote.get(name).ok())
                .unwrap_or_default()
        })
    }

    /// Looks on for some seconds.
    ///
    /// # Errors
    /// The pipeline fails.
    pub fn watch(&mut self, phase: Phase, seconds: u64) -> Result<()> {
        let start = Instant::now();
        let (mut before, mut looked) = (self.counts(), Instant::now());
        while start.elapsed() < Duration::from_secs(seconds) {
            if let Some(sample) = self.sink.try_pull_sample(gst::ClockTime::from_mseconds(50)) {
                self.last = Some(sample);
            }
            self.listen()?;
            if looked.elapsed() < LOOK {
                continue;
            }
            let passed = looked.elapsed().as_secs_f64();
            looked = Instant::now();
            let now = self.counts();
            let [remote, local] = [0, 1].map(|which| (now[which] - before[which]) as f64 / passed);
            before = now;
            let (stats, told) = self.stats();
            let rate = |name| {
                let told = told.as_ref();
                let bits: Option<u64> = told.and_then(|told| told.get(name).ok());
                bits.unwrap_or_default() as f64 / 1e6
            };
            self.seconds.push(SecondMeasures {
                at: self.began.elapsed().as_secs_f64(),
                phase,
                remote,
                local,
                age: stats.get::<u64>("result-age")? as f64 / 1e6,
                up: rate("bits-per-second-sent"),
                down: rate("bits-per-second-received"),
            });
        }
        Ok(())
    }

    fn listen(&mut self) -> Result<()> {
        let bus = self.pipeline.bus().context("no bus")?;
        while let Some(message) = bus.pop() {
            match message.view() {
                gst::MessageView::Warning(warning) => self.told.push(warning.error().to_string()),
                gst::MessageView::Info(info) => self.told.push(info.error().to_string()),
                gst::MessageView::Error(err) => anyhow::bail!("{}", err.error()),
                _ => {}
            }
        }
        Ok(())
    }

    /// A row of the table.
    pub fn row(&self, phase: Phase) -> String {
        let seconds = || self.seconds.iter().filter(|second| second.phase == phase);
        let count = seconds().count().max(1) as f64;
        let mean = |of: fn(&SecondMeasures) -> f64| seconds().map(of).sum::<f64>() / count;
        let (stats, remote) = self.stats();
        let part = |structure: Option<&gst::Structure>, name, part| {
            let times = structure.and_then(|of| of.get::<gst::Structure>(name).ok());
            let time = times.and_then(|times| times.get::<u64>(part).ok());
            time.unwrap_or_default() as f64 / 1e6
        };
        format!(
            "| {} | {:.1}/s | {:.1}/s | {:.0} ms | {:.0} ms | {:.2} Mbit/s | {:.2} Mbit/s | {:.2} ms | {:.2} ms |",
            phase.name(),
            mean(|second| second.remote),
            mean(|second| second.local),
            part(remote.as_ref(), "lag", "p50"),
            part(remote.as_ref(), "lag", "p95"),
            mean(|second| second.up),
            mean(|second| second.down),
            part(Some(&stats), "held", "p99"),
            part(Some(&stats), "attached", "p99"),
        )
    }

    /// Whether nobody read in one of the phases.
    pub fn lacks_a_phase(&self) -> bool {
        let read = |phase, of: fn(&SecondMeasures) -> f64| {
            let mut seconds = self.seconds.iter().filter(|second| second.phase == phase);
            seconds.any(|second| of(second) > 1.0)
        };
        !(read(Phase::Linked, |second| second.remote)
            && read(Phase::Cut, |second| second.local)
            && read(Phase::Healed, |second| second.remote))
    }

    /// Writes the newest picture as a PNG.
    ///
    /// # Errors
    /// There is none, or it cannot be written.
    pub fn save(&self, path: &Path) -> Result<()> {
        let sample = self.last.as_ref().context("no picture came")?;
        let caps = gst::Caps::builder("image/png").build();
        let png = gst_video::convert_sample(sample, &caps, Some(gst::ClockTime::from_seconds(5)))?;
        let buffer = png.buffer().context("an empty picture")?;
        std::fs::write(path, buffer.map_readable()?.as_slice())?;
        Ok(())
    }
}
