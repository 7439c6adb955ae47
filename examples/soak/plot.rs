//! The run as a picture: memory, how long pictures were held, and faces.

use std::path::Path;

use anyhow::Result;
use plotters::coord::Shift;
use plotters::prelude::*;

use super::lab::letters;
use super::verdict::{Verdict, percentile};
use super::{Sample, verdict};

const SIZE: (u32, u32) = (1100, 760);
const BLUE: RGBColor = RGBColor(0, 95, 170);
const ORANGE: RGBColor = RGBColor(215, 110, 0);
const GREY: RGBColor = RGBColor(225, 225, 225);

type Area<'a> = DrawingArea<BitMapBackend<'a>, Shift>;

/// One line of a panel.
struct Trace {
    colour: RGBColor,
    values: Vec<(f64, f64)>,
}

/// Draws `samples` into the PNG file `picture`.
///
/// # Errors
/// It cannot be written.
pub fn draw(picture: &Path, samples: &[Sample], verdict: &Verdict) -> Result<()> {
    letters::register();
    let root = BitMapBackend::new(picture, SIZE).into_drawing_area();
    root.fill(&WHITE)?;
    let panels = root.split_evenly((3, 1));
    let course = |of: &dyn Fn(&Sample) -> Option<f64>| {
        let course = samples
            .iter()
            .filter_map(|sample| Some((sample.minutes, of(sample)?)));
        course.collect::<Vec<_>>()
    };
    let end = samples.last().map_or(1.0, |sample| sample.minutes);
    let memory = course(&|sample| Some(sample.resident));
    let settled = |minutes| {
        let middle = (verdict.from + end) / 2.0;
        let level = (verdict.first + verdict.last) / 2.0;
        level + verdict.slope * (minutes - middle)
    };
    let slope = vec![(verdict.from, settled(verdict.from)), (end, settled(end))];
    let title = format!(
        "Resident memory in MB; after the warm-up {:+.2} MB a minute ({} allowed)",
        verdict.slope,
        verdict::ALLOWED
    );
    let traces = [
        Trace {
            colour: BLUE,
            values: memory,
        },
        Trace {
            colour: ORANGE,
            values: slope,
        },
    ];
    panel(&panels[0], &title, end, &traces)?;
    let held = |sync| {
        course(&move |sample: &Sample| {
            let seen = sample.sync == sync && !sample.held.is_empty();
            seen.then(|| percentile(&sample.held, 0.95))
        })
    };
    let traces = [
        Trace {
            colour: BLUE,
            values: held(false),
        },
        Trace {
            colour: ORANGE,
            values: held(true),
        },
    ];
    let title =
        "Time for which pictures are held, p95 of each second in ms: async (blue), sync (orange)";
    panel(&panels[1], title, end, &traces)?;
    let faces = course(&|sample| Some(f64::from(sample.faces)));
    let traces = [Trace {
        colour: BLUE,
        values: faces,
    }];
    panel(
        &panels[2],
        "Faces (minutes since the start below)",
        end,
        &traces,
    )?;
    root.present()?;
    Ok(())
}

fn panel(area: &Area<'_>, title: &str, end: f64, traces: &[Trace]) -> Result<()> {
    let values = traces.iter().flat_map(|trace| &trace.values);
    let highest = values.map(|value| value.1).fold(1.0, f64::max);
    let mut chart = ChartBuilder::on(area)
        .caption(title, ("sans-serif", 17))
        .margin_right(20)
        .margin_top(6)
        .set_label_area_size(LabelAreaPosition::Left, 50)
        .set_label_area_size(LabelAreaPosition::Bottom, 24)
        .build_cartesian_2d(0.0..end, 0.0..highest * 1.1)?;
    chart
        .configure_mesh()
        .y_labels(5)
        .x_labels(16)
        .y_label_formatter(&|value| format!("{value:.*}", usize::from(highest < 5.0)))
        .x_label_formatter(&|value| format!("{value:.1}"))
        .label_style(("sans-serif", 13))
        .light_line_style(WHITE)
        .bold_line_style(GREY)
        .draw()?;
    for Trace { colour, values } in traces {
        match values.len() {
            2 => {
                let line = values.iter().copied();
                chart.draw_series(LineSeries::new(line, colour.stroke_width(2)))?;
            }
            _ => {
                let points = values.iter();
                let point = |&place: &(f64, f64)| Circle::new(place, 2, colour.filled());
                chart.draw_series(points.map(point))?;
            }
        }
    }
    Ok(())
}
