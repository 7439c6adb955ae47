//! What the element tells of a clip, by the bus, by events and by buffers.

use std::sync::{Arc, Mutex, OnceLock};

use crate::support::pictures::samples;
use gst::prelude::*;
use gstaliyarface::analysis::ExpressionEvent;
use gstaliyarface::metadata;

/// What an element told, by each of the ways on which it tells.
#[derive(Default)]
pub struct ElementOutputs {
    /// The structures of its messages on the bus.
    pub bus: Vec<gst::Structure>,
    /// The structures that went downstream as events.
    pub sent: Vec<gst::Structure>,
    /// The movements that buffers told of.
    pub metas: Vec<ExpressionEvent>,
    /// The times of the buffers.
    pub pts: Vec<gst::ClockTime>,
}

impl ElementOutputs {
    /// The messages of this `event`.
    pub fn of(&self, event: &str) -> Vec<&gst::Structure> {
        let bus = self.bus.iter();
        bus.filter(|told| told.get::<&str>("event") == Ok(event))
            .collect()
    }
}

/// What is told while what `source` describes runs through the element; `feed` gives it frames once it plays.
pub fn told(source: &str, feed: impl FnOnce(&gst::Pipeline)) -> ElementOutputs {
    crate::support::init();
    let pipeline = gst::parse::launch(&format!(
        "{source} ! aliyarface analysis-mode=sync emotions=false micro-expressions=true \
         ! fakesink name=out sync=false"
    ));
    let pipeline = pipeline.unwrap().downcast::<gst::Pipeline>().unwrap();
    let seen = Arc::new(Mutex::new(ElementOutputs::default()));
    let kinds = gst::PadProbeType::BUFFER | gst::PadProbeType::EVENT_DOWNSTREAM;
    let sink = pipeline.by_name("out").unwrap();
    let writing = seen.clone();
    sink.static_pad("sink")
        .unwrap()
        .add_probe(kinds, move |_, info| {
            let mut seen = writing.lock().unwrap();
            if let Some(event) = info.event() {
                seen.sent
                    .extend(metadata::event::message_in(event).map(ToOwned::to_owned));
            }
            if let Some(buffer) = info.buffer() {
                seen.pts.extend(buffer.pts());
                let meta = metadata::read(buffer).unwrap();
                let faces = meta.map_or(Vec::new(), |meta| meta.faces);
                seen.metas
                    .extend(faces.into_iter().flat_map(|face| face.micro_expressions));
            }
            gst::PadProbeReturn::Ok
        });
    pipeline.set_state(gst::State::Playing).unwrap();
    feed(&pipeline);
    for message in pipeline
        .bus()
        .unwrap()
        .iter_timed(gst::ClockTime::from_seconds(60))
    {
        match message.view() {
            gst::MessageView::Element(message) => {
                let structure = message.structure().map(ToOwned::to_owned);
                seen.lock().unwrap().bus.extend(structure);
            }
            gst::MessageView::Error(err) => panic!("{err:?}"),
            gst::MessageView::Eos(_) => break,
            _ => {}
        }
    }
    pipeline.set_state(gst::State::Null).unwrap();
    std::mem::take(&mut *seen.lock().unwrap())
}

/// The source that plays a sample.
pub fn playing(file: &str) -> String {
    let path = samples().join(file);
    format!(
        "filesrc location={} ! decodebin ! videoconvert",
        path.display()
    )
}

/// What is told of the clip of a woman who weeps and laughs, and the lines of the debug log on movements that are
/// no expression.
pub fn long_clip() -> &'static (ElementOutputs, Vec<String>) {
    static TOLD: OnceLock<(ElementOutputs, Vec<String>)> = OnceLock::new();
    static REASONS: Mutex<Vec<String>> = Mutex::new(Vec::new());
    TOLD.get_or_init(|| {
        gst::init().unwrap();
        gst::log::remove_default_log_function();
        let writer = gst::log::add_log_function(|_, _, _, _, _, _, message| {
            if let Some(message) = message
                .get()
                .filter(|text| text.contains("no expression of"))
            {
                REASONS.lock().unwrap().push(message.to_string());
            }
        });
        gst::log::set_threshold_for_name("aliyarface", gst::DebugLevel::Debug);
        let told = told(&playing("WolfgangLanger_Pexels.mp4"), |_| {});
        gst::log::remove_log_function(writer);
        (told, std::mem::take(&mut *REASONS.lock().unwrap()))
    })
}
