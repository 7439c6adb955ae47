//! How long the element holds each picture, seen from outside.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use anyhow::{Context, Result};
use gst::prelude::*;

#[derive(Default)]
struct ProbeState {
    came: Option<Instant>,
    held: Vec<f64>,
    entered: u64,
    left: u64,
}

/// Watches both pads of an element.
#[derive(Clone, Default)]
pub struct Probe(Arc<Mutex<ProbeState>>);

impl Probe {
    /// A probe on the pads of `element`, which pushes in the thread in which it is pushed to.
    ///
    /// # Errors
    /// It has no such pads.
    pub fn on(element: &gst::Element) -> Result<Self> {
        let probe = Self::default();
        let (at_sink, at_source) = (probe.clone(), probe.clone());
        let pad = |name| element.static_pad(name).context("a pad is missing");
        pad("sink")?.add_probe(gst::PadProbeType::BUFFER, move |_, _| {
            let mut seen = at_sink.lock();
            seen.entered += 1;
            seen.came = Some(Instant::now());
            gst::PadProbeReturn::Ok
        });
        pad("src")?.add_probe(gst::PadProbeType::BUFFER, move |_, _| {
            let mut seen = at_source.lock();
            seen.left += 1;
            if let Some(came) = seen.came.take() {
                seen.held.push(came.elapsed().as_secs_f64() * 1e3);
            }
            gst::PadProbeReturn::Ok
        });
        Ok(probe)
    }

    /// Times in ms since the last call.
    pub fn take(&self) -> Vec<f64> {
        std::mem::take(&mut self.lock().held)
    }

    /// Pictures that came, and that left.
    pub fn counts(&self) -> (u64, u64) {
        let seen = self.lock();
        (seen.entered, seen.left)
    }

    fn lock(&self) -> MutexGuard<'_, ProbeState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
