//! Pictures of a run and of a net.

use std::path::Path;

use anyhow::{Result, anyhow};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::measures::Epoch;
use aliyarface_labs::ferplus::{CLASSES, EMOTIONS};
use aliyarface_labs::letters;

/// Loss and accuracy by epoch.
pub fn learning(epochs: &[Epoch], path: &Path) -> Result<()> {
    letters::register();
    let root = BitMapBackend::new(path, (900, 480)).into_drawing_area();
    let draw = || -> Result<(), DrawingAreaErrorKind<_>> {
        root.fill(&WHITE)?;
        let last = epochs.len().max(2) as f64;
        let highest = epochs.iter().map(|epoch| epoch.loss).fold(1.0, f64::max);
        let mut chart = ChartBuilder::on(&root)
            .margin(14)
            .x_label_area_size(40)
            .y_label_area_size(56)
            .right_y_label_area_size(56)
            .build_cartesian_2d(1.0..last, 0.5..0.95)?
            .set_secondary_coord(1.0..last, 0.0..1.1 * highest);
        chart
            .configure_mesh()
            .x_desc("epoch")
            .y_desc("accuracy on PublicTest")
            .light_line_style(WHITE)
            .draw()?;
        chart
            .configure_secondary_axes()
            .y_desc("training loss")
            .draw()?;
        let numbered = || {
            epochs
                .iter()
                .enumerate()
                .map(|(index, epoch)| (index as f64 + 1.0, epoch))
        };
        let legend = |colour: RGBColor| {
            move |(x, y)| PathElement::new([(x, y), (x + 18, y)], colour.stroke_width(2))
        };
        let majority = RGBColor(0, 110, 180);
        let argmax = RGBColor(90, 170, 90);
        let loss = RGBColor(200, 110, 40);
        chart
            .draw_series(LineSeries::new(
                numbered().map(|(x, epoch)| (x, epoch.majority)),
                majority.stroke_width(2),
            ))?
            .label("majority accuracy")
            .legend(legend(majority));
        chart
            .draw_series(LineSeries::new(
                numbered().map(|(x, epoch)| (x, epoch.argmax)),
                argmax.stroke_width(2),
            ))?
            .label("argmax accuracy")
            .legend(legend(argmax));
        chart
            .draw_secondary_series(LineSeries::new(
                numbered().map(|(x, epoch)| (x, epoch.loss)),
                loss.stroke_width(2),
            ))?
            .label("loss")
            .legend(legend(loss));
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::LowerRight)
            .background_style(WHITE.mix(0.8))
            .border_style(BLACK.mix(0.3))
            .draw()?;
        root.present()
    };
    draw().map_err(|err| anyhow!("{} cannot be drawn: {err}", path.display()))
}

/// How often faces of a row's emotion (the voters') are given the column's (the net's), in percent of
/// the row.
pub fn confusion(counts: &[[usize; CLASSES]; CLASSES], path: &Path) -> Result<()> {
    letters::register();
    let root = BitMapBackend::new(path, (760, 640)).into_drawing_area();
    let draw = || -> Result<(), DrawingAreaErrorKind<_>> {
        root.fill(&WHITE)?;
        let name = |class: &i32| {
            EMOTIONS
                .get(*class as usize)
                .copied()
                .unwrap_or_default()
                .to_owned()
        };
        let size = CLASSES as i32;
        let mut chart = ChartBuilder::on(&root)
            .margin(14)
            .x_label_area_size(56)
            .y_label_area_size(110)
            .build_cartesian_2d(
                (0..size - 1).into_segmented(),
                (0..size - 1).into_segmented(),
            )?;
        let named = |place: &SegmentValue<i32>| match place {
            SegmentValue::CenterOf(class) => name(class),
            _ => String::new(),
        };
        let voted = |place: &SegmentValue<i32>| match place {
            SegmentValue::CenterOf(class) => name(&(size - 1 - class)),
            _ => String::new(),
        };
        chart
            .configure_mesh()
            .disable_mesh()
            .x_labels(CLASSES)
            .y_labels(CLASSES)
            .x_label_formatter(&named)
            .y_label_formatter(&voted)
            .x_desc("named by the net")
            .y_desc("named by most voters")
            .draw()?;
        for (row, counts) in counts.iter().enumerate() {
            let total = counts.iter().sum::<usize>().max(1);
            for (column, &count) in counts.iter().enumerate() {
                let share = count as f64 / total as f64;
                let (x, y) = (column as i32, size - 1 - row as i32);
                let end = |value: i32| {
                    if value + 1 < size {
                        SegmentValue::Exact(value + 1)
                    } else {
                        SegmentValue::Last
                    }
                };
                let cell = [
                    (SegmentValue::Exact(x), SegmentValue::Exact(y)),
                    (end(x), end(y)),
                ];
                let shade = RGBColor(0, 90, 160).mix(share.sqrt());
                chart.draw_series(std::iter::once(Rectangle::new(cell, shade.filled())))?;
                let colour = if share > 0.3 { &WHITE } else { &BLACK };
                let style = ("sans-serif", 16).into_font().color(colour);
                let style = style.pos(Pos::new(HPos::Center, VPos::Center));
                let place = (SegmentValue::CenterOf(x), SegmentValue::CenterOf(y));
                chart.draw_series(std::iter::once(Text::new(
                    format!("{:.0}", 100.0 * share),
                    place,
                    style,
                )))?;
            }
        }
        root.present()
    };
    draw().map_err(|err| anyhow!("{} cannot be drawn: {err}", path.display()))
}
