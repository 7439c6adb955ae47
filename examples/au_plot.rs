//! `make plots`: the Action Units, the eyes and the head of a clip over time, as a picture.

#[path = "lab/mod.rs"]
mod lab;

use std::error::Error;
use std::path::{Path, PathBuf};

use gst::prelude::*;
use gst_video::VideoInfo;
use gstaliyarface::analysis::{ACTION_UNITS, Analyser, AnalysisSettings, Face};
use gstaliyarface::models::{ModelChoice, Models};
use gstaliyarface::picture::{self, Picture};
use plotters::prelude::*;

type Failure = Box<dyn Error>;

/// Width of the picture and height of a row in pixels.
const WIDTH: u32 = 1000;
const ROW: u32 = 70;

fn main() -> Result<(), Failure> {
    gst::init()?;
    let mut arguments = std::env::args().skip(1);
    let picture = PathBuf::from(arguments.next().ok_or("au_plot PICTURE.png [CLIP]")?);
    let clip = match arguments.next() {
        Some(clip) => PathBuf::from(clip),
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
            name: format!("{} {}", unit.code, unit.name),
            highest: 5.0,
            values: course(&frames, |face| {
                Some(face.action_units?.movement?.intensities.both[index])
            }),
        })
        .collect();
    traces.push(Trace {
        name: "eyes' openness".to_owned(),
        highest: 1.0,
        values: course(&frames, |face| {
            let [left, right] = face.eyes?.openness;
            Some((left + right) / 2.0)
        }),
    });
    draw(&picture, &clip, &traces, last)?;
    println!("{}", picture.display());
    Ok(())
}

struct Trace {
    name: String,
    highest: f64,
    values: Vec<(f64, f64)>,
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
    let pipeline = gst::parse::launch(
        "filesrc name=file ! decodebin ! videoconvert ! video/x-raw,format=I420 ! \
         appsink name=out sync=false",
    )?;
    let pipeline = pipeline.downcast::<gst::Pipeline>();
    let pipeline = pipeline.map_err(|_| "no pipeline")?;
    let source = pipeline.by_name("file").ok_or("no source")?;
    source.set_property("location", clip.to_str().ok_or("a strange path")?);
    let sink = pipeline.by_name("out").ok_or("no sink")?;
    let sink = sink.downcast::<gst_app::AppSink>().map_err(|_| "no sink")?;
    pipeline.set_state(gst::State::Playing)?;
    let mut choice = ModelChoice::bundled(lab::places::models());
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
    match frames.is_empty() {
        true => Err(format!("{} cannot be decoded", clip.display()).into()),
        false => Ok(frames),
    }
}

fn draw(picture: &Path, clip: &Path, traces: &[Trace], last: f64) -> Result<(), Failure> {
    lab::letters::register();
    let height = ROW * traces.len() as u32 + 70;
    let root = BitMapBackend::new(picture, (WIDTH, height)).into_drawing_area();
    root.fill(&WHITE)?;
    let name = clip.file_name().unwrap_or_default().to_string_lossy();
    let root = root.titled(
        &format!("{name}: intensities above the person's neutral"),
        ("sans-serif", 18),
    )?;
    let (rows, _) = root.split_vertically(ROW * traces.len() as u32 + 30);
    let rows = rows.split_evenly((traces.len(), 1));
    let places = rows.iter().zip(traces).enumerate();
    for (index, (row, trace)) in places {
        let is_last = index + 1 == traces.len();
        let mut chart = ChartBuilder::on(row)
            .margin_right(16)
            .margin_top(14)
            .set_label_area_size(LabelAreaPosition::Left, 30)
            .set_label_area_size(LabelAreaPosition::Bottom, if is_last { 26 } else { 0 })
            .build_cartesian_2d(0.0..last.max(0.1), 0.0..trace.highest)?;
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
        let colour = RGBColor(0, 95, 170);
        let course = trace.values.iter().copied();
        chart.draw_series(LineSeries::new(course, colour.stroke_width(2)))?;
        row.draw(&Text::new(
            trace.name.clone(),
            (40, 5),
            ("sans-serif", 14).into_font(),
        ))?;
    }
    root.present()?;
    Ok(())
}
