mod common;
#[path = "common/scene.rs"]
mod scene;
use common::{FRAME, Failure, decode, pick, sample};
use gst_video::{VideoFormat, VideoInfo};
use gstaliyarface::analysis::{Analyser, AnalysisSettings, Stage};
use gstaliyarface::models::{Folders, ModelChoice, Models};
use gstaliyarface::picture::{self, Picture};
use std::time::{Duration, Instant};
fn env(n: &str, d: usize) -> usize {
    std::env::var(n)
        .ok()
        .and_then(|v| v.parse().ok())
        .unwrap_or(d)
}
fn main() -> Result<(), Failure> {
    gst::init()?;
    let faces = env("FACES", 1);
    let frames = match env("CLIP", 1) {
        1 => decode(&sample("single_face.mp4")?, "identity", "RGB")?,
        _ => scene::tiled([1280, 720], VideoFormat::Nv12, [4, 2], faces)?,
    };
    let mut choice =
        ModelChoice::bundled(Folders(vec![std::env::var("ALIYARFACE_MODELS")?.into()]));
    choice.threads = env("THREADS", 0) as u32;
    let mut settings = AnalysisSettings {
        micro_expressions: env("MICRO", 1) == 1,
        ..Default::default()
    };
    settings.emotion.interval = env("EVERY", 0) as u32;
    let mut analyser = Analyser::new(Models::load(&choice)?);
    let n = env("N", 300);
    let mut spent = Stage::ALL.map(|_| Duration::ZERO);
    let mut total = Vec::new();
    for index in 0..n + 12 {
        let sample = pick(&frames, index);
        let info = VideoInfo::from_caps(sample.caps().ok_or("no caps")?)?;
        let frame = picture::map(sample.buffer().ok_or("no buffer")?, &info)?;
        let picture = Picture::from_frame(&frame, &info)?;
        let start = Instant::now();
        let analysis = analyser.analyse(&picture, index as u64 * FRAME, &settings)?;
        if index < 12 {
            continue;
        }
        total.push(start.elapsed());
        for (s, stage) in spent.iter_mut().zip(Stage::ALL) {
            *s += analysis.timing.spent(stage);
        }
    }
    let mean = total.iter().sum::<Duration>().as_secs_f64() * 1e3 / n as f64;
    total.sort();
    print!(
        "mean {mean:.2} ({:.0}/s) median {:.2} |",
        1e3 / mean,
        total[n / 2].as_secs_f64() * 1e3
    );
    for (s, stage) in spent.iter().zip(Stage::ALL) {
        print!(" {} {:.2}", stage.name(), s.as_secs_f64() * 1e3 / n as f64);
    }
    println!();
    Ok(())
}
