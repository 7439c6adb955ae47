//! `make bench-reference`: frames a second of the element against what a user would write today in
//! Python (crates/aliyarface-labs/python/reference.py), on the same decoded frames, in the same run.
//!
//! Both get the clip's frames as RGB in memory, decoded beforehand, one after the other as fast as
//! they take them, and have the whole machine; PyTorch gets the number of threads at which the
//! reference is faster. Their runs take turns; what is told are medians. The last line is JSON:
//! `ratio_equal_work` compares every stage on every frame, `ratio_defaults` the element as it is when
//! no property is set, `mesh_ratio` its mesh stage (crop included) with LiteRT's own interpreter on
//! the same file, a thread each.

mod common;

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Instant;

use gst::prelude::*;
use serde_json::{Value, json};

use common::{FRAME, Failure, app_sink, decode, launch, pick, sample};

/// Frames of a run, and runs of each.
const FRAMES: usize = 142;
const RUNS: usize = 5;
/// Runs of the mesh file alone in a turn.
const MESH_RUNS: usize = 60;

/// What the element does at equal work: what the reference does, each on every frame. It follows
/// one face and, as MediaPipe does then, looks for no other.
const EQUAL_WORK: &str = "emotion-interval=1 max-faces=1 micro-expressions=false";

fn main() -> Result<(), Failure> {
    gst::init()?;
    gstaliyarface::plugin_register_static()?;
    let clip = match std::env::var("INPUT") {
        Ok(input) if !input.is_empty() => PathBuf::from(input),
        _ => sample("single_face.mp4")?,
    };
    let frames = decode(&clip, "identity", "RGB")?;
    let mut reference = Reference::start(&frames)?;
    let variants = [
        ("equal work", EQUAL_WORK),
        ("defaults", ""),
        ("defaults, no micro-expressions", "micro-expressions=false"),
        (
            "equal work, one thread",
            "emotion-interval=1 max-faces=1 micro-expressions=false threads=1",
        ),
    ];
    let mut ours = Vec::new();
    for (name, settings) in variants {
        let mut element = Element::start(settings, &frames)?;
        element.run(FRAMES)?;
        ours.push((name, element, Vec::new()));
    }
    reference.run(FRAMES)?;
    let mut theirs = Vec::new();
    let mut mesh = Vec::new();
    for _ in 0..RUNS {
        for (_, element, rates) in &mut ours {
            rates.push(element.run(FRAMES)?);
        }
        theirs.push(reference.run(FRAMES)?);
        mesh.push(reference.mesh()?);
    }
    let reference_rate = median(&mut theirs);
    let mut ratios = Vec::new();
    println!(
        "{}, {} runs of {FRAMES} frames each in turn, frames a second:",
        clip.display(),
        RUNS
    );
    println!("  {:<32} {reference_rate:7.1}", "reference");
    let mut own_mesh = 0.0;
    for (name, element, rates) in &mut ours {
        let rate = median(rates);
        own_mesh = element.mesh()?;
        ratios.push(rate / reference_rate);
        println!("  {name:<32} {rate:7.1}  x {:.2}", rate / reference_rate);
    }
    let alone = median(&mut mesh);
    println!(
        "mesh stage {own_mesh:.2} ms, the same file in LiteRT's interpreter {alone:.2} ms: x {:.2}",
        own_mesh / alone
    );
    let summary = json!({
        "ratio_equal_work": rounded(ratios[0]),
        "ratio_defaults": rounded(ratios[1]),
        "ratio_defaults_without_micro_expressions": rounded(ratios[2]),
        "ratio_equal_work_one_thread": rounded(ratios[3]),
        "reference_fps": rounded(reference_rate),
        "mesh_stage_ms": rounded(own_mesh),
        "litert_mesh_ms": rounded(alone),
        "mesh_ratio": rounded(own_mesh / alone),
        "torch_threads": reference.threads,
        "processors": std::thread::available_parallelism()?.get(),
    });
    println!("{summary}");
    Ok(())
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    gstaliyarface::statistics::percentile(values, 0.5).unwrap_or_default()
}

fn rounded(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

/// The element in a pipeline that plays on from run to run.
struct Element {
    pipeline: gst::Pipeline,
    source: gst_app::AppSrc,
    sink: gst_app::AppSink,
    frames: Vec<gst::Buffer>,
    shown: usize,
}

impl Element {
    fn start(settings: &str, frames: &[gst::Sample]) -> Result<Self, Failure> {
        let pipeline = launch(&format!(
            "appsrc name=in format=time max-bytes=0 ! aliyarface name=face {settings} ! \
             appsink name=out sync=false"
        ))?;
        let source = pipeline.by_name("in").ok_or("no source")?;
        let source = source.downcast::<gst_app::AppSrc>();
        let source = source.map_err(|_| "no appsrc")?;
        source.set_caps(pick(frames, 0).caps_owned().as_ref());
        pipeline.set_state(gst::State::Playing)?;
        let buffers = frames.iter().filter_map(|sample| sample.buffer_owned());
        Ok(Self {
            sink: app_sink(&pipeline)?,
            frames: buffers.collect(),
            source,
            pipeline,
            shown: 0,
        })
    }

    /// Frames a second over `count` frames.
    fn run(&mut self, count: usize) -> Result<f64, Failure> {
        let start = Instant::now();
        for _ in 0..count {
            let mut buffer = pick(&self.frames, self.shown).copy();
            let writable = buffer.make_mut();
            writable.set_pts(gst::ClockTime::from_nseconds(self.shown as u64 * FRAME));
            writable.unset_flags(gst::BufferFlags::DISCONT);
            self.source.push_buffer(buffer)?;
            self.shown += 1;
        }
        for _ in 0..count {
            self.sink.pull_sample()?;
        }
        Ok(count as f64 / start.elapsed().as_secs_f64())
    }

    /// Median time of the mesh stage over the latest frames, in ms.
    fn mesh(&self) -> Result<f64, Failure> {
        let element = self.pipeline.by_name("face").ok_or("no element")?;
        let stats: gst::Structure = element.property("stats");
        let stages: gst::Structure = stats.get("stages")?;
        let mesh: gst::Structure = stages.get("mesh")?;
        Ok(mesh.get::<u64>("p50")? as f64 / 1e6)
    }
}

impl Drop for Element {
    fn drop(&mut self) {
        let _ = self.pipeline.set_state(gst::State::Null);
    }
}

/// The Python process.
struct Reference {
    process: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
    folder: PathBuf,
    threads: Value,
}

impl Reference {
    fn start(frames: &[gst::Sample]) -> Result<Self, Failure> {
        let folder = std::env::temp_dir().join(format!("aliyarface-{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        let size = write(frames, &folder.join("frames.rgb"))?;
        let models = PathBuf::from(std::env::var("ALIYARFACE_MODELS")?);
        let home = PathBuf::from(std::env::var("ALIYARFACE_REFERENCE")?);
        let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut process = Command::new(repository.join("scripts/python-torch"))
            .arg(repository.join("crates/aliyarface-labs/python/reference.py"))
            .arg("--frames")
            .arg(folder.join("frames.rgb"))
            .args(["--size", &size])
            .arg("--task")
            .arg(home.join("face_landmarker.task"))
            .arg("--mesh")
            .arg(models.join("face_landmarks_detector.tflite"))
            .arg("--weights")
            .arg(models.join("emotion_resnet18.safetensors"))
            .env("PYTHONPATH", home.join("site"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(home.join("reference.log"))?)
            .spawn()?;
        let (orders, answers) = (process.stdin.take(), process.stdout.take());
        let mut reference = Self {
            orders: orders.ok_or("no input")?,
            answers: BufReader::new(answers.ok_or("no output")?),
            process,
            folder,
            threads: Value::Null,
        };
        let ready = reference.answer().map_err(|err| {
            let log = home.join("reference.log");
            format!("the reference does not start ({err}): {}", log.display())
        })?;
        reference.threads = ready["torch_threads"].clone();
        Ok(reference)
    }

    fn answer(&mut self) -> Result<Value, Failure> {
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        Ok(serde_json::from_str(&line)?)
    }

    fn ask(&mut self, what: &str, count: usize) -> Result<Value, Failure> {
        writeln!(self.orders, "{what} {count}")?;
        self.answer()
    }

    /// Frames a second over `count` frames, all of which must show the face.
    fn run(&mut self, count: usize) -> Result<f64, Failure> {
        let answer = self.ask("reference", count)?;
        if answer["found"] != json!(count) {
            return Err(format!("the reference lost the face: {answer}").into());
        }
        let seconds = answer["seconds"].as_f64().ok_or("no time")?;
        Ok(count as f64 / seconds)
    }

    /// Median time of the mesh file alone in ms.
    fn mesh(&mut self) -> Result<f64, Failure> {
        let answer = self.ask("mesh", MESH_RUNS)?;
        Ok(answer["median_ms"].as_f64().ok_or("no time")?)
    }
}

impl Drop for Reference {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Writes the frames without padding; their size as "640x360".
fn write(frames: &[gst::Sample], file: &Path) -> Result<String, Failure> {
    let mut file = std::io::BufWriter::new(std::fs::File::create(file)?);
    let mut size = String::new();
    for sample in frames {
        let info = gst_video::VideoInfo::from_caps(sample.caps().ok_or("no caps")?)?;
        let buffer = sample.buffer().ok_or("no buffer")?;
        let frame = gst_video::VideoFrameRef::from_buffer_ref_readable(buffer, &info)?;
        let (width, stride) = (info.width() as usize, info.stride()[0] as usize);
        for row in frame.plane_data(0)?.chunks(stride) {
            file.write_all(&row[..width * 3])?;
        }
        size = format!("{}x{}", info.width(), info.height());
    }
    file.flush()?;
    Ok(size)
}
