//! A live monitor in the terminal: bars for emotions and Action Units, head pose, events.
//!
//! `monitor "DESCRIPTION"` shows what any pipeline that ends with `aliyarface` reads, for example
//! `monitor "v4l2src ! videoconvert ! aliyarface"`; Ctrl-C ends it. `monitor --frames N "DESCRIPTION"`
//! prints N frames as plain text, `--once` one.

use std::error::Error;
use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};

use gst::prelude::*;
use gstaliyarface::analysis::{ACTION_UNITS, Face};
use gstaliyarface::metadata;

/// Cells of a bar, and events that stay in view.
const BAR: usize = 16;
const EVENTS: usize = 4;
/// What fills an eighth of a cell and more.
const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
const HIGHEST_INTENSITY: f64 = 5.0;
const USAGE: &str = "usage: monitor [--frames N | --once] \"DESCRIPTION\"";

/// On a terminal each drawing begins at the top; nothing is set that Ctrl-C would leave behind.
const EMPTY: &str = "\x1b[2J";
const TOP: &str = "\x1b[H";
const REST_OF_LINE: &str = "\x1b[K\n";
const REST_OF_SCREEN: &str = "\x1b[J";

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (frames, description) = match arguments.as_slice() {
        ["--once", description] => (Some(1), *description),
        ["--frames", count, description] => (Some(count.parse()?), *description),
        [description] if !description.starts_with('-') => (None, *description),
        _ => return Err(USAGE.into()),
    };
    if frames.is_none() && !io::stdout().is_terminal() {
        return Err("this is no terminal: say --frames N".into());
    }
    gst::init()?;
    gstaliyarface::plugin_register_static()?;
    let monitor = Monitor::new(description, frames.is_none())?;
    let result = match frames {
        Some(count) => monitor.print(count),
        None => monitor.show(),
    };
    monitor.pipeline.set_state(gst::State::Null)?;
    result
}

struct Monitor {
    pipeline: gst::Pipeline,
    sink: gst_app::AppSink,
    bus: gst::Bus,
}

/// What is in view.
#[derive(Default)]
struct View {
    time: Option<gst::ClockTime>,
    faces: Vec<Face>,
    events: Vec<String>,
}

impl Monitor {
    /// `live`: in the stream's own time, and only the newest frame.
    fn new(description: &str, live: bool) -> Result<Self, Box<dyn Error>> {
        let pipeline = gst::parse::launch(&format!(
            "{description} ! appsink name=monitor sync={live} drop={live} max-buffers=1"
        ))?;
        let pipeline = pipeline.downcast::<gst::Pipeline>();
        let pipeline = pipeline.map_err(|_| "the description is no pipeline")?;
        let sink = pipeline.by_name("monitor").ok_or("no sink")?;
        let sink = sink.downcast().map_err(|_| "the sink is no appsink")?;
        let bus = pipeline.bus().ok_or("a pipeline without bus")?;
        // The reason of a failure is on the bus, where it is looked up.
        let _ = pipeline.set_state(gst::State::Playing);
        Ok(Self {
            pipeline,
            sink,
            bus,
        })
    }

    /// Prints `count` frames.
    fn print(&self, count: usize) -> Result<(), Box<dyn Error>> {
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
    fn show(&self) -> Result<(), Box<dyn Error>> {
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
    fn step(&self, view: &mut View) -> Result<bool, Box<dyn Error>> {
        let sample = self.sink.try_pull_sample(gst::ClockTime::from_mseconds(50));
        while let Some(message) = self.bus.pop() {
            match message.view() {
                gst::MessageView::Error(err) => return Err(err.error().into()),
                gst::MessageView::Element(element) => view.tell(element.structure()),
                _ => {}
            }
        }
        let Some(sample) = sample else {
            return Ok(false);
        };
        let buffer = sample.buffer().ok_or("a sample without buffer")?;
        view.time = buffer.pts();
        // Without meta the faces are not known, and the last ones stay in view.
        if let Some(meta) = metadata::read(buffer)? {
            view.faces = meta.faces;
        }
        Ok(true)
    }
}

impl View {
    /// Keeps what a message on the bus says, if it is one of ours.
    fn tell(&mut self, structure: Option<&gst::StructureRef>) {
        let ours = structure.filter(|structure| structure.name() == metadata::EVENT_NAME);
        let Some(event) = ours else { return };
        let text = |name| event.get::<&str>(name).ok();
        let time = event.get::<Option<gst::ClockTime>>("timestamp");
        let mut line = format!(
            "{} face {} {}",
            clock(time.ok().flatten()),
            event.get::<u32>("face-id").unwrap_or_default(),
            text("event").unwrap_or("event"),
        );
        if let (Some(from), Some(to)) = (text("from"), text("to")) {
            line += &format!(" from {from} to {to}");
        }
        // Of micro-expressions.
        if let Some(kind) = text("kind") {
            line += &format!(" {kind}");
        }
        if let Ok(Some(duration)) = event.get::<Option<gst::ClockTime>>("duration")
            && duration > gst::ClockTime::ZERO
        {
            line += &format!(" {} ms", duration.mseconds());
        }
        self.events.push(line);
        let old = self.events.len().saturating_sub(EVENTS);
        self.events.drain(..old);
    }

    fn text(&self) -> String {
        let faces = self.faces.len();
        let plural = if faces == 1 { "" } else { "s" };
        let mut text = format!("{}  {faces} face{plural}\n", clock(self.time));
        for face in &self.faces {
            describe(face, &mut text);
        }
        for event in &self.events {
            text += &format!("{event}\n");
        }
        text
    }
}

/// A head line, then bars: emotions on the left, Action Units in two columns beside them.
fn describe(face: &Face, text: &mut String) {
    let pose = &face.head_pose;
    let units = face.action_units.as_ref();
    let baseline = units.map(|units| format!("   baseline {}", units.baseline.name()));
    let _ = writeln!(
        text,
        "#{:<3} pitch {:+6.1}  yaw {:+6.1}  roll {:+6.1}{}",
        face.id,
        pose.pitch,
        pose.yaw,
        pose.roll,
        baseline.unwrap_or_default(),
    );
    let emotions = face.emotion.iter().flat_map(|emotion| {
        let values = emotion.labels.iter().zip(&emotion.smoothed);
        values.map(|(label, value)| format!("{label:<10}{} {value:4.2}", bar(*value)))
    });
    let movement = units.and_then(|units| units.movement.as_ref());
    let intensities = movement.iter().flat_map(|movement| {
        let values = ACTION_UNITS.iter().zip(&movement.intensities.both);
        values.map(|(unit, value)| {
            let share = bar(value / HIGHEST_INTENSITY);
            format!("{} {share} {value:3.1}", unit.code)
        })
    });
    let (emotions, units): (Vec<_>, Vec<_>) = (emotions.collect(), intensities.collect());
    let half = units.len().div_ceil(2);
    let mut columns = vec![&units[..half], &units[half..]];
    if !emotions.is_empty() {
        columns.insert(0, &emotions);
    }
    let rows = columns.iter().map(|column| column.len()).max();
    for row in 0..rows.unwrap_or_default() {
        let cells = columns.iter().map(|column| {
            let width = column.first().map_or(0, |cell| cell.chars().count());
            let cell = column.get(row).map_or("", String::as_str);
            format!("{cell:width$}")
        });
        let line = cells.collect::<Vec<_>>().join("   ");
        let _ = writeln!(text, "     {}", line.trim_end());
    }
}

/// A bar of `share` of its width, 0..1.
fn bar(share: f64) -> String {
    let eighths = (share.clamp(0.0, 1.0) * (BAR * 8) as f64).round() as usize;
    let filled = "█".repeat(eighths / 8) + EIGHTHS[eighths % 8];
    format!("{filled:BAR$}")
}

fn clock(time: Option<gst::ClockTime>) -> String {
    time.map_or("-".into(), |time| {
        format!("{:.2} s", time.nseconds() as f64 * 1e-9)
    })
}
