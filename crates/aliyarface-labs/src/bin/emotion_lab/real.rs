//! What the element says of real faces: portraits, clips of acted emotions, speech.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use gst::prelude::*;
use gstaliyarface::analysis::{ACTION_UNITS, Emotion, Face};
use gstaliyarface::metadata;
use serde::{Deserialize, Serialize};

use aliyarface_labs::ferplus::EMOTIONS;
use aliyarface_labs::pipelines;

/// Intensities by which AU12 rises in a smile that counts as seen.
const GAINED: f64 = 1.0;

/// How long a decoder may give nothing: of some GIFs libav gives neither the next picture nor an end.
const STALL: gst::ClockTime = gst::ClockTime::from_seconds(20);

/// A file of the folder's `index.json`.
#[derive(Debug, Deserialize)]
struct Entry {
    /// Its place in the folder.
    path: PathBuf,
    /// An emotion, `smiling`, `speech...`, or something that is not judged here.
    label: String,
}

/// What one face was said to show in one frame.
struct Reading {
    /// Seconds of stream time.
    time: f64,
    emotion: String,
    lip_corners: Option<f64>,
}

/// What the element says of the clips of one emotion.
#[derive(Debug, Default, Serialize)]
struct ClassMeasures {
    clips: usize,
    /// Clips in which the emotion is told most often.
    right: usize,
    /// Mean part of a clip's frames, 0..1, in which it is told.
    frames: f64,
}

/// What the element says of people who talk.
#[derive(Debug, Default, Serialize)]
struct SpeechMeasures {
    clips: usize,
    /// Mean part of a clip's frames, 0..1, that are told neutral or unknown.
    neutral: f64,
    /// Changes of the label.
    flips_per_minute: f64,
}

/// What the element says of portraits, of which those of a pair differ in the part of the name after
/// its last underscore.
#[derive(Debug, Default, Serialize)]
struct PortraitMeasures {
    neutral: usize,
    neutral_told: usize,
    smiling: usize,
    happiness_told: usize,
    pairs: usize,
    /// Pairs in which AU12 of the smile is higher by an intensity or more.
    au12_gained: usize,
    au12_gain_median: f64,
}

/// What was found in a folder.
#[derive(Debug, Default, Serialize)]
pub struct RealMeasures {
    clips: usize,
    clips_right: usize,
    /// Mean of the classes' `frames`.
    frames: f64,
    classes: BTreeMap<String, ClassMeasures>,
    speech: SpeechMeasures,
    portraits: PortraitMeasures,
    /// Files of other labels in which a face was read, and all of them.
    others: [usize; 2],
    /// Files that cannot be played, or show no face where one is judged.
    unread: Vec<PathBuf>,
}

/// Plays the files that `folder`'s `index.json` names, through an element with `properties`.
pub fn measure(folder: &Path, properties: &str) -> Result<RealMeasures> {
    let index = folder.join("index.json");
    let text =
        std::fs::read(&index).with_context(|| format!("{} cannot be read", index.display()))?;
    let entries: Vec<Entry> = serde_json::from_slice(&text)?;
    gst::init()?;
    gstaliyarface::plugin_register_static()?;
    let mut measures = RealMeasures::default();
    let mut corners: BTreeMap<String, [Option<f64>; 2]> = BTreeMap::new();
    let (mut flips, mut seconds) = (0, 0.0);
    for entry in entries {
        let readings = match read(&folder.join(&entry.path), properties) {
            Ok(readings) => readings,
            Err(error) => {
                eprintln!("{}: {error:#}", entry.path.display());
                Vec::new()
            }
        };
        let label = entry.label.as_str();
        let emotion = EMOTIONS.contains(&label);
        let speech = label.starts_with("speech");
        if !emotion && !speech && label != "smiling" {
            measures.others[0] += usize::from(!readings.is_empty());
            measures.others[1] += 1;
            continue;
        }
        let Some(first) = readings.first() else {
            measures.unread.push(entry.path);
            continue;
        };
        let part = |wanted: &[&str]| {
            let told = readings
                .iter()
                .filter(|reading| wanted.contains(&reading.emotion.as_str()));
            told.count() as f64 / readings.len() as f64
        };
        if speech {
            measures.speech.clips += 1;
            measures.speech.neutral += part(&["neutral", Emotion::UNKNOWN]);
            let pairs = readings.windows(2);
            flips += pairs
                .filter(|pair| pair[0].emotion != pair[1].emotion)
                .count();
            seconds += readings.last().map_or(0.0, |last| last.time - first.time);
        } else if readings.len() == 1 {
            let portraits = &mut measures.portraits;
            let smiling = label == "smiling" || label == "happiness";
            if smiling {
                portraits.smiling += 1;
                portraits.happiness_told += usize::from(first.emotion == "happiness");
            } else if label == "neutral" {
                portraits.neutral += 1;
                portraits.neutral_told += usize::from(first.emotion == "neutral");
            }
            let name = entry.path.to_string_lossy();
            if let Some((person, _)) = name.rsplit_once('_') {
                corners.entry(person.to_owned()).or_default()[usize::from(smiling)] =
                    first.lip_corners;
            }
        } else {
            let class = measures.classes.entry(label.to_owned()).or_default();
            class.clips += 1;
            class.right += usize::from(most_told(&readings) == label);
            class.frames += part(&[label]);
        }
    }
    measures.finish(&corners, flips, seconds);
    Ok(measures)
}

impl RealMeasures {
    /// Turns sums into means.
    fn finish(&mut self, corners: &BTreeMap<String, [Option<f64>; 2]>, flips: usize, seconds: f64) {
        for class in self.classes.values_mut() {
            class.frames /= class.clips as f64;
            self.clips += class.clips;
            self.clips_right += class.right;
            self.frames += class.frames;
        }
        self.frames /= self.classes.len().max(1) as f64;
        self.speech.neutral /= self.speech.clips.max(1) as f64;
        self.speech.flips_per_minute = flips as f64 / (seconds / 60.0).max(f64::MIN_POSITIVE);
        let gains = corners
            .values()
            .filter_map(|&[rest, smile]| Some(smile? - rest?));
        let mut gains: Vec<f64> = gains.collect();
        gains.sort_by(f64::total_cmp);
        self.portraits.pairs = gains.len();
        self.portraits.au12_gained = gains.iter().filter(|gain| **gain >= GAINED).count();
        self.portraits.au12_gain_median = gains.get(gains.len() / 2).copied().unwrap_or_default();
    }
}

/// The label of most frames.
fn most_told(readings: &[Reading]) -> &str {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for reading in readings {
        *counts.entry(&reading.emotion).or_default() += 1;
    }
    let most = counts.into_iter().max_by_key(|(_, count)| *count);
    most.map_or(Emotion::UNKNOWN, |(label, _)| label)
}

/// What is told of the largest face of each frame of `file`.
fn read(file: &Path, properties: &str) -> Result<Vec<Reading>> {
    let element = format!("aliyarface analysis-mode=sync {properties}");
    let (pipeline, sink) = pipelines::play(file, &element)?;
    let bus = pipeline.bus().context("a bus")?;
    let mut readings = Vec::new();
    loop {
        let Some(sample) = sink.try_pull_sample(STALL) else {
            if sink.is_eos() {
                break;
            }
            pipeline.set_state(gst::State::Null)?;
            bail!("its decoder has given nothing for {} s", STALL.seconds());
        };
        let segment = sample.segment().and_then(|segment| segment.downcast_ref());
        let segment: &gst::FormattedSegment<gst::ClockTime> = segment.context("a segment")?;
        let buffer = sample.buffer().context("a buffer")?;
        let time = segment.to_stream_time(buffer.pts()).unwrap_or_default();
        let Some(meta) = metadata::read(buffer)? else {
            continue;
        };
        let size = |face: &&Face| (face.rect.width * face.rect.height * 1e6) as u64;
        if let Some(face) = meta.faces.iter().max_by_key(size)
            && let Some(emotion) = &face.emotion
        {
            readings.push(Reading {
                time: time.nseconds() as f64 / 1e9,
                emotion: emotion.label().to_owned(),
                lip_corners: lip_corners(face),
            });
        }
    }
    let failed = bus.pop_filtered(&[gst::MessageType::Error]);
    pipeline.set_state(gst::State::Null)?;
    if let Some(gst::MessageView::Error(error)) = failed.as_ref().map(|failed| failed.view()) {
        bail!("{}", error.error());
    }
    Ok(readings)
}

/// AU12 of a face.
fn lip_corners(face: &Face) -> Option<f64> {
    let index = ACTION_UNITS.iter().position(|unit| unit.code == "AU12")?;
    let movement = face.action_units.as_ref()?.movement.as_ref()?;
    movement.intensities.both.get(index).copied()
}
