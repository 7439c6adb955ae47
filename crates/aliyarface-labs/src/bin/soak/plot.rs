//! The run as a picture: memory, how long pictures were held, and faces.

use std::path::Path;

use anyhow::Result;

use super::Sample;
use super::verdict::{ALLOWED, Verdict};
use aliyarface_labs::memory::Memory;
use aliyarface_labs::panels::{BLUE, DARK, GREEN, ORANGE, Panel, draw as draw_panels, trend};
use aliyarface_labs::trend::percentile;

/// Draws `samples` into the PNG file `picture`.
///
/// # Errors
/// It cannot be written.
pub fn draw(picture: &Path, samples: &[Sample], verdict: &Verdict) -> Result<()> {
    let course = |of: &dyn Fn(&Sample) -> Option<f64>| {
        let course = samples
            .iter()
            .filter_map(|sample| Some((sample.minutes, of(sample)?)));
        course.collect::<Vec<_>>()
    };
    let end = samples.last().map_or(1.0, |sample| sample.minutes);
    let memory = |of: &dyn Fn(&Memory) -> f64| course(&|sample| Some(of(&sample.memory)));
    let held = |sync| {
        course(&move |sample: &Sample| {
            let seen = sample.sync == sync && !sample.held.is_empty();
            seen.then(|| percentile(&sample.held, 0.95))
        })
    };
    let panels = [
        Panel {
            title: format!(
                "MB: resident (blue) {:+.2} a minute after the warm-up, heap in use (green) {:+.2}, \
                 {ALLOWED} allowed; freed and kept (grey)",
                verdict.resident.slope, verdict.used.slope,
            ),
            shown: 1.0,
            traces: vec![
                (BLUE, memory(&|memory| memory.resident)),
                (GREEN, memory(&|memory| memory.used)),
                (DARK, memory(&|memory| memory.free)),
                trend(&verdict.resident, verdict.from, end),
                trend(&verdict.used, verdict.from, end),
            ],
        },
        Panel {
            title: "Time for which pictures are held, p95 of each second in ms (the highest hundredth on the edge): async (blue), sync (orange)"
                .to_owned(),
            shown: 0.99,
            traces: vec![(BLUE, held(false)), (ORANGE, held(true))],
        },
        Panel {
            title: "Faces (minutes since the start below)".to_owned(),
            shown: 1.0,
            traces: vec![(BLUE, course(&|sample| Some(f64::from(sample.faces))))],
        },
    ];
    draw_panels(picture, &panels, end)
}
