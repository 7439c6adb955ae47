//! Lines over a few measured places.

use std::path::Path;

use plotters::prelude::*;

use crate::common::Failure;

#[path = "../../crates/aliyarface-labs/src/letters.rs"]
mod letters;

/// A measured course, in ms over what the plot's axis counts.
pub struct Line {
    pub name: String,
    pub places: Vec<(f64, f64)>,
}

/// Draws `lines` with a mark at each measured place.
pub fn draw(file: &Path, title: &str, axis: &str, lines: &[Line]) -> Result<(), Failure> {
    letters::register();
    let places = || lines.iter().flat_map(|line| line.places.iter());
    let right = places().map(|place| place.0).fold(0.0, f64::max) * 1.05;
    let top = places().map(|place| place.1).fold(0.0, f64::max) * 1.1;
    let root = BitMapBackend::new(file, (900, 520)).into_drawing_area();
    root.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&root)
        .margin(16)
        .caption(title, ("sans-serif", 20))
        .set_label_area_size(LabelAreaPosition::Left, 56)
        .set_label_area_size(LabelAreaPosition::Bottom, 44)
        .build_cartesian_2d(0.0..right, 0.0..top)?;
    chart
        .configure_mesh()
        .x_desc(axis)
        .y_desc("median ms a frame")
        .label_style(("sans-serif", 14))
        .light_line_style(WHITE)
        .bold_line_style(RGBColor(225, 225, 225))
        .draw()?;
    for (index, line) in lines.iter().enumerate() {
        let colour = Palette99::pick(index).to_rgba();
        let course = LineSeries::new(line.places.iter().copied(), colour.stroke_width(2));
        chart
            .draw_series(course)?
            .label(line.name.clone())
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], colour.stroke_width(3)));
        let marks = line
            .places
            .iter()
            .map(|&place| Circle::new(place, 4, colour.filled()));
        chart.draw_series(marks)?;
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .background_style(WHITE.mix(0.85))
        .border_style(RGBColor(200, 200, 200))
        .label_font(("sans-serif", 14))
        .draw()?;
    root.present()?;
    Ok(())
}
