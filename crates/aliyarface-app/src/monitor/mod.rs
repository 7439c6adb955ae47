//! `aliyarface monitor`: bars for emotions and Action Units, head pose and events in the terminal.

mod indices;
mod view;

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use gst::prelude::*;
use gstaliyarface::metadata;

use self::view::View;
use crate::pipelines::{init, launch, named};

/// Watch what any pipeline that ends with the element reads, live in the terminal.
#[derive(Args)]
pub struct Options {
    /// Print this many frames as plain text.
    #[arg(long, value_name = "N", conflicts_with = "once")]
    frames: Option<usize>,
    /// Print one frame as plain text.
    #[arg(long)]
    once: bool,
    /// The pipeline, as in "v4l2src ! videoconvert ! aliyarface".
    #[arg(required = true)]
    pipeline: Vec<String>,
}

/// On a terminal each drawing begins at the top; nothing is set that Ctrl-C would leave behind.
const EMPTY: &str = "\x1b[2J";
const TOP: &str = "\x1b[H";
const REST_OF_LINE: &str = "\x1b[K\n";
const REST_OF_SCREEN: &str = "\x1b[J";

/// Shows frames until the pipeline ends.
///
/// # Errors
/// The pipeline fails, or plain text is wanted of no number of frames.
pub fn run(options: &Options) -> Result<ExitCode> {
    let frames = options.frames.or(options.once.then_some(1));
    if frames.is_none() && !io::stdout().is_terminal() {
        bail!("this is no terminal: say --frames N");
    }
    init()?;
    let monitor = Monitor::new(&options.pipeline.join(" "), frames.is_none())?;
    let result = match frames {
        Some(count) => monitor.print(count),
        None => monitor.run_full_screen(),
    };
    monitor.pipeline.set_state(gst::State::Null)?;
    result.map(|()| ExitCode::SUCCESS)
}

struct Monitor {
    pipeline: gst::Pipeline,
    sink: gst_app::AppSink,
    bus: gst::Bus,
}

impl Monitor {
    /// `live`: in the stream's own time, and only the newest frame.
    fn new(description: &str, live: bool) -> Result<Self> {
        let pipeline = launch(&format!(
            "{description} ! appsink name=monitor sync={live} drop={live} max-buffers=1"
        ))?;
        let sink = named(&pipeline, "monitor")?;
        let bus = pipeline.bus().context("a pipeline without bus")?;
        // The reason of a failure is on the bus, where it is looked up.
        let _ = pipeline.set_state(gst::State::Playing);
        Ok(Self {
            pipeline,
            sink,
            bus,
        })
    }

    /// Prints `count` frames.
    fn print(&self, count: usize) -> Result<()> {
        let mut view = View::default();
        for _ in 0..count {
            while !self.step(&mut view)? {
                if self.sink.is_eos() {
                    return Ok(());
                }
            }
            println!("{}", view.text());
        }
        Ok(())
    }

    /// Shows frames on the whole terminal until the end.
    fn run_full_screen(&self) -> Result<()> {
        let mut view = View::default();
        let mut out = io::stdout().lock();
        write!(out, "{EMPTY}")?;
        while !self.sink.is_eos() {
            if self.step(&mut view)? {
                let text = view.text().replace('\n', REST_OF_LINE);
                write!(out, "{TOP}{text}{REST_OF_SCREEN}")?;
                out.flush()?;
            }
        }
        Ok(())
    }

    /// Takes what is new into the view; whether a frame came.
    fn step(&self, view: &mut View) -> Result<bool> {
        let sample = self.sink.try_pull_sample(gst::ClockTime::from_mseconds(50));
        while let Some(message) = self.bus.pop() {
            match message.view() {
                gst::MessageView::Error(err) => return Err(anyhow!(err.error())),
                gst::MessageView::Element(element) => view.take_message(element.structure()),
                _ => {}
            }
        }
        let Some(sample) = sample else {
            return Ok(false);
        };
        let buffer = sample.buffer().context("a sample without buffer")?;
        view.time = buffer.pts();
        // Without meta the faces are not known, and the last ones stay in view.
        if let Some(meta) = metadata::read(buffer)? {
            view.faces = meta.faces;
            view.group = meta.group;
        }
        Ok(true)
    }
}
