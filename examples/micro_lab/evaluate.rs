//! The measurement: many clips, one line.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use gstaliyarface::analysis::{Analyser, ExpressionKind};
use pico_args::Arguments;
use serde::Serialize;

use super::clip::Clip;
use super::lab::dice::Dice;
use super::rig::Rig;
use super::score::{Line, Score, Told};
use super::script::{Plot, script};
use super::show::{self, Shown};
use super::sitter::{Photo, Sitter};
use super::{AMPLITUDES, Look, USAGE, analyser, plot, samples};

/// Photos on which thresholds were chosen, and photos on which they are judged: file and frame.
const TUNING: [(&str, usize); 2] = [("single_face.jpg", 0), ("astronaut.png", 0)];
const HELD_OUT: [(&str, usize); 2] = [("grace_hopper.jpg", 0), ("WolfgangLanger_Pexels.mp4", 270)];
/// Real clips without any micro-expression that is known of.
const VIDEOS: [&str; 2] = ["single_face.mp4", "WolfgangLanger_Pexels.mp4"];
/// Other frame rates and sizes, in frames a second and pixels between the outer eye corners.
const CONDITIONS: [[f64; 2]; 6] = [
    [24.0, 120.0],
    [30.0, 120.0],
    [60.0, 90.0],
    [60.0, 160.0],
    [90.0, 120.0],
    [120.0, 120.0],
];
/// Video codecs: their names, and elements that encode and decode.
const CODECS: [(&str, &str); 2] = [
    ("motion JPEG, quality 85", "jpegenc quality=85 ! jpegdec"),
    (
        "H.264, quantizer 26",
        "x264enc tune=zerolatency pass=qual quantizer=26 ! h264parse ! avdec_h264",
    ),
];

/// What is printed.
#[derive(Serialize)]
struct Report {
    photos: Vec<String>,
    fps: f64,
    eyes_px: f64,
    #[serde(flatten)]
    all: Line,
    /// False alarms a minute of clips without any event.
    event_free_false_per_minute: Vec<(String, f64)>,
    f1_by_condition: Vec<Condition>,
    videos: Vec<Real>,
}

#[derive(Serialize)]
struct Condition {
    name: String,
    f1: f64,
    recall: f64,
    false_per_minute: f64,
    events: usize,
}

/// What was told of a real clip.
#[derive(Serialize)]
struct Real {
    name: String,
    seconds: f64,
    micro: usize,
    micro_per_minute: f64,
    macros: usize,
    blinks: usize,
}

/// The laboratory: photos, and what moves them.
struct Lab {
    rig: Rig,
    photos: Vec<(PathBuf, usize)>,
    amplitudes: [f64; 2],
    analyser: Analyser,
}

impl Lab {
    /// What the element tells of one clip a photo.
    fn score(&mut self, look: Look, plot: Plot, codec: &str) -> Result<Score> {
        let mut score = Score::default();
        for (index, (file, frame)) in self.photos.iter().enumerate() {
            let photo = Photo::read(file, *frame)?;
            let sitter = Sitter::new(&photo, look.eyes, &self.rig, &mut self.analyser)?;
            let seed = look.seed * 100 + index as u64;
            let items = script(look.seconds, plot, self.amplitudes, &mut Dice::new(seed));
            let mut clip = Clip::new(&sitter, &self.rig, items, Dice::new(seed + 7));
            let shown = show::clip(&mut clip, look, codec)?;
            score.costs.push(shown.cost);
            if std::env::var_os("MICRO_LAB_TRACE").is_some() {
                eprintln!("clip {plot:?} {}", name(file));
                trace(&clip, &shown.told);
            }
            score.add(&clip.items, &shown.told, look.seconds);
        }
        Ok(score)
    }

    fn condition(
        &mut self,
        name: String,
        look: Look,
        codec: &str,
    ) -> Result<(Condition, Vec<(f64, f64)>)> {
        let score = self.score(look, Plot::Mixed, codec)?;
        let line = score.line();
        let condition = Condition {
            name,
            f1: line.f1,
            recall: line.recall,
            false_per_minute: line.false_per_minute,
            events: line.events,
        };
        Ok((condition, score.curve()))
    }
}

/// `micro_lab evaluate`.
pub fn evaluate(mut arguments: Arguments) -> Result<()> {
    let rig: PathBuf = arguments.value_from_str("--rig").context(USAGE)?;
    let photos: Option<String> = arguments.opt_value_from_str("--photos")?;
    let look = super::look(&mut arguments, 30.0)?;
    let from: Option<f64> = arguments.opt_value_from_str("--from")?;
    let quick = arguments.contains("--quick");
    let thorough = arguments.contains("--thorough");
    let to: Option<PathBuf> = arguments.opt_value_from_str("--plot")?;
    let mut lab = Lab {
        rig: Rig::read(&rig)?,
        photos: chosen(photos.as_deref().unwrap_or("held-out"))?,
        amplitudes: [
            from.map_or(AMPLITUDES[0], |from| from / 100.0),
            AMPLITUDES[1],
        ],
        analyser: analyser()?,
    };
    let all = lab.score(look, Plot::Mixed, "")?;
    let mut curves = vec![(format!("{} fps, {} px", look.fps, look.eyes), all.curve())];
    let mut event_free = Vec::new();
    if !quick {
        for (plot, name) in Plot::EVENT_FREE {
            let score = lab.score(look, plot, "")?;
            event_free.push((name.to_owned(), score.line().false_per_minute));
        }
    }
    let mut conditions = Vec::new();
    if thorough {
        for [fps, eyes] in CONDITIONS {
            let name = format!("{fps} fps, {eyes} px");
            let (condition, curve) = lab.condition(name.clone(), Look { fps, eyes, ..look }, "")?;
            conditions.push(condition);
            curves.push((name, curve));
        }
        for (name, codec) in CODECS {
            let (condition, curve) = lab.condition(name.to_owned(), look, codec)?;
            conditions.push(condition);
            curves.push((name.to_owned(), curve));
        }
    }
    let videos = VIDEOS.iter().filter(|_| !quick);
    let videos = videos.map(|file| {
        let shown = show::file(&samples()?.join(file), 0)?;
        Ok(Real::new((*file).to_owned(), &shown))
    });
    let report = Report {
        photos: (lab.photos.iter())
            .map(|(file, frame)| format!("{} {frame}", name(file)))
            .collect(),
        fps: look.fps,
        eyes_px: look.eyes,
        all: all.line(),
        event_free_false_per_minute: event_free,
        f1_by_condition: conditions,
        videos: videos.collect::<Result<_>>()?,
    };
    if let Some(path) = to {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let videos = report.videos.iter();
        let videos = videos.map(|real| (real.name.clone(), real.micro_per_minute));
        let alarms = report.event_free_false_per_minute.iter().cloned();
        plot::draw(&curves, &alarms.chain(videos).collect::<Vec<_>>(), &path)?;
    }
    println!("{}", serde_json::to_string(&report)?);
    Ok(())
}

/// `micro_lab watch`: what is told of real clips.
pub fn watch(mut arguments: Arguments) -> Result<()> {
    let height: Option<u32> = arguments.opt_value_from_str("--height")?;
    for file in arguments.finish() {
        let path = PathBuf::from(file);
        let shown = show::file(&path, height.unwrap_or(0))?;
        tell(&shown.told);
        let real = Real::new(name(&path), &shown);
        println!("{}", serde_json::to_string(&real)?);
    }
    Ok(())
}

/// The photos that `words` names: a set, or files with commas between them.
fn chosen(words: &str) -> Result<Vec<(PathBuf, usize)>> {
    let own = |photos: &[(&str, usize)]| {
        let photos = photos.iter();
        photos
            .map(|(file, frame)| Ok((samples()?.join(file), *frame)))
            .collect()
    };
    match words {
        "tuning" => own(&TUNING),
        "held-out" => own(&HELD_OUT),
        files => Ok(files.split(',').map(|file| (file.into(), 0)).collect()),
    }
}

fn name(path: &Path) -> String {
    path.file_name()
        .map_or(String::new(), |name| name.to_string_lossy().into_owned())
}

impl Real {
    fn new(name: String, shown: &Shown) -> Self {
        let count = |kind| {
            let told = shown.told.iter();
            told.filter(|told| told.expression.kind == kind).count()
        };
        let micro = count(ExpressionKind::Micro);
        Self {
            name,
            seconds: (shown.seconds * 10.0).round() / 10.0,
            micro,
            micro_per_minute: (micro as f64 * 6000.0 / shown.seconds.max(1e-9)).round() / 100.0,
            macros: count(ExpressionKind::Macro),
            blinks: count(ExpressionKind::Blink),
        }
    }
}

/// What a clip held and what was told of it, for people.
fn trace(clip: &Clip<'_>, told: &[Told]) {
    for item in &clip.items {
        eprintln!(
            "there {:7.3} {:7.3} {:7.3} {:?} {} {} {:.2}",
            item.onset, item.apex, item.offset, item.kind, item.unit, item.side, item.amplitude
        );
    }
    tell(told);
}

fn tell(told: &[Told]) {
    for Told { expression, .. } in told {
        let times = [expression.onset, expression.apex, expression.offset];
        let [onset, apex, offset] = times.map(|time| time as f64 / 1e9);
        let units = expression.action_units.iter();
        let units: Vec<_> = units.map(|unit| (unit.code, unit.side.name())).collect();
        let (kind, peak) = (expression.kind, expression.peak);
        eprintln!("told  {onset:7.3} {apex:7.3} {offset:7.3} {kind:?} {units:?} {peak:.1}");
    }
}
