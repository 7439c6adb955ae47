//! A camera that does not wait, and what is seen of its pictures behind the element.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use gst::prelude::*;

use super::common::pick;
use aliyarface_labs::memory::Memory;
use aliyarface_labs::pipelines;
use aliyarface_labs::probe::Probe;

const SAMPLE: Duration = Duration::from_secs(1);
const META: &str = "AliyarFaceMeta";

/// Pictures that come at a rate of their own.
pub struct Camera {
    pub frames: Vec<gst::Sample>,
    pub fps: u32,
}

/// What was seen in one second.
pub struct SecondMeasures {
    /// Minutes since the start.
    pub minutes: f64,
    pub memory: Memory,
    /// Faces in the newest picture that was analysed.
    pub faces: u32,
    /// Time in ms for which the element held each picture.
    pub held: Vec<f64>,
    /// Time in ms from when each picture was due at the camera to when it left the element.
    pub late: Vec<f64>,
    /// How much older, in ms, the result on each picture is than the picture.
    pub lag: Vec<f64>,
}

/// What a QoS message counted since the start.
pub struct QosCounts {
    pub analysed: u64,
    pub skipped: u64,
}

/// What was seen.
pub struct RunMeasures {
    pub fps: u32,
    pub seconds: Vec<SecondMeasures>,
    pub told: Vec<QosCounts>,
    pub pushed: u64,
    pub left: u64,
    /// Pictures a second that left the element.
    pub delivered: f64,
    pub analysed: u64,
    pub skipped: u64,
    pub failed: u64,
    /// Median and 95th percentile of the last analyses, in ms.
    pub analysis: (f64, f64),
}

/// Pictures' delays since they were last asked for.
#[derive(Default)]
struct Delays {
    late: Vec<f64>,
    lag: Vec<f64>,
    last: Option<Instant>,
}

impl RunMeasures {
    /// Films for so many minutes.
    ///
    /// # Errors
    /// The pipeline fails.
    pub fn run(camera: &Camera, minutes: f64) -> Result<Self> {
        let pipeline = pipelines::launch(
            "appsrc name=camera is-live=true format=time ! aliyarface name=face max-faces=1000 ! fakesink sync=false",
        )?;
        let source: gst_app::AppSrc = pipelines::end(&pipeline, "camera")?;
        let element: gst::Element = pipelines::end(&pipeline, "face")?;
        let first = camera.frames.first().context("no frames")?;
        source.set_caps(first.caps_owned().as_ref());
        let probe = Probe::on(&element)?;
        let delays = Arc::new(Mutex::new(Delays::default()));
        pipeline.set_state(gst::State::Playing)?;
        let start = Instant::now();
        watch_delays(&element, start, &delays)?;

        let length = Duration::from_secs_f64(minutes * 60.0);
        let (seconds, told, pushed) = thread::scope(|scope| {
            let film = scope.spawn(|| film(camera, &source, start, length));
            let watched = watch(&pipeline, &element, &probe, &delays, start, length);
            let pushed = film.join().map_err(|_| anyhow!("the camera broke down"))?;
            let (seconds, told) = watched?;
            anyhow::Ok((seconds, told, pushed?))
        })?;
        // The last picture may still be on its way through the source's queue.
        thread::sleep(SAMPLE);
        let (_, left) = probe.counts();
        let last = lock(&delays).last.context("no picture came")?;
        let stats: gst::Structure = element.property("stats");
        let count = |name: &str| stats.get::<u64>(name);
        let analysis: gst::Structure = stats.get("analysis")?;
        let ms = |name: &str| anyhow::Ok(analysis.get::<u64>(name)? as f64 / 1e6);
        let watched = Self {
            fps: camera.fps,
            seconds,
            told,
            pushed,
            left,
            delivered: left as f64 / (last - start).as_secs_f64(),
            analysed: count("analysed")?,
            skipped: count("skipped")?,
            failed: count("failed")?,
            analysis: (ms("p50")?, ms("p95")?),
        };
        pipeline.set_state(gst::State::Null)?;
        Ok(watched)
    }

    /// Faces at each second.
    pub fn faces(&self) -> Vec<f64> {
        let seconds = self.seconds.iter();
        seconds.map(|second| f64::from(second.faces)).collect()
    }

    /// [`SecondMeasures::held`] of all.
    pub fn held(&self) -> Vec<f64> {
        self.all(|second| &second.held)
    }

    /// [`SecondMeasures::late`] of all.
    pub fn late(&self) -> Vec<f64> {
        self.all(|second| &second.late)
    }

    /// [`SecondMeasures::lag`] of all.
    pub fn lag(&self) -> Vec<f64> {
        self.all(|second| &second.lag)
    }

    fn all(&self, of: impl Fn(&SecondMeasures) -> &Vec<f64>) -> Vec<f64> {
        self.seconds
            .iter()
            .flat_map(|second| of(second).clone())
            .collect()
    }
}

fn lock(delays: &Mutex<Delays>) -> std::sync::MutexGuard<'_, Delays> {
    delays.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Notes the delays of each picture that leaves `element`.
fn watch_delays(element: &gst::Element, start: Instant, delays: &Arc<Mutex<Delays>>) -> Result<()> {
    let pad = element.static_pad("src").context("a pad is missing")?;
    let delays = Arc::clone(delays);
    pad.add_probe(gst::PadProbeType::BUFFER, move |_, info| {
        if let Some(buffer) = info.buffer()
            && let Some(pts) = buffer.pts()
        {
            let now = Instant::now();
            let late = (now - start).as_secs_f64() - pts.nseconds() as f64 / 1e9;
            let meta = gst::meta::CustomMeta::from_buffer(buffer, META).ok();
            let seen = meta.and_then(|meta| meta.structure().get::<u64>("analysis-pts").ok());
            let mut delays = lock(&delays);
            delays.last = Some(now);
            delays.late.push(late * 1e3);
            let lag = seen.map(|seen| pts.nseconds().saturating_sub(seen) as f64 / 1e6);
            delays.lag.extend(lag);
        }
        gst::PadProbeReturn::Ok
    });
    Ok(())
}

/// Pushes each picture when it is due, whatever became of the last one; how many there were.
fn film(
    camera: &Camera,
    source: &gst_app::AppSrc,
    start: Instant,
    length: Duration,
) -> Result<u64> {
    let mut pushed = 0u64;
    loop {
        let due = Duration::from_nanos(pushed * 1_000_000_000 / u64::from(camera.fps));
        if due >= length {
            return Ok(pushed);
        }
        thread::sleep((start + due).saturating_duration_since(Instant::now()));
        let frame = pick(&camera.frames, pushed as usize).buffer_owned();
        let mut frame = frame.context("no buffer")?;
        // The picture itself is shared, not copied.
        let stamped = frame.make_mut();
        stamped.set_pts(gst::ClockTime::from_nseconds(due.as_nanos() as u64));
        stamped.set_duration(gst::ClockTime::SECOND / u64::from(camera.fps));
        source.push_buffer(frame)?;
        pushed += 1;
    }
}

/// Looks each second, and reads the bus meanwhile.
fn watch(
    pipeline: &gst::Pipeline,
    element: &gst::Element,
    probe: &Probe,
    delays: &Mutex<Delays>,
    start: Instant,
    length: Duration,
) -> Result<(Vec<SecondMeasures>, Vec<QosCounts>)> {
    let bus = pipeline.bus().context("no bus")?;
    let (mut seconds, mut told) = (Vec::new(), Vec::new());
    let mut next = start + SAMPLE;
    while start.elapsed() < length {
        let left = next.saturating_duration_since(Instant::now());
        let message = bus.timed_pop(gst::ClockTime::from_nseconds(left.as_nanos() as u64));
        match message.as_ref().map(|message| message.view()) {
            Some(gst::MessageView::Error(err)) => return Err(anyhow!("{err:?}")),
            Some(gst::MessageView::Warning(warning)) => return Err(anyhow!("{warning:?}")),
            Some(gst::MessageView::Qos(qos)) => {
                let (analysed, skipped) = qos.stats();
                let count = |value: gst::GenericFormattedValue| value.value().max(0) as u64;
                told.push(QosCounts {
                    analysed: count(analysed),
                    skipped: count(skipped),
                });
            }
            _ => {}
        }
        if Instant::now() < next {
            continue;
        }
        next += SAMPLE;
        let stats: gst::Structure = element.property("stats");
        let mut delays = lock(delays);
        seconds.push(SecondMeasures {
            minutes: start.elapsed().as_secs_f64() / 60.0,
            memory: Memory::now()?,
            faces: stats.get("faces")?,
            held: probe.take(),
            late: std::mem::take(&mut delays.late),
            lag: std::mem::take(&mut delays.lag),
        });
    }
    Ok((seconds, told))
}
