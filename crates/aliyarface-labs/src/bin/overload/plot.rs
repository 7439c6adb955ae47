//! The run as a picture: lag, the pictures' own delay, and memory.

use std::path::Path;

use anyhow::Result;

use super::live::{RunMeasures, SecondMeasures};
use super::verdict::Verdict;
use aliyarface_labs::panels::{BLUE, DARK, GREEN, ORANGE, Panel, draw as draw_panels, trend};
use aliyarface_labs::trend::percentile;

/// Draws what was seen into the PNG file `picture`.
///
/// # Errors
/// It cannot be written.
pub fn draw(picture: &Path, watched: &RunMeasures, verdict: &Verdict) -> Result<()> {
    let end = watched.seconds.last().map_or(1.0, |second| second.minutes);
    let series = |of: &dyn Fn(&SecondMeasures) -> f64| {
        let seconds = watched.seconds.iter();
        seconds
            .map(|second| (second.minutes, of(second)))
            .collect::<Vec<_>>()
    };
    let lag = |part| series(&move |second: &SecondMeasures| percentile(&second.lag, part));
    let panels = [
        Panel {
            title: format!(
                "Lag of the results in ms, median (blue) and most (grey) of each second; \
                 {:.0} pictures come while one is analysed",
                verdict.overload
            ),
            shown: 1.0,
            traces: vec![
                (DARK, lag(1.0)),
                (BLUE, lag(0.5)),
                trend(&verdict.lag, verdict.from, end),
            ],
        },
        Panel {
            title: "Pictures, p99 of each second in ms (the highest hundredth on the edge): held (blue), behind the camera (grey)"
                .to_owned(),
            shown: 0.99,
            traces: vec![
                (DARK, series(&|second| percentile(&second.late, 0.99))),
                (BLUE, series(&|second| percentile(&second.held, 0.99))),
            ],
        },
        Panel {
            title: "MB: resident (blue), heap in use (green); faces (orange)".to_owned(),
            shown: 1.0,
            traces: vec![
                (BLUE, series(&|second| second.memory.resident)),
                (GREEN, series(&|second| second.memory.used)),
                (ORANGE, series(&|second| f64::from(second.faces))),
            ],
        },
    ];
    draw_panels(picture, &panels, end)
}
