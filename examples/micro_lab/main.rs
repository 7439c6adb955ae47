//! A laboratory for micro-expressions: real photos moved by a rig, and what the element finds of it.
//!
//! ```text
//! micro_lab evaluate --rig face_rig.npz [--photos tuning|held-out] [--fps 60] [--eyes 120]
//!                    [--seconds 30] [--plot recall.png] [--seed 1] [--quick|--thorough]
//! micro_lab clip --rig face_rig.npz --photo FILE --to clip.mkv [--fps 60] [--eyes 120] [--seconds 20]
//! ```

#[path = "../lab/mod.rs"]
mod lab;

mod clip;
mod dice;
mod film;
mod plot;
mod rig;
mod score;
mod script;
mod sitter;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use gst::prelude::*;
use gstaliyarface::analysis::{Analyser, ExpressionKind};
use gstaliyarface::metadata;
use gstaliyarface::models::{ModelChoice, Models};
use pico_args::Arguments;
use serde::Serialize;

use self::clip::Clip;
use self::dice::Dice;
use self::lab::places;
use self::rig::Rig;
use self::score::{Line, Score, Told};
use self::script::{Plot, script};
use self::sitter::{Photo, Sitter};

const USAGE: &str = "usage: micro_lab evaluate --rig NPZ [--photos tuning|held-out] [--fps 60] [--eyes 120] \
                     [--seconds 30] [--seed 1] [--plot PNG] [--quick|--thorough]\n       \
                     micro_lab clip --rig NPZ --photo FILE --to MKV [--fps 60] [--eyes 120] [--seconds 20] [--seed 1]";
/// Photos on which thresholds were chosen, and photos on which they are judged: file and frame.
const TUNING: [(&str, usize); 2] = [("single_face.jpg", 0), ("astronaut.png", 0)];
const HELD_OUT: [(&str, usize); 2] = [("grace_hopper.jpg", 0), ("WolfgangLanger_Pexels.mp4", 270)];
/// Real clips without any micro-expression that is known of.
const VIDEOS: [&str; 2] = ["single_face.mp4", "WolfgangLanger_Pexels.mp4"];
/// Amplitudes of micro-expressions.
const AMPLITUDES: [f64; 2] = [0.1, 0.3];

/// The element as it is measured, and where its frames are taken from.
const ELEMENT: &str =
    "aliyarface name=face analysis-mode=sync emotions=false micro-expressions=true";
const SINK: &str = "appsink name=out sync=false";

/// What the clips look like.
#[derive(Debug, Clone, Copy)]
struct Look {
    fps: f64,
    eyes: f64,
    seconds: f64,
    seed: u64,
}

/// What is printed.
#[derive(Serialize)]
struct Report {
    photos: String,
    fps: f64,
    eyes_px: f64,
    #[serde(flatten)]
    all: Line,
    distractors_false_per_minute: Option<f64>,
    by_condition: Vec<(String, f64)>,
    videos_micro_per_minute: Vec<(String, f64)>,
}

fn main() -> Result<()> {
    tch::set_num_threads(1);
    gst::init()?;
    let _ = gstaliyarface::plugin_register_static();
    let mut arguments = Arguments::from_env();
    match arguments.subcommand()?.as_deref() {
        Some("evaluate") => evaluate(arguments),
        Some("clip") => write(arguments),
        _ => bail!(USAGE),
    }
}

fn evaluate(mut arguments: Arguments) -> Result<()> {
    let rig = Rig::read(
        &arguments
            .value_from_str::<_, PathBuf>("--rig")
            .context(USAGE)?,
    )?;
    let photos = arguments.opt_value_from_str("--photos")?;
    let photos: String = photos.unwrap_or("held-out".to_owned());
    let look = look(&mut arguments, 30.0)?;
    let quick = arguments.contains("--quick");
    let thorough = arguments.contains("--thorough");
    let plot: Option<PathBuf> = arguments.opt_value_from_str("--plot")?;
    let files: &[(&str, usize)] = if photos == "tuning" {
        &TUNING
    } else {
        &HELD_OUT
    };
    let mut analyser = analyser()?;
    let mut lab = |look: Look, plot: Plot| -> Result<Score> {
        let mut score = Score::default();
        for (index, (file, frame)) in files.iter().enumerate() {
            let photo = Photo::read(&samples()?.join(file), *frame)?;
            let sitter = Sitter::new(&photo, look.eyes, &rig, &mut analyser)?;
            let seed = look.seed * 100 + index as u64;
            let items = script(look.seconds, plot, AMPLITUDES, &mut Dice::new(seed));
            let mut clip = Clip::new(&sitter, &rig, items, Dice::new(seed + 7));
            let (told, cost) = show(&mut clip, look)?;
            score.costs.push(cost);
            if std::env::var_os("MICRO_LAB_TRACE").is_some() {
                trace(&clip, &told);
            }
            score.add(&clip.items, &told, look.seconds);
        }
        Ok(score)
    };
    let all = lab(look, Plot::Mixed)?;
    let mut lines = vec![(format!("{} fps, {} px", look.fps, look.eyes), all.curve())];
    let mut by_condition = Vec::new();
    let mut distractors = None;
    if !quick {
        let quiet = lab(look, Plot::Distractors)?;
        distractors = Some(quiet.told_micro() as f64 * 60.0 / quiet.seconds);
    }
    if thorough {
        for (fps, eyes) in [(30.0, look.eyes), (look.fps, 90.0), (look.fps, 160.0)] {
            let score = lab(Look { fps, eyes, ..look }, Plot::Mixed)?;
            let name = format!("{fps} fps, {eyes} px");
            by_condition.push((name.clone(), score.line().f1));
            lines.push((name, score.curve()));
        }
    }
    let videos = VIDEOS.iter().filter(|_| !quick);
    let videos = videos.map(|file| Ok(((*file).to_owned(), real(&samples()?.join(file))?)));
    let videos = videos.collect::<Result<Vec<_>>>()?;
    if let Some(path) = plot {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        plot::recall(&lines, &path)?;
    }
    let result = Report {
        photos,
        fps: look.fps,
        eyes_px: look.eyes,
        all: all.line(),
        distractors_false_per_minute: distractors,
        by_condition,
        videos_micro_per_minute: videos,
    };
    println!("{}", serde_json::to_string(&result)?);
    Ok(())
}

/// What a clip held and what was told of it, for people.
fn trace(clip: &Clip<'_>, told: &[Told]) {
    for item in &clip.items {
        eprintln!(
            "there {:7.3} {:7.3} {:7.3} {:?} {} {} {:.2}",
            item.onset, item.apex, item.offset, item.kind, item.unit, item.side, item.amplitude
        );
    }
    for Told { expression, .. } in told {
        let times = [expression.onset, expression.apex, expression.offset];
        let [onset, apex, offset] = times.map(|time| time as f64 / 1e9);
        let units = expression.action_units.iter();
        let units: Vec<_> = units.map(|unit| (unit.code, unit.side.name())).collect();
        let (kind, peak) = (expression.kind, expression.peak);
        eprintln!("told  {onset:7.3} {apex:7.3} {offset:7.3} {kind:?} {units:?} {peak:.1}");
    }
}

/// Shows a clip to the element, frame by frame: what it tells, and the median time in ms that it looks
/// for micro-expressions in a frame.
fn show(clip: &mut Clip<'_>, look: Look) -> Result<(Vec<Told>, f64)> {
    let pipeline = film::pipeline(&format!("appsrc name=in format=time ! {ELEMENT} ! {SINK}"))?;
    let sink: gst_app::AppSink = film::end(&pipeline, "out")?;
    let mut told = Vec::new();
    film::play(&pipeline, clip, look, || {
        let sample = sink.pull_sample()?;
        told.extend(told_on(sample.buffer().context("a buffer")?)?);
        Ok(())
    })?;
    let element = pipeline.by_name("face").context("our element")?;
    let stats: gst::Structure = element.property("stats");
    let stages: gst::Structure = stats.get("stages")?;
    let times: gst::Structure = stages.get("micro-expressions")?;
    let cost = times.get::<u64>("p50")? as f64 / 1e6;
    pipeline.set_state(gst::State::Null)?;
    Ok((told, cost))
}

fn told_on(buffer: &gst::BufferRef) -> Result<Vec<Told>> {
    let decided = buffer.pts().map_or(0.0, |pts| pts.nseconds() as f64 / 1e9);
    let faces = metadata::read(buffer)?.map_or(Vec::new(), |meta| meta.faces);
    let expressions = faces.into_iter().flat_map(|face| face.micro_expressions);
    let told = expressions.map(|expression| Told {
        decided,
        expression,
    });
    Ok(told.collect())
}

/// Micro-expressions a minute that are told of a real clip.
fn real(path: &Path) -> Result<f64> {
    let path = path.display();
    let pipeline = film::pipeline(&format!(
        "filesrc location={path} ! decodebin ! videoconvert ! {ELEMENT} ! {SINK}"
    ))?;
    let sink: gst_app::AppSink = film::end(&pipeline, "out")?;
    pipeline.set_state(gst::State::Playing)?;
    let (mut micro, mut last) = (0, 0.0f64);
    while let Ok(sample) = sink.pull_sample() {
        let buffer = sample.buffer().context("a buffer")?;
        for told in told_on(buffer)? {
            micro += usize::from(told.expression.kind == ExpressionKind::Micro);
            last = last.max(told.decided);
        }
        last = buffer
            .pts()
            .map_or(last, |pts| last.max(pts.nseconds() as f64 / 1e9));
    }
    pipeline.set_state(gst::State::Null)?;
    Ok((micro as f64 * 60.0 / last.max(1e-9) * 100.0).round() / 100.0)
}

/// Writes a clip and, beside it, what happens in it.
fn write(mut arguments: Arguments) -> Result<()> {
    let rig = Rig::read(
        &arguments
            .value_from_str::<_, PathBuf>("--rig")
            .context(USAGE)?,
    )?;
    let photo: PathBuf = arguments.value_from_str("--photo").context(USAGE)?;
    let to: PathBuf = arguments.value_from_str("--to").context(USAGE)?;
    let look = look(&mut arguments, 20.0)?;
    let sitter = Sitter::new(&Photo::read(&photo, 0)?, look.eyes, &rig, &mut analyser()?)?;
    let items = script(
        look.seconds,
        Plot::Mixed,
        AMPLITUDES,
        &mut Dice::new(look.seed),
    );
    let mut clip = Clip::new(&sitter, &rig, items, Dice::new(look.seed + 7));
    std::fs::write(
        to.with_extension("json"),
        serde_json::to_string_pretty(&clip.items)?,
    )?;
    let pipeline = film::pipeline(&format!(
        "appsrc name=in format=time block=true ! videoconvert ! x264enc pass=qual quantizer=16 \
         ! h264parse ! matroskamux ! filesink location={}",
        to.display()
    ))?;
    film::play(&pipeline, &mut clip, look, || Ok(()))?;
    film::end::<gst_app::AppSrc>(&pipeline, "in")?.end_of_stream()?;
    let bus = pipeline.bus().context("a bus")?;
    let ends = [gst::MessageType::Eos, gst::MessageType::Error];
    bus.timed_pop_filtered(gst::ClockTime::NONE, &ends);
    pipeline.set_state(gst::State::Null)?;
    Ok(())
}

fn look(arguments: &mut Arguments, seconds: f64) -> Result<Look> {
    Ok(Look {
        fps: arguments.opt_value_from_str("--fps")?.unwrap_or(60.0),
        eyes: arguments.opt_value_from_str("--eyes")?.unwrap_or(120.0),
        seconds: arguments
            .opt_value_from_str("--seconds")?
            .unwrap_or(seconds),
        seed: arguments.opt_value_from_str("--seed")?.unwrap_or(1),
    })
}

fn samples() -> Result<PathBuf> {
    let folder = std::env::var_os("ALIYARFACE_SAMPLES");
    Ok(folder
        .context("ALIYARFACE_SAMPLES is not set: run through make")?
        .into())
}

fn analyser() -> Result<Analyser> {
    let choice = ModelChoice {
        emotions: false,
        action_units: false,
        ..ModelChoice::bundled(places::models())
    };
    Ok(Analyser::new(Models::load(&choice)?))
}
