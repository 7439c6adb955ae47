//! `make plots`: the Action Units, the eyes and the head of a clip over time, as a picture.

use std::error::Error;
use std::path::{Path, PathBuf};

use clap::Parser;
use gst::prelude::*;
use gst_video::VideoInfo;
use gstaliyarface::analysis::{ACTION_UNITS, Analyser, AnalysisSettings, Face};
use gstaliyarface::geometry::Sides;
use gstaliyarface::models::{ModelChoice, Models};
use gstaliyarface::picture::{self, Picture};
use plotters::prelude::*;

type Failure = Box<dyn Error>;

/// Width of the picture and height of a row in pixels.
const WIDTH: u32 = 1000;
const ROW: u32 = 96;
/// Part of its scale above which a trace has a row of its own; the others share the last.
const MOVED: f64 = 0.15;
const COLOUR: RGBColor = RGBColor(0, 95, 170);

/// Draws the Action Units, the eyes and the head of a clip over time.
#[derive(Parser)]
#[command(name = "au_plot")]
struct Options {
    /// The PNG file to write.
    picture: PathBuf,
    /// The clip to read; a sample where none is named.
    clip: Option<PathBuf>,
}

fn main() -> Result<(), Failure> {
    gst::init()?;
    let Options { picture, clip } = Options::parse();
    let clip = match clip {
        Some(clip) => clip,
        None => PathBuf::from(std::env::var("ALIYARFACE_SAMPLES")?).join("single_face.mp4"),
    };
    if let Some(folder) = picture.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let frames = read(&clip)?;
    let last = frames.last().map_or(0.0, |frame| frame.0);
    let mut traces: Vec<Trace> = ACTION_UNITS
        .iter()
        .take(gstaliyarface::models::SCORES)
        .enumerate()
        .map(|(index, unit)| Trace {
            code: unit.code,
            name: format!("{} {} ({})", unit.code, unit.name, unit.tier.name()),
            highest: 5.0,
            values: course(&frames, |face| {
                Some(face.action_units?.movement?.intensities.both[index])
            }),
        })
        .collect();
    traces.push(Trace {
        code: "",
        name: "openness of the eyes".to_owned(),
        highest: 1.0,
        values: course(&frames, |face| {
            let Sides { left, right } = face.eyes?.openness;
            Some((left + right) / 2.0)
        }),
    });
    draw(&picture, &clip, &rows(traces), last)?;
    println!("{}", picture.display());
    Ok(())
}

struct Trace {
    code: &'static str,
    name: String,
    highest: f64,
    values: Vec<(f64, f64)>,
}

/// Traces that share a row.
struct Row {
    name: String,
    traces: Vec<Trace>,
}

/// A row for each trace that moves, and one for all that do not.
fn rows(traces: Vec<Trace>) -> Vec<Row> {
    let moves = |trace: &Trace| {
        let highest = trace.values.iter().map(|(_, value)| *value);
        highest.fold(0.0, f64::max) > MOVED * trace.highest
    };
    let (moved, resting): (Vec<_>, Vec<_>) = traces.into_iter().partition(moves);
    let mut rows: Vec<Row> = moved
        .into_iter()
        .map(|trace| Row {
            name: trace.name.clone(),
            traces: vec![trace],
        })
        .collect();
    if !resting.is_empty() {
        let codes: Vec<_> = resting.iter().map(|trace| trace.code).collect();
        rows.push(Row {
            name: format!("at rest: {}", codes.join(" ")),
            traces: resting,
        });
    }
    rows
}

/// What `of` says of the first face in each frame, by seconds.
fn course(frames: &[(f64, Option<Face>)], of: impl Fn(&Face) -> Option<f64>) -> Vec<(f64, f64)> {
    let known = frames
        .iter()
        .filter_map(|(time, face)| Some((*time, of(face.as_ref()?)?)));
    known.collect()
}

/// The first face of each frame of a clip, with its time in seconds.
fn read(clip: &Path) -> Result<Vec<(f64, Option<Face>)>, Failure> {
    let (pipeline, sink) = aliyarface_labs::pipelines::play(clip, "video/x-raw,format=I420")?;
    let mut choice = ModelChoice::bundled(aliyarface_labs::places::models());
    choice.emotions = false;
    let mut analyser = Analyser::new(Models::load(&choice)?);
    let mut frames = Vec::new();
    while let Some(sample) = sink.try_pull_sample(gst::ClockTime::from_seconds(10)) {
        let info = VideoInfo::from_caps(sample.caps().ok_or("no caps")?)?;
        let buffer = sample.buffer().ok_or("no buffer")?;
        let time = buffer.pts().unwrap_or_default().nseconds();
        let frame = picture::map(buffer, &info)?;
        let picture = Picture::from_frame(&frame, &info)?;
        let analysis = analyser.analyse(&picture, time, &AnalysisSettings::default())?;
        frames.push((time as f64 * 1e-9, analysis.faces.into_iter().next()));
    }
    pipeline.set_state(gst::State::Null)?;
    if frames.is_empty() {
        Err(format!("{} cannot be decoded", clip.display()).into())
    } else {
        Ok(frames)
    }
}

fn draw(picture: &Path, clip: &Path, rows: &[Row], last: f64) -> Result<(), Failure> {
    aliyarface_labs::letters::register();
    let height = ROW * rows.len() as u32 + 70;
    let root = BitMapBackend::new(picture, (WIDTH, height)).into_drawing_area();
    root.fill(&WHITE)?;
    let name = clip.file_name().unwrap_or_default().to_string_lossy();
    let root = root.titled(
        &format!("{name}: intensities above the person's neutral"),
        ("sans-serif", 18),
    )?;
    let (areas, _) = root.split_vertically(ROW * rows.len() as u32 + 30);
    let areas = areas.split_evenly((rows.len(), 1));
    let places = areas.iter().zip(rows).enumerate();
    for (index, (area, row)) in places {
        let is_last = index + 1 == rows.len();
        let highest = row.traces.first().map_or(1.0, |trace| trace.highest);
        let mut chart = ChartBuilder::on(area)
            .margin_right(16)
            .margin_top(24)
            .set_label_area_size(LabelAreaPosition::Left, 30)
            .set_label_area_size(LabelAreaPosition::Bottom, if is_last { 26 } else { 0 })
            .build_cartesian_2d(0.0..last.max(0.1), 0.0..highest)?;
        chart
            .configure_mesh()
            .disable_y_mesh()
            .y_labels(2)
            .y_label_formatter(&|value| format!("{value:.0}"))
            .x_labels(13)
            .x_desc(if is_last { "seconds" } else { "" })
            .label_style(("sans-serif", 12))
            .axis_style(RGBColor(150, 150, 150))
            .light_line_style(WHITE)
            .bold_line_style(RGBColor(225, 225, 225))
            .draw()?;
        for trace in &row.traces {
            let course = || trace.values.iter().copied();
            if row.traces.len() == 1 {
                let ends = [trace.values.last(), trace.values.first()];
                let floor = ends.into_iter().flatten().map(|(time, _)| (*time, 0.0));
                let area: Vec<(f64, f64)> = course().chain(floor).collect();
                chart.draw_series([Polygon::new(area, COLOUR.mix(0.15))])?;
            }
            let line = LineSeries::new(course(), COLOUR.stroke_width(2));
            chart.draw_series(line)?;
        }
        let font = ("sans-serif", 14).into_font();
        area.draw(&Text::new(row.name.clone(), (40, 8), font))?;
    }
    root.present()?;
    Ok(())
}
