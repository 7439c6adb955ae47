//! The element alone, driven as a host does: a buffer in, a buffer out.

use gst::prelude::*;
use gst_check::Harness;

use super::{FRAME, Still, init};

/// Something the element said on its bus.
#[derive(Debug, Clone)]
pub enum Told {
    /// An event: the structure of an element message.
    Event(gst::Structure),
    /// A warning: what the user reads, and the details.
    Warning(String, String),
    /// An error: what the user reads, and the details.
    Error(String, String),
}

/// The element between two pads, with a bus.
pub struct Host {
    pub harness: Harness,
    bus: gst::Bus,
    frames: u64,
}

impl Host {
    /// The element with these properties (as typed for `gst-launch-1.0`), playing, told these caps.
    pub fn new(properties: &str, caps: &gst::Caps) -> Self {
        let mut host = Self::stopped(properties);
        host.harness.play();
        host.harness.set_src_caps(caps.clone());
        host
    }

    /// The element with these properties in NULL.
    pub fn stopped(properties: &str) -> Self {
        init();
        // The harness calls itself live, and these tests want each buffer's own result.
        let launch = format!("aliyarface analysis-mode=sync {properties}");
        let element = gst::parse::bin_from_description_with_name_full(
            &launch,
            false,
            "",
            None,
            gst::ParseFlags::NO_SINGLE_ELEMENT_BINS,
        );
        let element = element.expect("the properties exist");
        let bus = gst::Bus::new();
        element.set_bus(Some(&bus));
        let harness = Harness::with_element(&element, Some("sink"), Some("src"));
        Self {
            harness,
            bus,
            frames: 0,
        }
    }

    /// The element.
    pub fn element(&self) -> gst::Element {
        self.harness.element().unwrap()
    }

    /// From now on frames have these caps.
    pub fn set_caps(&mut self, caps: &gst::Caps) {
        // The harness's own way would begin a segment too.
        self.send(gst::event::Caps::new(caps));
    }

    /// A new segment of frames with these caps begins: no face is known any more.
    pub fn begin(&mut self, caps: &gst::Caps) {
        self.set_caps(caps);
        let segment = gst::FormattedSegment::<gst::ClockTime>::new();
        self.send(gst::event::Segment::new(&segment));
    }

    /// Sends an event downstream through the element.
    pub fn send(&mut self, event: gst::Event) {
        assert!(self.harness.push_event(event), "the event is taken");
    }

    /// What comes out for `buffer`.
    pub fn pass(&mut self, buffer: gst::Buffer) -> gst::Buffer {
        self.harness.push(buffer).expect("the buffer is taken");
        assert_eq!(self.harness.buffers_in_queue(), 1, "one out for one in");
        self.harness.try_pull().expect("a buffer comes out at once")
    }

    /// What comes out for a frame that follows the last one a thirtieth of a second later.
    pub fn show(&mut self, still: &Still) -> gst::Buffer {
        let pts = FRAME * self.frames;
        self.frames += 1;
        self.pass(still.at(pts))
    }

    /// Begins a stream of frames with these caps, as to an element that was stopped and started again.
    pub fn greet(&mut self, caps: &gst::Caps) {
        self.send(gst::event::StreamStart::new("again"));
        self.begin(caps);
    }

    /// The messages since the last call of this or any of the following.
    pub fn messages(&self) -> Vec<gst::Message> {
        std::iter::from_fn(|| self.bus.pop()).collect()
    }

    /// What the element has said since the last call.
    pub fn told(&self) -> Vec<Told> {
        self.messages().iter().filter_map(told).collect()
    }

    /// The events since the last call of this or [`Host::told`].
    pub fn events(&self) -> Vec<gst::Structure> {
        let told = self.told().into_iter();
        told.filter_map(|told| match told {
            Told::Event(structure) => Some(structure),
            Told::Warning(..) | Told::Error(..) => None,
        })
        .collect()
    }

    /// The warnings since the last call of this or [`Host::told`].
    pub fn warnings(&self) -> Vec<String> {
        let told = self.told().into_iter();
        told.filter_map(|told| match told {
            Told::Warning(text, _) => Some(text),
            Told::Event(_) | Told::Error(..) => None,
        })
        .collect()
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        // The bus is the harness's to empty, or the element lives on in its messages.
        self.bus.set_flushing(true);
    }
}

fn told(message: &gst::Message) -> Option<Told> {
    let details = |text: Option<glib::GString>| text.map(String::from).unwrap_or_default();
    match message.view() {
        gst::MessageView::Element(message) => Some(Told::Event(message.structure()?.to_owned())),
        gst::MessageView::Warning(warning) => {
            let text = warning.error().message().to_owned();
            Some(Told::Warning(text, details(warning.debug())))
        }
        gst::MessageView::Error(error) => {
            let text = error.error().message().to_owned();
            Some(Told::Error(text, details(error.debug())))
        }
        _ => None,
    }
}
