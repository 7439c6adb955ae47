//! Photos of real people whose lids and irises a rig moves, at known times.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use aliyarface_labs::dice::Dice;
use aliyarface_labs::rig::{POINTS, Rig};
use aliyarface_labs::sitter::{Photo, Pose, Sitter};
use aliyarface_labs::{pipelines, places};
use anyhow::{Context, Result};
use clap::Args;
use gst::prelude::*;
use gst_video::{VideoFormat, VideoInfo};
use gstaliyarface::analysis::{Analyser, Face};
use gstaliyarface::geometry::Sides;
use gstaliyarface::geometry::landmarks::{EYES, Eye};
use gstaliyarface::models::{ModelChoice, Models};

use super::condition::{Condition, Course};
use super::element::{self, ELEMENT};
use super::gaze;
use super::score::{Score, Told};

/// Pictures a second that are tried.
const RATES: [u32; 3] = [15, 30, 60];
/// Deviation of a pixel's noise in grey levels.
const NOISE: f64 = 2.0;
/// How far irises go down of eyes that are cast down, in outer-eye distances.
const DROP: f64 = 0.05;
/// Seconds for which a blink may still be told after the last frame.
const PATIENCE: u64 = 20;

/// What sitters are made of.
#[derive(Args)]
pub struct Options {
    /// The rig that moves the photos.
    #[arg(long, requires = "photos")]
    pub rig: Option<PathBuf>,
    /// A folder of photos of faces at rest.
    #[arg(long)]
    photos: Option<PathBuf>,
    /// One condition instead of all.
    #[arg(long)]
    only: Option<String>,
    /// How many of the photos sit.
    #[arg(long, default_value_t = 6)]
    people: usize,
    /// How many photos are passed over first: people kept apart.
    #[arg(long, default_value_t = 0)]
    skip: usize,
    /// Pixels between the outer eye corners: those of a face that fills half of 240 rows.
    #[arg(long, default_value_t = 52.0)]
    eyes: f64,
    /// Seconds of each clip.
    #[arg(long, default_value_t = 14.0)]
    seconds: f64,
    /// What chance is made of.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// What each frame passes through before the element, as in
    /// "x264enc tune=zerolatency bitrate=200 ! avdec_h264 max-threads=1".
    #[arg(long, default_value = "identity")]
    through: String,
    /// Pictures a second.
    #[arg(long, value_delimiter = ',', default_values_t = RATES)]
    fps: Vec<u32>,
    /// How far gaze is off instead of blinks.
    #[arg(long)]
    gaze: bool,
    /// A file for the lids and irises of each frame.
    #[arg(long)]
    trace: Option<PathBuf>,
}

/// Prints the score of each condition and rate, a line of JSON each.
pub fn evaluate(options: &Options) -> Result<()> {
    let rig = options.rig.as_deref().context("--rig")?;
    let rig = Rig::read(rig)?;
    let photos = photos(options.photos.as_deref().context("--photos")?)?;
    let photos: Vec<_> = photos
        .iter()
        .skip(options.skip)
        .take(options.people)
        .collect();
    let choice = ModelChoice {
        emotions: false,
        action_units: options.gaze,
        ..ModelChoice::bundled(places::models())
    };
    let mut analyser = Analyser::new(Models::load(&choice)?);
    if options.gaze {
        return gaze::evaluate(&rig, &photos, options.eyes, &mut analyser);
    }
    let mut trace = options.trace.as_ref().map(fs::File::create).transpose()?;
    for (condition, name) in Condition::ALL {
        if options.only.as_ref().is_some_and(|only| only != name) {
            continue;
        }
        for &rate in &options.fps {
            let mut score = Score::default();
            for (person, photo) in photos.iter().enumerate() {
                let mut sitter =
                    Sitter::new(&Photo::read(photo, 0)?, options.eyes, &rig, &mut analyser)?;
                if let Some(opacity) = condition.glasses() {
                    sitter.wear_glasses(opacity);
                }
                let seed = options.seed * 1000 + u64::from(rate) * 100 + person as u64;
                let mut dice = Dice::new(seed);
                let course = Course::new(condition, options.seconds, &mut dice);
                let clip = Clip {
                    sitter: &sitter,
                    rig: &rig,
                    condition,
                    course: &course,
                    through: &options.through,
                };
                let Seen {
                    blinks: told,
                    winks,
                    trace: frames,
                } = clip.play(f64::from(rate), options.seconds, &mut dice)?;
                if condition == Condition::Winks {
                    score.add(&course.blinks(), &winks, options.seconds);
                    score.add(&[], &told, 0.0);
                } else {
                    score.add(&course.blinks(), &told, options.seconds);
                }
                if let Some(trace) = &mut trace {
                    writeln!(
                        trace,
                        "# {name} {rate} {person} {:.3?} {told:.3?}",
                        course.blinks()
                    )?;
                    trace.write_all(frames.as_bytes())?;
                }
            }
            let score = serde_json::to_value(&score)?;
            println!(
                "{}",
                serde_json::json!({ "condition": name, "fps": rate, "score": score })
            );
        }
    }
    Ok(())
}

/// The pictures of people at rest in `folder`, in order.
fn photos(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| format!("{}", folder.display()))?;
    let mut photos = entries
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<Vec<_>>>()?;
    photos.retain(|path| path.to_string_lossy().ends_with("neutral.jpg"));
    photos.sort();
    Ok(photos)
}

struct Clip<'a> {
    sitter: &'a Sitter,
    rig: &'a Rig,
    condition: Condition,
    course: &'a Course,
    through: &'a str,
}

/// What the element made of a clip.
#[derive(Default)]
struct Seen {
    /// The blinks it told of.
    blinks: Vec<Told>,
    /// The winks of one eye in its metadata.
    winks: Vec<Told>,
    /// Lids and irises as lines of text.
    trace: String,
}

impl Clip<'_> {
    /// Shows the clip to the element.
    fn play(&self, rate: f64, seconds: f64, dice: &mut Dice) -> Result<Seen> {
        let pipeline = pipelines::launch(&format!(
            "appsrc name=in format=time block=true ! videoconvert ! {} ! videoconvert \
             ! {ELEMENT} ! appsink name=out sync=false",
            self.through
        ))?;
        let (width, height) = (self.sitter.width as u32, self.sitter.height as u32);
        let info = VideoInfo::builder(VideoFormat::Rgb, width, height);
        let info = info
            .fps(gst::Fraction::approximate_f64(rate).context("fps")?)
            .build()?;
        let source: gst_app::AppSrc = pipelines::end(&pipeline, "in")?;
        let sink: gst_app::AppSink = pipelines::end(&pipeline, "out")?;
        source.set_caps(Some(&info.to_caps()?));
        pipeline.set_state(gst::State::Playing)?;
        let bus = pipeline.bus().context("a bus")?;
        let mut seen = Seen::default();
        let travel = self.sitter.lid_travel(self.rig)?;
        for index in 0..(seconds * rate) as u64 {
            let time = index as f64 / rate;
            let frame = self.frame(time, travel, dice)?;
            let mut buffer = gst::Buffer::with_size(info.size())?;
            let pts = gst::ClockTime::from_nseconds((time * 1e9) as u64);
            {
                let buffer = buffer.get_mut().context("our own buffer")?;
                buffer.set_pts(pts);
                let mut map = buffer.map_writable()?;
                let row = self.sitter.width * 3;
                for (to, from) in map
                    .chunks_mut(info.stride()[0] as usize)
                    .zip(frame.chunks(row))
                {
                    to[..row].copy_from_slice(from);
                }
            }
            source.push_buffer(buffer)?;
            let sample = sink.try_pull_sample(gst::ClockTime::from_seconds(PATIENCE));
            let sample = sample.context("no frame came out")?;
            let buffer = sample.buffer().context("no buffer")?;
            let meta = gstaliyarface::metadata::read(buffer)?;
            if let Some(face) = meta.as_ref().and_then(|meta| meta.faces.first()) {
                let shown = VideoInfo::from_caps(sample.caps().context("no caps")?)?;
                let size = [shown.width(), shown.height()].map(f64::from);
                seen.trace += &line(time, face, size);
                let wink = face.eyes.and_then(|eyes| eyes.last_blink);
                let wink = wink.filter(|blink| !blink.is_of_both());
                let wink = wink.map(|wink| [wink.onset, wink.offset]);
                let wink = wink.map(|edges| edges.map(|edge| edge.nanos() as f64 / 1e9));
                seen.winks
                    .extend(wink.filter(|wink| seen.winks.last() != Some(wink)));
            }
        }
        source.end_of_stream()?;
        let ends = [
            gst::MessageType::Eos,
            gst::MessageType::Error,
            gst::MessageType::Element,
        ];
        let patience = gst::ClockTime::from_seconds(PATIENCE);
        while let Some(message) = bus.timed_pop_filtered(patience, &ends) {
            match message.view() {
                gst::MessageView::Element(event) => {
                    seen.blinks
                        .extend(event.structure().and_then(element::blink));
                }
                gst::MessageView::Error(error) => anyhow::bail!("{}", error.error()),
                _ => break,
            }
        }
        pipeline.set_state(gst::State::Null)?;
        Ok(seen)
    }

    /// The RGB bytes of the frame at `time` seconds.
    fn frame(&self, time: f64, travel: Sides<f64>, dice: &mut Dice) -> Result<Vec<u8>> {
        let eyes = self.course.at(time);
        let mut moves = vec![[0.0; 3]; POINTS];
        let right = self.condition.right_eye();
        for (side, travel, part) in [("L", travel.left, 1.0), ("R", travel.right, right)] {
            let closure = eyes.closure * part;
            let follows = eyes.down * (1.0 - closure);
            for (muscle, level) in [("eyeBlink", closure * travel), ("eyeLookDown", follows)] {
                let pulls = self.rig.moves(&format!("{muscle}_{side}"))?;
                for (moves, pull) in moves.iter_mut().zip(pulls) {
                    for (moves, pull) in moves.iter_mut().zip(pull) {
                        *moves += level * pull;
                    }
                }
            }
        }
        let wave = |period: f64| (time * std::f64::consts::TAU / period).sin();
        let pose = Pose {
            moves: &moves,
            shading: &[],
            turn: [1.2 * wave(4.3), self.condition.pitch() + 0.8 * wave(5.9)],
            irises: [0.0, eyes.down * DROP * self.sitter.eyes],
            shift: [wave(6.1), 0.8 * wave(3.7)],
        };
        let picture = self.sitter.posed(self.rig, &pose);
        let noisy = picture.into_iter().map(|value| {
            let value = f64::from(value) + NOISE * dice.normal();
            value.round().clamp(0.0, 255.0) as u8
        });
        Ok(noisy.collect())
    }
}

/// Time, both lids' distances and both irises' places below the eyes' corners, in eye widths, pitch, and
/// whether the eyes can be seen, or why not.
fn line(time: f64, face: &Face, [width, height]: [f64; 2]) -> String {
    let at = |index: usize| {
        let [x, y, z] = face.landmarks.get(index).copied().unwrap_or_default();
        [
            f64::from(x) * width,
            f64::from(y) * height,
            f64::from(z) * width,
        ]
    };
    let span = |[a, b]: [usize; 2]| {
        let (a, b) = (at(a), at(b));
        (0..3)
            .map(|axis| (a[axis] - b[axis]).powi(2))
            .sum::<f64>()
            .sqrt()
    };
    let measured = EYES.into_array().map(|eye: Eye| {
        let wide = span(eye.corners());
        let lids = eye.lid_pairs().into_iter().map(span).sum::<f64>() / 3.0;
        let (outer, inner, iris) = (at(eye.outer_corner), at(eye.inner_corner), at(eye.iris));
        let across = [inner[0] - outer[0], inner[1] - outer[1]];
        let cross = across[0] * (iris[1] - outer[1]) - across[1] * (iris[0] - outer[0]);
        [lids / wide, cross * across[0].signum() / wide.powi(2)]
    });
    let [[left, left_iris], [right, right_iris]] = measured;
    let seen = match face.eye_obstacle {
        Some(obstacle) => format!("{obstacle:?}"),
        None => u8::from(face.eyes.is_some()).to_string(),
    };
    let pitch = face.head_pose.pitch;
    format!("{time:.4} {left:.4} {right:.4} {left_iris:.4} {right_iris:.4} {pitch:.2} {seen}\n")
}
