//! What was read of each picture, as a device takes it.

use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};
use gst::prelude::*;
use gstaliyarface::metadata::{self, event};
use gstaliyarface::record::Event;
use gstaliyarface::remote::protocol::{FrameResult, ResultFace, ResultNeutral, ResultPerson};

use super::MessageSender;
use super::baselines;
use super::people::{self, Changes};
use super::wire::{ChildMessage, END_TIME};
use crate::pipelines::named;

/// How often a device is told the people's neutrals, in ns of its pictures.
const NEUTRALS: u64 = 2_000_000_000;
/// How long the end of a stream may take.
const END: Duration = Duration::from_secs(5);

/// What a device wants.
#[derive(Debug, Clone)]
pub struct DeviceRequest {
    /// Whether results are told bit by bit.
    pub exact: bool,
    /// GStreamer's name of the colorimetry of raw pictures; empty where nothing is known.
    pub colorimetry: String,
    /// The people whom it knew before its stream began here.
    pub known: Vec<ResultPerson>,
}

/// Tells each result until its pipeline ends.
pub struct Results(Receiver<()>);

impl Results {
    /// Listens to the sink `results` of `pipeline`, behind the element `reader`.
    ///
    /// # Errors
    /// There is no such sink.
    pub fn new(
        pipeline: &gst::Pipeline,
        reader: &gst::Element,
        device: &DeviceRequest,
        sender: &MessageSender,
    ) -> Result<Self> {
        let sink: gst_app::AppSink = named(pipeline, "results")?;
        let events = Arc::new(Mutex::new(Vec::new()));
        gather_events(&sink, &events)?;
        people::give(reader, &device.known);
        let (ended, end) = channel();
        let exact = device.exact;
        let (last_sender, last_events) = (sender.clone(), events.clone());
        let (sender, reader) = (sender.clone(), reader.downgrade());
        let mut changes = Changes::default();
        let mut told = None;
        let callbacks = gst_app::AppSinkCallbacks::builder()
            .new_sample(move |sink| {
                let sample = sink.pull_sample().map_err(|_| gst::FlowError::Eos)?;
                let buffer = sample.buffer().ok_or(gst::FlowError::Error)?;
                let time = buffer.pts().map_or(0, gst::ClockTime::nseconds);
                let mut result = FrameResult {
                    faces: faces(buffer),
                    events: taken(&events),
                    ..FrameResult::default()
                };
                if let Some(reader) = reader.upgrade() {
                    result.recognised = people::recognised(&reader);
                    result.people = changes.of(&reader);
                }
                if time.saturating_sub(*told.get_or_insert(time)) >= NEUTRALS {
                    told = Some(time);
                    result.baselines = reader.upgrade().map(|reader| neutrals(&reader));
                }
                send_result(&sender, time, &result, exact);
                Ok(gst::FlowSuccess::Ok)
            })
            .eos(move |_| {
                let result = FrameResult {
                    events: taken(&last_events),
                    ..FrameResult::default()
                };
                send_result(&last_sender, END_TIME, &result, exact);
                // Nobody waits where the session ends.
                let _ = ended.send(());
            });
        sink.set_callbacks(callbacks.build());
        Ok(Self(end))
    }

    /// Waits until the stream has ended, or takes too long.
    pub fn wait(&self) {
        let _ = self.0.recv_timeout(END);
    }
}

/// Tells that nothing was read, and nothing is still to be told.
pub fn send_end(sender: &MessageSender) {
    send_result(sender, END_TIME, &FrameResult::default(), true);
}

fn send_result(sender: &MessageSender, time: u64, result: &FrameResult, exact: bool) {
    // Plain data is packed without an error.
    if let Ok(packed) = result.pack(exact) {
        sender.send(&ChildMessage::Result(time, packed));
    }
}

/// Keeps the events that come down the stream before each buffer.
fn gather_events(sink: &gst_app::AppSink, events: &Arc<Mutex<Vec<Event>>>) -> Result<()> {
    let pad = sink.static_pad("sink").context("a sink without a pad")?;
    let events = events.clone();
    pad.add_probe(gst::PadProbeType::EVENT_DOWNSTREAM, move |_, info| {
        if let Some(message) = info.event().and_then(|event| event::message_in(event))
            && let Ok(read) = event::read(message)
        {
            events
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(read);
        }
        gst::PadProbeReturn::Ok
    });
    Ok(())
}

fn taken(events: &Mutex<Vec<Event>>) -> Vec<Event> {
    std::mem::take(&mut events.lock().unwrap_or_else(PoisonError::into_inner))
}

fn faces(buffer: &gst::BufferRef) -> Vec<ResultFace> {
    let meta = metadata::record(buffer).ok().flatten();
    let faces = meta.into_iter().flat_map(|meta| meta.faces);
    let faces = faces.map(|face| ResultFace {
        location: face.location,
        readings: face.readings,
    });
    faces.collect()
}

fn neutrals(reader: &gst::Element) -> Vec<ResultNeutral> {
    let known = baselines::known(reader).unwrap_or_default();
    let known = known.into_iter();
    known
        .map(|(face_id, scores)| ResultNeutral { face_id, scores })
        .collect()
}
