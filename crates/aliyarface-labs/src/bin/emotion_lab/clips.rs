//! How soon the element tells what a face in a clip shows, and how often it changes its mind while the
//! face does not.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use gst::prelude::*;
use gstaliyarface::metadata;
use serde::{Deserialize, Serialize};

use aliyarface_labs::pipelines;

/// Part of a clip in which a viewer sees one emotion; seconds of stream time.
#[derive(Debug, Clone, Deserialize)]
pub struct EmotionInterval {
    file: String,
    from: f64,
    to: f64,
    emotion: String,
}

/// What the element told of one stretch.
#[derive(Debug, Clone, Serialize)]
pub struct IntervalMeasures {
    file: String,
    emotion: String,
    /// Seconds from the stretch's beginning until its emotion is told; absent where it never is.
    after: Option<f64>,
    /// Changes told from then on.
    false_changes: usize,
}

/// What was found; times in seconds.
#[derive(Debug, Clone, Serialize)]
pub struct ClipMeasures {
    stretches: Vec<IntervalMeasures>,
    false_per_minute: f64,
}

/// Runs the clips of `folder` that `truth`, a JSON list of stretches, names.
pub fn measure(folder: &Path, truth: &Path) -> Result<ClipMeasures> {
    let text =
        std::fs::read(truth).with_context(|| format!("{} cannot be read", truth.display()))?;
    let truth: Vec<EmotionInterval> = serde_json::from_slice(&text)?;
    gst::init()?;
    gstaliyarface::plugin_register_static()?;
    let (mut stretches, mut seconds) = (Vec::new(), 0.0);
    for stretch in truth {
        let changes = changes(&folder.join(&stretch.file))?;
        let within = |time: f64| time >= stretch.from && time <= stretch.to;
        let before = changes.iter().rev().find(|(time, _)| *time < stretch.from);
        let already = before.is_some_and(|(_, emotion)| *emotion == stretch.emotion);
        let told = changes
            .iter()
            .position(|(time, emotion)| within(*time) && *emotion == stretch.emotion);
        let after = match told {
            _ if already => Some(0.0),
            Some(index) => Some(changes[index].0 - stretch.from),
            None => None,
        };
        let since = after.map_or(stretch.from, |after| stretch.from + after);
        let later = changes
            .iter()
            .filter(|(time, _)| within(*time) && *time > since);
        seconds += stretch.to - since;
        stretches.push(IntervalMeasures {
            after,
            false_changes: later.count(),
            file: stretch.file,
            emotion: stretch.emotion,
        });
    }
    let wrong: usize = stretches.iter().map(|told| told.false_changes).sum();
    Ok(ClipMeasures {
        stretches,
        false_per_minute: wrong as f64 / (seconds / 60.0),
    })
}

/// Each emotion that the clip's face comes to be told of, with the second of stream time.
fn changes(file: &Path) -> Result<Vec<(f64, String)>> {
    let (pipeline, sink) = pipelines::play(file, "aliyarface analysis-mode=sync")?;
    let mut changes: Vec<(f64, String)> = Vec::new();
    while let Ok(sample) = sink.pull_sample() {
        let segment = sample.segment().and_then(|segment| segment.downcast_ref());
        let segment: &gst::FormattedSegment<gst::ClockTime> = segment.context("a segment")?;
        let buffer = sample.buffer().context("a buffer")?;
        let time = segment.to_stream_time(buffer.pts()).context("a time")?;
        let Some(meta) = metadata::read(buffer)? else {
            continue;
        };
        let face = meta.faces.first();
        if let Some(emotion) = face.and_then(|face| face.emotion.as_ref())
            && changes
                .last()
                .is_none_or(|(_, told)| *told != emotion.label())
        {
            changes.push((time.nseconds() as f64 / 1e9, emotion.label().to_owned()));
        }
    }
    pipeline.set_state(gst::State::Null)?;
    ensure!(
        !changes.is_empty(),
        "{}: no emotion was read",
        file.display()
    );
    Ok(changes)
}
