//! One file through the element, frame by frame.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use gst::prelude::*;
use gstaliyarface::analysis::BufferTime;
use gstaliyarface::export::{Record, Stream};
use gstaliyarface::metadata::{self, StreamClock, event};
use gstaliyarface::record::Resolution;

use super::progress::FileBar;
use super::summary::FileSummary;
use super::writer::RecordWriter;
use crate::pipelines::{launch, named, set_path};

/// Pictures are turned as a player turns them.
const PIPELINE: &str = "filesrc name=file ! decodebin name=decoder \
    videoconvert name=pictures ! videoflip video-direction=auto ! videoconvert \
    ! aliyarface name=analyser analysis-mode=sync \
    ! appsink name=frames sync=false max-buffers=4";
/// How long nothing may come before the bus is asked why.
const A_MOMENT: gst::ClockTime = gst::ClockTime::from_mseconds(100);
/// A stream that ends so much earlier than its container says was cut off: half a second, or this
/// share of it. Sound may last a little longer than pictures.
const CUT_OFF: gst::ClockTime = gst::ClockTime::from_mseconds(500);
const CUT_OFF_SHARE: f64 = 0.02;

/// How files are read.
pub struct FileReading {
    properties: Vec<(String, String)>,
    stall: Duration,
}

impl FileReading {
    /// With these properties of the element, each as `name=value`; a decoder that gives nothing for `stall` seconds
    /// is given up. The element's models are looked for here, so that what is missing is told once and not for each
    /// file.
    ///
    /// # Errors
    /// There is no such property, it does not take the value, or the element cannot work.
    pub fn new(properties: &[String], stall: u64) -> Result<Self> {
        let element = gst::ElementFactory::make("aliyarface").build()?;
        let split = properties.iter().map(|property| {
            let (name, value) = property
                .split_once('=')
                .with_context(|| format!("{property}: say NAME=VALUE"))?;
            let spec = element
                .find_property(name)
                .with_context(|| format!("the element has no property {name}"))?;
            glib_value(&spec, value).with_context(|| format!("{name} cannot be {value}"))?;
            element.set_property_from_str(name, value);
            Ok((name.to_owned(), value.to_owned()))
        });
        let properties = split.collect::<Result<_>>()?;
        let bus = gst::Bus::new();
        element.set_bus(Some(&bus));
        let ready = element.set_state(gst::State::Ready);
        let reason = bus.pop_filtered(&[gst::MessageType::Error]);
        element.set_state(gst::State::Null)?;
        match (ready, reason.as_ref().map(|message| message.view())) {
            (Ok(_), _) => Ok(Self {
                properties,
                stall: Duration::from_secs(stall),
            }),
            (_, Some(gst::MessageView::Error(err))) => Err(anyhow!(err.error())),
            (Err(err), _) => Err(err.into()),
        }
    }

    /// Reads `file` into `writer`; what is to be told of it.
    ///
    /// # Errors
    /// The file cannot be read, or not to its end.
    pub fn read(
        &self,
        file: &Path,
        writer: &mut RecordWriter,
        bar: &FileBar,
    ) -> Result<FileSummary> {
        let pipeline = Pipeline::new(file, &self.properties)?;
        let mut stream = Stream {
            source: Some(file.display().to_string()),
            ..Stream::default()
        };
        let mut summary = FileSummary::default();
        while let Some(object) = pipeline.next(self.stall)? {
            if let Some(event) = object.downcast_ref::<gst::Event>() {
                note(event, &mut stream, writer)?;
            }
            let Some(sample) = object.downcast_ref::<gst::Sample>() else {
                continue;
            };
            let Some((caps, record)) = record(sample)? else {
                continue;
            };
            stream.caps = Some(caps);
            summary.add(&record);
            bar.advance(
                summary.end(),
                pipeline.length().map(gst::ClockTime::nseconds),
                summary.frames(),
            );
            writer.write(&stream, record)?;
        }
        pipeline.judge_end(&summary)?;
        Ok(summary)
    }
}

/// Whether a property takes the value.
fn glib_value(spec: &gst::glib::ParamSpec, value: &str) -> Result<()> {
    gst::glib::Value::deserialize_with_pspec(value, spec)?;
    Ok(())
}

/// Keeps what one of the element's own events says.
fn note(told: &gst::EventRef, stream: &mut Stream, writer: &mut RecordWriter) -> Result<()> {
    if let Some(message) = event::message_in(told) {
        writer.push_event(event::read(message)?);
    } else if let Some(info) = event::session_in(told) {
        stream.analyser = Some(info?);
    }
    Ok(())
}

/// The caps of a frame and what is known of it; its number and events are not yet.
fn record(sample: &gst::Sample) -> Result<Option<(String, Record)>> {
    let (Some(buffer), Some(caps)) = (sample.buffer(), sample.caps()) else {
        return Ok(None);
    };
    let size = |name| {
        let pixels = caps.structure(0)?.get::<i32>(name).ok()?;
        u32::try_from(pixels).ok()
    };
    let pts = buffer.pts().map(gst::ClockTime::nseconds);
    let clock = StreamClock::new(sample.segment());
    let resolution = size("width").zip(size("height"));
    let record = Record {
        timestamp: pts,
        stream_time: pts.map(|pts| clock.stream_time(BufferTime::from_nanos(pts))),
        duration: buffer.duration().map(gst::ClockTime::nseconds),
        resolution: resolution.map(|(width, height)| Resolution { width, height }),
        meta: metadata::record(buffer)?,
        ..Record::default()
    };
    Ok(Some((caps.to_string(), record)))
}

/// A pipeline that plays; it stops with this value.
struct Pipeline {
    pipeline: gst::Pipeline,
    bus: gst::Bus,
    sink: gst_app::AppSink,
    /// The decoder has found all streams, and none of pictures.
    blind: Arc<AtomicBool>,
}

impl Pipeline {
    fn new(file: &Path, properties: &[(String, String)]) -> Result<Self> {
        let pipeline = launch(PIPELINE)?;
        set_path(&pipeline, "file", file)?;
        let analyser: gst::Element = named(&pipeline, "analyser")?;
        for (name, value) in properties {
            analyser.set_property_from_str(name, value);
        }
        let pictures: gst::Element = named(&pipeline, "pictures")?;
        let pictures = pictures.static_pad("sink").context("no pad for pictures")?;
        let this = Self {
            sink: named(&pipeline, "frames")?,
            bus: pipeline.bus().context("a pipeline without bus")?,
            blind: Arc::default(),
            pipeline,
        };
        this.take_pictures(&named(&this.pipeline, "decoder")?, pictures);
        // The reason of a failure is on the bus.
        let _ = this.pipeline.set_state(gst::State::Playing);
        Ok(this)
    }

    /// Links the first stream of pictures; sound and text are not decoded.
    fn take_pictures(&self, decoder: &gst::Element, pictures: gst::Pad) {
        decoder.connect("autoplug-continue", false, |values| {
            let caps = values.get(2)?.get::<gst::Caps>().ok()?;
            let name = caps.structure(0).map(|structure| structure.name().as_str());
            let other = name.is_some_and(|name| {
                name.starts_with("audio/")
                    || name.starts_with("text/")
                    || name.starts_with("subpicture/")
            });
            Some((!other).to_value())
        });
        let target = pictures.clone();
        decoder.connect_pad_added(move |_, pad| {
            let caps = pad.current_caps().unwrap_or_else(|| pad.query_caps(None));
            let name = caps.structure(0).map(|structure| structure.name().as_str());
            let shown =
                name.is_some_and(|name| name.starts_with("video/") || name.starts_with("image/"));
            if shown && !target.is_linked() {
                // What does not fit is told on the bus, by the stream that does not flow.
                let _ = pad.link(&target);
            }
        });
        let blind = Arc::clone(&self.blind);
        decoder.connect_no_more_pads(move |_| {
            blind.store(!pictures.is_linked(), Ordering::Relaxed);
        });
    }

    /// The next frame or event, unless none comes for `stall`; `None` at the end.
    fn next(&self, stall: Duration) -> Result<Option<gst::MiniObject>> {
        let asked = Instant::now();
        loop {
            if let Some(object) = self.sink.try_pull_object(A_MOMENT) {
                return Ok(Some(object));
            }
            if self.blind.load(Ordering::Relaxed) {
                bail!("there is no video in it");
            }
            let ends = [gst::MessageType::Error, gst::MessageType::Eos];
            match self
                .bus
                .pop_filtered(&ends)
                .as_ref()
                .map(|message| message.view())
            {
                Some(gst::MessageView::Error(err)) => {
                    let error = err.error().to_string();
                    return Err(anyhow!(reason(&error).to_owned()));
                }
                // The sink may be asked a last time before it has seen the end.
                _ if self.sink.is_eos() => return Ok(None),
                _ if asked.elapsed() > stall => bail!(
                    "its decoder has given nothing for {} s: it hangs, or the file is damaged",
                    stall.as_secs()
                ),
                _ => {}
            }
        }
    }

    /// How long the container says it is.
    fn length(&self) -> Option<gst::ClockTime> {
        self.pipeline.query_duration()
    }

    /// Whether a stream that ended is at its end.
    fn judge_end(&self, summary: &FileSummary) -> Result<()> {
        if summary.frames() == 0 {
            bail!("there is no picture in it");
        }
        let Some(length) = self.length().map(gst::ClockTime::nseconds) else {
            return Ok(());
        };
        let missing = length.saturating_sub(summary.end());
        let allowed = CUT_OFF
            .nseconds()
            .max((CUT_OFF_SHARE * length as f64) as u64);
        if summary.frames() > 1 && missing > allowed {
            bail!(
                "its pictures end at {:.1} s of {:.1} s: it is cut off",
                summary.end() as f64 * 1e-9,
                length as f64 * 1e-9
            );
        }
        Ok(())
    }
}

impl Drop for Pipeline {
    fn drop(&mut self) {
        // Nothing can be done about a pipeline that does not stop.
        let _ = self.pipeline.set_state(gst::State::Null);
    }
}

/// GStreamer's reason in the words of someone who named a file.
fn reason(error: &str) -> &str {
    match error {
        "Could not determine type of stream." => "it is neither a video nor a picture",
        "This file contains no playable streams." => "it is damaged: no stream in it can be played",
        "Stream contains no data." => "the file is empty",
        other => other,
    }
}
