//! Recall by amplitude as a picture.

use std::path::Path;

use anyhow::{Result, anyhow};
use plotters::prelude::*;

use super::lab::letters;

/// A line a condition.
pub fn recall(lines: &[(String, Vec<(f64, f64)>)], path: &Path) -> Result<()> {
    letters::register();
    let root = BitMapBackend::new(path, (900, 480)).into_drawing_area();
    let draw = || -> Result<(), DrawingAreaErrorKind<_>> {
        root.fill(&WHITE)?;
        let mut chart = ChartBuilder::on(&root)
            .margin(14)
            .x_label_area_size(40)
            .y_label_area_size(56)
            .build_cartesian_2d(0.0..30.0, 0.0..1.02)?;
        chart
            .configure_mesh()
            .x_desc("amplitude, % of the rig's full movement")
            .y_desc("found")
            .draw()?;
        for (index, (name, points)) in lines.iter().enumerate() {
            let colour = Palette99::pick(index).to_rgba();
            let line =
                LineSeries::new(points.iter().copied(), colour.stroke_width(2)).point_size(4);
            chart
                .draw_series(line)?
                .label(name)
                .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], colour));
        }
        chart
            .configure_series_labels()
            .background_style(WHITE.mix(0.8))
            .position(SeriesLabelPosition::LowerRight)
            .draw()?;
        root.present()
    };
    draw().map_err(|err| anyhow!("{}: {err}", path.display()))
}
