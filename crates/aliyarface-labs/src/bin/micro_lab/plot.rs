//! What was measured as a picture: bars of what was found by amplitude, of F1 by condition and of what was told
//! where there was nothing.

use std::path::Path;

use anyhow::{Result, anyhow};
use plotters::coord::Shift;
use plotters::prelude::*;

use aliyarface_labs::letters;

/// Width and height of a panel in pixels.
const PANEL: (u32, u32) = (560, 480);

/// Bars are no thicker than if there were so many.
const FEWEST_ROWS: usize = 5;

type Area<'a> = DrawingArea<BitMapBackend<'a>, Shift>;
type Drawn<'a> = Result<(), DrawingAreaErrorKind<<BitMapBackend<'a> as DrawingBackend>::ErrorType>>;

/// Bars under one another.
pub struct Panel {
    pub caption: &'static str,
    pub unit: &'static str,
    /// Names and lengths.
    pub bars: Vec<(String, f64)>,
    /// A red line, and what it means.
    pub line: Option<(f64, &'static str)>,
    /// The least that the scale reaches to.
    pub reach: f64,
}

/// Draws those of `panels` that have any bars, side by side.
pub fn draw(panels: &[Panel], path: &Path) -> Result<()> {
    letters::register();
    let panels: Vec<_> = panels
        .iter()
        .filter(|panel| !panel.bars.is_empty())
        .collect();
    let (width, height) = PANEL;
    let size = (width * panels.len().max(1) as u32, height);
    let root = BitMapBackend::new(path, size).into_drawing_area();
    let all = || {
        root.fill(&WHITE)?;
        let areas = root.split_evenly((1, panels.len().max(1)));
        for (panel, area) in panels.iter().zip(&areas) {
            drawn(panel, area)?;
        }
        root.present()
    };
    all().map_err(|err| anyhow!("{}: {err}", path.display()))
}

fn drawn<'a>(panel: &Panel, area: &Area<'a>) -> Drawn<'a> {
    let lengths = panel.bars.iter().map(|(_, length)| *length);
    let most = lengths.fold(panel.reach, f64::max) * 1.04;
    let rows = panel.bars.len().max(FEWEST_ROWS) as f64;
    let mut chart = ChartBuilder::on(area)
        .margin(16)
        .caption(panel.caption, ("sans-serif", 20))
        .x_label_area_size(40)
        .y_label_area_size(8)
        .build_cartesian_2d(0.0..most, 0.0..rows)?;
    let meaning = panel
        .line
        .map_or(String::new(), |(_, meaning)| format!("; red: {meaning}"));
    chart
        .configure_mesh()
        .disable_y_mesh()
        .disable_y_axis()
        .light_line_style(TRANSPARENT)
        .x_desc(format!("{}{meaning}", panel.unit))
        .draw()?;
    for (index, (name, length)) in panel.bars.iter().enumerate() {
        let top = rows - index as f64;
        let corners = [(0.0, top - 0.5), (*length, top - 0.85)];
        let words = format!("{name}: {length:.2}");
        let place = (most * 0.01, top - 0.16);
        chart.draw_series([Rectangle::new(corners, Palette99::pick(1).filled())])?;
        chart.draw_series([Text::new(words, place, ("sans-serif", 15))])?;
    }
    let line = panel
        .line
        .map(|(at, _)| PathElement::new([(at, 0.0), (at, rows)], RED.stroke_width(2)));
    chart.draw_series(line)?;
    Ok(())
}
