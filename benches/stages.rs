//! `make bench`: what each stage and the whole element cost, over sizes, formats and numbers of faces.
//!
//! Each scene is measured with every stage on every frame, micro-expressions included, then the whole
//! element as hosts run it. New faces are searched for on every tenth frame, which a median does not show,
//! but where a search is named: then on every frame. `QUICK=1` leaves BGRx and most sizes out. Times are of one machine at one
//! hour: compare them within one run.

mod common;
#[path = "common/plot.rs"]
mod plot;
#[path = "common/scene.rs"]
mod scene;

use std::path::Path;
use std::time::{Duration, Instant};

use gst_video::{VideoFormat, VideoInfo};
use gstaliyarface::analysis::{Analyser, AnalysisSettings, Stage};
use gstaliyarface::models::{Folders, ModelChoice, Models};
use gstaliyarface::picture::{self, Picture};
use serde_json::{Value, json};

use common::{FRAME, Failure, percentile, pick};
use plot::Line;

const WARM_UP: usize = 12;
/// A measurement ends after so many frames, or after [`LONG_ENOUGH`] if it has the fewest.
const MOST_FRAMES: usize = 90;
const FEWEST_FRAMES: usize = 24;
const LONG_ENOUGH: Duration = Duration::from_millis(700);
/// Frames passed at 30 a second beside an analysis in its own thread.
const ASYNC_FRAMES: usize = 30;
const ASYNC_FRAMES_AT_LEISURE: usize = 240;

/// Turns that one face and eight take to be compared.
const TURNS: usize = 5;

const SIZES: [(usize, usize); 3] = [(640, 360), (1280, 720), (1920, 1080)];
/// Columns and rows in which the faces of a scene stand.
const GRID: [usize; 2] = [4, 2];
const FACES: [usize; 4] = [1, 2, 4, 8];
/// The whole element, by what it is told.
const WHOLE: [(&str, &str); 5] = [
    ("every stage", "emotion-interval=1"),
    ("and a search", "emotion-interval=1 detection-interval=1"),
    (
        "with overlays",
        "emotion-interval=1 overlay=boxes+mesh+pose+labels+events",
    ),
    (
        "no micro-expr.",
        "emotion-interval=1 micro-expressions=false",
    ),
    ("defaults", ""),
];

struct Scene {
    size: (usize, usize),
    format: VideoFormat,
    faces: usize,
    frames: Vec<gst::Sample>,
}

/// Median and 95th percentile of a name's times in a scene.
struct Row {
    size: (usize, usize),
    format: VideoFormat,
    faces: usize,
    name: String,
    times: Vec<Duration>,
}

fn main() -> Result<(), Failure> {
    gst::init()?;
    gstaliyarface::plugin_register_static()?;
    let quick = std::env::var("QUICK").is_ok_and(|quick| !quick.is_empty());
    let mut rows: Vec<Row> = Vec::new();
    println!("milliseconds a frame, median / p95; the names after | are of the whole element");
    for size in SIZES {
        for format in [VideoFormat::Nv12, VideoFormat::Bgrx] {
            for faces in FACES {
                let shown = format == VideoFormat::Nv12 && (size == SIZES[1] || faces == 1);
                if quick && !shown {
                    continue;
                }
                let scene = Scene::of(size, format, faces)?;
                let first = rows.len();
                scene.measure(&mut rows)?;
                print(&rows[first..]);
            }
        }
    }
    report(&mut rows)?;
    many_faces()
}

/// What eight faces cost beside one. Scenes take turns, so that both are of the same minute.
fn many_faces() -> Result<(), Failure> {
    let scene = |faces| Scene::of(SIZES[1], VideoFormat::Nv12, faces);
    let scenes = [scene(1)?, scene(8)?];
    for (name, settings) in WHOLE {
        let mut times = [Vec::new(), Vec::new()];
        for _ in 0..TURNS {
            for (scene, times) in scenes.iter().zip(&mut times) {
                times.extend(scene.element(settings)?);
            }
        }
        let [one, eight] = times.map(|mut times| {
            times.sort();
            percentile(&times, 0.5)
        });
        println!(
            "8 faces cost {:.2} times one face ({eight:.1}, {one:.1} ms): 720p NV12, {name} ({settings})",
            eight / one
        );
    }
    Ok(())
}

impl Scene {
    fn of(size: (usize, usize), format: VideoFormat, faces: usize) -> Result<Self, Failure> {
        Ok(Self {
            size,
            format,
            faces,
            frames: scene::tiled([size.0, size.1], format, GRID, faces)?,
        })
    }

    fn measure(&self, rows: &mut Vec<Row>) -> Result<(), Failure> {
        let mut add = |name: &str, times: Vec<Duration>| {
            rows.push(Row {
                size: self.size,
                format: self.format,
                faces: self.faces,
                name: name.to_owned(),
                times,
            });
        };
        for (stage, times) in Stage::ALL.into_iter().zip(self.stages()?) {
            add(stage.name(), times);
        }
        for (name, settings) in WHOLE {
            add(name, self.element(settings)?);
        }
        let at_leisure = self.size == SIZES[1] && self.faces == 1;
        let frames = if at_leisure {
            ASYNC_FRAMES_AT_LEISURE
        } else {
            ASYNC_FRAMES
        };
        add("async, held", self.beside(frames)?);
        Ok(())
    }

    /// Times of each stage with all of them on every frame.
    fn stages(&self) -> Result<[Vec<Duration>; Stage::ALL.len()], Failure> {
        let models = std::env::var("ALIYARFACE_MODELS")?;
        let choice = ModelChoice::bundled(Folders(vec![models.into()]));
        let mut settings = AnalysisSettings {
            micro_expressions: true,
            ..AnalysisSettings::default()
        };
        settings.emotion.interval = 1;
        let mut analyser = Analyser::new(Models::load(&choice)?);
        let mut spent = Stage::ALL.map(|_| Vec::new());
        let mut start = Instant::now();
        for index in 0..WARM_UP + MOST_FRAMES {
            if index == WARM_UP {
                start = Instant::now();
            }
            let sample = pick(&self.frames, index);
            let info = VideoInfo::from_caps(sample.caps().ok_or("no caps")?)?;
            let frame = picture::map(sample.buffer().ok_or("no buffer")?, &info)?;
            let picture = Picture::from_frame(&frame, &info)?;
            let analysis = analyser.analyse(&picture, index as u64 * FRAME, &settings)?;
            if index < WARM_UP {
                continue;
            }
            if analysis.faces.len() != self.faces {
                return Err(format!("{} of {} faces", analysis.faces.len(), self.faces).into());
            }
            for (spent, stage) in spent.iter_mut().zip(Stage::ALL) {
                spent.push(analysis.timing.spent(stage));
            }
            if is_enough(index, start) {
                break;
            }
        }
        Ok(spent)
    }

    /// Times of the element in sync mode.
    fn element(&self, settings: &str) -> Result<Vec<Duration>, Failure> {
        let mut host = Host::start(&format!("analysis-mode=sync {settings}"), self)?;
        let mut spent = Vec::new();
        let mut start = Instant::now();
        for index in 0..WARM_UP + MOST_FRAMES {
            if index == WARM_UP {
                start = Instant::now();
            }
            let took = host.pass(self, index)?;
            if index >= WARM_UP {
                spent.push(took);
                if is_enough(index, start) {
                    break;
                }
            }
        }
        Ok(spent)
    }

    /// How long buffers are held where the analysis runs beside them, at 30 frames a second.
    fn beside(&self, frames: usize) -> Result<Vec<Duration>, Failure> {
        let mut host = Host::start("analysis-mode=async", self)?;
        let mut spent = Vec::new();
        for index in 0..WARM_UP + frames {
            let took = host.pass(self, index)?;
            std::thread::sleep(Duration::from_nanos(FRAME).saturating_sub(took));
            if index >= WARM_UP {
                spent.push(took);
            }
        }
        Ok(spent)
    }
}

fn is_enough(index: usize, start: Instant) -> bool {
    index >= WARM_UP + FEWEST_FRAMES && start.elapsed() >= LONG_ENOUGH
}

/// The element and nothing else.
struct Host(gst_check::Harness);

impl Host {
    fn start(settings: &str, scene: &Scene) -> Result<Self, Failure> {
        let mut harness = gst_check::Harness::new_parse(&format!("aliyarface {settings}"));
        let caps = pick(&scene.frames, 0).caps_owned().ok_or("no caps")?;
        harness.set_src_caps(caps.clone());
        harness.set_sink_caps(caps);
        harness.play();
        Ok(Self(harness))
    }

    fn pass(&mut self, scene: &Scene, index: usize) -> Result<Duration, Failure> {
        let sample = pick(&scene.frames, index);
        let mut buffer = sample.buffer().ok_or("no buffer")?.copy_deep()?;
        let writable = buffer.get_mut().ok_or("a shared buffer")?;
        writable.set_pts(gst::ClockTime::from_nseconds(index as u64 * FRAME));
        let start = Instant::now();
        self.0.push_and_pull(buffer)?;
        Ok(start.elapsed())
    }
}

impl Row {
    fn at(&self, part: f64) -> f64 {
        percentile(&self.times, part)
    }

    fn json(&self) -> Value {
        let rounded = |part| (self.at(part) * 1000.0).round() / 1000.0;
        json!({
            "width": self.size.0,
            "height": self.size.1,
            "format": self.format.to_string(),
            "faces": self.faces,
            "what": self.name,
            "median_ms": rounded(0.5),
            "p95_ms": rounded(0.95),
            "p99_ms": rounded(0.99),
            "frames": self.times.len(),
        })
    }
}

fn print(rows: &[Row]) {
    let mut line = String::new();
    for row in rows {
        let mut sorted = row.times.clone();
        sorted.sort();
        if line.is_empty() {
            let faces = if row.faces == 1 { "face" } else { "faces" };
            line = format!("{}p {} {} {faces}:", row.size.1, row.format, row.faces);
        }
        let [median, high] = [0.5, 0.95].map(|part| percentile(&sorted, part));
        let bar = if row.name == WHOLE[0].0 { " |" } else { "" };
        line += &format!("{bar} {} {median:.1}/{high:.1}", row.name);
    }
    println!("{line}");
}

/// Plots, JSON and what the numbers say in a few lines.
fn report(rows: &mut [Row]) -> Result<(), Failure> {
    for row in rows.iter_mut() {
        row.times.sort();
    }
    let out = Path::new(env!("CARGO_MANIFEST_DIR")).join("out");
    std::fs::create_dir_all(&out)?;
    let all: Vec<Value> = rows.iter().map(Row::json).collect();
    std::fs::write(out.join("bench.json"), serde_json::to_string_pretty(&all)?)?;
    let named = |name: &str, with: &dyn Fn(&Row) -> Option<f64>| Line {
        name: name.to_owned(),
        places: rows
            .iter()
            .filter(|row| row.format == VideoFormat::Nv12 && row.name == name)
            .filter_map(|row| Some((with(row)?, row.at(0.5))))
            .collect(),
    };
    let by_faces = |row: &Row| (row.size == SIZES[1]).then_some(row.faces as f64);
    let by_size = |row: &Row| (row.faces == 1).then_some((row.size.0 * row.size.1) as f64 * 1e-6);
    let names = || {
        let whole = WHOLE.iter().map(|(name, _)| *name);
        whole.chain(Stage::ALL.map(Stage::name))
    };
    let lines: Vec<Line> = names().map(|name| named(name, &by_faces)).collect();
    let title = "Cost against faces: 720p NV12";
    plot::draw(&out.join("bench_faces.png"), title, "faces", &lines)?;
    let lines: Vec<Line> = names().map(|name| named(name, &by_size)).collect();
    let title = "Cost against picture size: one face, NV12";
    plot::draw(&out.join("bench_sizes.png"), title, "megapixels", &lines)?;
    let held = rows
        .iter()
        .find(|row| row.times.len() == ASYNC_FRAMES_AT_LEISURE && row.format == VideoFormat::Nv12);
    if let Some(held) = held {
        println!(
            "async at 720p NV12 holds a buffer for {:.2} ms, p99 {:.2} ms",
            held.at(0.5),
            held.at(0.99)
        );
    }
    println!(
        "{0}/bench.json {0}/bench_faces.png {0}/bench_sizes.png",
        out.display()
    );
    Ok(())
}
