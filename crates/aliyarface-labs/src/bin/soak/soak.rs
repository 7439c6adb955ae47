//! The run itself: a pipeline that plays, disturbances, and what is seen meanwhile.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use gst::prelude::*;
use serde_json::Value;

use super::disturbances::{Disturbances, Kind};
use super::options::Options;
use super::{DRAWN, PATIENCE, Sample};
use aliyarface_labs::dice::Dice;
use aliyarface_labs::memory::Memory;
use aliyarface_labs::pipelines;
use aliyarface_labs::probe::Probe;

/// Clips with one face, with several people who hide and laugh, and with nobody for a while.
const CLIPS: [&str; 5] = [
    "WolfgangLanger_Pexels.mp4",
    "face_noface.mov",
    "single_face.mp4",
    "noface_face.mov",
    "no_face.mp4",
];

/// Longer than a disturbance takes, a new start on a busy machine included.
const LONGEST: Duration = Duration::from_secs(10);

/// What came of a run.
pub struct Soak {
    pub samples: Vec<Sample>,
    /// Pictures that left the element.
    pub frames: u64,
    /// Pictures that entered it and did not leave.
    pub cut_off: u64,
    /// Flushes and stops, each of which may cut one off.
    pub flushes: u64,
    pub starts: u64,
    /// How many there were of each kind.
    pub disturbances: Value,
    pub warnings: u64,
}

/// A pipeline that is stopped however the run ends.
struct Playing(gst::Pipeline);

impl Drop for Playing {
    fn drop(&mut self) {
        let _ = self.0.set_state(gst::State::Null);
    }
}

/// The time that passed but for that in which the process was stopped, or the machine asleep.
struct AwakeTime {
    last: Instant,
    passed: Duration,
}

impl Default for AwakeTime {
    fn default() -> Self {
        Self {
            last: Instant::now(),
            passed: Duration::ZERO,
        }
    }
}

impl AwakeTime {
    /// Looks at the clock; between two looks no more than [`LONGEST`] passes.
    fn look(&mut self) -> Duration {
        let now = Instant::now();
        self.passed += (now - self.last).min(LONGEST);
        self.last = now;
        self.passed
    }
}

/// How a step between two disturbances ended.
enum Step {
    Passed,
    Ended,
}

impl Soak {
    /// Plays until the time or the count is over.
    ///
    /// # Errors
    /// The pipeline fails.
    pub fn run(options: &Options) -> Result<Self> {
        let folder =
            std::env::var("ALIYARFACE_SAMPLES").context("ALIYARFACE_SAMPLES is not set")?;
        let kinds = options.kinds()?;
        let pipeline = Playing(pipeline(options.control)?);
        let pipeline = &pipeline.0;
        let part = |name| pipeline.by_name(name).context("a part is missing");
        let (file, element) = (part("file")?, part("face")?);
        let probe = Probe::on(&element)?;
        let mut disturbances = Disturbances::new(
            element.clone(),
            part("caps")?,
            pipeline.clone(),
            Dice::new(options.seed),
            &kinds,
        );
        let bus = pipeline.bus().context("no bus")?;

        let mut awake = AwakeTime::default();
        let length = Duration::from_secs_f64(options.minutes * 60.0);
        let over = |disturbances: &Disturbances, awake: &AwakeTime| {
            let (_, frames) = probe.counts();
            let count = if kinds.is_empty() {
                frames
            } else {
                disturbances.total()
            };
            awake.passed >= length || options.count.is_some_and(|most| count >= most)
        };
        let mut samples: Vec<Sample> = Vec::new();
        let mut lost: Vec<Vec<u8>> = Vec::new();
        let (mut starts, mut loops, mut warnings) = (0, 0, 0);
        while !over(&disturbances, &awake) {
            let sync = starts % 2 == 1;
            let rest = if starts % 3 == 0 {
                gst::State::Null
            } else {
                gst::State::Ready
            };
            pipeline.set_state(rest)?;
            let clip = CLIPS[starts % CLIPS.len()];
            file.set_property("location", format!("{folder}/{clip}"));
            if !options.control {
                let mode = if sync { "sync" } else { "async" };
                element.set_property_from_str("analysis-mode", mode);
            }
            pipeline.set_state(gst::State::Playing)?;
            let (state, ..) = pipeline.state(PATIENCE);
            state.with_context(|| format!("{clip} does not play"))?;
            starts += 1;
            while !over(&disturbances, &awake) {
                let step = step(&bus, options.every, &mut warnings).context(clip)?;
                awake.look();
                match step {
                    Step::Passed => {}
                    Step::Ended if kinds.contains(&Kind::Starts) => break,
                    Step::Ended => {
                        disturbances.seek(gst::ClockTime::ZERO)?;
                        loops += 1;
                    }
                }
                let faces = if options.control {
                    0
                } else {
                    element.property::<gst::Structure>("stats").get("faces")?
                };
                let minutes = awake.look().as_secs_f64() / 60.0;
                let passed = minutes - samples.last().map_or(0.0, |last| last.minutes);
                lost.push(vec![
                    1;
                    (options.leak * passed * f64::from(1 << 20)) as usize
                ]);
                samples.push(Sample {
                    minutes,
                    memory: Memory::now()?,
                    held: probe.take(),
                    sync,
                    faces,
                });
                if !disturbances.follow_one()? {
                    break;
                }
            }
        }
        pipeline.set_state(gst::State::Null)?;
        let (entered, frames) = probe.counts();
        Ok(Self {
            samples,
            frames,
            cut_off: entered - frames,
            flushes: starts as u64 + loops + disturbances.flushes(),
            starts: starts as u64,
            disturbances: disturbances.counts(),
            warnings,
        })
    }
}

/// A file that plays at its pace through the element, or through `identity` in its place.
fn pipeline(control: bool) -> Result<gst::Pipeline> {
    let element = if control {
        "identity name=face".to_owned()
    } else {
        format!("aliyarface name=face micro-expressions=true overlay={DRAWN}")
    };
    let pipeline = pipelines::launch(&format!(
        "filesrc name=file ! decodebin name=decoder  videoconvert name=pictures ! videoscale ! capsfilter name=caps \
         caps-change-mode=delayed ! {element} ! fakesink sync=true"
    ))?;
    let part = |name| pipeline.by_name(name).context("a part is missing");
    // A described link would be made once; each start brings a new pad.
    let pictures = part("pictures")?.static_pad("sink").context("no pad")?;
    part("decoder")?.connect_pad_added(move |_, pad| {
        let caps = pad.current_caps().unwrap_or_else(|| pad.query_caps(None));
        let video = caps
            .structure(0)
            .is_some_and(|kind| kind.name().starts_with("video/"));
        if video && !pictures.is_linked() {
            let _ = pad.link(&pictures);
        }
    });
    Ok(pipeline)
}

/// Lets `length` pass, or less where the stream ends.
fn step(bus: &gst::Bus, length: Duration, warnings: &mut u64) -> Result<Step> {
    let begin = Instant::now();
    loop {
        let left = length.saturating_sub(begin.elapsed());
        let wait = left.min(Duration::from_millis(100));
        let message = bus.timed_pop(gst::ClockTime::from_nseconds(wait.as_nanos() as u64));
        match message.as_ref().map(|message| message.view()) {
            Some(gst::MessageView::Error(err)) => return Err(anyhow!("{err:?}")),
            Some(gst::MessageView::Eos(_)) => return Ok(Step::Ended),
            Some(gst::MessageView::Warning(_)) => *warnings += 1,
            _ => {}
        }
        if left.is_zero() {
            return Ok(Step::Passed);
        }
    }
}
