//! `aliyarface demo`: a clip, a photo or ten seconds of a camera, annotated and told of in a table.

mod source;
mod table;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use clap::Args;
use gst::prelude::*;
use gstaliyarface::analysis::Face;
use gstaliyarface::metadata;

use self::source::{Kind, Source};
use crate::pipelines::{init, launch, play_to_end, set_path};

/// Annotate a clip, and tell in a table who was seen and which emotion was shown when.
#[derive(Args)]
pub struct Options {
    /// A video, a photo, or `camera`.
    input: String,
    /// The folder of demo.mkv, demo.png and demo.jsonl.
    #[arg(long, default_value = "out")]
    out: PathBuf,
    /// The element and its properties.
    #[arg(long, default_value = "aliyarface overlay=boxes+mesh+pose+labels")]
    element: String,
}

/// What any player shows: H.264 in Matroska.
pub const ENCODE: &str = "videoconvert ! video/x-raw,format=I420 ! x264enc speed-preset=veryfast \
                          pass=qual quantizer=20 key-int-max=60 ! h264parse ! matroskamux";
/// Time from one line of progress to the next.
const PROGRESS: Duration = Duration::from_secs(5);

/// One frame, as it left the element.
pub struct Frame {
    /// Its time in the stream, if it has one.
    pub time: Option<gst::ClockTime>,
    /// Who was seen.
    pub faces: Vec<Face>,
}

/// What came out of the element.
#[derive(Default)]
struct Demonstration {
    frames: Vec<Frame>,
    first: Option<Instant>,
    shown: Option<Instant>,
    /// The frame worth showing, and its worth.
    best: Option<(f64, gst::Sample)>,
}

/// Annotates, and prints the table.
///
/// # Errors
/// The input is missing, shows nothing, or the folder cannot be written.
pub fn run(options: &Options) -> Result<ExitCode> {
    init()?;
    let out = &options.out;
    fs::create_dir_all(out).with_context(|| format!("{} cannot be written", out.display()))?;
    let source = Source::find(&options.input, out)?;
    let seen = annotate(&source, options)
        .with_context(|| format!("{} could not be analysed", source.name))?;
    let file = out.join("demo.png");
    if let Some((_, sample)) = &seen.best {
        write_png(sample, &file)?;
    }
    let fps = seen.first.map_or(0.0, |first| {
        (seen.frames.len().saturating_sub(1)) as f64 / first.elapsed().as_secs_f64()
    });
    print!("{}", table::text(&source.name, &seen.frames, fps));
    println!();
    for (name, what) in [
        ("demo.mkv", "the clip, annotated"),
        ("demo.png", "the frame worth showing"),
        ("demo.jsonl", "what was read, one line a frame"),
    ] {
        println!("{:<16} {what}", out.join(name).display());
    }
    Ok(ExitCode::SUCCESS)
}

fn annotate(source: &Source, options: &Options) -> Result<Demonstration> {
    // H.264 as all players know it wants even sizes. The sinks wait for nothing: the encoder gives nothing before it holds
    // more pictures than a slow clip has in the second for which records may wait.
    let [right, bottom] = [source.width % 2, source.height % 2];
    let repeat = match source.kind {
        Kind::Video => "",
        Kind::Picture => "imagefreeze num-buffers=30 ! video/x-raw,framerate=15/1 ! ",
    };
    let description = format!(
        "filesrc name=file ! decodebin ! videoconvert ! videoflip video-direction=auto ! {repeat}videoconvert \
         ! {} ! tee name=read read. ! queue ! videocrop right={right} bottom={bottom} ! {ENCODE} \
         ! filesink name=video async=false read. ! queue ! aliyarfaceexport select=both ! application/x-ndjson \
         ! filesink name=records async=false",
        options.element
    );
    println!(
        "gst-launch-1.0 {}",
        typed(&description, source, &options.out)
    );
    let pipeline = launch(&description)?;
    set_path(&pipeline, "file", &source.file)?;
    set_path(&pipeline, "video", &options.out.join("demo.mkv"))?;
    set_path(&pipeline, "records", &options.out.join("demo.jsonl"))?;
    let seen = Arc::new(Mutex::new(Demonstration::default()));
    let read = pipeline.by_name("read").context("no tee")?;
    let pad = read.static_pad("sink").context("no pad")?;
    let at_pad = seen.clone();
    pad.add_probe(gst::PadProbeType::BUFFER, move |pad, info| {
        if let (Some(buffer), Some(caps)) = (info.buffer(), pad.current_caps()) {
            let mut seen = at_pad.lock().unwrap_or_else(PoisonError::into_inner);
            seen.add(buffer, &caps);
        }
        gst::PadProbeReturn::Ok
    });
    play_to_end(&pipeline)?;
    let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(std::mem::take(&mut seen))
}

/// The description as a line that can be typed.
fn typed(description: &str, source: &Source, out: &Path) -> String {
    let located = |path: &Path| format!("location={}", path.display());
    description
        .replace("name=file", &located(&source.file))
        .replace("name=video", &located(&out.join("demo.mkv")))
        .replace("name=records", &located(&out.join("demo.jsonl")))
}

impl Demonstration {
    fn add(&mut self, buffer: &gst::Buffer, caps: &gst::Caps) {
        let now = Instant::now();
        let first = *self.first.get_or_insert(now);
        let meta = metadata::read(buffer).ok().flatten();
        let faces = meta.map(|meta| meta.faces).unwrap_or_default();
        let worth = faces.iter().map(table::worth).sum();
        if self.best.as_ref().is_none_or(|best| best.0 < worth) {
            let sample = gst::Sample::builder().buffer(buffer).caps(caps).build();
            self.best = Some((worth, sample));
        }
        self.frames.push(Frame {
            time: buffer.pts(),
            faces,
        });
        if now - self.shown.unwrap_or(first) > PROGRESS {
            let count = self.frames.len();
            let rate = count as f64 / (now - first).as_secs_f64();
            eprintln!("  {count} frames, {rate:.0} a second");
            self.shown = Some(now);
        }
    }
}

fn write_png(sample: &gst::Sample, file: &Path) -> Result<()> {
    let caps = gst::Caps::new_empty_simple("image/png");
    let patience = gst::ClockTime::from_seconds(30);
    let picture = gst_video::convert_sample(sample, &caps, Some(patience))?;
    let buffer = picture.buffer().context("no picture")?;
    fs::write(file, buffer.map_readable()?.as_slice())
        .with_context(|| format!("{} cannot be written", file.display()))
}
