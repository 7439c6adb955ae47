//! A stream through the element, fed frame by frame.

// Each test file uses a part of this.
use std::thread;
use std::time::{Duration, Instant};

use gst::prelude::*;
use gstaliyarface::metadata::{self, FaceMeta};

use super::{init, sample};

/// Longer than anything in these tests takes on a busy machine: whoever waits so long hangs.
pub const HANG: gst::ClockTime = gst::ClockTime::from_seconds(60);
/// Time between two frames.
pub const FRAME: gst::ClockTime = gst::ClockTime::from_nseconds(33_333_333);

/// The first `count` frames of a file, after `filter`, with their caps.
pub fn frames(file: &str, filter: &str, count: usize) -> Vec<gst::Sample> {
    init();
    let description = format!(
        "filesrc name=file ! decodebin ! videoconvert ! videoscale add-borders=true ! {filter} \
         ! appsink name=out sync=false"
    );
    let pipeline = pipeline(&description);
    let path = sample(file);
    pipeline
        .by_name("file")
        .unwrap()
        .set_property("location", path.to_str().unwrap());
    pipeline.set_state(gst::State::Playing).unwrap();
    let sink = sink(&pipeline);
    let samples = std::iter::from_fn(|| sink.try_pull_sample(HANG));
    let frames: Vec<_> = samples.take(count).collect();
    pipeline.set_state(gst::State::Null).unwrap();
    assert!(!frames.is_empty(), "{file} can be decoded");
    frames
}

/// The pipeline of `description`.
pub fn pipeline(description: &str) -> gst::Pipeline {
    init();
    let pipeline = gst::parse::launch(description).unwrap();
    pipeline.downcast().unwrap()
}

/// The appsink called `out`.
pub fn sink(pipeline: &gst::Pipeline) -> gst_app::AppSink {
    pipeline.by_name("out").unwrap().downcast().unwrap()
}

/// `appsrc ! aliyarface SETTINGS ! appsink`, playing.
pub struct Stream {
    /// The whole.
    pub pipeline: gst::Pipeline,
    /// The element.
    pub element: gst::Element,
    source: gst_app::AppSrc,
    sink: gst_app::AppSink,
}

impl Stream {
    /// Starts a stream; `live` is what its source says of itself.
    pub fn start(settings: &str, live: bool, caps: &gst::CapsRef) -> Self {
        let pipeline = pipeline(&format!(
            "appsrc name=in format=time is-live={live} ! aliyarface name=face {settings} \
             ! appsink name=out sync=false"
        ));
        let source = pipeline.by_name("in").unwrap();
        let source: gst_app::AppSrc = source.downcast().unwrap();
        source.set_caps(Some(&caps.to_owned()));
        pipeline.set_state(gst::State::Playing).unwrap();
        Self {
            element: pipeline.by_name("face").unwrap(),
            sink: sink(&pipeline),
            source,
            pipeline,
        }
    }

    /// Passes `frame` on as the one at `pts`: what came out, and how long that took.
    pub fn pass(&self, frame: &gst::Sample, pts: gst::ClockTime) -> (gst::Buffer, Duration) {
        let mut buffer = frame.buffer_owned().unwrap();
        buffer.make_mut().set_pts(pts);
        self.pass_buffer(buffer)
    }

    /// As [`Stream::pass`], with a buffer as it is.
    pub fn pass_buffer(&self, buffer: gst::Buffer) -> (gst::Buffer, Duration) {
        let start = Instant::now();
        self.source.push_buffer(buffer).unwrap();
        let sample = self.sink.try_pull_sample(HANG).expect("a buffer comes out");
        (sample.buffer_owned().unwrap(), start.elapsed())
    }

    /// Passes the frames on, `pause` apart.
    pub fn pass_all(&self, frames: &[gst::Sample], pause: Duration) -> Vec<gst::Buffer> {
        let frames = (0u64..).zip(frames);
        frames
            .map(|(index, frame)| {
                let (buffer, took) = self.pass(frame, FRAME * index);
                thread::sleep(pause.saturating_sub(took));
                buffer
            })
            .collect()
    }

    /// Ends the stream and waits until the end has come through.
    pub fn end(&self) {
        self.source.end_of_stream().unwrap();
        assert!(self.sink.try_pull_sample(HANG).is_none() && self.sink.is_eos());
    }

    /// The element's `stats`.
    pub fn stats(&self) -> gst::Structure {
        self.element.property("stats")
    }

    /// The messages posted so far.
    pub fn messages(&self) -> Vec<gst::Message> {
        let bus = self.pipeline.bus().unwrap();
        std::iter::from_fn(|| bus.pop()).collect()
    }

    /// How many warnings were posted so far, and no error.
    pub fn warnings(&self) -> usize {
        let messages = self.messages();
        let warning = |message: &&gst::Message| match message.view() {
            gst::MessageView::Warning(_) => true,
            gst::MessageView::Error(err) => panic!("{err:?}"),
            _ => false,
        };
        messages.iter().filter(warning).count()
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.pipeline.set_state(gst::State::Null).unwrap();
    }
}

/// What a buffer says of its faces.
pub fn meta(buffer: &gst::BufferRef) -> Option<FaceMeta> {
    metadata::read(buffer).unwrap()
}

/// A counter of a `stats` structure.
pub fn count(stats: &gst::Structure, field: &str) -> u64 {
    stats.get(field).unwrap()
}
