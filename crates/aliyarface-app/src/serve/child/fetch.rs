//! Pictures that the process fetches itself, over and over where the connection is lost.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use gst::prelude::*;

use super::MessageSender;
use super::pipeline::{Playing, ViewerVideo};
use super::wire::ChildMessage;
use crate::pipelines::named;
use crate::serve::settings::Settings;
use crate::serve::sources::SourceAddress;

/// Time between the last picture of one connection and the first of the next, in ns.
const GAP: u64 = 1_000_000_000;
/// The least time between two pictures, in ns.
const LEAST: u64 = 1000;

/// What an address is fetched with; nothing that an answer names is followed.
fn source(address: &SourceAddress) -> (&'static str, &'static str, String) {
    let file = |path: &std::path::Path| path.to_string_lossy().into_owned();
    match address {
        // Over TCP no picture is torn, and a firewall lets it through.
        SourceAddress::Rtsp(uri) => (
            "rtspsrc name=source protocols=tcp latency=100 drop-on-latency=true timeout=5000000 \
             tcp-timeout=5000000 ! application/x-rtp,media=video ! decodebin",
            "location",
            uri.clone(),
        ),
        SourceAddress::Http(uri) => (
            "souphttpsrc name=source automatic-redirect=false timeout=10 retries=0 \
             ! decodebin",
            "location",
            uri.clone(),
        ),
        SourceAddress::File(path) => ("filesrc name=source ! decodebin", "location", file(path)),
        SourceAddress::Device(path) => ("v4l2src name=source ! decodebin", "device", file(path)),
    }
}

/// See the module.
pub struct Fetch {
    address: SourceAddress,
    shown: ViewerVideo,
    watched: bool,
    /// Time of the last picture in ns; 0 before the first.
    last: Arc<AtomicU64>,
}

impl Fetch {
    /// Nothing is opened yet.
    pub fn new(address: SourceAddress, shown: ViewerVideo) -> Self {
        Self {
            address,
            shown,
            watched: false,
            last: Arc::default(),
        }
    }

    /// Opens the address.
    ///
    /// # Errors
    /// An element is missing, or refuses at once.
    pub fn open(&self, settings: &Settings, sender: &MessageSender) -> Result<Playing> {
        let (source, property, value) = source(&self.address);
        // What is live comes at its own speed; a file would be over in a moment.
        let paced = !self.address.endless();
        let keep = matches!(self.address, SourceAddress::File(_));
        let description = format!("{source} ! videoconvert ! clocksync name=pace sync={paced}");
        let (last, to) = (self.last.clone(), sender.clone());
        let playing = Playing::fetched(
            &description,
            keep,
            self.shown,
            settings,
            sender,
            |pipeline| {
                let source: gst::Element = named(pipeline, "source")?;
                source.set_property(property, &value);
                let pace: gst::Element = named(pipeline, "pace")?;
                number(&pace, last, to);
                Ok(())
            },
        )?;
        if self.watched {
            playing.encode_viewer_video(true)?;
        }
        Ok(playing)
    }

    /// Somebody watches, or nobody.
    pub fn watch(&mut self, on: bool, playing: Option<&Playing>) {
        self.watched = on;
        if let Some(playing) = playing {
            // A film goes on without watchers.
            let _ = playing.encode_viewer_video(on || self.shown == ViewerVideo::Film);
        }
    }
}

/// Gives each picture of `pace` a time later than all before it, also those of an earlier connection,
/// and tells of it.
fn number(pace: &gst::Element, last: Arc<AtomicU64>, sender: MessageSender) {
    let shift = Mutex::new(None);
    let Some(pad) = pace.static_pad("src") else {
        return;
    };
    let clock = pace.clone();
    pad.add_probe(gst::PadProbeType::BUFFER, move |_, info| {
        let Some(buffer) = info.buffer_mut() else {
            return gst::PadProbeReturn::Ok;
        };
        let before = last.load(Ordering::Relaxed);
        // Pictures that come one by one over HTTP have no times.
        let own = buffer.pts().or_else(|| clock.current_running_time());
        let own = own.unwrap_or_default().nseconds();
        let mut shift = shift.lock().unwrap_or_else(PoisonError::into_inner);
        let begin = if before == 0 { own } else { before + GAP };
        let shift = *shift.get_or_insert(begin.wrapping_sub(own));
        let time = own.wrapping_add(shift).max(before + LEAST);
        last.store(time, Ordering::Relaxed);
        buffer
            .make_mut()
            .set_pts(gst::ClockTime::from_nseconds(time));
        sender.send(&ChildMessage::Came(time));
        gst::PadProbeReturn::Ok
    });
}
