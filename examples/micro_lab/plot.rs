//! What was measured as a picture: recall by amplitude, and false alarms of clips without events.

use std::path::Path;

use anyhow::{Result, anyhow};
use plotters::coord::Shift;
use plotters::prelude::*;

use super::lab::letters;

/// Micro-expressions a minute that may be told where there are none.
const BAR: f64 = 2.0;

type Area<'a> = DrawingArea<BitMapBackend<'a>, Shift>;
type Drawn<'a> = Result<(), DrawingAreaErrorKind<<BitMapBackend<'a> as DrawingBackend>::ErrorType>>;

/// Draws `curves`, points of amplitude in percent and share found, and `alarms` a minute, each by name.
pub fn draw(
    curves: &[(String, Vec<(f64, f64)>)],
    alarms: &[(String, f64)],
    path: &Path,
) -> Result<()> {
    letters::register();
    let root = BitMapBackend::new(path, (1240, 520)).into_drawing_area();
    let all = || {
        root.fill(&WHITE)?;
        let (left, right) = root.split_horizontally(720);
        recall(curves, &left)?;
        if !alarms.is_empty() {
            false_alarms(alarms, &right)?;
        }
        root.present()
    };
    all().map_err(|err| anyhow!("{}: {err}", path.display()))
}

/// A line a condition.
fn recall<'a>(curves: &[(String, Vec<(f64, f64)>)], area: &Area<'a>) -> Drawn<'a> {
    let mut chart = ChartBuilder::on(area)
        .margin(14)
        .caption("Found, by amplitude", ("sans-serif", 20))
        .x_label_area_size(40)
        .y_label_area_size(56)
        .build_cartesian_2d(0.0..30.0, 0.0..1.02)?;
    chart
        .configure_mesh()
        .x_desc("amplitude, % of the rig's full movement")
        .y_desc("part found")
        .draw()?;
    for (index, (name, points)) in curves.iter().enumerate() {
        let colour = Palette99::pick(index).to_rgba();
        let line = LineSeries::new(points.iter().copied(), colour.stroke_width(2)).point_size(4);
        chart
            .draw_series(line)?
            .label(name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], colour));
    }
    chart
        .configure_series_labels()
        .background_style(WHITE.mix(0.85))
        .border_style(BLACK.mix(0.3))
        .position(SeriesLabelPosition::UpperLeft)
        .draw()
}

/// A bar a kind of clip, and the line that none may cross.
fn false_alarms<'a>(alarms: &[(String, f64)], area: &Area<'a>) -> Drawn<'a> {
    let most = alarms.iter().map(|(_, rate)| *rate).fold(BAR, f64::max) * 1.2;
    let rows = alarms.len() as f64;
    let mut chart = ChartBuilder::on(area)
        .margin(14)
        .caption("Told where there is none, a minute", ("sans-serif", 20))
        .x_label_area_size(40)
        .y_label_area_size(8)
        .build_cartesian_2d(0.0..most, 0.0..rows)?;
    chart
        .configure_mesh()
        .disable_y_mesh()
        .disable_y_axis()
        .x_desc("micro-expressions a minute; the line is the most that may be")
        .draw()?;
    for (index, (name, rate)) in alarms.iter().enumerate() {
        let top = rows - index as f64;
        let corners = [(0.0, top - 0.45), (*rate, top - 0.85)];
        let bar = Rectangle::new(corners, Palette99::pick(1).filled());
        let words = format!("{name}: {rate:.2}");
        let place = (most * 0.01, top - 0.12);
        chart.draw_series([bar])?;
        chart.draw_series([Text::new(words, place, ("sans-serif", 15))])?;
    }
    let line = PathElement::new([(BAR, 0.0), (BAR, rows)], RED.stroke_width(2));
    chart.draw_series([line])?;
    Ok(())
}
