//! The element with a stage that panics, which no model and no property can bring about.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use gst::prelude::*;
use gst_check::Harness;

/// How many more frames break down.
static TOLD: AtomicU32 = AtomicU32::new(0);

const WIDTH: u32 = 320;
const HEIGHT: u32 = 240;
const FRAME: gst::ClockTime = gst::ClockTime::from_mseconds(40);
const PATIENCE: Duration = Duration::from_secs(60);

/// Called as a stage: panics where a test wants it to.
pub fn break_down_if_told() {
    let told = TOLD.fetch_update(Ordering::AcqRel, Ordering::Acquire, |told| {
        told.checked_sub(1)
    });
    assert!(told.is_err(), "a stage breaks down as it was told");
}

struct Stream {
    harness: Harness,
    bus: gst::Bus,
    frames: u64,
    mode: &'static str,
}

impl Stream {
    fn start(mode: &'static str) -> Self {
        gst::init().unwrap();
        crate::plugin_register_static().unwrap();
        let element = gst::ElementFactory::make(super::FACTORY)
            .property_from_str("analysis-mode", mode)
            .build()
            .unwrap();
        let bus = gst::Bus::new();
        element.set_bus(Some(&bus));
        let mut harness = Harness::with_element(&element, Some("sink"), Some("src"));
        harness.play();
        let mut stream = Self {
            harness,
            bus,
            frames: 0,
            mode,
        };
        stream.begin();
        stream
    }

    fn begin(&mut self) {
        let caps = gst_video::VideoCapsBuilder::new()
            .format(gst_video::VideoFormat::Gray8)
            .width(WIDTH as i32)
            .height(HEIGHT as i32)
            .framerate(gst::Fraction::new(25, 1))
            .build();
        let segment = gst::FormattedSegment::<gst::ClockTime>::new();
        for event in [
            gst::event::StreamStart::new("test"),
            gst::event::Caps::new(&caps),
            gst::event::Segment::new(&segment),
        ] {
            assert!(self.harness.push_event(event));
        }
    }

    /// A counter of the element's.
    fn count(&self, counter: &str) -> u64 {
        let stats: gst::Structure = self.harness.element().unwrap().property("stats");
        stats.get(counter).unwrap()
    }

    /// Passes a frame on; it comes out as it was.
    fn pass(&mut self) {
        let bytes: Vec<u8> = (0..WIDTH * HEIGHT)
            .map(|index| (index % 251) as u8)
            .collect();
        let mut buffer = gst::Buffer::from_slice(bytes.clone());
        buffer.get_mut().unwrap().set_pts(FRAME * self.frames);
        self.frames += 1;
        self.harness.push(buffer).unwrap();
        let out = self.harness.try_pull().expect("a buffer comes out");
        assert_eq!(out.map_readable().unwrap().as_slice(), bytes);
    }

    /// As [`Stream::pass`], and waits until the frame is done with.
    fn read(&mut self) {
        let tried = |stream: &Self| stream.count("analysed") + stream.count("failed");
        let before = tried(self);
        self.pass();
        let start = Instant::now();
        while tried(self) == before {
            assert!(start.elapsed() < PATIENCE, "{}: it hangs", self.mode);
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// The only warning that comes, with this frame or, from beside the stream, a later one.
    fn warning(&mut self) -> String {
        let start = Instant::now();
        let mut warnings = self.warnings();
        while warnings.is_empty() {
            assert!(start.elapsed() < PATIENCE, "{}: nothing is told", self.mode);
            std::thread::sleep(Duration::from_millis(2));
            self.pass();
            warnings.extend(self.warnings());
        }
        assert_eq!(warnings.len(), 1, "{}: {warnings:?}", self.mode);
        warnings.remove(0)
    }

    fn warnings(&self) -> Vec<String> {
        let messages = std::iter::from_fn(|| self.bus.pop());
        let warning = |message: gst::Message| match message.view() {
            gst::MessageView::Warning(warning) => Some(format!("{warning:?}")),
            gst::MessageView::Error(error) => panic!("{error:?}"),
            _ => None,
        };
        messages.filter_map(warning).collect()
    }
}

#[test]
fn a_stage_that_panics_in_a_running_element_costs_results_and_neither_frames_nor_the_end() {
    for mode in ["sync", "async"] {
        let mut stream = Stream::start(mode);
        stream.read();
        TOLD.store(1, Ordering::Release);
        stream.read();
        assert_eq!(stream.count("failed"), 1, "{mode}");
        let told = stream.warning();
        assert!(told.contains("as it was told"), "{told}");
        stream.read();
        assert!(stream.count("analysed") >= 2, "{mode}: it goes on");

        TOLD.store(u32::MAX, Ordering::Release);
        for _ in 0..3 {
            stream.read();
        }
        let told = stream.warning();
        assert!(told.contains("no more frames"), "{told}");
        TOLD.store(0, Ordering::Release);
        let analysed = stream.count("analysed");
        for _ in 0..3 {
            stream.pass();
        }
        assert!(stream.harness.push_event(gst::event::Eos::new()));
        assert_eq!(
            (stream.count("failed"), stream.count("analysed")),
            (4, analysed)
        );
        let mut events = std::iter::from_fn(|| stream.harness.try_pull_event());
        let ended = events.any(|event| event.type_() == gst::EventType::Eos);
        assert!(ended, "{mode}: the end comes through");

        let element = stream.harness.element().unwrap();
        for state in [gst::State::Ready, gst::State::Playing] {
            element.set_state(state).unwrap();
        }
        stream.begin();
        stream.read();
        assert_eq!(
            stream.count("failed"),
            0,
            "{mode}: another stream, another chance"
        );
        assert!(stream.warnings().is_empty());
        stream.bus.set_flushing(true);
    }
}
