//! Clips whose movement is measured once and decided on again and again, with other numbers.

use std::path::{Path, PathBuf};

use aliyarface_labs::dice::Dice;
use anyhow::{Context, Result, bail};
use clap::Args;
use gstaliyarface::analysis::{
    AnalysisSettings, ExpressionMeasurement, ExpressionReplay, ExpressionTuning,
};
use serde::{Deserialize, Serialize};

use super::clip::Clip;
use super::drawn;
use super::evaluate::{chosen, name, range, trace};
use super::item::Item;
use super::score::{DecidedExpression, Score};
use super::script::{Plot, script};
use super::{AMPLITUDES, ClipOptions, LookOptions, Muscles, analyser};
use aliyarface_labs::rig::Rig;
use aliyarface_labs::sitter::{Photo, Sitter};

/// What `micro_lab record` is asked to do.
#[derive(Args)]
pub struct Options {
    /// The rig that moves the photos.
    #[arg(long)]
    rig: PathBuf,
    /// `tuning`, `held-out`, or files with commas between them.
    #[arg(long, default_value = "tuning")]
    photos: String,
    /// A folder with those photos that are not among the samples.
    #[arg(long)]
    pictures: Option<PathBuf>,
    /// The kinds of clips, with commas between them.
    #[arg(long, default_value = "mixed")]
    clips: String,
    /// Whose movements the photos make.
    #[arg(long, value_enum, default_value_t = Muscles::Rig)]
    muscles: Muscles,
    /// Parts of the full movement in percent; 10-30 where none is said.
    #[arg(long)]
    amplitudes: Option<String>,
    /// The length of a clip.
    #[arg(long, default_value_t = 25.0)]
    seconds: f64,
    #[command(flatten)]
    look: LookOptions,
    /// The folder for a file a clip.
    #[arg(long)]
    to: PathBuf,
}

/// What `micro_lab replay` is asked to do.
#[derive(Args)]
pub struct ReplayOptions {
    /// Folders that `record` wrote.
    folders: Vec<PathBuf>,
    /// Numbers to try one after the other, as in `micro.threshold=4.5,5.5`; several of these are tried in all
    /// their combinations.
    #[arg(long)]
    set: Vec<String>,
    /// Tells what happened and what was told of each clip.
    #[arg(long)]
    trace: bool,
}

/// A clip, and what was measured of it.
#[derive(Serialize, Deserialize)]
struct Recording {
    clip: String,
    photo: String,
    seconds: f64,
    amplitudes: [f64; 2],
    seed: u64,
    measurements: Vec<ExpressionMeasurement>,
}

/// `micro_lab record`.
pub fn record(options: &Options) -> Result<()> {
    let rig = drawn::rig_with(&options.rig, options.muscles)?;
    let photos = chosen(&options.photos, options.pictures.as_deref())?;
    let amplitudes = (options.amplitudes.as_deref()).map_or(Ok(AMPLITUDES), range)?;
    let look = options.look.lasting(options.seconds);
    std::fs::create_dir_all(&options.to)?;
    for clip in options.clips.split(',') {
        let plot = Plot::named(clip).with_context(|| format!("no clip is called {clip}"))?;
        for (index, (file, frame)) in photos.iter().enumerate() {
            let seed = look.seed * 100 + index as u64;
            let recording = Recording {
                clip: clip.to_owned(),
                photo: name(file),
                seconds: look.seconds,
                amplitudes,
                seed,
                measurements: measure((&rig, file, *frame), (plot, amplitudes, seed), look)?,
            };
            let to = options.to.join(format!("{clip}-{}.json", recording.photo));
            std::fs::write(&to, serde_json::to_vec(&recording)?)?;
        }
    }
    Ok(())
}

fn measure(
    (rig, file, frame): (&Rig, &Path, usize),
    (plot, amplitudes, seed): (Plot, [f64; 2], u64),
    look: ClipOptions,
) -> Result<Vec<ExpressionMeasurement>> {
    let mut analyser = analyser()?;
    let sitter = Sitter::new(&Photo::read(file, frame)?, look.eyes, rig, &mut analyser)?;
    let items = script(look.seconds, plot, amplitudes, &mut Dice::new(seed));
    let mut clip = Clip::new(&sitter, rig, items, Dice::new(seed + 7));
    let mut settings = AnalysisSettings {
        micro_expressions: true,
        ..AnalysisSettings::default()
    };
    settings.expression.keep_measurements = true;
    analyser.reset();
    let mut measurements = Vec::new();
    for index in 0..(look.seconds * look.fps) as u64 {
        let time = index as f64 / look.fps;
        let photo = Photo {
            width: sitter.width,
            height: sitter.height,
            rgb: clip.frame(time)?,
        };
        let analysis = analyser.analyse(&photo.picture()?, (time * 1e9) as u64, &settings)?;
        measurements.extend(analysis.measurements.into_iter().map(|(_, one)| one));
    }
    Ok(measurements)
}

/// `micro_lab replay`.
pub fn replay(options: &ReplayOptions) -> Result<()> {
    let mut recordings = Vec::new();
    for folder in &options.folders {
        for entry in std::fs::read_dir(folder)? {
            let bytes = std::fs::read(entry?.path())?;
            recordings.push(serde_json::from_slice::<Recording>(&bytes)?);
        }
    }
    recordings.sort_by(|a, b| (&a.clip, &a.photo).cmp(&(&b.clip, &b.photo)));
    let mut tunings = vec![(
        String::new(),
        serde_json::to_value(ExpressionTuning::default())?,
    )];
    for set in &options.set {
        tunings = varied(&tunings, set)?;
    }
    for (name, tuning) in tunings {
        let tuning: ExpressionTuning = serde_json::from_value(tuning)?;
        let mut clips: Vec<&str> = recordings.iter().map(|one| one.clip.as_str()).collect();
        clips.dedup();
        for clip in clips {
            let mut score = Score::default();
            for recording in recordings.iter().filter(|one| one.clip == clip) {
                let items = recording.items()?;
                let told = decide(recording, &tuning);
                if options.trace {
                    eprintln!("clip {clip} {}", recording.photo);
                    trace(&items, &told);
                }
                score.add(&items, &told, recording.seconds);
            }
            let line = serde_json::to_string(&score.line())?;
            println!("{{\"set\":\"{name}\",\"clip\":\"{clip}\",\"line\":{line}}}");
        }
    }
    Ok(())
}

impl Recording {
    fn items(&self) -> Result<Vec<Item>> {
        let plot = Plot::named(&self.clip).context("an unknown kind of clip")?;
        Ok(script(
            self.seconds,
            plot,
            self.amplitudes,
            &mut Dice::new(self.seed),
        ))
    }
}

fn decide(recording: &Recording, tuning: &ExpressionTuning) -> Vec<DecidedExpression> {
    let mut replay = ExpressionReplay::new(tuning);
    let mut told = Vec::new();
    for measurement in &recording.measurements {
        let decision = replay.decide(measurement.clone());
        if std::env::var_os("MICRO_LAB_REJECTED").is_some() {
            for rejected in &decision.rejected {
                let apex = rejected.apex.nanos() as f64 / 1e9;
                eprintln!(
                    "none  {apex:7.3} {} {:.1}",
                    rejected.reason.name(),
                    rejected.peak
                );
            }
        }
        told.extend(
            decision
                .decided
                .into_iter()
                .map(|expression| DecidedExpression {
                    decided: measurement.time().nanos() as f64 / 1e9,
                    expression,
                }),
        );
    }
    told
}

/// Each of `tunings` with each value that `set` names.
fn varied(
    tunings: &[(String, serde_json::Value)],
    set: &str,
) -> Result<Vec<(String, serde_json::Value)>> {
    let (path, values) = set.split_once('=').context("--set needs key=value")?;
    let pointer = format!("/{}", path.replace('.', "/"));
    let mut varied = Vec::new();
    for (name, tuning) in tunings {
        for value in values.split(',') {
            let mut tuning = tuning.clone();
            let Some(slot) = tuning.pointer_mut(&pointer) else {
                bail!("no number is called {path}");
            };
            *slot = serde_json::from_str(value)?;
            varied.push((format!("{name} {path}={value}"), tuning));
        }
    }
    Ok(varied)
}
