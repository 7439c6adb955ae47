//! Pipelines with the element in this very process, and what came out of them.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Mutex, Once};
use std::time::{Duration, Instant};

use gst::prelude::*;
use gstaliyarface::metadata::{self, FaceMeta};

use crate::client::{PATIENCE, Server, sample};

/// Registers the elements.
pub fn init() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        gst::init().unwrap();
        gstaliyarface::plugin_register_static().unwrap();
    });
}

/// What a pipeline left behind.
#[derive(Default)]
pub struct Run {
    /// PTS and meta of each buffer that reached the end.
    pub frames: Vec<(u64, Option<FaceMeta>)>,
    /// Structures of the element's messages.
    pub events: Vec<gst::Structure>,
    /// What the user reads of warnings.
    pub warnings: Vec<String>,
    /// What the user reads beside them.
    pub infos: Vec<String>,
}

/// A pipeline that plays.
pub struct Stream {
    pub pipeline: gst::Pipeline,
    pub element: gst::Element,
    sink: gst_app::AppSink,
    pub run: Run,
    last: Option<gst::Sample>,
}

impl Drop for Stream {
    fn drop(&mut self) {
        let _ = self.pipeline.set_state(gst::State::Null);
    }
}

impl Stream {
    /// Plays `source ! aliyarface WORDS`.
    pub fn start(source: &str, words: &str) -> Self {
        let stream = Self::ready(source, words);
        stream.pipeline.set_state(gst::State::Playing).unwrap();
        stream
    }

    /// Plays the first `frames` of `source` through the element: always the same, while the property `eos-after`
    /// of identity lets some of those through that a decoder holds when the stream ends.
    pub fn start_first(frames: u32, source: &str, words: &str) -> Self {
        let stream = Self::ready(source, words);
        let way_in = stream.element.static_pad("sink").unwrap();
        let passed = AtomicU32::new(0);
        way_in
            .peer()
            .unwrap()
            .add_probe(gst::PadProbeType::BUFFER, move |pad, _| {
                let before = passed.fetch_add(1, Ordering::Relaxed);
                if before == frames {
                    pad.peer().unwrap().send_event(gst::event::Eos::new());
                }
                if before < frames {
                    gst::PadProbeReturn::Ok
                } else {
                    gst::PadProbeReturn::Drop
                }
            });
        stream.pipeline.set_state(gst::State::Playing).unwrap();
        stream
    }

    /// Plays `source`, but holds the frame after the first `frames` before the element until told to go on.
    pub fn start_held(frames: u32, source: &str, words: &str) -> (Self, Sender<()>) {
        let stream = Self::ready(source, words);
        let (go_on, held) = channel();
        let held = Mutex::new(held);
        let passed = AtomicU32::new(0);
        let way_in = stream.element.static_pad("sink").unwrap();
        way_in.add_probe(gst::PadProbeType::BUFFER, move |_, _| {
            if passed.fetch_add(1, Ordering::Relaxed) == frames {
                let _ = held.lock().unwrap().recv();
            }
            gst::PadProbeReturn::Ok
        });
        stream.pipeline.set_state(gst::State::Playing).unwrap();
        (stream, go_on)
    }

    fn ready(source: &str, words: &str) -> Self {
        init();
        let description = format!(
            "{source} ! aliyarface name=reader {words} ! appsink name=out sync=false max-buffers=2000"
        );
        let pipeline =
            gst::parse::launch(&description).unwrap_or_else(|err| panic!("{err}: {description}"));
        let pipeline = pipeline.downcast::<gst::Pipeline>().unwrap();
        let element = pipeline.by_name("reader").unwrap();
        let sink = pipeline.by_name("out").unwrap();
        let sink = sink.downcast::<gst_app::AppSink>().unwrap();
        Self {
            pipeline,
            element,
            sink,
            run: Run::default(),
            last: None,
        }
    }

    /// Takes in what came; whether the stream has ended.
    pub fn pump(&mut self, wait: Duration) -> bool {
        let wait = gst::ClockTime::from_nseconds(wait.as_nanos() as u64);
        if let Some(sample) = self.sink.try_pull_sample(wait) {
            let buffer = sample.buffer().unwrap();
            let meta = metadata::read(buffer).unwrap();
            self.run
                .frames
                .push((buffer.pts().unwrap().nseconds(), meta));
            self.last = Some(sample);
        }
        let bus = self.pipeline.bus().unwrap();
        while let Some(message) = bus.pop() {
            match message.view() {
                gst::MessageView::Element(message) => {
                    let structure = message.structure().unwrap();
                    if structure.name() == "aliyarface" {
                        self.run.events.push(structure.to_owned());
                    }
                }
                gst::MessageView::Warning(warning) => {
                    self.run.warnings.push(warning.error().message().to_owned());
                }
                gst::MessageView::Info(info) => {
                    self.run.infos.push(info.error().message().to_owned());
                }
                gst::MessageView::Error(err) => panic!("{} {:?}", err.error(), err.debug()),
                _ => {}
            }
        }
        self.sink.is_eos()
    }

    /// Runs to the end.
    pub fn finish(mut self) -> Run {
        let start = Instant::now();
        while !self.pump(Duration::from_millis(200)) {
            assert!(
                start.elapsed() < PATIENCE,
                "{} frames",
                self.run.frames.len()
            );
        }
        std::mem::take(&mut self.run)
    }

    /// Runs until `done`, or for too long.
    pub fn until(&mut self, what: &str, mut done: impl FnMut(&Self) -> bool) {
        let start = Instant::now();
        while !done(self) {
            self.pump(Duration::from_millis(50));
            assert!(
                start.elapsed() < PATIENCE,
                "{what}: {:?}, {:?}",
                self.run.warnings,
                self.stats()
            );
        }
    }

    /// Runs for `time`.
    pub fn pass(&mut self, time: Duration) {
        let start = Instant::now();
        while start.elapsed() < time {
            self.pump(Duration::from_millis(20));
        }
    }

    /// The values of brightness in the last picture, of 320 x 240 pixels.
    pub fn last_luma(&self) -> Vec<u8> {
        let buffer = self.last.as_ref().unwrap().buffer().unwrap();
        let mut values = buffer.map_readable().unwrap()[..320 * 240].to_vec();
        values.sort_unstable();
        values.dedup();
        values
    }

    /// The bytes of the last picture.
    pub fn last_bytes(&self) -> Vec<u8> {
        let buffer = self.last.as_ref().unwrap().buffer().unwrap();
        buffer.map_readable().unwrap().to_vec()
    }

    /// What `stats` tells of the server.
    pub fn stats(&self) -> Option<gst::Structure> {
        let stats: gst::Structure = self.element.property("stats");
        stats.get("remote").ok()
    }

    /// A number of it.
    pub fn count(&self, name: &str) -> u64 {
        self.stats()
            .and_then(|stats| stats.get(name).ok())
            .unwrap_or_default()
    }

    /// How it stands with the server.
    pub fn state(&self) -> String {
        self.stats()
            .and_then(|stats| stats.get("state").ok())
            .unwrap_or_default()
    }
}

/// The words that name `server`.
pub fn at(server: &Server) -> String {
    format!("server=ws://{} token={}", server.address(), server.token)
}

/// A clip.
pub fn clip(name: &str) -> String {
    format!(
        "filesrc location={} ! decodebin ! videoconvert ! video/x-raw,format=I420",
        sample(name).display()
    )
}

/// A live camera that shows one face at 30 pictures a second.
pub fn camera() -> String {
    camera_at(30)
}

/// A live camera that shows one face at `rate` pictures a second.
pub fn camera_at(rate: u32) -> String {
    format!(
        "filesrc location={} ! jpegdec ! videoconvertscale ! video/x-raw,format=I420,width=640,height=480,pixel-aspect-ratio=1/1 \
         ! imagefreeze is-live=true ! video/x-raw,framerate={rate}/1",
        sample("single_face.jpg").display()
    )
}
