//! Quantities over time, one panel below the other.

use std::path::Path;

use anyhow::Result;
use plotters::prelude::*;

use crate::letters;
use crate::trend::{Trend, percentile};

/// The first trace of a panel.
pub const BLUE: RGBColor = RGBColor(0, 95, 170);
/// The second trace.
pub const ORANGE: RGBColor = RGBColor(215, 110, 0);
/// The third trace.
pub const GREEN: RGBColor = RGBColor(0, 130, 70);
/// Words and limits.
pub const DARK: RGBColor = RGBColor(130, 130, 130);
const GREY: RGBColor = RGBColor(225, 225, 225);
/// Pixels of a panel.
const SIZE: (u32, u32) = (1100, 255);

/// One series of a panel: its colour, and places (time, value). Two places are drawn as a line, others as dots or
/// joined, as the [`Timeline`] says.
pub type Trace = (RGBColor, Vec<(f64, f64)>);

/// A title over some series.
pub struct Panel {
    /// What stands above it.
    pub title: String,
    /// Part of the values that fit below the upper edge; the others are drawn on it.
    pub shown: f64,
    /// What is drawn, the first lowest.
    pub traces: Vec<Trace>,
}

/// What all panels share: their time.
pub struct Timeline {
    /// Where it ends, in minutes or seconds.
    pub end: f64,
    /// Digits behind the point of its labels.
    pub digits: usize,
    /// Whether the places of a trace are joined by lines.
    pub joined: bool,
    /// A time that stands apart, grey.
    pub marked: Option<[f64; 2]>,
}

/// The trend line of a series from minute `from` to minute `end`.
pub fn trend(Trend { slope, first, last }: &Trend, from: f64, end: f64) -> Trace {
    let (middle, level) = ((from + end) / 2.0, (first + last) / 2.0);
    let at = |minutes: f64| (minutes, level + slope * (minutes - middle));
    (ORANGE, vec![at(from), at(end)])
}

/// Draws panels from minute 0 to minute `end`, their traces as dots, into the PNG file `picture`, whose folder is made.
///
/// # Errors
/// It cannot be written.
pub fn draw(picture: &Path, panels: &[Panel], end: f64) -> Result<()> {
    let timeline = Timeline {
        end,
        digits: 1,
        joined: false,
        marked: None,
    };
    draw_over(picture, panels, &timeline)
}

/// Draws panels over `timeline` into the PNG file `picture`, whose folder is made.
///
/// # Errors
/// It cannot be written.
pub fn draw_over(picture: &Path, panels: &[Panel], timeline: &Timeline) -> Result<()> {
    if let Some(folder) = picture.parent() {
        std::fs::create_dir_all(folder)?;
    }
    letters::register();
    let size = (SIZE.0, SIZE.1 * panels.len() as u32);
    let root = BitMapBackend::new(picture, size).into_drawing_area();
    root.fill(&WHITE)?;
    for (area, panel) in root.split_evenly((panels.len(), 1)).iter().zip(panels) {
        let values = panel.traces.iter().flat_map(|(_, places)| places);
        let values: Vec<f64> = values.map(|value| value.1).collect();
        let highest = percentile(&values, panel.shown).max(1.0);
        let within = |&(minutes, value): &(f64, f64)| (minutes, value.min(highest * 1.1));
        let mut chart = ChartBuilder::on(area)
            .caption(&panel.title, ("sans-serif", 17))
            .margin_right(20)
            .margin_top(6)
            .set_label_area_size(LabelAreaPosition::Left, 50)
            .set_label_area_size(LabelAreaPosition::Bottom, 24)
            .build_cartesian_2d(0.0..timeline.end, 0.0..highest * 1.1)?;
        chart
            .configure_mesh()
            .y_labels(5)
            .x_labels(16)
            .y_label_formatter(&|value| format!("{value:.*}", usize::from(highest < 5.0)))
            .x_label_formatter(&|value| format!("{value:.*}", timeline.digits))
            .label_style(("sans-serif", 13))
            .light_line_style(WHITE)
            .bold_line_style(GREY)
            .draw()?;
        if let Some([from, to]) = timeline.marked {
            let apart = Rectangle::new([(from, 0.0), (to, highest * 1.1)], DARK.mix(0.18).filled());
            chart.draw_series([apart])?;
        }
        for (colour, places) in &panel.traces {
            if places.len() == 2 || timeline.joined {
                let line = places.iter().map(within);
                chart.draw_series(LineSeries::new(line, colour.stroke_width(2)))?;
                continue;
            }
            let dot = |place: &(f64, f64)| Circle::new(within(place), 2, colour.filled());
            chart.draw_series(places.iter().map(dot))?;
        }
    }
    root.present()?;
    Ok(())
}
